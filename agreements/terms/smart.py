"""The SMART check of a goal: five lines, each met with its reason or told by what is missing; codes and facts only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from agreements.terms.document import Goal

Letter = Literal["specific", "measurable", "achievable", "relevant", "time_bound"]

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class SmartLine:
    """One of the five: ``code`` names the reason where it is met, and what is missing where it is not."""

    letter: Letter
    is_met: bool
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def smart_lines(goal: Goal, goals: Sequence[Goal] = ()) -> tuple[SmartLine, ...]:
    """The five lines of a goal; ``goals`` are all of the agreement, one of which it may serve."""
    return (_specific(goal), _measurable(goal), _achievable(goal), _relevant(goal, goals), _time_bound(goal))


def last_day(goal: Goal) -> date | None:
    """The last day of the goal's period; None while its first day is not said."""
    if goal.starts_on is None:
        return None
    first = date.fromisoformat(goal.starts_on)
    months = first.month - 1 + _MONTHS[goal.period]
    year, month = first.year + months // 12, months % 12 + 1
    if year > date.max.year:
        return date.max
    after = date(year, month, 1) + timedelta(days=first.day - 1)
    # The 31st has no counterpart in a short month: the period then ends with that month.
    return min(after, _first_of_next(year, month)) - timedelta(days=1)


def _specific(goal: Goal) -> SmartLine:
    if goal.title.strip() and goal.text.strip():
        return SmartLine("specific", True, "specific", {"title": goal.title})
    return SmartLine("specific", False, "specific_no_text" if goal.title.strip() else "specific_no_title")


def _measurable(goal: Goal) -> SmartLine:
    if not goal.amount:
        return SmartLine("measurable", False, "measurable_no_amount")
    if not goal.metric.strip():
        return SmartLine("measurable", False, "measurable_no_metric")
    if not (goal.currency or goal.unit.strip()):
        return SmartLine("measurable", False, "measurable_no_unit")
    return SmartLine("measurable", True, "measurable", {"metric": goal.metric})


def _achievable(goal: Goal) -> SmartLine:
    if goal.baseline is None and goal.plan is not None:
        return SmartLine("achievable", True, "achievable_plan")
    if goal.baseline is None:
        return SmartLine("achievable", False, "achievable_no_baseline")
    if not goal.baseline:
        return SmartLine("achievable", True, "achievable_from_nothing")
    return SmartLine("achievable", True, "achievable", {"growth": goal.amount / goal.baseline - 1})


def _relevant(goal: Goal, goals: Sequence[Goal]) -> SmartLine:
    if goal.currency:
        return SmartLine("relevant", True, "relevant")
    served = next((one for one in goals if one.currency and one.id != goal.id), None)
    if served is None:
        return SmartLine("relevant", False, "relevant_no_money")
    return SmartLine("relevant", True, "relevant_serves", {"goal": served.title})


def _time_bound(goal: Goal) -> SmartLine:
    until = last_day(goal)
    if until is None or goal.starts_on is None:
        return SmartLine("time_bound", False, "time_bound_no_start", {"period": goal.period})
    return SmartLine("time_bound", True, "time_bound", {"first": date.fromisoformat(goal.starts_on), "last": until})


def _first_of_next(year: int, month: int) -> date:
    return date(year, month + 1, 1) if month < 12 else date(min(year + 1, date.max.year), 1, 1)
