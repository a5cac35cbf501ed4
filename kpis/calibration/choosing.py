"""Chooses at most twenty conditions that together tell best who converts, and gives them whole points.

Forward selection by the score test of a logistic regression; what later choices have made needless goes again. Pairs
of conditions come from those that tell most alone, and must tell clearly more than a single one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agreements.terms.rules.tree import Rule
from kpis.calibration.columns import Floats, Mask
from kpis.calibration.conditions import Bits, Columns, Pool, opposite, single_pool, with_pairs
from kpis.calibration.quality import auc

MOST_RULES = 20
FIT_MAX = 100
# From so many single conditions, and the strongest of each field, pairs are made.
PAIRED_CHOSEN, PAIRED_STRONG, STRONG_OF_FIELD = 15, 20, 2
# What a pair tells is worth so much of what a single condition tells: it is harder to read, and easier to find.
WORTH_OF_PAIR = 0.5
ROUNDS = 3
# Pulls the weights a little towards zero.
RIDGE = 1.0
CHUNK = 512


@dataclass(frozen=True)
class PointRule:
    """A condition and its points."""

    rule: Rule
    points: int


def paired_pool(columns: Columns, won: Mask) -> Pool:
    """All candidates: conditions over one field, and pairs of the most telling ones."""
    pool = single_pool(columns, won)
    if not pool.rules:
        return pool
    first = chosen(pool, won, most=PAIRED_CHOSEN, rounds=0)
    gains = _gains(pool.bits, pool.bits[:, :0], won)
    of_field: dict[str, int] = {}
    for index in np.argsort(-gains, kind="stable"):
        field = getattr(pool.rules[index], "field", "")
        if len(first) >= PAIRED_CHOSEN + PAIRED_STRONG or gains[index] < _needed(pool, is_first=False):
            break
        if index not in first and of_field.get(field, 0) < STRONG_OF_FIELD:
            of_field[field] = of_field.get(field, 0) + 1
            first.append(int(index))
    return with_pairs(pool, first, columns)


def chosen(pool: Pool, won: Mask, *, most: int = MOST_RULES, rounds: int = ROUNDS) -> list[int]:
    """The candidates that together tell most, by place; none where no candidate tells more than chance would."""
    found = _filled_up(pool, [], won, most)
    for _ in range(rounds):
        kept = _without_weak(pool, found, won)
        if len(kept) == len(found):
            break
        found = _filled_up(pool, kept, won, most)
    return _without_weak(pool, found, won) if rounds else found


def with_points(pool: Pool, places: Sequence[int], won: Mask, columns: Columns) -> list[PointRule]:
    """Whole points for the chosen conditions, so that these leads score from 0 to 100.

    A condition that speaks against a lead is turned over, so that its opposite earns points; it stays as a penalty
    where no lead falls below zero by it, since the product cuts scores off there.
    """
    if not places:
        return []
    bits = pool.bits[:, list(places)].astype(np.float64)
    weights = fitted(bits, won)[1:]
    rules = [pool.rules[place] for place in places]
    against = [int(place) for place in np.flatnonzero(weights < 0)]
    lowest = float((bits @ weights).min() - weights[against].sum())
    # Pairs first: their opposite is the harder one to read.
    for place in sorted(against, key=lambda place: (-pool.n_fields[places[place]], weights[place])):
        if -weights[place] <= lowest:
            lowest += weights[place]
        else:
            rules[place] = opposite(rules[place], columns)
            bits[:, place] = 1 - bits[:, place]
            weights[place] = -weights[place]
    points = _tuned(bits, _whole(bits, weights), won)
    return [PointRule(rule, int(n)) for rule, n in zip(rules, points, strict=True) if n]


def fitted(bits: Floats, won: Mask) -> Floats:
    """Intercept and weights of a ridge logistic regression, by Newton's method."""
    design = np.column_stack([np.ones(len(bits)), bits])
    weights = np.zeros(design.shape[1])
    pull = np.full(design.shape[1], RIDGE)
    pull[0] = 1e-6
    for _ in range(25):
        chance = _chance(design @ weights)
        slope = design.T @ (won - chance) - pull * weights
        curve = (design * (chance * (1 - chance) + 1e-9)[:, None]).T @ design + np.diag(pull)
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-4:
            break
    return weights


