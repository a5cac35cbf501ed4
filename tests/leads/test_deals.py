"""Deals of the sales system: taken once, and what they mean for the lead and for the pass that Sales has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from agreements.models import AgreementVersion
from leads import deals
from leads.deals import DealReport, save_deals
from leads.handoff import accept_handoff, hand_off
from leads.models import Commitment, Deal, Handoff, Lead, StageChange
from slaportal.accounts.models import User
from slaportal.audit.models import AuditEntry
from tests.leads.conftest import OPENED
from tests.leads.test_handoff import at_once

LATER = OPENED + dt.timedelta(days=2)
DEAL = {"source": "crm", "external_id": "D-1", "lead": {"email": "a@a.example"}, "name": "Seats", "amount": "500"}
WON = {**DEAL, "status": "won", "closed_at": (OPENED + dt.timedelta(days=1)).isoformat()}

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(make_lead: Callable[..., Lead]) -> Lead:
    return make_lead(email="a@a.example")


@pytest.fixture
def handed(lead: Lead, active_terms: AgreementVersion, sam: User) -> Handoff:
    handoff = hand_off(lead=lead, trigger="hand_raise", at=OPENED)
    assert handoff is not None
    return handoff


@pytest.fixture
def told(mina: User) -> Callable[..., DealReport]:
    return lambda *rows: save_deals(rows, by=mina, at=LATER)


def test_an_open_deal_is_kept_and_moves_nobody(told: Callable[..., DealReport], lead: Lead) -> None:
    assert told(DEAL).created == 1
    lead.refresh_from_db()
    assert (Deal.objects.get().status, lead.stage, lead.converted) == ("open", "lead", None)


def test_the_same_again_changes_nothing(told: Callable[..., DealReport], lead: Lead) -> None:
    reports = [told(WON), told(WON), told({**WON, "lead": None})]
    assert [(report.created, report.unchanged) for report in reports] == [(1, 0), (0, 1), (0, 1)]
    assert AuditEntry.objects.filter(action="deal.told").count() == 1
    assert StageChange.objects.filter(lead=lead, new="customer").count() == 1


@pytest.mark.parametrize("stage", ["contact", "lead", "mql", "sal", "nurture", "disqualified"])
def test_a_won_deal_makes_a_customer_of_a_lead_that_marketing_has(
    told: Callable[..., DealReport], lead: Lead, stage: str
) -> None:
    Lead.objects.update(stage=stage)
    told(WON)
    lead.refresh_from_db()
    assert (lead.stage, lead.converted, lead.deal_amount) == ("customer", True, Decimal(500))
    assert lead.converted_at == OPENED + dt.timedelta(days=1)


@pytest.mark.parametrize("is_accepted", [True, False])
def test_a_won_deal_wins_the_pass_that_sales_has(
    told: Callable[..., DealReport], lead: Lead, handed: Handoff, sam: User, is_accepted: bool
) -> None:
    accepted_at = OPENED + dt.timedelta(hours=1)
    _ = is_accepted and accept_handoff(handoff=handed, by=sam, at=accepted_at)
    told(WON)
    handed.refresh_from_db()
    lead.refresh_from_db()
    assert (handed.outcome, handed.amount, handed.closed_at) == ("won", Decimal(500), OPENED + dt.timedelta(days=1))
    assert (lead.stage, lead.converted, lead.deal_amount) == ("customer", True, Decimal(500))
    assert handed.accepted_at == (accepted_at if is_accepted else handed.closed_at)
    assert not Commitment.objects.filter(handoff=handed, met_at=None, closed_at=None, party="sales").exists()


def test_a_lost_deal_ends_the_pass_as_lost(told: Callable[..., DealReport], lead: Lead, handed: Handoff) -> None:
    told({**DEAL, "stage": "Closed Lost", "reason": "Price"})
    handed.refresh_from_db()
    lead.refresh_from_db()
    assert (handed.outcome, handed.lost_reason, lead.stage) == ("lost", "Price", "disqualified")


def test_a_lost_deal_beside_an_open_one_ends_nothing(
    told: Callable[..., DealReport], lead: Lead, handed: Handoff
) -> None:
    told({**DEAL, "external_id": "D-2"}, {**DEAL, "status": "lost"})
    handed.refresh_from_db()
    assert handed.closed_at is None


def test_a_lost_deal_leaves_a_lead_that_marketing_has(told: Callable[..., DealReport], lead: Lead) -> None:
    told({**DEAL, "status": "lost"})
    lead.refresh_from_db()
    assert lead.stage == "lead"


def test_a_second_won_deal_is_added_to_the_amount(told: Callable[..., DealReport], lead: Lead) -> None:
    told(WON, {**WON, "external_id": "D-2", "amount": 250})
    lead.refresh_from_db()
    assert lead.deal_amount == Decimal(750)
    told({**WON, "amount": 100})
    lead.refresh_from_db()
    assert (lead.stage, lead.deal_amount) == ("customer", Decimal(350))


def test_a_sum_beyond_the_column_is_refused_and_nothing_of_it_is_kept(
    told: Callable[..., DealReport], lead: Lead, make_lead: Callable[..., Lead]
) -> None:
    make_lead(email="b@b.example")
    most = {**WON, "amount": "999999999999.99"}
    report = told(most, {**most, "external_id": "D-2"}, {**WON, "external_id": "D-3", "lead": {"email": "b@b.example"}})
    assert [(row.index, row.code, row.field) for row in report.rejected] == [(1, "deals_too_large", "amount")]
    assert sorted(Deal.objects.values_list("external_id", flat=True)) == ["D-1", "D-3"]
    lead.refresh_from_db()
    assert lead.deal_amount == Decimal("999999999999.99")


@pytest.mark.parametrize("status", ["lost", "open"])
def test_a_customer_whose_only_won_deal_is_none_any_more_has_no_amount(
    told: Callable[..., DealReport], lead: Lead, status: str
) -> None:
    told(WON)
    told({**WON, "status": status})
    lead.refresh_from_db()
    assert (lead.stage, lead.converted, lead.deal_amount) == ("customer", True, None)


def test_what_is_won_after_all_is_won_when_it_is_told_and_has_no_reason_of_a_loss(
    told: Callable[..., DealReport], lead: Lead, mina: User
) -> None:
    told({**WON, "status": "lost", "reason": "Price"})
    save_deals([{**WON, "closed_at": None}], by=mina, at=LATER)
    deal = Deal.objects.get()
    lead.refresh_from_db()
    assert (deal.reason, deal.closed_at, lead.converted_at) == ("", LATER, LATER)
    assert told({**WON, "closed_at": None}).unchanged == 1


def test_currencies_are_not_added(told: Callable[..., DealReport], lead: Lead) -> None:
    def amount(**changes: Any) -> Decimal | None:
        told({**WON, **changes})
        lead.refresh_from_db()
        return lead.deal_amount

    # EUR is what the company counts in where nobody agreed on another currency.
    assert amount(amount=100, currency="EUR") == Decimal(100)
    assert amount(amount=50, external_id="D-2") == Decimal(150)
    assert amount(amount=100_000, currency="JPY", external_id="D-3", closed_at=LATER.isoformat()) == Decimal(100_000)
    assert amount(amount=7, external_id="D-4", closed_at=LATER.isoformat()) == Decimal(157)


def test_bad_rows_are_refused_alone(
    told: Callable[..., DealReport], make_lead: Callable[..., Lead], lead: Lead
) -> None:
    make_lead(email="b@b.example")
    told(DEAL)
    bad: list[Any] = [
        {**WON, "external_id": ""},
        {**WON, "external_id": "x", "lead": None},
        {**WON, "external_id": "x", "lead": {"email": "nobody@a.example"}},
        {**WON, "lead": {"email": "b@b.example"}},
        {**WON, "external_id": "x", "amount": None},
        {**WON, "status": "perhaps"},
        {**WON, "closed_at": "2036-01-01T00:00:00Z"},
        {**WON, "amount": "-1"},
        {**WON, "name": "a\0"},
        {**WON, "colour": "red"},
        {**WON, "lead": "a@a.example"},
        {**WON, "lead": []},
        None,
    ]
    report = told(*bad, DEAL)
    assert [row.code for row in report.rejected] == [
        *("field_missing", "field_missing", "unknown_lead", "deal_of_another_lead", "amount_not_positive"),
        *("unknown_deal_status", "date_in_future", "bad_number", "bad_character", "unknown_field"),
        *("lead_not_an_object", "lead_not_an_object", "row_not_an_object"),
    ]
    assert report.unchanged == 1
    assert Deal.objects.count() == 1


def test_a_program_sends_and_lists_deals(mina: User, sam: User, lead: Lead) -> None:
    api = APIClient()
    api.force_authenticate(mina)
    answer = api.post("/api/deals/", WON, format="json")
    assert (answer.status_code, answer.json()["lead"]) == (201, str(lead.public_id))
    assert api.post("/api/deals/", WON, format="json").status_code == 200
    batch = api.post("/api/deals/", [WON, {}], format="json").json()
    assert (batch["unchanged"], [row["index"] for row in batch["rejected"]]) == (1, [1])
    for query, n in (("status=won", 1), ("status=lost", 0), (f"lead={lead.public_id}", 1), ("external_id=D-2", 0)):
        assert len(api.get(f"/api/deals/?{query}").json()["results"]) == n
    assert api.get("/api/deals/?status=x").status_code == 422
    assert api.get("/api/leads/?stage=zzz").json()["fields"] == {"stage": ["There is no such stage."]}
    for address in ("/api/deals/?lead=x", "/api/events/?lead=x"):
        assert api.get(address).json()["fields"] == {"lead": ["This is not a lead’s id."]}
    api.force_authenticate(sam)
    assert api.post("/api/deals/", WON, format="json").status_code == 403


def test_the_page_of_the_lead_shows_its_deals(told: Callable[..., DealReport], lead: Lead, mina: User) -> None:
    told(WON)
    client = Client()
    client.force_login(mina)
    page = client.get(f"/leads/{lead.public_id}/").content.decode()
    assert page.count("Deal “Seats” won") == 2


@pytest.mark.django_db(transaction=True)
def test_copies_of_a_deal_at_once_are_one(mina: User, lead: Lead) -> None:
    reports = at_once(*[lambda: save_deals([WON], by=mina, at=LATER)] * 6)
    assert sorted(report.created for report in reports) == [0, 0, 0, 0, 0, 1]
    assert StageChange.objects.filter(lead=lead, new="customer").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_new_deal_told_of_two_leads_at_once_is_that_of_one(mina: User, make_lead: Callable[..., Lead]) -> None:
    emails = [f"p{n}@x.example" for n in range(6)]
    for email in emails:
        make_lead(email=email)
    rows = [{**WON, "status": "open", "lead": {"email": email}} for email in emails]
    reports = at_once(*[lambda row=row: save_deals([row], by=mina, at=LATER) for row in rows])
    assert [sum(report.created for report in reports), sum(report.updated for report in reports)] == [1, 0]
    codes = [rejected.code for report in reports for rejected in report.rejected]
    assert codes == ["deal_of_another_lead"] * 5
    winner = next(n for n, report in enumerate(reports) if report.created)
    assert Deal.objects.get().lead.email == emails[winner]


@pytest.mark.parametrize("moved_from", ["gone", "other"])
def test_a_deal_whose_lead_went_while_we_waited_is_looked_up_anew(
    told: Callable[..., DealReport],
    lead: Lead,
    make_lead: Callable[..., Lead],
    monkeypatch: pytest.MonkeyPatch,
    moved_from: str,
) -> None:
    told(DEAL)
    stale = {"gone": 0, "other": make_lead(email="b@b.example").pk}[moved_from]
    real = deals._lead_of
    monkeypatch.setattr(deals, "_lead_of", lambda *facts: monkeypatch.setattr(deals, "_lead_of", real) or stale)
    assert told({**DEAL, "lead": None, "amount": "9"}).updated == 1
    assert (Deal.objects.get().lead, Deal.objects.get().amount) == (lead, Decimal(9))
