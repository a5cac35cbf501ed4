"""The nearest ways to qualify: the smallest additions after which the MQL rule would hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from agreements.terms.document.qualification import FitRule
from agreements.terms.document.terms import Terms
from agreements.terms.rules.judge import Facts, holds
from agreements.terms.scoring.interest import Heat, interest_of
from agreements.terms.scoring.points import Amount, fit_amounts, qualifies, total_of

MAX_RULES = 3
MAX_TIMES = 20
MAX_WAYS = 5


@dataclass(frozen=True)
class Way:
    """One way: raise the hand, or reach a fit and an interest; ``rules`` and ``events`` say by what, once each known.

    ``fit_missing`` and ``interest_missing`` are points; ``rules``: fit rules that would have to hold; ``event_rule``:
    the interest rule whose event, ``event_times`` times, brings the missing interest.
    """

    hand_raise: bool
    fit_missing: int
    interest_missing: float
    rules: tuple[str, ...]
    event_rule: str | None
    event_times: int

    @property
    def effort(self) -> int:
        """How many things have to happen."""
        return int(self.hand_raise) + len(self.rules) + self.event_times


def nearest_ways(
    terms: Terms, facts: Facts, heats: Mapping[str, Heat], at: datetime, *, hand_raise: bool = False
) -> tuple[Way, ...]:
    """Up to five ways, the least effort first; empty if the lead qualifies already or nothing would do.

    A way that contains another one is left out.
    """
    chapter = terms.qualification
    held = fit_amounts(terms, facts, at)
    fit = int(total_of(held, chapter.fit.groups, chapter.fit.max).points)
    interest = interest_of(terms, heats)
    if qualifies(terms, fit, interest, hand_raise, facts, at):
        return ()
    found: list[Way] = []
    for raises, fit_goal, interest_goal in _goals(terms, fit, interest, hand_raise):
        if not qualifies(terms, fit_goal, interest_goal, hand_raise or raises, facts, at):
            continue
        rules = _rules_to(terms, facts, at, held, fit_goal)
        event = _events_to(terms, heats, interest_goal)
        if rules is not None and event is not None:
            missing = round(interest_goal - interest, 1)
            found.append(Way(raises, int(fit_goal - fit), missing, rules, *event))
    minimal = [way for way in found if not any(_is_within(other, way) for other in found)]
    return tuple(sorted(minimal, key=lambda way: way.effort)[:MAX_WAYS])


def _goals(terms: Terms, fit: int, interest: float, hand_raise: bool) -> Iterator[tuple[bool, float, float]]:
    bands = terms.qualification.bands
    fits = [fit, *(goal for goal in (bands.fit.B, bands.fit.A) if goal > fit)]
    interests = [interest, *(goal for goal in (bands.interest.second, bands.interest.first) if goal > interest)]
    for raises in (False,) if hand_raise or not terms.qualification.hand_raise_events else (False, True):
        for fit_goal in fits:
            for interest_goal in interests:
                yield raises, fit_goal, interest_goal


def _is_within(other: Way, way: Way) -> bool:
    """Does ``other`` ask for no more in any respect, and for less in one?"""
    mine = (way.hand_raise, way.fit_missing, way.interest_missing)
    theirs = (other.hand_raise, other.fit_missing, other.interest_missing)
    return mine != theirs and all(a <= b for a, b in zip(theirs, mine, strict=True))


def _rules_to(terms: Terms, facts: Facts, at: datetime, held: Sequence[Amount], goal: float) -> tuple[str, ...] | None:
    """The fewest fit rules that would have to hold beside those that do, None if three more are not enough."""
    chapter = terms.qualification.fit
    open_rules: list[FitRule] = [rule for rule in chapter.rules if rule.points > 0 and not holds(rule.when, facts, at)]
    for size in range(MAX_RULES + 1):
        for chosen in combinations(open_rules, size):
            amounts = [*held, *(Amount(rule, rule.points) for rule in chosen)]
            if total_of(amounts, chapter.groups, chapter.max).points >= goal:
                return tuple(rule.id for rule in chosen)
    return None


def _events_to(terms: Terms, heats: Mapping[str, Heat], goal: float) -> tuple[str | None, int] | None:
    """The one interest rule that needs the fewest events to bring interest to the goal, None if none can."""
    if interest_of(terms, heats) >= goal:
        return None, 0
    rules = [rule for rule in terms.qualification.interest.rules if rule.points > 0]
    for times in range(1, MAX_TIMES + 1):
        for rule in rules:
            if interest_of(terms, {**heats, rule.id: Heat(heats[rule.id].faded + times)}) >= goal:
                return rule.id, times
    return None
