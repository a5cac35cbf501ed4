"""Figures with their intervals, against worked examples."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from kpis.calibration.lift import HeldRule, lift_interval, rule_lifts
from kpis.calibration.quality import at_threshold, auc, auc_interval, reliability, roc, wilson


def test_wilson_is_as_published() -> None:
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0, 1)


def test_the_area_is_the_same_as_elsewhere_with_ties_and_without() -> None:
    random = np.random.default_rng(3)
    won = random.random(500) < 0.3
    scores = np.round(random.normal(size=500) + won, 1)
    area, (low, high) = auc(scores, won), auc_interval(scores, won)
    assert area == pytest.approx(roc_auc_score(won, scores))
    assert low < area < high
    assert high - low == pytest.approx(0.095, abs=0.02)
    assert np.isnan(auc(scores, np.ones(500, dtype=bool)))
    assert auc_interval(np.arange(60.0), np.arange(60) >= 30)[0] > 0.85


def test_the_curve_runs_from_nothing_to_all() -> None:
    scores, won = np.array([90, 70, 70, 10]), np.array([True, True, False, False])
    points = [(point["others"], point["wins"]) for point in roc(scores, won)]
    assert points == [(0, 0), (0, 0.5), (0.5, 1), (1, 1)]
    row = at_threshold(scores, won, 70)
    assert (row["n"], row["wins"], row["recall"], row["share"]) == (3, 2, 1, 0.75)


def test_tenths_compare_what_was_expected_with_what_came() -> None:
    expected = np.linspace(0.05, 0.95, 100)
    rows = reliability(expected, np.arange(100) >= 50)
    assert [row["observed"] for row in rows] == [0] * 5 + [1] * 5
    assert sum(row["n"] for row in rows) == 100
    assert rows[0]["expected"] < rows[9]["expected"]


def test_a_lifts_interval_is_as_published() -> None:
    # Physicians' Health Study, aspirin against placebo: relative risk 0.55 (0.43 to 0.69).
    assert lift_interval(104, 11037, 189, 11034) == pytest.approx((0.4336, 0.6978), abs=1e-3)
    low, high = lift_interval(0, 50, 10, 50)
    assert 0 < low < high < 1


def test_each_rule_is_told_what_it_does() -> None:
    n = 1000
    won = np.arange(n) % 4 == 0
    coin = np.arange(n) % 2 == 0
    rules = [
        HeldRule("tells", "", "fit", 10, coin),
        HeldRule("wrong", "", "fit", -10, coin),
        HeldRule("nothing", "", "fit", 5, np.arange(n) < 500),
        HeldRule("never", "", "fit", 5, np.zeros(n, dtype=bool)),
        HeldRule("always", "", "fit", 5, np.ones(n, dtype=bool)),
        HeldRule("few", "", "interest", 5, np.arange(n) < 5),
    ]
    rows = rule_lifts(rules, won)
    findings = ["tells", "wrong_way", "nothing", "never", "always", "too_few"]
    assert [row["finding"] for row in rows] == findings
    assert [row["suggested"] for row in rows][2:] == [0, 0, 0, 0]
    assert rows[0]["lift"] is None
    assert rows[0]["rate"] == 0.5
    assert rows[4]["rate_without"] is None
