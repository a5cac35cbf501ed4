"""The SMART check of a goal in words: each of the five lines with its reason, or with what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from agreements.sentences.values import PERIODS, day_words, say, share
from agreements.terms.document import Goal, Terms
from agreements.terms.smart import SmartLine, smart_lines

LETTERS: dict[str, Promise] = {
    "specific": _("Specific"),
    "measurable": _("Measurable"),
    "achievable": _("Achievable"),
    "relevant": _("Relevant"),
    "time_bound": _("Time-bound"),
}
WORDS: dict[str, Promise] = {
    "specific": _("It says what exactly is meant."),
    "specific_no_title": _("Give the goal a title."),
    "specific_no_text": _("Say in a sentence what exactly is meant."),
    "measurable": _("It has an amount, and {metric} says how it is counted."),
    "measurable_no_amount": _("Give an amount above 0."),
    "measurable_no_metric": _("Say what it is measured by."),
    "measurable_no_unit": _("Give a currency, or say what is counted."),
    "achievable": _("The period before is known; this is {growth} against it."),
    "achievable_from_nothing": _("The period before brought nothing: this is a first time."),
    "achievable_plan": _("A plan says by which deals and rates it is reached."),
    "achievable_no_baseline": _("Say what the period before brought, so that all see how far the goal is."),
    "relevant": _("It is tied to real money."),
    "relevant_serves": _("It serves the goal {goal}."),
    "relevant_no_money": _("Give it a currency, or add a goal in money that it serves."),
    "time_bound": _("It runs from {first} to {last}."),
    "time_bound_no_start": _("It is counted {period}; say on which day the period begins."),
}


@dataclass(frozen=True)
class SmartText:
    """One line of the check as it is shown."""

    letter: str
    name: str
    is_met: bool
    words: SafeString


@dataclass(frozen=True)
class SmartGoal:
    """A goal with its five lines."""

    id: str
    title: str
    lines: tuple[SmartText, ...]

    @property
    def n_met(self) -> int:
        return sum(line.is_met for line in self.lines)


def smart_check(terms: Terms) -> list[SmartGoal]:
    """All goals with their lines, in order."""
    return [smart_goal(goal, terms.goals) for goal in terms.goals]


def smart_goal(goal: Goal, goals: tuple[Goal, ...]) -> SmartGoal:
    """One goal with its lines."""
    return SmartGoal(goal.id, goal.title or goal.id, tuple(_line(line) for line in smart_lines(goal, goals)))


def _line(line: SmartLine) -> SmartText:
    return SmartText(
        line.letter, str(LETTERS[line.letter]), line.is_met, say(str(WORDS[line.code]), **_facts(line.facts))
    )


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(facts)
    if "growth" in shown:
        shown["growth"] = share(shown["growth"], with_sign=True)
    if "period" in shown:
        shown["period"] = PERIODS[shown["period"]]
    return shown | {name: day_words(shown[name]) for name in ("first", "last") if name in shown}
