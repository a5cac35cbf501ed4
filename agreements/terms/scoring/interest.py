"""Interest that fades: events are kept as sums that only a new event changes, and read at any moment.

I(t) = Σ p·2^(−(t−tᵢ)/h) = p·2^(−(t−e)/h)·S with S = Σ 2^((tᵢ−e)/h): S, the sum of a class of events, does not depend on
t (forward decay), nor on the order in which events arrive. Points and caps stand outside S, so changing them needs no
event. Penalties and rules without a half-life do not fade: their S is a plain count. So is that of a rule with a
window, which counts the events of its last days: it changes also when one leaves, at an instant known beforehand.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
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
    window_days: int | None = None


class Heat(NamedTuple):
    """What a rule's events are worth at a moment: their faded count, and how many there were (None: not known).

    ``until``: when the first of them leaves the window of its rule. ``of_colleagues``: how much of the faded count is
    the share of what colleagues at the same account did, ``n_of_colleagues``: how much it was before it faded.
    """

    faded: float
    n: int | None = None
    until: datetime | None = None
    of_colleagues: float = 0.0
    n_of_colleagues: float = 0.0


# By class key of a rule with a window: when each event that counts will leave it.
Leaving = Mapping[str, Sequence[datetime]]


def half_life_of(rule: InterestRule) -> float | None:
    """Days until the rule's points halve; None if they never fade (penalties never do)."""
    return None if rule.points < 0 else rule.half_life_days


def event_class_key(rule: InterestRule) -> str:
    """64 hexadecimal digits naming the rule's class of events: the same for the same type, condition and fading."""
    half_life = half_life_of(rule)
    parts: list[Any] = [rule.event, dump(rule.when), half_life and float(half_life)]
    parts += [rule.window_days] if rule.window_days else []
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def event_class(rule: InterestRule) -> EventClass:
    """The rule's class of events."""
    return EventClass(event_class_key(rule), rule.event, rule.when, half_life_of(rule), rule.window_days)


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


def leaves_at(window_days: int, at: datetime) -> datetime:
    """From when on an event at ``at`` does not count any more."""
    return at + timedelta(days=window_days)


def sums_of(
    terms: Terms, events: Iterable[Event], epochs: Mapping[str, datetime] | None = None, at: datetime | None = None
) -> dict[str, float]:
    """The sums by class key that these events make, rebuilt from nothing; those of windows as of ``at``."""
    sums = dict.fromkeys(classes := event_classes(terms), 0.0)
    for event in events:
        for key, one in classes.items():
            if not belongs(event, one):
                continue
            if one.window_days is None:
                sums[key] += addend(one.half_life_days, event.at, (epochs or {}).get(key, EPOCH))
            elif at is None or leaves_at(one.window_days, event.at) > at:
                sums[key] += 1.0
    return sums


def leaving_of(terms: Terms, events: Iterable[Event], at: datetime) -> dict[str, list[datetime]]:
    """When each event that counts at ``at`` leaves the window of its class, by class key."""
    leaving: dict[str, list[datetime]] = {}
    for event in events:
        for key, one in event_classes(terms).items():
            if one.window_days is not None and belongs(event, one):
                end = leaves_at(one.window_days, event.at)
                leaving.setdefault(key, []).extend([end] if end > at else [])
    return leaving


def share_of(terms: Terms, rule: InterestRule) -> float:
    """How much of an event of the rule counts for each colleague at the account; 0: it counts for its lead alone."""
    share = terms.qualification.interest.account_share
    return share if share is not None and rule.points > 0 else 0.0


def heats_of(terms: Terms, events: Iterable[Event], at: datetime, colleagues: Iterable[Event] = ()) -> dict[str, Heat]:
    """By rule id, what these events are worth at ``at``; each event counts at most one, also one from the future.

    ``colleagues``: the events of the other leads of the account, which count with the share of the terms, if any.
    """
    own, theirs = _own_heats(terms, events, at), _own_heats(terms, colleagues, at)
    shares = {rule.id: share_of(terms, rule) for rule in terms.qualification.interest.rules}
    return {rule: _with_share(heat, theirs[rule], shares[rule]) for rule, heat in own.items()}


def _with_share(own: Heat, theirs: Heat, share: float) -> Heat:
    if not share or not theirs.faded:
        return own
    of_colleagues = share * theirs.faded
    return own._replace(
        faded=own.faded + of_colleagues, of_colleagues=of_colleagues, n_of_colleagues=share * (theirs.n or 0)
    )


def _own_heats(terms: Terms, events: Iterable[Event], at: datetime) -> dict[str, Heat]:
    heats = {}
    listed = list(events)
    for rule in terms.qualification.interest.rules:
        mine = [event for event in listed if belongs(event, rule)]
        half_life = half_life_of(rule)
        if rule.window_days is not None:
            ends = [end for event in mine if (end := leaves_at(rule.window_days, event.at)) > at]
            heats[rule.id] = Heat(float(len(ends)), len(ends), min(ends, default=None))
            continue
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


def score_interest(terms: Terms, events: Iterable[Event], at: datetime, colleagues: Iterable[Event] = ()) -> float:
    """Interest at ``at`` in tenths, from the events themselves, and those of colleagues where they count."""
    return interest_of(terms, heats_of(terms, events, at, colleagues))


def interest_from_sums(
    terms: Terms, sums: Mapping[str, float], at: datetime, epochs: Mapping[str, datetime] | None = None
) -> float:
    """Interest at ``at`` in tenths, from stored sums by class key; equals score_interest of the same events."""
    return interest_of(terms, heats_from_sums(terms, sums, at, epochs))
