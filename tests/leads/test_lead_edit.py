"""Leads typed in and corrected by hand."""

from __future__ import annotations

import csv
import io
import re
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.export import harmless
from leads.intake import edit_lead, editing
from leads.models import DirtyLead, Lead, LeadIdentity
from slaportal.accounts.models import User
from slaportal.audit.models import AuditEntry
from slaportal.web.refusals import Refused
from tests.leads.test_handoff import at_once

pytestmark = pytest.mark.django_db

TYPED = {"name": "Aiko Mori", "email": "Aiko@nordlys.example", "source": "fair", "external_id": "B-7"}


def attribute(place: int, name: str, value: str) -> dict[str, str]:
    return {f"attribute_name_{place}": name, f"attribute_value_{place}": value}


def form_of(client: Client, lead: Lead, **changes: str) -> dict[str, str]:
    """The edit form as the page filled it in, with changes."""
    text = client.get(f"/leads/{lead.public_id}/edit/").content.decode()
    seen_at = re.search(r'name="seen_at" value="([^"]+)"', text)
    assert seen_at is not None
    return {"name": lead.name, "email": lead.email, "company": lead.company, "seen_at": seen_at[1], **changes}


def test_a_lead_is_added_by_hand(client: Client, mina: User) -> None:
    client.force_login(mina)
    assert "Add the lead" in client.get("/leads/new/").content.decode()
    answer = client.post("/leads/new/", {**TYPED, **attribute(0, "Employees", "240"), **attribute(1, "", "")})
    lead = Lead.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/leads/{lead.public_id}/")
    assert (lead.email, lead.attributes, lead.owner, lead.stage) == (
        "aiko@nordlys.example",
        {"Employees": "240"},
        None,
        "lead",
    )
    assert lead.identities.count() == 1
    assert DirtyLead.objects.filter(lead=lead).exists()
    assert AuditEntry.objects.get(action="lead.added").actor == mina


def test_a_reps_own_find_is_the_reps(client: Client, sam: User) -> None:
    client.force_login(sam)
    client.post("/leads/new/", TYPED)
    assert Lead.objects.get().owner == sam


@pytest.mark.parametrize("typed", [{"email": "AIKO@nordlys.example"}, {"source": "fair", "external_id": "B-7"}])
def test_who_is_here_already_is_linked(client: Client, mina: User, typed: dict[str, str], make_lead: Any) -> None:
    known = make_lead(email="aiko@nordlys.example", source="fair", external_id="B-7")
    client.force_login(mina)
    answer = client.post("/leads/new/", {"name": "Somebody", **typed})
    assert answer.status_code == 422
    assert f"/leads/{known.public_id}/" in answer.content.decode()
    assert 'value="Somebody"' in answer.content.decode()
    assert Lead.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"email": "aiko"}, "“aiko” is not an e-mail address."),
        ({"email": "", "external_id": ""}, "Give an e-mail address, a phone number or an external id."),
        ({"name": "x" * 201}, "at most 200"),
        ({**attribute(0, "", "240")}, "An attribute with a value needs a name."),
        ({**attribute(0, "a", "1"), **attribute(1, "a", "2")}, "Two attributes have the same name."),
        ({**attribute(0, "x" * 201, "1")}, "1 to 200 characters"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(client: Client, mina: User, typed: dict[str, str], told: str) -> None:
    client.force_login(mina)
    answer = client.post("/leads/new/", {**TYPED, **typed})
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Lead.objects.exists()


def test_an_edit_sets_fields_blanks_them_and_keeps_kinds(client: Client, mina: User, make_lead: Any) -> None:
    lead = make_lead(title="CFO", attributes={"size": 240, "city": "Oslo", "vip": True})
    client.force_login(mina)
    rows = {
        **attribute(0, "size", "240"),
        **attribute(1, "city", ""),
        **attribute(2, "vip", "true"),
        **attribute(3, "plan", "A"),
    }
    answer = client.post(f"/leads/{lead.public_id}/edit/", form_of(client, lead, phone="+47 22", **rows))
    assert answer.status_code == 302
    lead.refresh_from_db()
    assert (lead.title, lead.phone, lead.attributes) == ("", "+47 22", {"size": 240, "vip": True, "plan": "A"})
    assert AuditEntry.objects.get(action="lead.edited").facts["fields"] == ["attributes", "phone", "title"]
    assert DirtyLead.objects.filter(lead=lead).exists()


def test_a_new_external_id_is_one_more_name_of_the_lead(client: Client, mina: User, make_lead: Any) -> None:
    lead = make_lead(source="crm", external_id="1")
    client.force_login(mina)
    client.post(f"/leads/{lead.public_id}/edit/", form_of(client, lead, source="crm", external_id="2"))
    assert set(LeadIdentity.objects.values_list("lead", "external_id")) == {(lead.pk, "1"), (lead.pk, "2")}


def test_somebody_elses_change_is_shown_and_not_overwritten(client: Client, mina: User, make_lead: Any) -> None:
    lead = make_lead()
    client.force_login(mina)
    stale = form_of(client, lead, title="CFO")
    client.post(f"/leads/{lead.public_id}/edit/", form_of(client, lead, phone="+47 99"))
    answer = client.post(f"/leads/{lead.public_id}/edit/", stale)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Somebody else changed this lead" in text
    assert "+47 99" in text
    lead.refresh_from_db()
    assert (lead.title, lead.phone) == ("", "+47 99")
    seen_at = re.search(r'name="seen_at" value="([^"]+)"', text)
    assert seen_at is not None
    assert client.post(f"/leads/{lead.public_id}/edit/", {**stale, "seen_at": seen_at[1]}).status_code == 302


def test_an_address_of_another_lead_is_refused(client: Client, mina: User, make_lead: Any) -> None:
    make_lead(email="taken@x.example")
    lead = make_lead()
    client.force_login(mina)
    answer = client.post(f"/leads/{lead.public_id}/edit/", form_of(client, lead, email="taken@x.example"))
    assert answer.status_code == 422
    assert "already has this address" in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "code"),
    [({"email": "taken@x.example"}, "lead_email_taken"), ({"external_id": "17"}, "lead_identity_taken")],
)
def test_a_name_that_is_taken_while_we_look_is_refused_as_well(
    monkeypatch: pytest.MonkeyPatch, mina: User, make_lead: Any, typed: dict[str, str], code: str
) -> None:
    """The other editor is quicker: the name is free when we look, and taken when we write."""
    lead, look = make_lead(), editing.refuse_if_taken

    def look_and_lose(*, values: Any, besides: Lead | None) -> None:
        look(values=values, besides=besides)
        make_lead(email="taken@x.example", external_id="17")
        monkeypatch.setattr(editing, "refuse_if_taken", look)

    monkeypatch.setattr(editing, "refuse_if_taken", look_and_lose)
    with pytest.raises(Refused) as refused:
        edit_lead(public_id=lead.public_id, changes=typed, by=mina, at=timezone.now())

    assert refused.value.code == code
    assert Lead.objects.get(pk=lead.pk).email == lead.email
    assert not AuditEntry.objects.filter(action="lead.edited").exists()


