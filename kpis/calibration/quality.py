"""How well a score tells who converts: the ROC curve and its area, precision, recall, reliability, with intervals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kpis.calibration.columns import Floats, Ints, Mask

# The normal quantile of a two-sided 95 % interval.
Z = 1.959964
Interval = tuple[float, float]


def wilson(successes: float, n: float) -> Interval:
    """The 95 % score interval of a share (Wilson 1927, JASA 22:209), 0…1; the whole range where n is 0."""
    if not n:
        return 0.0, 1.0
    share, shrink = successes / n, Z * Z / n
    middle = (share + shrink / 2) / (1 + shrink)
    half = Z / (1 + shrink) * math.sqrt(share * (1 - share) / n + shrink / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def auc(scores: Floats, won: Mask) -> float:
    """The chance that a lead which won has the higher score than one which did not; ties count half."""
    n_won = int(won.sum())
    n_lost = len(won) - n_won
    if not n_won or not n_lost:
        return float("nan")
    return float((_midranks(scores)[won].sum() - n_won * (n_won + 1) / 2) / (n_won * n_lost))


def auc_interval(scores: Floats, won: Mask) -> Interval:
    """Its 95 % interval by the structural components of DeLong et al. (1988, Biometrics 44:837), on the logit scale."""
    high, low = scores[won], scores[~won]
    if len(high) < 2 or len(low) < 2:
        return 0.0, 1.0
    ranks = _midranks(np.concatenate([high, low]))
    of_won = (ranks[: len(high)] - _midranks(high)) / len(low)
    of_lost = 1 - (ranks[len(high) :] - _midranks(low)) / len(high)
    area = float(of_won.mean())
    error = math.sqrt(float(of_won.var(ddof=1)) / len(high) + float(of_lost.var(ddof=1)) / len(low))
    if not 0 < area < 1 or not error:
        return wilson(area * len(high), len(high))
    logit, spread = math.log(area / (1 - area)), Z * error / (area * (1 - area))
    return 1 / (1 + math.exp(spread - logit)), 1 / (1 + math.exp(-spread - logit))


def roc(scores: Ints, won: Mask) -> list[dict[str, float]]:
    """The curve: for each score as a threshold, from the highest, which share of wins and of the others reach it."""
    points = [{"threshold": float(scores.max()) + 1, "others": 0.0, "wins": 0.0}]
    n_won, n_lost = max(int(won.sum()), 1), max(int((~won).sum()), 1)
    for threshold in np.unique(scores)[::-1]:
        above = scores >= threshold
        points.append(
            {
                "threshold": float(threshold),
                "others": float((above & ~won).sum() / n_lost),
                "wins": float((above & won).sum() / n_won),
            }
        )
    return points


def at_threshold(scores: Ints, won: Mask, threshold: int) -> dict[str, Any]:
    """Precision (who wins among those above), recall (of all wins), and the share of leads above, with intervals."""
    above = scores >= threshold
    n_above, n_hits, n_won = int(above.sum()), int((above & won).sum()), int(won.sum())
    return {
        "threshold": int(threshold),
        "n": n_above,
        "wins": n_hits,
        "share": n_above / max(len(won), 1),
        "precision": n_hits / n_above if n_above else None,
        "precision_interval": wilson(n_hits, n_above),
        "recall": n_hits / n_won if n_won else None,
        "recall_interval": wilson(n_hits, n_won),
    }


def reliability(expected: Floats, won: Mask, parts: int = 10) -> list[dict[str, Any]]:
    """Leads in tenths by their expected chance: what each tenth let expect, and what came, with Wilson intervals."""
    found = []
    for rows in np.array_split(np.argsort(expected, kind="stable"), min(parts, max(len(won), 1))):
        n, wins = len(rows), int(won[rows].sum())
        low, high = wilson(wins, n)
        found.append(
            {
                "n": n,
                "wins": wins,
                "expected": float(expected[rows].mean()),
                "observed": wins / n,
                "low": low,
                "high": high,
            }
        )
    return found


def _midranks(scores: Floats | Ints) -> Floats:
    """Ranks from 1; equal scores share the middle of theirs."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    middles: Floats = last - (counts - 1) / 2
    found: Floats = middles[place]
    return found
