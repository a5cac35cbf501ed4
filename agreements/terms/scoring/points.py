"""How points become a score: caps by group, the clamp to 0…max, rounding, and the bands."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from agreements.terms.document.qualification import Bands, FitRule, Group, InterestRule
from agreements.terms.document.terms import Terms
from agreements.terms.rules.judge import BAND, FIT_BAND, HAND_RAISE, Facts, holds

# Half a tenth plus a hair, so that sums which differ only in the last bits of a float are shown alike. The SQL judge
# rounds with the same constant.
HALF_TENTH = 0.500001


class Amount(NamedTuple):
    """What one rule gives, after its own cap and decay."""

    rule: FitRule | InterestRule
    points: float


class Total(NamedTuple):
    """A sum with what the group caps and the clamp took from (or gave to) it."""

    points: float
    group_cuts: tuple[tuple[Group, float], ...]
    clamp: float


def total_of(amounts: Sequence[Amount], groups: Iterable[Group], maximum: float) -> Total:
    """Σ of the amounts, each group at most its cap, the whole between 0 and ``maximum``."""
    cuts = []
    for group in groups:
        inside = sum(amount.points for amount in amounts if amount.rule.group == group.id)
        if inside > group.cap:
            cuts.append((group, group.cap - inside))
    raw = sum(amount.points for amount in amounts) + sum(cut for _, cut in cuts)
    points = min(max(raw, 0), maximum)
    return Total(points, tuple(cuts), points - raw)


def tenths(points: float) -> float:
    """Rounded to one decimal, a half upwards: how interest is stored, shown and banded."""
    return math.floor(points * 10 + HALF_TENTH) / 10


def score_fit(terms: Terms, facts: Facts, now: datetime | None = None) -> int:
    """Σ points of the fit rules that hold, capped by group, between 0 and the maximum."""
    chapter = terms.qualification.fit
    return int(total_of(fit_amounts(terms, facts, now), chapter.groups, chapter.max).points)


def fit_amounts(terms: Terms, facts: Facts, now: datetime | None = None) -> list[Amount]:
    """What each fit rule that holds gives."""
    return [Amount(rule, rule.points) for rule in terms.qualification.fit.rules if holds(rule.when, facts, now)]


def fit_band(fit: float, bands: Bands) -> str:
    """A, B or C."""
    return "A" if fit >= bands.fit.A else "B" if fit >= bands.fit.B else "C"


def interest_band(interest: float, bands: Bands) -> str:
    """1, 2 or 3."""
    return "1" if interest >= bands.interest.first else "2" if interest >= bands.interest.second else "3"


def band(fit: float, interest: float, bands: Bands) -> str:
    """Fit letter and interest digit, such as A1."""
    return fit_band(fit, bands) + interest_band(interest, bands)


def qualifies(
    terms: Terms, fit: float, interest: float, hand_raise: bool, facts: Facts, now: datetime | None = None
) -> bool:
    """Does the MQL rule hold? ``hand_raise``: the lead has asked to be contacted in this pass."""
    bands = terms.qualification.bands
    standing = {BAND: band(fit, interest, bands), FIT_BAND: fit_band(fit, bands), HAND_RAISE: hand_raise}
    return holds(terms.qualification.mql, {**facts, **standing}, now)


def is_hand_raise(terms: Terms, event_type: str) -> bool:
    """Does a person ask to be contacted by an event of this type?"""
    return event_type in terms.qualification.hand_raise_events