@pytest.mark.django_db(transaction=True)
def test_of_editors_who_give_one_name_at_once_one_is_first(mina: User, make_lead: Any) -> None:
    leads = [make_lead() for _ in range(4)]
    name = {"source": "crm", "external_id": "17"}
    results = at_once(
        *[partial(edit_lead, public_id=lead.public_id, changes=name, by=mina, at=timezone.now()) for lead in leads]
    )
    assert results.count("lead_identity_taken") == 3
    assert Lead.objects.filter(external_id="17").count() == LeadIdentity.objects.count() == 1


def test_an_edit_cannot_take_the_last_name_away(mina: User, make_lead: Any) -> None:
    known, by_phone = make_lead(phone="+47 22"), make_lead(email="", phone="+47 99")
    with pytest.raises(Refused) as refused:
        edit_lead(public_id=known.public_id, changes={"email": ""}, by=mina, at=timezone.now())
    edit_lead(public_id=by_phone.public_id, changes={"name": "Aiko"}, by=mina, at=timezone.now())
    assert (refused.value.code, refused.value.status) == ("lead_identity_missing", 422)
    assert Lead.objects.get(pk=by_phone.pk).name == "Aiko"


def test_reps_edit_only_leads_they_own(client: Client, sam: User, lena: User, make_lead: Any) -> None:
    lead = make_lead(owner=sam)
    client.force_login(lena)
    assert client.get(f"/leads/{lead.public_id}/edit/").status_code == 403
    client.force_login(sam)
    assert client.get(f"/leads/{lead.public_id}/edit/").status_code == 200
    assert client.get("/leads/00000000-0000-4000-8000-000000000000/edit/").status_code == 404


def test_the_download_holds_all_leads_without_formulas(client: Client, mia: User, sam: User, make_lead: Any) -> None:
    make_lead(name="=HYPERLINK(1)", attributes={"note": "+1+1", "net": "-12.5"})
    client.force_login(mia)
    text = b"".join(client.get("/leads/export/")).decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(text, newline="")))
    assert (row["name"], row["attributes.note"], row["attributes.net"]) == ("'=HYPERLINK(1)", "'+1+1", "-12.5")
    client.force_login(sam)
    assert client.get("/leads/export/").status_code == 403


def test_the_download_follows_the_filters_of_the_list(client: Client, mia: User, sam: User, make_lead: Any) -> None:
    make_lead(name="Aiko", source="fair", owner=sam)
    make_lead(name="Lea", source="web")
    client.force_login(mia)
    for query in ("source=fair", f"owner={sam.public_id}", "q=aik"):
        text = b"".join(client.get(f"/leads/export/?{query}")).decode("utf-8-sig")
        assert [row["name"] for row in csv.DictReader(io.StringIO(text, newline=""))] == ["Aiko"]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd", "-cmd", "@SUM", "\t=1", "\rx", "\nx", " =1", "' =1", '"=1', "＝1", "＋1", "－1", "＠1"]
)
def test_what_a_spreadsheet_would_run_is_made_harmless(cell: str) -> None:
    assert harmless([cell]) == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["", "-1", "+1.5", "-1,000.50", "12%", "a=b", "a@x.example", "’=1", "O'Neil"])
def test_what_is_harmless_stays_as_it_is(cell: str) -> None:
    assert harmless([cell]) == [cell]
