"""The month's figures count what happened in the month, and open the list behind them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from agreements.models import AgreementVersion
from kpis.dashboard import dashboard
from kpis.metrics import funnel, promises, response, response_spread, total_of
from kpis.models import VisitorCount
from leads.models import Commitment, Handoff, Lead, StageChange
from leads.months import Month
from slaportal.accounts.models import User

MARCH = Month(date(2026, 3, 1), "Europe/Paris")
IN_MARCH = datetime(2026, 3, 10, 9, tzinfo=UTC)
# Half past eleven in the evening in UTC is already the first of April in Paris.
APRIL_IN_PARIS = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)


@pytest.fixture
def make_plain_lead(db: None) -> Any:
    def make(n: int, at: datetime = IN_MARCH) -> Lead:
        return Lead.objects.create(name=f"Lead {n}", stage_at=at, created_at=at, entered_at=at, updated_at=at)

    return make


def arrive(lead: Lead, stage: str, at: datetime = IN_MARCH) -> None:
    StageChange.objects.create(lead=lead, old="lead", new=stage, why="test", at=at)


def owe(version: AgreementVersion, party: str, kind: str, due: datetime, **facts: Any) -> Commitment:
    return Commitment.objects.create(
        version=version, party=party, kind=kind, clause="x", opened_at=due - timedelta(hours=1), due_at=due, **facts
    )


def test_the_funnel_counts_each_lead_once_per_stage_in_the_months_own_zone(make_plain_lead: Any) -> None:
    first, second, late = make_plain_lead(1), make_plain_lead(2), make_plain_lead(3, APRIL_IN_PARIS)
    for lead in (first, second, first):
        arrive(lead, "mql")
    arrive(first, "sql")
    arrive(late, "mql", APRIL_IN_PARIS)
    VisitorCount.objects.create(month=date(2026, 3, 1), count=100, changed_at=IN_MARCH)
    VisitorCount.objects.create(month=date(2026, 3, 1), source="fair", count=20, changed_at=IN_MARCH)
    steps = funnel(MARCH)
    assert [(step.key, step.count) for step in steps] == [
        ("visitors", 120), ("lead", 2), ("mql", 2), ("sql", 1), ("customer", 0),
    ]  # fmt: skip
    assert [step.rate for step in steps] == [None, 2 / 120, 1.0, 0.5, 0.0]
    assert funnel(MARCH.next)[2].count == 1


def test_the_month_before_stands_beside_it(make_plain_lead: Any) -> None:
    for n in range(4):
        make_plain_lead(n)
    arrive(make_plain_lead(5), "mql")
    assert funnel(MARCH.next)[2].before_rate == 1 / 5
    for n in (6, 7):
        make_plain_lead(n, APRIL_IN_PARIS)
    arrive(make_plain_lead(8, APRIL_IN_PARIS), "mql", APRIL_IN_PARIS)
    assert dashboard(MARCH.next, None).steps[2]["note"] == "33.3% of the step before, last month 20.0%"


def test_an_empty_month_has_zeros_and_no_rates(db: None) -> None:
    assert [(step.count, step.rate) for step in funnel(MARCH)] == [(0, None)] * 5
    assert response(MARCH).median is None
    assert response_spread(MARCH) == [0] * 6
    assert promises(MARCH) == []


def test_response_times_are_those_of_the_months_handoffs(
    make_plain_lead: Any, active_terms: AgreementVersion, sam: User
) -> None:
    for n, seconds in enumerate([600, 1200, 3000, 30_000, None]):
        Handoff.objects.create(
            lead=make_plain_lead(n), version=active_terms, trigger="score", rep=sam, opened_at=IN_MARCH,
            response_seconds=seconds, n_attempts=n, n_calls=1,
        )  # fmt: skip
    Handoff.objects.create(
        lead=make_plain_lead(9), version=active_terms, trigger="score", opened_at=APRIL_IN_PARIS, response_seconds=1
    )
    answered = response(MARCH)
    assert (answered.n_handoffs, answered.n_answered, answered.median) == (5, 4, 2100)
    assert answered.attempts_per_lead == 2.0
    assert response_spread(MARCH) == [1, 1, 1, 0, 0, 1]


def test_promises_of_both_teams_count_alike(active_terms: AgreementVersion) -> None:
    due = IN_MARCH
    owe(active_terms, "sales", "acceptance", due, met_at=due - timedelta(minutes=1))
    owe(active_terms, "sales", "acceptance", due, breached_at=due)
    owe(active_terms, "sales", "acceptance", due, breached_at=due, met_at=due + timedelta(hours=1))
    owe(active_terms, "sales", "acceptance", due, breached_at=due, excused_at=due)
    owe(active_terms, "sales", "decision", due)
    owe(active_terms, "sales", "decision", due, closed_at=due)
    owe(active_terms, "marketing", "choose_path", due, met_at=due)
    owe(active_terms, "marketing", "choose_path", APRIL_IN_PARIS, met_at=due)
    rows = promises(MARCH)
    sales, marketing = total_of(rows, "sales"), total_of(rows, "marketing")
    assert (sales.met, sales.breached, sales.excused, sales.running) == (1, 2, 1, 1)
    assert (sales.kept, marketing.kept, marketing.n) == (1 / 3, 1.0, 1)


def test_nothing_is_judged_on_fewer_than_ten_cases(active_terms: AgreementVersion) -> None:
    for _n in range(9):
        owe(active_terms, "sales", "acceptance", IN_MARCH, met_at=IN_MARCH)
    assert dashboard(MARCH, active_terms).figures[1].is_met is None
    owe(active_terms, "sales", "acceptance", IN_MARCH, met_at=IN_MARCH)
    figure = dashboard(MARCH, active_terms).figures[1]
    assert (figure.key, figure.value, figure.n, figure.is_met) == ("promises_kept_sales", "100%", 10, True)


def test_every_figure_names_its_list(active_terms: AgreementVersion) -> None:
    shown = dashboard(MARCH, active_terms)
    assert all(figure.url.startswith("/leads/?") for figure in shown.figures)
    assert [row["url"] for row in shown.steps] == [
        "", "/leads/?created=2026-03", "/leads/?arrived=mql&month=2026-03", "/leads/?arrived=sql&month=2026-03",
        "/leads/?arrived=customer&month=2026-03",
    ]  # fmt: skip
