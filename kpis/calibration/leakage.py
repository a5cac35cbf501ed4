"""Which fields may teach: those that are known before the outcome and tell something; each other with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from kpis.calibration.columns import RARE, Column, Floats, Ints, Mask
from kpis.calibration.leak_names import is_told_after, may_be_told_after
from kpis.calibration.quality import auc

Use = Literal["used", "doubtful", "left_out", "no_use"]

# One field alone seldom tells so much before the fact; a field that does is the outcome in other words.
SEPARATES, MAY_SEPARATE = 0.90, 0.80
# Values that nearly all won, and that hold so large a part of all wins.
PURE, PART_OF_WINS = 0.95, 0.25
# By how much the share of filled cells differs between wins and the others.
FILLED_BY_OUTCOME, MAY_BE_FILLED = 0.6, 0.2
# A field that is filled as good as never before the decision.
SELDOM_BEFORE, OFTEN_AFTER = 0.05, 0.3
LEAST_FILLED = 30
USUALLY = 0.9
QUANTILES = 20
# How many leads of the overall rate are mixed into the rate of a value.
MIXED_IN = 10


@dataclass(frozen=True)
class Reason:
    """Why a field is doubted, left out or of no use: a code with its figures."""

    code: str
    facts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What becomes of a field, and why; “doubtful” ones teach, but people should know."""

    name: str
    use: Use
    reasons: tuple[Reason, ...]
    filled: float
    auc: float
    # What the data alone would say, where a person decided otherwise.
    advised: Use

    @property
    def teaches(self) -> bool:
        return self.use in ("used", "doubtful")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def verdicts(
    columns: Sequence[Column], outcome: Ints, *, take: Sequence[str] = (), leave: Sequence[str] = ()
) -> list[Verdict]:
    """Judge each field. ``outcome``: 1 won, 0 did not, -1 not decided yet; ``take`` and ``leave``: what a person said.

    A field with one value for all stays of no use, whoever ticks it.
    """
    decided = np.flatnonzero(outcome >= 0).astype(np.int32)
    undecided = _alike(columns, decided, np.flatnonzero(outcome < 0).astype(np.int32))
    won = outcome[decided] == 1
    return [_judged(column, decided, undecided, won, take, leave) for column in columns]


def _alike(columns: Sequence[Column], decided: Ints, undecided: Ints) -> Ints:
    """The undecided leads that bring half of what nearly all decided ones bring: others came another way, and what is
    blank there says nothing about time."""
    usual = [one for one in columns if len(decided) and one.is_filled[decided].mean() >= USUALLY]
    if not usual:
        return undecided
    brought = np.mean([one.is_filled[undecided] for one in usual], axis=0)
    found: Ints = undecided[brought >= 0.5]
    return found


def _judged(
    column: Column, decided: Ints, undecided: Ints, won: Mask, take: Sequence[str], leave: Sequence[str]
) -> Verdict:
    own = column.rows(decided)
    filled = float(own.is_filled.mean()) if len(decided) else 0.0
    advised: Use = "no_use"
    area = 0.5
    reasons = _of_no_use(own)
    if not reasons:
        area = telling(own, won)
        sure, doubts = _leaks(column, own, won, undecided, area)
        reasons = sure or doubts
        advised = "left_out" if sure else "doubtful" if doubts else "used"
    use = advised
    if advised != "no_use" and column.name in leave:
        use, reasons = "left_out", [*reasons, Reason("unticked")]
    elif advised == "left_out" and column.name in take:
        use, reasons = "doubtful", [*reasons, Reason("ticked")]
    return Verdict(column.name, use, tuple(reasons), filled, area, advised)


