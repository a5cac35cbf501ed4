"""An import taken back: what it created goes, what it changed returns, what was touched since stays and is told."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from leads.deals import save_deals
from leads.drain import drain_events
from leads.handoff import hand_off
from leads.imports import undoing
from leads.imports.reading import open_csv
from leads.imports.running import run_import
from leads.imports.storing import import_of_path
from leads.imports.tracing import forget_old_traces
from leads.imports.undoing import may_be_undone, outlook, start_undo, undo_import
from leads.intake import append_events, edit_lead, save_leads
from leads.models import Deal, ImportedLead, Lead, LeadIdentity, LeadImport, StageChange
from leads.scoring import score_dirty
from slaportal.accounts.models import User
from slaportal.accounts.tokens import create_token
from slaportal.audit.models import AuditEntry
from slaportal.outbox.drain import drain
from slaportal.web.refusals import Refused
from tests.leads.pages import reader, text
from tests.leads.test_handoff import at_once

pytestmark = pytest.mark.django_db

HEADER = "Id,Email,Name,Company,Stage,City\n"
MAP = {"columns": {"Id": "external_id", "Email": "email", "Name": "name", "Company": "company", "Stage": "stage"}}
Run = Callable[..., LeadImport]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Import these rows now."""

    def run(rows: str) -> LeadImport:
        path = tmp_path / "leads.csv"
        path.write_text(HEADER + rows)
        file = open_csv(path)
        lead_import = import_of_path(path, file, column_map=MAP, by=None, at=timezone.now())
        run_import(lead_import, file, progress=lambda done, total: None, at=timezone.now())
        return lead_import

    return run


def undo(lead_import: LeadImport) -> dict[str, int]:
    return undo_import(lead_import, by=None, progress=lambda done, total, checkpoint=None: None)


def everything() -> list[Any]:
    """All that intake keeps of leads, but when it was written."""
    leads = Lead.objects.order_by("pk").defer("updated_at", "public_id")
    facts = [{name: value for name, value in vars(lead).items() if name != "_state"} for lead in leads]
    names = LeadIdentity.objects.order_by("source", "external_id").values_list("lead_id", "source", "external_id")
    moves = StageChange.objects.order_by("pk").values_list("pk", "lead_id", "old", "new")
    return [facts, list(names), list(moves)]


def test_all_is_as_before(run: Run, active_terms: Any) -> None:
    run("1,ana@x.example,Ana,Acme,lead,Oslo\n2,bo@x.example,Bo,,lead,\n")
    before = everything()
    second = run(
        "1,ana@y.example,Ana B,Volta,customer,Pune\n3,bo@x.example,,Volta,,Rome\n4,cy@x.example,Cy,,lead,\n"
        "5,,,,,\n4,,Cyd,,mql,\n"
    )
    assert (second.n_created, second.n_updated) == (2, 3)
    assert outlook(second) == undoing.Outlook(remove=2, restore=2, stay=0)
    score_dirty()
    assert undo(second) == {"removed": 2, "restored": 2, "stayed": 0}
    assert everything() == before
    assert not ImportedLead.objects.filter(lead_import=second).exists()
    assert AuditEntry.objects.get(action="leads.import_undone").facts["removed"] == 2


