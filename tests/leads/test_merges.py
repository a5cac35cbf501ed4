"""Two leads that are one person: merged with all that happened, parted again, never asked twice."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey
from django.utils import timezone

from agreements.models import AgreementVersion
from leads.attempts import log_attempt
from leads.deals import save_deals
from leads.drain import drain_events
from leads.handoff import accept_handoff, hand_off
from leads.intake import append_events, edit_lead, save_leads, tables
from leads.merges import links
from leads.merges.doubts import decline_pair, find_doubtful_pairs, waiting_pairs
from leads.merges.joining import merge_leads
from leads.merges.phones import fill_phone_keys, phone_key
from leads.merges.undoing import undo_merge
from leads.models import (
    Commitment,
    DoubtfulPair,
    Enrollment,
    Handoff,
    Lead,
    LeadAddress,
    LeadEngagement,
    LeadEvent,
    LeadIdentity,
    LeadMerge,
    StageChange,
)
from leads.nurture import enroll
from leads.scoring import score_dirty
from leads.selectors.people import found_leads
from slaportal.accounts.models import User
from slaportal.accounts.tokens import create_token
from slaportal.audit.models import AuditEntry
from slaportal.outbox.drain import drain
from slaportal.web.refusals import Refused
from tests.leads.conftest import OPENED
from tests.leads.pages import reader, text
from tests.leads.test_handoff import at_once

pytestmark = pytest.mark.django_db

AT = OPENED
HOUR = dt.timedelta(hours=1)
MakeLead = Callable[..., Lead]
DERIVED = {"updated_at", "company_key"}
FACTS = (Lead, LeadIdentity, LeadEvent, Handoff, Commitment, Enrollment, StageChange, LeadAddress, DoubtfulPair)


@pytest.fixture
def pair(make_lead: MakeLead) -> tuple[Lead, Lead]:
    """The older lead and the younger one, each known by a system of its own."""
    older = make_lead(source="crm", external_id="1", phone="01 23 45 67 89", country="France", attributes={"a": 1})
    later = older.created_at + HOUR
    younger = make_lead(
        source="web", external_id="w1", name="D. Roy", title="CEO", attributes={"a": 2}, created_at=later
    )
    return older, younger


def send(lead: dict[str, str], name: str, at: dt.datetime = AT) -> Any:
    event = {"source": "site", "external_id": name, "lead": lead, "type": "page_view", "occurred_at": at.isoformat()}
    return append_events([event | {"properties": {"path": "/pricing"}}], by=None, at=at)


def everything() -> dict[str, list[Any]]:
    """All rows of all that is known about leads, but what is found anew whenever a lead is written."""
    found: dict[str, list[Any]] = {}
    with connection.cursor() as cursor:
        for model in FACTS:
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {model._meta.db_table} t ORDER BY id")
            rows = [json.loads(row) for (row,) in cursor.fetchall()]
            found[model.__name__] = [
                {name: value for name, value in row.items() if name not in DERIVED} for row in rows
            ]
    return found


def test_every_reference_to_a_lead_is_thought_of() -> None:
    thought_of = {model for model, _ in links.MOVED} | {*links.COMPUTED, *links.TREATED_APART}
    references = {
        model
        for model in apps.get_models()
        for one in model._meta.get_fields()
        if isinstance(one, ForeignKey) and one.related_model is Lead
    }
    assert references == thought_of


def test_a_merge_keeps_all_and_the_older_first_touch(
    pair: tuple[Lead, Lead], active_terms: AgreementVersion, sam: User, mina: User
) -> None:
    older, younger = pair
    send({"external_id": "1"}, "e1")
    send({"external_id": "w1"}, "e2")
    drain_events(AT)
    send({"external_id": "w1"}, "e3")
    handoff = hand_off(lead=younger, trigger="manual", at=AT)
    assert handoff is not None
    log_attempt(handoff=handoff, by=sam, channel="phone", outcome="busy", at=AT + HOUR)

    merge = merge_leads(kept=older, gone=younger, keep={"title": "gone", "attributes.a": "gone"}, by=mina, at=AT + HOUR)

    lead = Lead.objects.get()
    assert (lead.public_id, lead.source, lead.created_at) == (older.public_id, "crm", older.created_at)
    assert (lead.name, lead.title, lead.email, lead.attributes) == ("Dana Roy", "CEO", older.email, {"a": 2})
    assert (lead.stage, lead.owner) == ("mql", sam)
    counts = [lead.events.count(), lead.identities.count(), lead.handoffs.count(), lead.attempts.count()]
    assert counts == [3, 2, 1, 1]
    assert lead.commitments.count() == Commitment.objects.count() > 0
    drain_events(AT + HOUR)
    assert LeadEngagement.objects.get(lead=lead).n_events == 3
    assert AuditEntry.objects.get(action="lead.merged").facts["gone"] == str(merge.gone_public_id)


def test_sums_of_a_merged_lead_equal_those_of_one_lead(pair: tuple[Lead, Lead], active_terms: AgreementVersion) -> None:
    older, younger = pair
    for n in range(4):
        send({"external_id": "1" if n % 2 else "w1"}, f"e{n}", AT - n * HOUR)
    drain_events(AT)
    merge_leads(kept=older, gone=younger, by=None, at=AT)
    merged = LeadEngagement.objects.get()
    score_dirty(AT)
    other = save_leads([{"email": "one@x.example"}], by=None, at=AT).lead_ids[0]
    for n in range(4):
        send({"email": "one@x.example"}, f"f{n}", AT - n * HOUR)
    drain_events(AT)
    alone = LeadEngagement.objects.get(lead_id=other)
    assert merged.sums == pytest.approx(alone.sums, rel=1e-9)
    assert merged.n_events == alone.n_events == 4


def test_old_names_lead_to_the_kept_lead(pair: tuple[Lead, Lead], client: Any, mina: User) -> None:
    older, younger = pair
    email, gone = younger.email, younger.public_id
    merge_leads(kept=older, gone=younger, by=mina, at=AT)
    for n, name in enumerate(({"external_id": "w1"}, {"email": email}, {"id": str(gone)})):
        assert send(name, f"e{n}").accepted == 1
    report = save_leads([{"email": email, "company": "Volta"}, {"source": "web", "external_id": "w1"}], by=None, at=AT)
    assert (report.created, report.updated, report.unchanged) == (0, 1, 1)
    lead = Lead.objects.get()
    assert (lead.email, lead.company, lead.events.count()) == (older.email, "Volta", 3)
    with pytest.raises(Refused, match="already has this address"):
        other = save_leads([{"email": "x@x.example"}], by=None, at=AT).lead_ids[0]
        edit_lead(public_id=Lead.objects.get(pk=other).public_id, changes={"email": email}, by=mina, at=AT)
    assert [found_leads(words, besides=Lead(pk=other)) for words in (email, str(gone), "W1")] == [[lead], [lead], []]
    page = reader(mina)
    assert page.get(f"/leads/{gone}/")["Location"] == f"/leads/{older.public_id}/"
    token = create_token(owner=mina, name="t", by=mina, at=timezone.now())[1]
    answer = client.get(f"/api/leads/{gone}/", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["id"] == str(older.public_id)
    found = client.get("/api/leads/", {"email": email.upper()}, headers={"Authorization": f"Bearer {token}"})
    assert [one["id"] for one in found.json()["results"]] == [str(older.public_id)]


def test_an_address_of_old_makes_no_second_lead_even_where_it_was_read_too_early(
    pair: tuple[Lead, Lead], mina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, younger = pair
    merge_leads(kept=older, gone=younger, by=mina, at=AT)
    monkeypatch.setattr(tables, "FIND_ADDRESSES", "SELECT ''::text, 0::bigint WHERE %s::text[] IS NULL")
    with pytest.raises(tables.Overtaken):
        save_leads([{"email": younger.email}], by=None, at=AT)
    assert Lead.objects.count() == 1


def test_the_amount_of_a_merged_customer_is_the_sum_of_all_won_deals(pair: tuple[Lead, Lead], mina: User) -> None:
    older, younger = pair

    def won(name: str, lead: Lead, amount: int) -> None:
        deal = {"source": "crm", "external_id": name, "lead": {"id": str(lead.public_id)}, "status": "won"}
        save_deals([deal | {"amount": amount, "closed_at": AT.isoformat()}], by=mina, at=AT + 2 * HOUR)

    won("D1", older, 100)
    won("D2", younger, 50)
    merge = merge_leads(kept=older, gone=younger, by=mina, at=AT + 3 * HOUR)
    older.refresh_from_db()
    assert (older.stage, older.deal_amount) == ("customer", 150)
    undo_merge(public_id=merge.public_id, by=mina, at=AT + 4 * HOUR)
    amounts = dict(Lead.objects.values_list("public_id", "deal_amount"))
    assert amounts == {older.public_id: 100, younger.public_id: 50}


def test_a_customer_is_not_merged_into_a_pass_that_sales_has(
    pair: tuple[Lead, Lead], active_terms: AgreementVersion, sam: User, mina: User
) -> None:
    older, younger = pair
    Lead.objects.filter(pk=older.pk).update(stage="customer")
    hand_off(lead=younger, trigger="manual", at=AT)
    with pytest.raises(Refused, match="is a customer"):
        merge_leads(kept=older, gone=younger, by=mina, at=AT)
    assert Lead.objects.count() == 2


def test_an_undo_names_the_address_that_stands_in_its_way(pair: tuple[Lead, Lead], mina: User) -> None:
    older, younger = pair
    merge = merge_leads(kept=older, gone=younger, by=mina, at=AT)
    edit_lead(public_id=older.public_id, changes={"email": younger.email}, by=mina, at=AT)
    with pytest.raises(Refused, match=f"given the other one’s address, {younger.email}"):
        undo_merge(public_id=merge.public_id, by=mina, at=AT + HOUR)
    edit_lead(public_id=older.public_id, changes={"email": "new@x.example"}, by=mina, at=AT + HOUR)
    undo_merge(public_id=merge.public_id, by=mina, at=AT + HOUR)
    assert sorted(Lead.objects.values_list("email", flat=True)) == sorted(["new@x.example", younger.email])


def test_an_undo_restores_both_exactly(
    pair: tuple[Lead, Lead], make_lead: MakeLead, active_terms: AgreementVersion, sam: User, mina: User
) -> None:
    older, younger = pair
    other = make_lead()
    decline_pair(one=younger, other=other, by=mina, at=AT)
    hand_off(lead=younger, trigger="manual", at=AT)
    hand_off(lead=older, trigger="manual", at=AT + HOUR)
    send({"external_id": "w1"}, "e1")
    drain_events(AT)
    before = everything()
    sums = dict(LeadEngagement.objects.values_list("lead_id", "sums"))
    merge = merge_leads(kept=older, gone=younger, by=mina, at=AT + 2 * HOUR)
    assert DoubtfulPair.objects.exclude(declined_at=None).get().first_id == older.pk
    closed = Handoff.objects.get(outcome="merged")
    assert (closed.opened_at, closed.number) == (AT + HOUR, 1)
    owed = Commitment.objects.filter(handoff=closed)
    assert not owed.filter(closed_at=None).exists()
    assert not owed.exclude(breached_at=None).exists()
    undo_merge(public_id=merge.public_id, by=mina, at=AT + 3 * HOUR)
    assert everything() == before
    assert {one.lead_id: one.sums for one in LeadEngagement.objects.all()} == sums
    with pytest.raises(Refused, match="parted already"):
        undo_merge(public_id=merge.public_id, by=mina, at=AT + 3 * HOUR)
    merge_leads(kept=older, gone=younger, by=mina, at=AT + 4 * HOUR)


def test_an_undo_is_refused_once_something_was_built_on_the_merge(
    pair: tuple[Lead, Lead], make_lead: MakeLead, active_terms: AgreementVersion, sam: User, mina: User
) -> None:
    older, younger = pair
    merge = merge_leads(kept=older, gone=younger, by=mina, at=AT)
    with pytest.raises(Refused, match="for 7 days"):
        undo_merge(public_id=merge.public_id, by=mina, at=AT + dt.timedelta(days=8))
    third = make_lead(created_at=AT - dt.timedelta(days=90))
    later = merge_leads(kept=third, gone=Lead.objects.get(pk=older.pk), by=mina, at=AT + HOUR)
    with pytest.raises(Refused, match="later merge first"):
        undo_merge(public_id=merge.public_id, by=mina, at=AT + HOUR)
    assert reader(mina).get(f"/leads/{merge.gone_public_id}/")["Location"] == f"/leads/{third.public_id}/"
    undo_merge(public_id=later.public_id, by=mina, at=AT + HOUR)
    hand_off(lead=Lead.objects.get(pk=older.pk), trigger="manual", at=AT + 2 * HOUR)
    with pytest.raises(Refused, match="another stage"):
        undo_merge(public_id=merge.public_id, by=mina, at=AT + 3 * HOUR)


def test_the_accepted_pass_stays_and_two_accepted_ones_refuse(
    pair: tuple[Lead, Lead], active_terms: AgreementVersion, sam: User, lena: User, mina: User
) -> None:
    older, younger = pair
    first, second = (hand_off(lead=lead, trigger="manual", at=AT) for lead in pair)
    assert first is not None
    assert second is not None
    accept_handoff(handoff=second, by=second.rep, at=AT)
    merge = merge_leads(kept=older, gone=younger, by=mina, at=AT + HOUR)
    lead = Lead.objects.get()
    assert (lead.handoffs.get(closed_at=None).pk, lead.stage, lead.owner) == (second.pk, "sal", second.rep)
    undo_merge(public_id=merge.public_id, by=mina, at=AT + HOUR)
    first.refresh_from_db()
    accept_handoff(handoff=first, by=first.rep, at=AT + HOUR)
    with pytest.raises(Refused, match="Sales works on both"):
        merge_leads(kept=older, gone=Lead.objects.get(pk=younger.pk), by=mina, at=AT + HOUR)


def test_of_two_nurture_paths_one_goes_on(pair: tuple[Lead, Lead], active_terms: AgreementVersion, mina: User) -> None:
    older, younger = pair
    for lead in pair:
        enroll(lead=lead, path="nurture-later", by=None, at=AT)
    before = everything()
    merge = merge_leads(kept=older, gone=younger, by=mina, at=AT)
    assert Enrollment.objects.get(ended_at=None).lead_id == older.pk
    undo_merge(public_id=merge.public_id, by=mina, at=AT + HOUR)
    assert everything() == before


def test_who_may_not_and_what_cannot(pair: tuple[Lead, Lead], sam: User, mina: User) -> None:
    older, younger = pair
    with pytest.raises(Refused, match="managers and admins"):
        merge_leads(kept=older, gone=younger, by=sam, at=AT)
    with pytest.raises(Refused, match="one lead already"):
        merge_leads(kept=older, gone=older, by=mina, at=AT)
    with pytest.raises(Refused, match="cannot be kept"):
        merge_leads(kept=older, gone=younger, keep={"stage": "gone"}, by=mina, at=AT)
    merge_leads(kept=older, gone=younger, by=mina, at=AT)
    with pytest.raises(Refused, match="not here any more"):
        merge_leads(kept=older, gone=younger, by=mina, at=AT)


@pytest.mark.parametrize(
    ("phone", "country", "key"),
    [
        ("01 23 45 67 89", "France", "+33123456789"),
        ("+33 (0)1 23 45 67 89", "", "+33123456789"),
        ("0033 1 23 45 67 89", "fr", "+33123456789"),
        ("(415) 555-2671", "USA", "+14155552671"),
        ("01 23 45 67 89", "", "-"),
        ("ask Bob", "France", "-"),
        ("", "France", ""),
    ],
)
def test_a_phone_number_has_one_form(phone: str, country: str, key: str) -> None:
    assert phone_key(phone, country) == key


def test_addresses_have_one_form() -> None:
    rows = [{"email": " Ana@MÜLLER.example "}, {"email": "ana@xn--mller-kva.example", "name": "Ana"}]
    report = save_leads(rows, by=None, at=AT)
    assert (report.created, report.updated) == (1, 1)


def test_doubtful_pairs_are_found_and_asked_once(make_lead: MakeLead, mina: User) -> None:
    phone = {"phone": "+33 1 23 45 67 89"}
    one, two = (
        make_lead(name="A", company="X", **phone),
        make_lead(name="B", company="Y", phone="0033123456789", country="fr"),
    )
    for n in range(20):
        make_lead(name=f"N{n}", company="", phone="+33 1 11 11 11 11")
    dot, plain = (
        make_lead(email="a.b+x@gmail.com", name="", company=""),
        make_lead(email="ab@gmail.com", name="", company=""),
    )
    same, again = (
        make_lead(name="Eva  Lund", company="Volta"),
        make_lead(name="eva lund", company="Volta AB", company_key=""),
    )
    Lead.objects.filter(company="Volta").update(company_key="volta")
    Lead.objects.filter(company="Volta AB").update(company_key="volta")
    while fill_phone_keys():
        pass
    assert find_doubtful_pairs(AT) == 3
    found = {(pair.first_id, pair.second_id): pair.why for pair in waiting_pairs()}
    assert found == {
        (one.pk, two.pk): ["phone"],
        (dot.pk, plain.pk): ["address"],
        (same.pk, again.pk): ["name"],
    }
    decline_pair(one=two, other=one, by=mina, at=AT)
    Lead.objects.filter(pk=again.pk).update(name="Other")
    assert find_doubtful_pairs(AT + HOUR) == 1
    assert waiting_pairs().get().first_id == dot.pk


def test_a_marketer_compares_merges_and_parts_in_the_browser(make_lead: MakeLead, mina: User, sam: User) -> None:
    older = make_lead(name="Eva Lund", title="CTO", phone="+33 1 23 45 67 89", phone_key="+33123456789")
    younger = make_lead(
        name="E. Lund", title="CEO", phone="+33123456789", phone_key="+33123456789", created_at=older.created_at + HOUR
    )
    page = reader(mina)
    assert "No doubtful pairs." in text(page.get("/leads/duplicates/"))
    page.post("/leads/duplicates/look/")
    drain()
    assert "same phone number" in text(page.get("/leads/duplicates/"))
    assert reader(sam).get("/leads/duplicates/").status_code == 403
    address = f"/leads/{younger.public_id}/merge/"
    assert "E. Lund" in text(page.get(address))
    assert "Eva Lund" in text(page.get(f"{address}?with=Eva"))
    beside = page.get(f"{address}?with={older.public_id}")
    assert "Merge them" in text(beside)
    # A phone shows no column heads: each value names its lead.
    assert 'data-label="Older"><label><input type="radio" name="keep-title" value="kept"' in beside.content.decode()
    assert 'data-label="Younger"><label><input type="radio" name="keep-title" value="gone"' in beside.content.decode()
    given = {"with": str(older.public_id), "keep-title": "gone", "keep-name": "nonsense"}
    assert page.post(address, given).status_code == 422
    answer = page.post(address, given | {"keep-name": "kept"})
    assert answer["Location"] == f"/leads/{older.public_id}/"
    lead = Lead.objects.get()
    assert (lead.name, lead.title) == ("Eva Lund", "CEO")
    shown = page.get(answer["Location"])
    assert "E. Lund" in text(shown)
    undo = f"/leads/merges/{LeadMerge.objects.get().public_id}/undo/"
    assert undo in shown.content.decode()
    assert undo not in reader(sam).get(answer["Location"]).content.decode()
    page.post(undo)
    assert Lead.objects.count() == 2
    assert page.post(undo).status_code == 422
    assert page.post(f"/leads/{older.public_id}/distinction/", {"with": str(younger.public_id)}).status_code == 302
    find_doubtful_pairs(timezone.now())
    assert not waiting_pairs().exists()


def test_a_program_merges_and_parts(pair: tuple[Lead, Lead], client: Any, mina: User, sam: User) -> None:
    older, younger = pair
    DoubtfulPair.objects.create(first=older, second=younger, why=["phone"], found_at=AT)
    told = {"lead": {"id": str(younger.public_id)}, "external_id": "1"}
    append_events([{**told, "type": "visit", "occurred_at": AT.isoformat()}], by=None, at=AT)
    save_deals([{**told, "status": "open"}], by=mina, at=AT)
    tokens = [create_token(owner=who, name="t", by=who, at=timezone.now())[1] for who in (mina, sam)]
    ours, reps = ({"headers": {"Authorization": f"Bearer {token}"}} for token in tokens)
    [found] = client.get("/api/leads/duplicates/", **ours).json()["results"]
    assert (found["first"], found["why"]) == (str(older.public_id), ["phone"])
    address = f"/api/leads/{older.public_id}/merge/"
    given = {"data": {"with": str(younger.public_id), "keep": {"name": "gone"}}, "content_type": "application/json"}
    assert client.post(address, **given, **reps).status_code == 403
    assert client.post(address, data={"with": "x"}, content_type="application/json", **ours).status_code in (400, 422)
    answer = client.post(address, **given, **ours)
    assert (answer.status_code, answer.json()["gone"]) == (200, str(younger.public_id))
    for path in ("events", "deals"):
        assert len(client.get(f"/api/{path}/?lead={younger.public_id}", **ours).json()["results"]) == 1
    assert client.post(address, **given, **ours).status_code == 409
    undo = f"/api/merges/{answer.json()['id']}/undo/"
    assert client.post(undo, **ours).json()["undone_at"]
    assert client.post(undo, **ours).status_code == 409
    both = {"first": str(older.public_id), "second": str(younger.public_id)}
    assert client.post("/api/leads/duplicates/", data=both, content_type="application/json", **ours).status_code == 200
    assert client.get("/api/leads/duplicates/", **ours).json()["results"] == []


@pytest.mark.django_db(transaction=True)
def test_merges_and_events_at_once_lose_nothing(make_lead: MakeLead, active_terms: AgreementVersion, sam: User) -> None:
    leads = [make_lead(source="crm", external_id=str(n), created_at=AT - n * HOUR) for n in range(3)]
    a, b, c = leads

    def work(n: int) -> int:
        accepted = sum(send({"external_id": str(place % 3)}, f"{n}-{place}").accepted for place in range(12))
        drain_events(AT)
        return accepted

    results = at_once(
        lambda: merge_leads(kept=b, gone=a, by=None, at=AT),
        lambda: merge_leads(kept=b, gone=a, by=None, at=AT),
        lambda: merge_leads(kept=c, gone=b, by=None, at=AT),
        lambda: hand_off(lead=a, trigger="manual", at=AT),
        lambda: work(1),
        lambda: work(2),
    )
    assert results[4:] == [12, 12]
    assert set(results[:3]) - {one for one in results[:3] if isinstance(one, LeadMerge)} <= {"merge_gone"}
    while drain_events(AT):
        pass
    assert LeadEvent.objects.count() == 24
    assert sum(LeadEngagement.objects.values_list("n_events", flat=True)) == 24
    assert 1 <= Lead.objects.count() == 3 - LeadMerge.objects.count()