def _of_no_use(own: Column) -> list[Reason]:
    filled = own.is_filled
    n_filled, n = int(filled.sum()), len(filled)
    n_levels = int((own.counts[1:] > 0).sum())
    if n_filled < min(LEAST_FILLED, max(n // 20, 10)):
        return [Reason("hardly_filled", {"n": n_filled})]
    if n_levels <= 1 and n_filled >= n - 10:
        return [Reason("one_value")]
    most = int(own.counts[1:].max(initial=0))
    if own.kind == "text" and most <= max(2, n_filled // 1000) and n_filled == n:
        return [Reason("all_different")]
    if own.kind == "number" and n_levels == n_filled and _are_whole(own):
        return [Reason("all_different")]
    return []


def _are_whole(own: Column) -> bool:
    values = own.values
    return bool(np.all(values[own.is_filled] == np.floor(values[own.is_filled])))


def _leaks(column: Column, own: Column, won: Mask, undecided: Ints, area: float) -> tuple[list[Reason], list[Reason]]:
    """What is sure, and what is doubtful."""
    sure, doubts = [], []
    if is_told_after(column.name):
        sure.append(Reason("named_after"))
    elif may_be_told_after(column.name):
        doubts.append(Reason("may_be_named_after"))
    if area >= SEPARATES:
        sure.append(Reason("separates", {"auc": area}))
    elif area >= MAY_SEPARATE:
        doubts.append(Reason("separates", {"auc": area}))
    if pure := _pure_part(own, won):
        sure.append(pure)
    for found, is_sure in _filling(column, own, won, undecided):
        (sure if is_sure else doubts).append(found)
    return sure, doubts


def _pure_part(own: Column, won: Mask) -> Reason | None:
    """Values under which nearly all won, that hold a large part of all wins; filled and blank cells apart."""
    if own.kind == "number" or won.mean() > 0.8:
        return None
    codes = np.where(own.codes == RARE, len(own.levels) + 1, own.codes)
    n = np.bincount(codes)
    wins = np.bincount(codes, weights=won)
    pure = (n >= LEAST_FILLED) & (wins >= PURE * n)
    part = float(wins[pure].sum() / max(won.sum(), 1))
    if part < PART_OF_WINS:
        return None
    return Reason("pure_values", {"part": part, "rate": float(wins[pure].sum() / n[pure].sum())})


def _filling(column: Column, own: Column, won: Mask, undecided: Ints) -> list[tuple[Reason, bool]]:
    """What the filling of cells alone tells: by outcome, and before the decision."""
    filled = own.is_filled
    of_won, of_lost = float(filled[won].mean()), float(filled[~won].mean())
    found = []
    gap = abs(of_won - of_lost)
    if gap >= MAY_BE_FILLED:
        found.append((Reason("filled_by_outcome", {"won": of_won, "lost": of_lost}), gap >= FILLED_BY_OUTCOME))
    n_filled, wins = int(filled.sum()), int((filled & won).sum())
    expected = n_filled * float(won.mean())
    one_sided = wins >= 0.97 * n_filled or (expected >= 10 and wins <= 0.02 * expected)
    if n_filled >= LEAST_FILLED and n_filled < len(won) and won.mean() < 0.8 and one_sided:
        found.append((Reason("one_outcome_if_filled", {"rate": wins / n_filled}), True))
    if len(undecided) >= 2 * LEAST_FILLED:
        before, after = float(column.is_filled[undecided].mean()), float(filled.mean())
        if before <= SELDOM_BEFORE and after >= OFTEN_AFTER:
            found.append((Reason("blank_before", {"before": before, "after": after}), True))
    return found


def telling(own: Column, won: Mask) -> float:
    """The AUC of this field alone: each lead is ranked by the rate of its value among the other half of the leads."""
    bins = _bins(own)
    half = np.random.default_rng(42).permutation(len(won)) % 2
    ranked: Floats = np.zeros(len(won))
    for side in (0, 1):
        other, base = half != side, float(won[half != side].mean()) if (half != side).any() else 0.0
        n = np.bincount(bins[other], minlength=bins.max() + 1)
        wins = np.bincount(bins[other], weights=won[other], minlength=bins.max() + 1)
        rate = (wins + MIXED_IN * base) / (n + MIXED_IN)
        ranked[half == side] = rate[bins[half == side]] - base
    area = auc(ranked, won)
    return 0.5 if np.isnan(area) else area


def _bins(own: Column) -> Ints:
    """Each lead's value as a small number; numbers and days by quantile, blank cells apart."""
    if own.kind != "number":
        return np.where(own.codes == RARE, len(own.levels) + 1, own.codes).astype(np.int32)
    values = own.values
    is_number = ~np.isnan(values)
    cuts = np.unique(np.quantile(values[is_number], np.linspace(0, 1, QUANTILES + 1)))
    return np.where(is_number, np.searchsorted(cuts, values, side="right") + 1, 0).astype(np.int32)
