"""The measured rates against facts made by hand: cohorts with time to go on, deals, visitors, the worth of MQLs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from agreements.models import AgreementVersion
from agreements.terms.funnel import Ask, Rates
from kpis.goals.actuals import actuals
from kpis.goals.worth import Kind, kinds, segments
from kpis.models import VisitorCount
from leads.models import Handoff, Lead, StageChange

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ZONE = "Europe/Paris"


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
def make_pass(make_lead: Any) -> Any:
    """A lead created so many days ago that came to stages so many days ago."""

    def make(created: float, **stages: float) -> Lead:
        lead: Lead = make_lead(created_at=ago(created))
        for stage, days in stages.items():
            StageChange.objects.create(lead=lead, new=stage, why="test", at=ago(days))
        return lead

    return make


def test_an_empty_funnel_measures_nothing(db: None) -> None:
    known = actuals(ZONE, NOW)
    assert {rate.value for rate in known.rates.values()} == {None}
    assert (known.deals.n, known.deals.average) == (0, None)
    assert known.per_month["visitor"] is None


def test_a_rate_is_the_cohorts_share_that_went_on(make_pass: Any) -> None:
    for _n in range(12):
        make_pass(60, mql=40, sql=36)
    for _n in range(28):
        make_pass(60, mql=40)
    rate = actuals(ZONE, NOW).rates["mql_to_sql"]
    assert (rate.n, rate.reached, rate.value, rate.wait_days, rate.is_thin) == (40, 12, 0.3, 4, False)
    # Today is 20 November: four days to go on, then ninety.
    assert (rate.since, rate.until) == (date(2026, 8, 18), date(2026, 11, 15))
    assert rate.list_query == "passed=mql&since=2026-08-18&until=2026-11-15"
    assert rate.reached_query == rate.list_query + "&on_to=sql"


def test_those_who_came_too_late_to_go_on_are_not_counted_as_lost(make_pass: Any) -> None:
    for _n in range(10):
        make_pass(60, mql=50, sql=30)
    for _n in range(5):
        make_pass(60, mql=10)
    rate = actuals(ZONE, NOW).rates["mql_to_sql"]
    assert (rate.wait_days, rate.n, rate.reached, rate.waiting) == (20, 10, 10, 5)


def test_most_of_those_who_went_on_say_how_long_it_takes(make_pass: Any) -> None:
    for days in (1, 2, 3, 40):
        make_pass(200, mql=150, sql=150 - days)
    # Three of four within the point between the third and the fourth.
    assert actuals(ZONE, NOW).rates["mql_to_sql"].wait_days == 13


def test_a_lead_that_skips_a_stage_has_passed_it(make_pass: Any) -> None:
    make_pass(60, mql=50, customer=50)
    known = actuals(ZONE, NOW)
    assert [(known.rates[name].n, known.rates[name].reached) for name in ("mql_to_sql", "sql_to_customer")] == [
        (1, 1), (1, 1)
    ]  # fmt: skip


def test_a_second_pass_is_the_same_lead(make_pass: Any) -> None:
    lead = make_pass(80, mql=70)
    StageChange.objects.create(lead=lead, new="nurture", why="test", at=ago(60))
    StageChange.objects.create(lead=lead, new="mql", why="test", at=ago(30))
    rate = actuals(ZONE, NOW).rates["mql_to_sql"]
    assert (rate.n, rate.is_thin) == (1, True)


def test_the_best_month_needs_enough_cases(make_pass: Any) -> None:
    for n in range(10):
        make_pass(300, mql=240, **({"sql": 240} if n < 6 else {}))
    for _n in range(9):
        make_pass(300, mql=150, sql=150)
    assert actuals(ZONE, NOW).rates["mql_to_sql"].best == 0.6


def test_visitors_are_compared_by_whole_months(make_lead: Any) -> None:
    for month, count in ((8, 900), (9, 1000), (10, 1100), (11, 10)):
        VisitorCount.objects.create(month=date(2026, month, 1), count=count, changed_at=NOW)
    for month in (7, 8, 9, 10, 10, 11):
        make_lead(created_at=datetime(2026, month, 15, tzinfo=UTC))
    known = actuals(ZONE, NOW)
    rate = known.rates["visitor_to_lead"]
    assert (rate.n, rate.reached, rate.since, rate.until) == (3000, 4, date(2026, 8, 1), date(2026, 10, 31))
    assert known.per_month["visitor"] == 1000


def test_a_month_without_visitors_ends_the_run(make_lead: Any) -> None:
    for month in (8, 10):
        VisitorCount.objects.create(month=date(2026, month, 1), count=500, changed_at=NOW)
    rate = actuals(ZONE, NOW).rates["visitor_to_lead"]
    assert (rate.n, rate.since, rate.until) == (500, date(2026, 10, 1), date(2026, 10, 31))


def handed(lead: Lead, version: AgreementVersion, days: float, band: str = "A1", **facts: Any) -> Handoff:
    if "amount" in facts:
        facts |= {"state": "closed", "outcome": "won", "closed_at": ago(facts.pop("closed", days))}
    return Handoff.objects.create(
        lead=lead, version=version, trigger="score", opened_at=ago(days), packet={"score": {"band": band}}, **facts
    )


def test_deals_are_those_won_in_the_window(make_lead: Any, active_terms: AgreementVersion) -> None:
    for days, amount in ((5, 1000), (80, 3000), (95, 50_000)):
        handed(make_lead(), active_terms, days, amount=Decimal(amount))
    handed(make_lead(), active_terms, 3)
    deals = actuals(ZONE, NOW).deals
    assert (deals.n, deals.average, deals.total) == (2, 2000, 4000)
    assert deals.list_query == "passed=customer&since=2026-08-22&until=2026-11-19"


def test_what_mqls_were_worth_by_fit(make_lead: Any, active_terms: AgreementVersion) -> None:
    for n in range(10):
        handed(make_lead(), active_terms, 30, **({"amount": Decimal(9000)} if n < 2 else {}))
    handed(make_lead(), active_terms, 30, "B2", amount=Decimal(1000))
    handed(make_lead(), active_terms, 400, "C3")
    found = kinds(actuals(ZONE, NOW), NOW)
    assert found == [Kind("A", 10, 2, 9000.0), Kind("B", 1, 1, 1000.0)]
    ask = Ask(Fraction(1), Fraction(5000), Fraction(1), Rates(*[Fraction(1, 2)] * 4))
    good, thin = segments(found, ask)
    assert (good.share, good.probability, good.deal_amount) == (Fraction(10, 11), Fraction(1, 5), 9000)
    # One case says nothing: the plan's own odds and deal stand in.
    assert (thin.probability, thin.deal_amount) == (Fraction(1, 4), 5000)
    assert segments(found[1:], ask) == []
