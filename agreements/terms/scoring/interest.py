"""Interest that fades: events are kept as sums that only a new event changes, and read at any moment.

I(t) = Σ p·2^(−(t−tᵢ)/h) = p·2^(−(t−e)/h)·S with S = Σ 2^((tᵢ−e)/h): S, the sum of a class of events, does not depend on
t (forward decay), nor on the order in which events arrive. Points and caps stand outside S, so changing them needs no
event. Penalties and rules without a half-life do not fade: their S is a plain count.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from agreements.terms.document.qualification import InterestRule
from agreements.terms.document.terms import Terms
from agreements.terms.rules.judge import holds
from agreements.terms.rules.tree import Rule, dump
from agreements.terms.scoring.points import Amount, tenths, total_of

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)

# A double holds 2^±1022. An event's addend stays above 2^−300 and the factor that fades it above 2^−700, so that their
# product never underflows (PostgreSQL refuses that). Before 700 half-lives have passed since the epoch, rebase.
MIN_ADDEND_EXPONENT = -300.0
MIN_FADE_EXPONENT = -700.0
SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True)
class Event:
    """One thing a lead did. ``at``: the earlier of when it happened and when it was received (aware).

    So an event that claims to be from the future counts as if it happened now, and never more.
    """

    type: str
    at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """Field names to values, as interest rules see them."""
        return {**{f"event.{name}": value for name, value in self.properties.items()}, "event.type": self.type}


class EventClass(NamedTuple):
    """Events that fade together: what a slot of the stored sums stands for."""

    key: str
    event: str
    when: Rule
    half_life_days: float | None


class Heat(NamedTuple):
    """What a rule's events are worth at a moment: their faded count, and how many there were (None: not known)."""

    faded: float
    n: int | None = None


def half_life_of(rule: InterestRule) -> float | None:
    """Days until the rule's points halve; None if they never fade (penalties never do)."""
    return None if rule.points < 0 else rule.half_life_days