def errors_of(bits: Floats, weights: Floats) -> Floats:
    """Standard errors of intercept and weights, from the curvature at the fit."""
    design = np.column_stack([np.ones(len(bits)), bits])
    chance = _chance(design @ weights)
    curve = (design * (chance * (1 - chance))[:, None]).T @ design + 1e-6 * np.eye(design.shape[1])
    found: Floats = np.sqrt(np.maximum(np.diag(np.linalg.inv(curve)), 1e-12))
    return found


def _whole(bits: Floats, weights: Floats) -> Floats:
    """In proportion to the weights, so that the best of these leads has 100; no condition without a point."""
    scale = FIT_MAX / max(float((bits @ weights).max()), 1e-9)
    points: Floats = np.round(weights * scale)
    points = np.where(points == 0, np.where(weights < 0, -1.0, 1.0), points)
    return np.clip(points, -FIT_MAX, FIT_MAX)


def _tuned(bits: Floats, points: Floats, won: Mask) -> Floats:
    """A point more or less here and there, where that ranks these leads better, until nothing does."""
    best, found = _area(bits, points, won), points.copy()
    for _ in range(3):
        before = best
        for place in range(len(found)):
            for change in (-2, -1, 1, 2):
                tried = found.copy()
                tried[place] += change
                if tried[place] * found[place] > 0 and (area := _area(bits, tried, won)) > best + 1e-6:
                    best, found = area, tried
        if best == before:
            break
    return found


def _area(bits: Floats, points: Floats, won: Mask) -> float:
    return auc(np.clip(bits @ points, 0, FIT_MAX), won)


def _filled_up(pool: Pool, found: list[int], won: Mask, most: int) -> list[int]:
    """One candidate after another, as long as the best of the others tells something."""
    found = list(found)
    while len(found) < most and (best := _best(pool, found, won, is_first=not found)) is not None:
        found.append(best)
    return found


def _without_weak(pool: Pool, found: list[int], won: Mask) -> list[int]:
    """Without those that no longer tell anything beside the later ones, the weakest first (Wald's χ²)."""
    found = list(found)
    while len(found) > 1:
        bits = pool.bits[:, found].astype(np.float64)
        weights = fitted(bits, won)
        strength = (weights[1:] / errors_of(bits, weights)[1:]) ** 2
        weakest = int(np.argmin(strength))
        if strength[weakest] >= _needed(pool, is_first=False):
            break
        del found[weakest]
    return found


def _best(pool: Pool, found: list[int], won: Mask, *, is_first: bool) -> int | None:
    """The candidate that adds most to those found; None where that is no more than chance."""
    if not pool.rules:
        return None
    gains = _gains(pool.bits, pool.bits[:, found], won) * np.where(pool.n_fields > 1, WORTH_OF_PAIR, 1.0)
    gains[found] = -1
    best = int(np.argmax(gains))
    return best if gains[best] >= _needed(pool, is_first=is_first) else None


def _needed(pool: Pool, *, is_first: bool) -> float:
    """What a score statistic must reach. The first one pays for the choice among all candidates: with χ² of one degree
    the largest of m stays below about 2 ln m by chance (Foster and George 1994). Once something tells, half of it."""
    largest = 2 * math.log(max(len(pool.rules), 2))
    return largest + 2.5 if is_first else largest / 2


def _gains(bits: Bits, held: Bits, won: Mask) -> Floats:
    """Rao's score statistic of each candidate beside the conditions that are held: χ² with one degree of freedom."""
    design = np.column_stack([np.ones(len(held)), held]).astype(np.float32)
    chance = _chance(design @ fitted(held.astype(np.float64), won))
    spread = (chance * (1 - chance)).astype(np.float32)
    left = (won - chance).astype(np.float32)
    weighed = design * spread[:, None]
    inverse = np.linalg.inv(weighed.T @ design + 1e-3 * np.eye(design.shape[1], dtype=np.float32))
    gains = np.empty(bits.shape[1])
    for start in range(0, bits.shape[1], CHUNK):
        part = bits[:, start : start + CHUNK].astype(np.float32)
        shared = part.T @ weighed
        own = part.T @ spread - np.einsum("ij,jk,ik->i", shared, inverse, shared)
        gains[start : start + CHUNK] = (part.T @ left) ** 2 / np.maximum(own, 1.0)
    return gains


def _chance(logit: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
    return found
