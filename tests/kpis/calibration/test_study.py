"""Calibrations of leads at hand: what is learned, what is left out and why, and how it does on leads held out."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agreements.terms.document import Terms
from agreements.terms.rules.tree import comparisons
from agreements.terms.scoring import score_fit
from kpis.calibration.choosing import MOST_RULES
from kpis.calibration.columns import Column, gathered
from kpis.calibration.leakage import verdicts
from kpis.calibration.study import Found, judge, learn, restored, scores_of, stored
from slaportal.web.refusals import Refused
from tests.kpis.calibration.histories import Facts, history

X_EDUCATION = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "x-education" / "Leads.csv"
WITHOUT = ("Prospect ID", "Lead Number", "Tags", "Lead Quality", "Lead Profile", "Last Notable Activity")


def calibrated(leads: list[Facts], ends: list[int], **ticks: Any) -> tuple[Found, dict[str, Any] | None]:
    columns, outcome = gathered(leads), np.array(ends, dtype=np.int32)
    found = learn(columns, outcome, **ticks)
    return found, judge(columns, outcome, found.table, [one.name for one in found.fields if one.teaches], found.tried)


def codes(found: Found, name: str) -> list[str]:
    [verdict] = [one for one in found.fields if one.name == f"attributes.{name}"]
    return [verdict.use, *(reason.code for reason in verdict.reasons)]


def terms_of(table: Any) -> Terms:
    rules = [row | {"id": f"fit-{n}"} for n, row in enumerate(stored(table))]
    return Terms.parse({"qualification": {"fit": {"max": 100, "rules": rules}}})


@pytest.mark.parametrize(("n", "rate"), [(300, 0.3), (5000, 0.05), (3000, 0.6)])
def test_what_decides_is_found_and_noise_is_not(n: int, rate: float) -> None:
    found, judged = calibrated(*history(n, rate=rate))
    assert judged is not None
    assert judged["auc_interval"][0] > 0.6
    assert 1 <= len(found.table) <= MOST_RULES
    assert {one.field for row in found.table for one in comparisons(row.rule)} <= {
        "attributes.visits",
        "attributes.city",
        "attributes.budget",
    }
    assert 1 <= judged["bands"]["B"] < judged["bands"]["A"] <= 100
    assert ("small_sample" in judged["warnings"]) == (n == 300)


@pytest.mark.parametrize("seed", range(4))
def test_without_a_signal_no_table_is_offered(seed: int) -> None:
    _found, judged = calibrated(*history(800, strength=0, seed=seed))
    assert judged is None or "no_signal" in judged["warnings"]


def test_the_table_scores_as_the_product_does() -> None:
    leads, ends = history(400)
    found, _judged = calibrated(leads, ends)
    table = restored(stored(found.table))
    assert table == found.table
    mine = scores_of(table, gathered(leads), np.arange(400, dtype=np.int32))
    terms = terms_of(table)
    assert mine.tolist() == [score_fit(terms, facts) for facts in leads]
    assert 0 <= min(mine) < max(mine) <= 100


def test_what_was_filled_in_after_the_outcome_is_named_and_left_out() -> None:
    leads, ends = history(2000)
    random = np.random.default_rng(1)
    for lead, end in zip(leads, ends, strict=True):
        flipped = end if random.random() < 0.93 else 1 - end
        lead |= {
            "attributes.Vertrag": "ja" if end else "nein",
            "attributes.Auftrag": f"A-{random.integers(9**9)}" if end and random.random() < 0.8 else None,
            "attributes.verdict": "hot" if flipped else "cold",
            "attributes.paid": float(random.lognormal(8, 1)) if end else 0,
            "attributes.objection": "price" if not end and random.random() < 0.5 else "",
            "attributes.hs_lead_status": "any" if random.random() < 0.5 else "other",
            "attributes.ステータス": "甲" if random.random() < 0.5 else "乙",
            "attributes.owner": "Sam" if random.random() < 0.5 else "Lena",
        }
    found, judged = calibrated(leads, ends)
    assert judged is not None
    assert judged["auc"] < 0.9
    assert "separates" in codes(found, "Vertrag")
    assert codes(found, "Auftrag")[0] == "left_out"
    assert codes(found, "verdict") == ["left_out", "separates"]
    assert codes(found, "paid") == ["left_out", "separates"]
    assert codes(found, "objection") == ["left_out", "one_outcome_if_filled"]
    assert codes(found, "hs_lead_status") == codes(found, "ステータス") == ["left_out", "named_after"]
    assert codes(found, "owner") == ["doubtful", "may_be_named_after"]
    assert codes(found, "portal") == ["no_use", "one_value"]
    assert codes(found, "number") == codes(found, "session") == ["no_use", "all_different"]
    assert codes(found, "note") == ["no_use", "hardly_filled"]


def test_a_field_that_open_leads_never_have_is_left_out() -> None:
    leads, ends = history(1200)
    for place, lead in enumerate(leads):
        lead["attributes.after"] = "x" if place < 1000 and place % 2 else ""
    found, _judged = calibrated(leads, ends[:1000] + [-1] * 200)
    assert codes(found, "after") == ["left_out", "blank_before"]
    assert codes(found, "visits") == ["used"]


def test_open_leads_that_came_another_way_say_nothing_about_fields() -> None:
    leads, ends = history(1000)
    others: list[Facts] = [{"source": "demo", "title": "Head"} for _ in range(200)]
    found, _judged = calibrated([*leads, *others], ends + [-1] * 200)
    assert codes(found, "visits") == ["used"]


def test_a_person_ticks_and_unticks() -> None:
    leads, ends = history(600)
    for lead, end in zip(leads, ends, strict=True):
        lead["attributes.status"] = "a" if end else "b"
    found, judged = calibrated(
        leads, ends, take=["attributes.status", "attributes.portal"], leave=["attributes.visits"]
    )
    assert judged is not None
    assert "too_good" in judged["warnings"]
    assert codes(found, "status")[0] == "doubtful"
    assert codes(found, "status")[-1] == "ticked"
    assert codes(found, "visits") == ["left_out", "unticked"]
    assert codes(found, "portal")[0] == "no_use"


@pytest.mark.parametrize(
    ("n", "end", "code"), [(200, 1, "all_won"), (200, 0, "none_won"), (99, None, "too_few_decided")]
)
def test_too_little_is_refused(n: int, end: int | None, code: str) -> None:
    leads, ends = history(n)
    with pytest.raises(Refused) as refused:
        calibrated(leads, ends if end is None else [end] * n)
    assert refused.value.code == code


@pytest.fixture(scope="module")
def x_education() -> tuple[list[Facts], list[int]]:
    if not X_EDUCATION.exists():
        pytest.skip("../shared/data/x-education is absent")
    with X_EDUCATION.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    ends = [int(row.pop("Converted")) for row in rows]
    return [{f"attributes.{k}": None if v == "Select" else v for k, v in row.items()} for row in rows], ends


def test_the_table_of_x_education_is_good_on_the_test_part(x_education: tuple[list[Facts], list[int]]) -> None:
    leads, ends = x_education
    kept = [{k: v for k, v in lead.items() if k[11:] not in WITHOUT and "Asymmetrique" not in k} for lead in leads]
    found, judged = calibrated(kept, ends)
    assert judged is not None
    # The same parts as train_test_split(test_size=0.3, random_state=42) of the file's rows.
    assert (judged["n_learned"], judged["n_tried"], judged["wins_tried"]) == (6468, 2772, 1077)
    assert judged["auc"] >= 0.91
    assert len(found.table) <= MOST_RULES
    assert judged["warnings"] == []


def test_the_leaks_of_x_education_are_named(x_education: tuple[list[Facts], list[int]]) -> None:
    leads, ends = x_education
    columns: list[Column] = gathered(leads)
    by_use: dict[str, set[str]] = {}
    for one in verdicts(columns, np.array(ends, dtype=np.int32)):
        by_use.setdefault(one.use, set()).add(one.name.removeprefix("attributes."))
    left_out = {name for name in by_use["left_out"] if "Asymmetrique" not in name}
    assert left_out == {"Tags", "Lead Quality", "Lead Profile", "Last Notable Activity"}
    assert len(by_use["left_out"]) == 8
    assert {"Prospect ID", "Lead Number"} <= by_use["no_use"]
