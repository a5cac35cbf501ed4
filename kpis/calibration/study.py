"""The calibration of leads at hand: fields judged, a table learned on 70 % of them and tried on the other 30 %."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

from agreements.terms.rules.tree import dump, parse
from kpis.calibration.choosing import FIT_MAX, PointRule, chosen, fitted, paired_pool, with_points
from kpis.calibration.columns import Column, Floats, Ints, Mask
from kpis.calibration.conditions import mask
from kpis.calibration.leakage import Verdict, verdicts
from kpis.calibration.limits import FEW_LEADS, FEW_WINS, refuse_too_little
from kpis.calibration.quality import at_threshold, auc, auc_interval, reliability, roc, wilson

HELD_OUT = 0.3
SEED = 42
# More leads make the choice of rules slow and hardly better; wins are kept first, since they are the scarce ones.
MOST_LEARNED = 12_000
# B takes in so much of the wins, A so much.
RECALL_OF_B, RECALL_OF_A = 0.8, 0.5
TOO_GOOD = 0.97
OVERFITTED = 0.04
MOST_CURVE_POINTS = 100
# The reference model takes so many different texts of a field apart.
MOST_CODES = 200

Columns = Mapping[str, Column]


@dataclass(frozen=True)
class Parts:
    """Rows to learn from and rows to try on, and which of the former the choice of rules looks at."""

    learned: Ints
    tried: Ints
    looked_at: Ints


@dataclass(frozen=True)
class Found:
    """What can be learned: the judged fields, the points (none where nothing tells), and whom to try them on."""

    fields: list[Verdict]
    table: list[PointRule]
    tried: Ints


def learn(columns: Sequence[Column], outcome: Ints, *, take: Sequence[str] = (), leave: Sequence[str] = ()) -> Found:
    """Judge the fields and choose the rules, on the learning part alone.

    ``outcome``: 1 won, 0 did not, -1 not decided yet. Refused: too_few_decided, one_outcome.
    """
    refuse_too_little(int((outcome == 1).sum()), int((outcome == 0).sum()))
    parts = _parts(outcome, None)
    visible = np.sort(np.concatenate([parts.learned, np.flatnonzero(outcome < 0).astype(np.int32)]))
    fields = verdicts([one.rows(visible) for one in columns], outcome[visible], take=take, leave=leave)
    teaching = {one.name for one in fields if one.teaches}
    known = {one.name: one.rows(parts.looked_at) for one in columns if one.name in teaching}
    won = outcome[parts.looked_at] == 1
    pool = paired_pool(known, won)
    return Found(fields, with_points(pool, chosen(pool, won), won, known), parts.tried)


def judge(
    columns: Sequence[Column], outcome: Ints, table: Sequence[PointRule], teaching: Sequence[str], tried: Ints
) -> dict[str, Any] | None:
    """How well the table does on the leads of the rows ``tried``, which it has never seen; None for an empty table.

    Plain values for JSON.
    """
    if not table:
        return None
    parts = _parts(outcome, tried)
    scores = {
        name: scores_of(table, columns, rows) for name, rows in (("learned", parts.learned), ("tried", parts.tried))
    }
    learned_won, won = outcome[parts.learned] == 1, outcome[parts.tried] == 1
    bands = _bands(scores["learned"], learned_won)
    expected = _expected(scores["learned"], learned_won, scores["tried"])
    low, high = auc_interval(scores["tried"].astype(float), won)
    area = auc(scores["tried"].astype(float), won)
    found = {
        "max": FIT_MAX,
        "bands": bands,
        # None where the leads held out all ended alike.
        "auc": None if np.isnan(area) else area,
        "auc_interval": (low, high),
        "auc_learned": auc(scores["learned"].astype(float), learned_won),
        "auc_best_model": _best_model(columns, outcome, parts, teaching),
        "n_learned": len(parts.learned),
        "n_looked_at": len(parts.looked_at),
        "wins_learned": int(learned_won.sum()),
        "n_tried": len(won),
        "wins_tried": int(won.sum()),
        "roc": _thinned(roc(scores["tried"], won)),
        "at": {name: at_threshold(scores["tried"], won, points) for name, points in bands.items()},
        "thresholds": [at_threshold(scores["tried"], won, points) for points in range(10, FIT_MAX, 10)],
        "reliability": reliability(expected, won),
        "rules": _rule_rows(table, columns, parts.tried, won),
    }
    return found | {"warnings": _warnings(found, outcome)}


def scores_of(table: Sequence[PointRule], columns: Sequence[Column], rows: Ints) -> Ints:
    """Each lead's fit as the product scores it (``agreements.terms.scoring.score_fit``), for many leads at once."""
    known = {one.name: one.rows(rows) for one in columns}
    points = sum((mask(one.rule, known) * one.points for one in table), np.zeros(len(rows), dtype=np.int64))
    return np.clip(points, 0, FIT_MAX).astype(np.int32)


def stored(table: Sequence[PointRule]) -> list[dict[str, Any]]:
    """The table as JSON."""
    return [{"points": one.points, "when": dump(one.rule)} for one in table]


