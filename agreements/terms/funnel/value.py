"""Leads by what they are worth: probability of a deal × the average deal of their segment.

A target in value asks Marketing for Σ value instead of a count: many weak leads do not stand for a few good ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from agreements.terms.funnel.steps import FunnelInvalid
from agreements.terms.problems import Problem


@dataclass(frozen=True, slots=True)
class Segment:
    """A kind of MQL: its share of all MQLs, how likely one becomes a customer, what such a customer pays."""

    id: str
    share: Fraction
    probability: Fraction
    deal_amount: Fraction

    @property
    def value_per_mql(self) -> Fraction:
        return self.probability * self.deal_amount


def value_per_mql(segments: Sequence[Segment]) -> Fraction:
    """What one MQL of this mix is worth on average; raises FunnelInvalid unless the shares add up to 1."""
    total = sum(segment.share for segment in segments)
    if total != 1:
        raise FunnelInvalid([Problem("segments", "shares_not_one", {"percent": float(total * 100)})])
    return sum((segment.share * segment.value_per_mql for segment in segments), Fraction(0))


def value_of(mqls: int, segments: Sequence[Segment]) -> Fraction:
    """What so many MQLs of this mix are worth together."""
    return mqls * value_per_mql(segments)


def mqls_for_value(target: Fraction, segments: Sequence[Segment]) -> int | None:
    """How many MQLs of this mix are worth the target; None where the mix is worth nothing."""
    one = value_per_mql(segments)
    return ceil(target / one) if one else None
