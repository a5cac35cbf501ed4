"""The month's figures of one agreement: its leads, what happened under its versions, and the lists behind them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from agreements.models import AgreementVersion
from kpis.dashboard import dashboard
from kpis.metrics import funnel, promises, response, response_spread
from kpis.visitors import record_visitors
from leads.handoff import hand_off
from leads.models import Commitment, Handoff, Lead
from leads.months import Month
from leads.scoring import rescore
from slaportal.accounts.models import User
from tests.agreements.test_agreement_api import client_of
from tests.leads.pages import reader, text
from tests.leads.several import country, put_in_force

NOW = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)
JUNE = Month.of(NOW, "Europe/Paris")
MakeLead = Callable[..., Lead]


@pytest.fixture
def two(make_lead: MakeLead, sam: User, mia: User) -> list[AgreementVersion]:
    """France with one lead handed over, and the default one with two leads of which one is handed over and tried."""
    default, france = put_in_force("default"), put_in_force("france", country("France"))
    leads = [make_lead(country=name, created_at=NOW) for name in ("France", "Spain", "Spain")]
    rescore(at=NOW)
    for lead in leads[:2]:
        assert hand_off(lead=lead, trigger="manual", by=mia, at=NOW)
    Handoff.objects.filter(lead=leads[1]).update(response_seconds=60, n_attempts=1)
    Commitment.objects.filter(lead=leads[1], kind="acceptance").update(met_at=NOW)
    record_visitors(month=JUNE.first, count=50, by=mia, at=NOW)
    return [default, france]


def test_the_figures_of_one_agreement_are_its_own(two: list[AgreementVersion]) -> None:
    default, france = (version.agreement for version in two)
    assert [step.count for step in funnel(JUNE)][:3] == [50, 3, 2]
    assert [step.count for step in funnel(JUNE, default)][:3] == [0, 2, 1]
    assert [step.count for step in funnel(JUNE, france)][:3] == [0, 1, 1]
    assert [response(JUNE, one).n_answered for one in (None, default, france)] == [1, 1, 0]
    assert [sum(response_spread(JUNE, one)) for one in (None, default, france)] == [1, 1, 0]
    met = [sum(row.met for row in promises(JUNE, one) if row.kind == "acceptance") for one in (None, default, france)]
    assert met == [1, 1, 0]


def test_every_figure_of_one_agreement_opens_its_leads(two: list[AgreementVersion], mia: User) -> None:
    client = reader(mia)
    for version in two:
        shown = dashboard(JUNE, version, version.agreement)
        assert [step["label"] for step in shown.steps][0] != "Visitors"
        for step in shown.steps[:2]:
            assert client.get(step["url"]).context["page"].total == step["value"]
        assert all(version.agreement.slug in urlsplit(figure.url).query for figure in shown.figures)


def test_the_page_shows_all_agreements_or_one(two: list[AgreementVersion], mia: User) -> None:
    client = reader(mia)
    whole = client.get("/results/?month=2026-06")
    assert "All agreements" in text(whole)
    assert whole.context["shown"].figures[2].target == str(2 * volume(two[0]))
    one = client.get("/results/?month=2026-06&agreement=france")
    assert "Measured by France, version 1" in text(one)
    assert (one.context["shown"].figures[2].value, one.context["shown"].figures[2].target) == ("1", str(volume(two[1])))
    assert one.context["may_count"] is False
    assert client.get("/results/?agreement=nowhere").status_code == 404


def volume(version: AgreementVersion) -> Any:
    promise = version.document.commitment("mql_volume")
    return promise.per_month if promise else None


def test_programs_ask_for_one_agreement(two: list[AgreementVersion], mia: User) -> None:
    found = client_of(mia).get("/api/results/?month=2026-06&agreement=france").json()
    assert (found["agreement"], found["funnel"][0]["stage"], found["funnel"][0]["count"]) == ("france", "lead", 1)
    assert client_of(mia).get("/api/results/?agreement=nowhere").status_code == 404
