"""The SMART check: each line is met with a reason, or says what is missing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from agreements.terms.default import default_terms
from agreements.terms.document import Goal
from agreements.terms.smart import last_day, smart_lines

GOAL: dict[str, Any] = {
    "id": "revenue",
    "title": "New revenue",
    "metric": "revenue",
    "amount": 1000.0,
    "currency": "EUR",
    "period": "year",
    "text": "Won from shared leads.",
    "starts_on": "2026-01-01",
    "baseline": 800.0,
}


def goal(**changes: Any) -> Goal:
    return Goal(**GOAL | changes)


def codes(one: Goal, *others: Goal) -> dict[str, str]:
    return {line.letter: line.code for line in smart_lines(one, [one, *others])}


def test_a_whole_goal_meets_all_five_lines() -> None:
    lines = smart_lines(goal())
    assert [line.letter for line in lines] == ["specific", "measurable", "achievable", "relevant", "time_bound"]
    assert all(line.is_met for line in lines)
    assert lines[2].facts == {"growth": 0.25}
    assert lines[4].facts == {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}


@pytest.mark.parametrize(
    ("letter", "changes", "code"),
    [
        ("specific", {"text": " "}, "specific_no_text"),
        ("specific", {"title": ""}, "specific_no_title"),
        ("measurable", {"amount": 0.0}, "measurable_no_amount"),
        ("measurable", {"metric": ""}, "measurable_no_metric"),
        ("measurable", {"currency": None}, "measurable_no_unit"),
        ("achievable", {"baseline": None}, "achievable_no_baseline"),
        ("relevant", {"currency": None, "unit": "leads"}, "relevant_no_money"),
        ("time_bound", {"starts_on": None}, "time_bound_no_start"),
    ],
)
def test_what_is_missing_is_named_and_the_other_lines_stay(letter: str, changes: dict[str, Any], code: str) -> None:
    assert codes(goal(**changes))[letter] == code
    unmet = [line.letter for line in smart_lines(goal(**changes)) if not line.is_met]
    assert letter in unmet
    assert set(unmet) <= {letter, "relevant"}


def test_a_goal_in_leads_is_relevant_beside_one_in_money() -> None:
    leads = goal(id="leads", currency=None, unit="leads")
    assert codes(leads, goal())["relevant"] == "relevant_serves"


def test_a_first_time_needs_no_share_of_growth() -> None:
    assert codes(goal(baseline=0.0))["achievable"] == "achievable_from_nothing"


def test_a_plan_says_how_a_first_time_is_reached() -> None:
    planned = default_terms().goals[0].model_copy(update={"baseline": None})
    assert codes(planned)["achievable"] == "achievable_plan"


@pytest.mark.parametrize(
    ("starts_on", "period", "last"),
    [
        ("2026-01-01", "month", date(2026, 1, 31)),
        ("2026-01-31", "month", date(2026, 2, 28)),
        ("2026-11-15", "quarter", date(2027, 2, 14)),
        ("2026-12-01", "month", date(2026, 12, 31)),
        ("2028-02-29", "year", date(2029, 2, 28)),
        ("9999-12-01", "year", date.max),
    ],
)
def test_the_period_ends_the_day_before_the_next_one(starts_on: str, period: str, last: date) -> None:
    assert last_day(goal(starts_on=starts_on, period=period)) == last