def test_what_was_touched_since_stays_and_is_told(run: Run, active_terms: Any, sam: User, mina: User) -> None:
    done = run("".join(f"{n},p{n}@x.example,P{n},Acme,lead,\n" for n in range(1, 8)))
    leads = {lead.name: lead for lead in Lead.objects.all()}
    now = timezone.now()
    hand_off(lead=leads["P1"], trigger="manual", at=now)
    event = {
        "source": "web",
        "external_id": "e",
        "lead": {"external_id": "2"},
        "type": "x",
        "occurred_at": now.isoformat(),
    }
    append_events([event], by=None, at=now)
    drain_events(now)
    edit_lead(public_id=leads["P3"].public_id, changes={"title": "CEO"}, by=mina, at=now)
    save_leads([{"external_id": "77", "email": "p4@x.example"}], by=None, at=now)
    Lead.objects.filter(pk=leads["P5"].pk).delete()
    deal = {"source": "crm", "external_id": "D", "lead": {"email": "p7@x.example"}, "status": "lost"}
    assert save_deals([deal], by=mina, at=now).created == 1

    assert outlook(done) == undoing.Outlook(remove=1, restore=0, stay=6)
    assert undo(done) == {"removed": 1, "restored": 0, "stayed": 6}
    told = dict(ImportedLead.objects.values_list("lead_id", "why"))
    assert [told[leads[f"P{n}"].pk] for n in range(1, 6)] == [
        "handed_over", "has_events", "edited", "known_elsewhere", "lead_gone",
    ]  # fmt: skip
    assert told[leads["P7"].pk] == "has_deals"
    assert Deal.objects.get().lead.name == "P7"
    assert not Lead.objects.filter(name="P6").exists()


def test_fields_that_somebody_changed_since_are_left(run: Run, mina: User) -> None:
    run("1,ana@x.example,Ana,Acme,lead,Oslo\n")
    done = run("1,ana@y.example,Ana B,Volta,lead,Pune\n")
    lead = Lead.objects.get()
    edit_lead(public_id=lead.public_id, changes={"name": "Anna"}, by=mina, at=timezone.now())
    save_leads([{"email": "ana@x.example", "name": "Another"}], by=None, at=timezone.now())
    assert undo(done) == {"removed": 0, "restored": 0, "stayed": 1}
    lead.refresh_from_db()
    assert (lead.name, lead.email, lead.company, lead.attributes) == ("Anna", "ana@y.example", "Acme", {"City": "Oslo"})
    stayed = ImportedLead.objects.get(lead_import=done)
    assert (stayed.why, sorted(stayed.after or {})) == ("fields_changed", ["email", "name"])


def test_a_stage_that_sales_has_moved_is_left(run: Run, active_terms: Any, sam: User) -> None:
    run("1,ana@x.example,Ana,,contact,\n")
    done = run("1,,,,lead,\n")
    hand_off(lead=Lead.objects.get(), trigger="manual", at=timezone.now())
    assert undo(done)["stayed"] == 1
    assert Lead.objects.get().stage == "mql"


def test_an_import_is_undone_once_and_for_seven_days(run: Run, mina: User) -> None:
    done = run("1,ana@x.example,Ana,,lead,\n")
    late = (done.finished_at or timezone.now()) + dt.timedelta(days=7, seconds=1)
    with pytest.raises(Refused, match="for 7 days"):
        start_undo(lead_import=done, by=mina, at=late)
    start_undo(lead_import=done, by=mina, at=timezone.now())
    with pytest.raises(Refused, match="being undone"):
        start_undo(lead_import=done, by=mina, at=timezone.now())
    drain()
    assert not Lead.objects.exists()
    with pytest.raises(Refused, match="was undone"):
        start_undo(lead_import=done, by=mina, at=timezone.now())
    LeadImport.objects.update(state="running", undone_at=None)
    refused = may_be_undone(LeadImport.objects.get(), timezone.now())
    assert refused is not None
    assert refused.code == "undo_unfinished"


