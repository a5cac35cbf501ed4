"""What each rule in force tells: conversion with it and without, the lift with its interval, and suggested points."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from kpis.calibration.choosing import errors_of, fitted
from kpis.calibration.columns import Floats, Mask
from kpis.calibration.quality import Interval, Z, wilson

Finding = Literal["never", "always", "too_few", "nothing", "wrong_way", "tells"]
# With fewer leads on either side nothing is said about a rule.
FEW = 20


@dataclass(frozen=True)
class HeldRule:
    """A rule of the terms: whether it scores fit or interest, its points, and for which of the leads it holds."""

    id: str
    label: str
    kind: Literal["fit", "interest"]
    points: float
    holds: Mask


def lift_interval(wins: int, n: int, other_wins: int, other_n: int) -> Interval:
    """The 95 % interval of the ratio of two rates, on the log scale (Katz et al. 1978, Biometrics 34:469).

    A half is added to each count where one of them is zero (Walter 1975). (0, ∞) where one side has no leads.
    """
    if not n or not other_n:
        return 0.0, math.inf
    a, b, c, d = map(float, (wins, n, other_wins, other_n))
    if not wins or not other_wins:
        a, b, c, d = a + 0.5, b + 0.5, c + 0.5, d + 0.5
    ratio = (a / b) / (c / d)
    error = math.sqrt(max(1 / a - 1 / b + 1 / c - 1 / d, 0))
    return ratio * math.exp(-Z * error), ratio * math.exp(Z * error)


def rule_lifts(rules: Sequence[HeldRule], won: Mask) -> list[dict[str, Any]]:
    """A row for each rule, ready to be stored."""
    suggested = suggested_points(rules, won)
    return [_row(rule, won, suggested[rule.id]) for rule in rules]


def suggested_points(rules: Sequence[HeldRule], won: Mask) -> Mapping[str, int]:
    """Points in proportion to the weights of a logistic regression over all these rules at once, so that a rule is not
    paid for what another one tells; 0 where the weight's interval (Wald) holds 0.

    Fit and interest keep the sum of their points, whatever its signs, so that the bands keep their meaning.
    """
    found = dict.fromkeys((rule.id for rule in rules), 0)
    live = [rule for rule in rules if FEW <= rule.holds.sum() <= len(won) - FEW]
    if not live:
        return found
    bits = np.column_stack([rule.holds for rule in live]).astype(np.float64)
    weights = _sure(bits, won)
    for kind in ("fit", "interest"):
        total = sum(abs(rule.points) for rule in rules if rule.kind == kind)
        own = {rule.id: weight for rule, weight in zip(live, weights, strict=True) if rule.kind == kind}
        size = sum(map(abs, own.values()))
        found |= {name: round(float(weight) * total / size) for name, weight in own.items() if size}
    return found


def _sure(bits: Floats, won: Mask) -> Floats:
    """The weights, 0 where their interval holds 0."""
    weights = fitted(bits, won)
    errors = errors_of(bits, weights)
    found: Floats = np.where(np.abs(weights) > Z * errors, weights, 0.0)[1:]
    return found


def _row(rule: HeldRule, won: Mask, suggested: int) -> dict[str, Any]:
    n, other_n = int(rule.holds.sum()), int((~rule.holds).sum())
    wins, other_wins = int((rule.holds & won).sum()), int((~rule.holds & won).sum())
    low, high = lift_interval(wins, n, other_wins, other_n)
    rate, other_rate = wins / n if n else None, other_wins / other_n if other_n else None
    row = {name: value for name, value in asdict(rule).items() if name != "holds"}
    return row | {
        "n": n,
        "wins": wins,
        "rate": rate,
        "rate_interval": wilson(wins, n),
        "n_without": other_n,
        "rate_without": other_rate,
        "rate_without_interval": wilson(other_wins, other_n),
        "lift": rate / other_rate if rate is not None and other_rate else None,
        # JSON knows no infinity.
        "lift_interval": (low, high if math.isfinite(high) else None),
        "finding": _finding(rule, n, other_n, (low, high)),
        "suggested": suggested,
    }


def _finding(rule: HeldRule, n: int, other_n: int, lift: Interval) -> Finding:
    if not n:
        return "never"
    if not other_n:
        return "always"
    if min(n, other_n) < FEW:
        return "too_few"
    if lift[0] <= 1 <= lift[1]:
        return "nothing"
    return "tells" if (lift[0] > 1) == (rule.points > 0) else "wrong_way"
