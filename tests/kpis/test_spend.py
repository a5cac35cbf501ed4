"""What sources cost: told by people and programs, and what a lead, an MQL and a customer came to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient

from agreements.models import AgreementVersion
from kpis.goals.measured import _methods
from kpis.models import Spend
from kpis.spend import Cost, costs, save_spend, total_of
from leads.models import Lead, StageChange
from leads.months import Month
from slaportal.accounts.models import User
from slaportal.audit.models import AuditEntry
from slaportal.web.refusals import Refused

AT = datetime(2026, 3, 20, 9, tzinfo=UTC)
MARCH = Month.of(AT, "UTC")
ADS = {"month": "2026-03", "source": "ads", "amount": "1000", "currency": "EUR"}

pytestmark = pytest.mark.django_db


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def api(mina: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(mina)
    return client


@pytest.fixture
def four_leads(make_lead: Callable[..., Lead]) -> list[Lead]:
    """Four leads of the ads came in in March; two became MQL, one a customer."""
    leads = [make_lead(source="ads", created_at=AT) for _ in range(4)]
    for lead, stage in ((leads[0], "mql"), (leads[1], "mql"), (leads[1], "customer")):
        StageChange.objects.create(lead=lead, old="lead", new=stage, why="score", at=AT)
    return leads


def test_a_cost_is_told_by_lead_mql_and_customer(mina: User, four_leads: list[Lead]) -> None:
    save_spend([ADS, {**ADS, "source": "fair", "amount": 200}], by=mina, at=AT)
    ads, fair = costs(MARCH, MARCH)
    assert (ads.per_lead, ads.per_mql, ads.per_customer) == (Decimal(250), Decimal(500), Decimal(1000))
    assert (fair.leads, fair.per_lead) == (0, None)
    total = total_of([ads, fair])
    assert total is not None
    assert (total.amount, total.leads, total.per_lead) == (Decimal(1200), 4, Decimal(300))


def test_currencies_are_not_added_up(mina: User) -> None:
    save_spend([ADS, {**ADS, "source": "fair", "currency": "JPY"}], by=mina, at=AT)
    assert total_of(costs(MARCH, MARCH)) is None


def test_the_newest_word_counts_and_is_recorded(mina: User, mia: User) -> None:
    save_spend([ADS], by=mina, at=AT)
    report = save_spend([ADS, {**ADS, "amount": 900}], by=mia, at=AT)
    assert (report.updated, Spend.objects.get().amount) == (1, Decimal(900))
    assert AuditEntry.objects.filter(action="spend.received").count() == 2


def test_a_rep_spends_nothing(sam: User) -> None:
    with pytest.raises(Refused) as refused:
        save_spend([ADS], by=sam, at=AT)
    assert (refused.value.code, refused.value.status) == ("not_a_spender", 403)


def test_a_program_sends_one_or_many(api: APIClient) -> None:
    assert api.post("/api/spend/", ADS, format="json").status_code == 201
    assert api.post("/api/spend/", ADS, format="json").status_code == 200
    rows = [ADS, {**ADS, "source": ""}, {**ADS, "amount": -1}, {**ADS, "currency": "euro"}, {**ADS, "month": "2036-01"}]
    answer = api.post("/api/spend/", rows, format="json").json()
    assert (answer["accepted"], answer["unchanged"]) == (1, 1)
    assert [row["code"] for row in answer["rejected"]] == [
        "field_missing",
        "bad_number",
        "bad_currency",
        "month_in_future",
    ]
    assert api.get("/api/spend/?source=ads&since=2026-03&until=2026-03").json()["results"] == [
        {**ADS, "amount": "1000.00"}
    ]
    assert api.get("/api/spend/?month=2026-02").json()["results"] == []


@pytest.mark.parametrize("body", [{**ADS, "amount": None}, {**ADS, "month": "March"}, {}, {**ADS, "source": "x" * 121}])
def test_a_program_is_told_which_field_is_wrong(api: APIClient, body: dict[str, Any]) -> None:
    answer = api.post("/api/spend/", body, format="json")
    assert answer.status_code == 422
    assert answer.json()["fields"]


def test_a_person_enters_a_cost_and_sees_it(mina: User, four_leads: list[Lead]) -> None:
    client = logged_in(mina)
    assert "No costs" in client.get("/results/spend/?month=2026-03").content.decode()
    sent = {"month": "2026-03", "source": "ads", "amount": "1000", "currency": "eur"}
    answer = client.post("/results/spend/entries/", sent)
    assert (answer.status_code, answer["Location"]) == (302, "/results/spend/?month=2026-03")
    page = client.get("/results/spend/?month=2026-03").content.decode()
    assert "€250" in page
    # A phone shows no column heads: each figure says what it is.
    assert re.findall('data-label="([^"]*)"', page) == ["Cost", "Per lead", "Per MQL", "Per customer"]
    assert "created=2026-03&amp;source=ads" in page
    assert "Cost per lead" in client.get("/results/?month=2026-03").content.decode()


@pytest.mark.parametrize("wrong", [{"source": ""}, {"amount": "-1"}, {"amount": "x"}, {"currency": "12"}])
def test_what_is_wrong_is_told_beside_the_field(mina: User, wrong: dict[str, str]) -> None:
    sent = {"month": "2026-03", "source": "ads", "amount": "1000", "currency": "EUR", **wrong}
    answer = logged_in(mina).post("/results/spend/entries/", sent)
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
    assert Spend.objects.count() == 0


def test_a_rep_reads_costs_and_enters_none(sam: User) -> None:
    assert "spend-form" not in logged_in(sam).get("/results/spend/").content.decode()
    assert logged_in(sam).post("/results/spend/entries/", {"month": "2026-03"}).status_code == 403


def test_the_plan_is_offered_the_measured_cost(
    mina: User, four_leads: list[Lead], active_terms: AgreementVersion
) -> None:
    save_spend([ADS, {**ADS, "source": "fair"}], by=mina, at=AT)
    with time_machine.travel(datetime(2026, 5, 20, tzinfo=UTC), tick=False):
        page = logged_in(mina).get("/agreements/default/goals/").content.decode()
    assert "method=ads&amp;method_share=100&amp;method_cost=250" in page
    assert "n=4" in page


def test_shares_of_measured_methods_add_up() -> None:
    found = [
        Cost(name, "EUR", Decimal(10), leads, 0, 0) for name, leads in (("a", 1), ("b", 1), ("c", 1), ("d", 99999))
    ]
    methods = _methods(found)
    assert sum(method.share for method in methods) == 100
    assert [method.name for method in methods] == ["d", "c", "b", "a"]