def restored(rows: Sequence[Mapping[str, Any]]) -> list[PointRule]:
    """The table as it was stored."""
    return [PointRule(parse(row["when"], "lead"), row["points"]) for row in rows]


def _parts(outcome: Ints, tried: Ints | None) -> Parts:
    """The same parts for the same leads: the decided ones in their order, shuffled by a fixed seed, unless it is known
    already who was held out."""
    decided = np.flatnonzero(outcome >= 0).astype(np.int32)
    if tried is None:
        learned, tried = train_test_split(decided, test_size=HELD_OUT, random_state=SEED)
    else:
        tried = np.intersect1d(tried, decided)
        learned = np.setdiff1d(decided, tried)
    looked_at = learned
    if len(learned) > MOST_LEARNED:
        random = np.random.default_rng(SEED)
        wins, others = (random.permutation(learned[outcome[learned] == side]) for side in (1, 0))
        few, many = sorted((wins, others), key=len)
        few = few[: MOST_LEARNED // 2]
        looked_at = np.concatenate([few, many[: MOST_LEARNED - len(few)]])
    return Parts(np.sort(learned), np.sort(tried), np.sort(looked_at))


def _bands(scores: Ints, won: Mask) -> dict[str, int]:
    """The highest thresholds that still take in the agreed part of the wins; A lies above B, and both within 1…max."""
    winners = np.sort(scores[won])[::-1]

    def reached_by(part: float) -> int:
        return int(winners[min(int(np.ceil(part * len(winners))), len(winners)) - 1])

    b = min(max(reached_by(RECALL_OF_B), 1), FIT_MAX - 1)
    return {"A": min(max(reached_by(RECALL_OF_A), b + 1), FIT_MAX), "B": b}


def _expected(learned: Ints, won: Mask, tried: Ints) -> Any:
    """The chance to convert that a score stands for: a logistic curve through the learning part (Platt 1999)."""
    scaled = learned[:, None] / FIT_MAX
    intercept, slope = fitted(scaled, won)
    return 1 / (1 + np.exp(-(intercept + slope * tried / FIT_MAX)))


def _best_model(columns: Sequence[Column], outcome: Ints, parts: Parts, teaching: Sequence[str]) -> float | None:
    """The AUC that boosted trees reach with the same fields, on the same leads: how much a table could hope for."""
    used = [one for one in columns if one.name in set(teaching)]
    inputs = np.column_stack([_as_input(one) for one in used])
    # On a busy machine its threads would wait for each other far longer than one of them works.
    with threadpool_limits(limits=1):
        area = _boosted(inputs, outcome, parts, [one.kind != "number" for one in used])
    return None if np.isnan(area) else area


def _boosted(inputs: Floats, outcome: Ints, parts: Parts, is_text: list[bool]) -> float:
    model = HistGradientBoostingClassifier(
        learning_rate=0.1,
        max_iter=100,
        max_leaf_nodes=15,
        l2_regularization=1.0,
        categorical_features=is_text,
        early_stopping=False,
        random_state=SEED,
    )
    model.fit(inputs[parts.looked_at], outcome[parts.looked_at] == 1)
    return auc(model.predict_proba(inputs[parts.tried])[:, 1], outcome[parts.tried] == 1)


def _as_input(column: Column) -> Any:
    if column.kind == "number":
        return column.values
    frequent = np.argsort(-column.counts, kind="stable")[:MOST_CODES]
    places = np.full(len(column.counts) + 1, MOST_CODES)
    places[frequent] = np.arange(len(frequent))
    return places[column.codes].astype(float)


def _rule_rows(table: Sequence[PointRule], columns: Sequence[Column], rows: Ints, won: Mask) -> list[dict[str, Any]]:
    """Each rule of the table with how it does on the leads that were held out."""
    used = {one.name: one.rows(rows) for one in columns}
    found = []
    for one, stored_rule in zip(table, stored(table), strict=True):
        holds = mask(one.rule, used)
        n, wins = int(holds.sum()), int((holds & won).sum())
        rate = {"rate": wins / n if n else None, "rate_interval": wilson(wins, n)}
        found.append(stored_rule | {"n": n, "wins": wins, **rate})
    return found


def _thinned(points: list[dict[str, float]]) -> list[dict[str, float]]:
    step = -(-len(points) // MOST_CURVE_POINTS)
    return [*points[:-1:step], points[-1]]


def _warnings(found: Mapping[str, Any], outcome: Ints) -> list[str]:
    n, wins = int((outcome >= 0).sum()), int((outcome == 1).sum())
    conditions: dict[str, Callable[[], bool]] = {
        "no_signal": lambda: found["auc_interval"][0] <= 0.5,
        "small_sample": lambda: n < FEW_LEADS or min(wins, n - wins) < FEW_WINS,
        "too_good": lambda: (found["auc"] or 0) >= TOO_GOOD,
        "overfitted": lambda: found["auc_learned"] - (found["auc"] or 0) > OVERFITTED,
    }
    return [name for name, holds in conditions.items() if holds()]