def test_a_killed_undo_goes_on(run: Run, monkeypatch: Any) -> None:
    monkeypatch.setattr(undoing, "CHUNK", 2)
    done = run("".join(f"{n},p{n}@x.example,P{n},Acme,lead,\n" for n in range(1, 6)))

    def die(done: int, total: int, checkpoint: Any = None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        undo_import(done, by=None, progress=die)
    assert Lead.objects.count() == 3
    assert undo(done) == {"removed": 5, "restored": 0, "stayed": 0}


def test_old_traces_are_forgotten(run: Run) -> None:
    done = run("1,ana@x.example,Ana,,lead,\n")
    assert forget_old_traces(timezone.now()) == 0
    assert forget_old_traces((done.finished_at or timezone.now()) + dt.timedelta(days=8)) == 1
    assert not ImportedLead.objects.exists()


def test_a_marketer_undoes_in_the_browser(run: Run, mina: User, sam: User) -> None:
    done = run("1,ana@x.example,Ana,,lead,\n2,bo@x.example,Bo,,lead,\n")
    edit_lead(public_id=Lead.objects.get(name="Bo").public_id, changes={"title": "CEO"}, by=mina, at=timezone.now())
    page, address = reader(mina), f"/imports/{done.public_id}/"
    shown = text(page.get(f"{address}report/"))
    assert "Leads that would be removed: 1." in shown
    assert "because something happened with them since: 1." in shown
    assert reader(sam).post(f"{address}undo/").status_code == 403
    assert page.post(f"{address}undo/")["Location"] == f"{address}report/"
    assert "Undoing the import" in text(page.get(f"{address}report/"))
    answer = page.post(f"{address}undo/")
    assert (answer.status_code, "being undone already" in text(answer)) == (422, True)
    drain()
    shown = text(page.get(f"{address}report/"))
    assert "Leads removed 1" in shown
    assert "Somebody or another import has changed it since." in shown
    assert "Undo this import" not in shown
    assert "Undone" in text(page.get("/imports/"))


def test_a_program_and_a_command_undo(run: Run, client: Any, mina: User, sam: User) -> None:
    done = run("1,ana@x.example,Ana,,lead,\n")
    address = f"/api/imports/{done.public_id}/undo/"
    tokens = [create_token(owner=who, name="t", by=who, at=timezone.now())[1] for who in (mina, sam)]
    ours, reps = ({"headers": {"Authorization": f"Bearer {token}"}} for token in tokens)
    assert client.get(address, **ours).json()["would"] == {"remove": 1, "restore": 0, "stay": 0}
    assert client.post(address, **reps).status_code == 403
    answer = client.post(address, **ours)
    assert (answer.status_code, answer.json()["state"]) == (202, "running")
    assert client.post(address, **ours).status_code == 409
    out = io.StringIO()
    call_command("import_leads", undo=str(done.public_id), json=True, stdout=out)
    assert json.loads(out.getvalue()) == {"removed": 1, "restored": 0, "stayed": 0}
    drain()
    assert client.get(address, **ours).json()["state"] == "done"
    with pytest.raises(CommandError, match="undone already"):
        call_command("import_leads", undo=str(done.public_id))
    with pytest.raises(CommandError, match="no import"):
        call_command("import_leads", undo="nonsense")


@pytest.mark.django_db(transaction=True)
def test_two_undo_the_same_import_while_events_come(run: Run, monkeypatch: Any) -> None:
    monkeypatch.setattr(undoing, "CHUNK", 3)
    done = run("".join(f"{n},p{n}@x.example,P{n},Acme,lead,\n" for n in range(1, 31)))
    now = timezone.now()

    def send() -> list[tuple[int, int]]:
        answers = []
        for n in range(1, 31):
            event = {"source": "w", "external_id": f"e{n}", "lead": {"external_id": str(n)}, "type": "x"}
            report = append_events([event | {"occurred_at": now.isoformat()}], by=None, at=now)
            answers.append((report.accepted, len(report.rejected)))
        return answers

    # An object of its own for each thread, as two workers have.
    twin = LeadImport.objects.get(pk=done.pk)
    _, _, sent = at_once(lambda: undo(done), lambda: undo(twin), send)
    assert {accepted + rejected for accepted, rejected in sent} == {1}
    counts = LeadImport.objects.get().undo_counts
    n_kept = sum(accepted for accepted, _ in sent)
    assert (counts["removed"], counts["stayed"], Lead.objects.count()) == (30 - n_kept, n_kept, n_kept)