def event_class_key(rule: InterestRule) -> str:
    """64 hexadecimal digits naming the rule's class of events: the same for the same type, condition and half-life."""
    half_life = half_life_of(rule)
    parts = [rule.event, dump(rule.when), half_life and float(half_life)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def event_class(rule: InterestRule) -> EventClass:
    """The rule's class of events."""
    return EventClass(event_class_key(rule), rule.event, rule.when, half_life_of(rule))


def event_classes(terms: Terms) -> dict[str, EventClass]:
    """All classes that these terms need, by key."""
    classes = map(event_class, terms.qualification.interest.rules)
    return {one.key: one for one in classes}


def belongs(event: Event, to: EventClass | InterestRule) -> bool:
    """Is the event of this class (or does this rule count it)?"""
    return event.type == to.event and holds(to.when, event.facts())


def addend(half_life_days: float | None, at: datetime, epoch: datetime = EPOCH) -> float:
    """What an event at ``at`` adds to its class's sum: 2^((at − epoch) / half-life), 1 without a half-life."""
    return 1.0 if half_life_days is None else 2.0 ** max(_half_lives(epoch, at, half_life_days), MIN_ADDEND_EXPONENT)


def fade(half_life_days: float | None, at: datetime, epoch: datetime = EPOCH) -> float:
    """What a sum is multiplied by to be read at ``at``: 2^(−(at − epoch) / half-life), 1 without a half-life."""
    return 1.0 if half_life_days is None else 2.0 ** max(-_half_lives(epoch, at, half_life_days), MIN_FADE_EXPONENT)


def _half_lives(start: datetime, end: datetime, half_life_days: float) -> float:
    return (end - start).total_seconds() / SECONDS_PER_DAY / half_life_days


def sums_of(terms: Terms, events: Iterable[Event], epochs: Mapping[str, datetime] | None = None) -> dict[str, float]:
    """The sums by class key that these events make, rebuilt from nothing."""
    sums = dict.fromkeys(classes := event_classes(terms), 0.0)
    for event in events:
        for key, one in classes.items():
            if belongs(event, one):
                sums[key] += addend(one.half_life_days, event.at, (epochs or {}).get(key, EPOCH))
    return sums


def heats_of(terms: Terms, events: Iterable[Event], at: datetime) -> dict[str, Heat]:
    """By rule id, what these events are worth at ``at``; each event counts at most one, also one from the future."""
    heats = {}
    listed = list(events)
    for rule in terms.qualification.interest.rules:
        mine = [event for event in listed if belongs(event, rule)]
        half_life = half_life_of(rule)
        faded = [1.0 if half_life is None else 2.0 ** -max(_half_lives(event.at, at, half_life), 0.0) for event in mine]
        heats[rule.id] = Heat(math.fsum(faded), len(mine))
    return heats


def heats_from_sums(
    terms: Terms, sums: Mapping[str, float], at: datetime, epochs: Mapping[str, datetime] | None = None
) -> dict[str, Heat]:
    """By rule id, what the stored sums (by class key; absent: 0) are worth at ``at``."""
    heats = {}
    for rule in terms.qualification.interest.rules:
        key = event_class_key(rule)
        heats[rule.id] = Heat(sums.get(key, 0.0) * fade(half_life_of(rule), at, (epochs or {}).get(key, EPOCH)))
    return heats


def interest_amounts(terms: Terms, heats: Mapping[str, Heat]) -> list[Amount]:
    """What each interest rule gives, after its own cap."""
    amounts = []
    for rule in terms.qualification.interest.rules:
        points = rule.points * heats[rule.id].faded
        if rule.cap is not None:
            points = max(-rule.cap, points) if rule.points < 0 else min(rule.cap, points)
        if points:
            amounts.append(Amount(rule, points))
    return amounts


def interest_of(terms: Terms, heats: Mapping[str, Heat]) -> float:
    """Interest in tenths, from what each rule's events are worth."""
    chapter = terms.qualification.interest
    return tenths(total_of(interest_amounts(terms, heats), chapter.groups, chapter.max).points)


def score_interest(terms: Terms, events: Iterable[Event], at: datetime) -> float:
    """Interest at ``at`` in tenths, from the events themselves."""
    return interest_of(terms, heats_of(terms, events, at))


def interest_from_sums(
    terms: Terms, sums: Mapping[str, float], at: datetime, epochs: Mapping[str, datetime] | None = None
) -> float:
    """Interest at ``at`` in tenths, from stored sums by class key; equals score_interest of the same events."""
    return interest_of(terms, heats_from_sums(terms, sums, at, epochs))


class Fading:
    """The terms' interest made ready to be read many times: for sweeps over many leads."""

    def __init__(self, terms: Terms, epochs: Mapping[str, datetime] | None = None) -> None:
        chapter = terms.qualification.interest
        self.maximum = chapter.max
        self.group_caps = {group.id: group.cap for group in chapter.groups}
        self.rules = []
        for rule in chapter.rules:
            key = event_class_key(rule)
            cap = math.inf if rule.cap is None else rule.cap
            self.rules.append((key, rule.points, cap, rule.group, half_life_of(rule), (epochs or {}).get(key, EPOCH)))

    def parts(self, sums: Mapping[str, float], at: datetime) -> list[tuple[float, float, str | None, float | None]]:
        """(points before cap, cap, group, half-life) of each rule that gives anything at ``at``."""
        return [
            (points * sums[key] * fade(half_life, at, epoch), cap, group, half_life)
            for key, points, cap, group, half_life, epoch in self.rules
            if sums.get(key)
        ]

    def after(self, parts: Iterable[tuple[float, float, str | None, float | None]], days: float) -> float:
        """Interest in tenths, ``days`` after the moment of the parts."""
        total = 0.0
        grouped: dict[str, float] = {}
        for points, cap, group, half_life in parts:
            faded = points if half_life is None else points * 2.0 ** (-days / half_life)
            kept = max(-cap, min(cap, faded))
            if group is None:
                total += kept
            else:
                grouped[group] = grouped.get(group, 0.0) + kept
        total += sum(min(self.group_caps[group], points) for group, points in grouped.items())
        return tenths(min(max(total, 0.0), self.maximum))

    def falls_below_at(self, sums: Mapping[str, float], threshold: float, at: datetime) -> datetime | None:
        """The first whole second from ``at`` on when interest, as shown, is below ``threshold``.

        None if it is below already; FOREVER if it stays above without new events (points that do not fade).
        Interest without events only falls, because penalties do not fade; so bisection finds the one instant.
        """
        parts = self.parts(sums, at)
        if self.after(parts, 0.0) < threshold:
            return None
        high = 60 * int(SECONDS_PER_DAY * max((half_life for *_, half_life in parts if half_life), default=0.0))
        if self.after(parts, high / SECONDS_PER_DAY) >= threshold:
            return FOREVER
        low = 0
        while high - low > 1:
            middle = (low + high) // 2
            if self.after(parts, middle / SECONDS_PER_DAY) >= threshold:
                low = middle
            else:
                high = middle
        return at + timedelta(seconds=high)


def falls_below_at(
    terms: Terms,
    sums: Mapping[str, float],
    threshold: float,
    at: datetime,
    epochs: Mapping[str, datetime] | None = None,
) -> datetime | None:
    """When interest from these sums drops below ``threshold``; see Fading.falls_below_at."""
    return Fading(terms, epochs).falls_below_at(sums, threshold, at)
