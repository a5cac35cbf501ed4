"""What keeps terms from being proposed, and what is only advised."""

from __future__ import annotations

from typing import Any

import pytest

from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from agreements.terms.problems import MESSAGES
from agreements.terms.readiness import advice, is_mql_reachable, problems
from tests.agreements.terms.test_document import changed


def blocking(document: dict[str, Any]) -> dict[str, str]:
    return {one.path: one.code for one in problems(Terms.parse(document))}


def test_the_default_terms_are_ready() -> None:
    assert problems(default_terms()) == []


@pytest.mark.parametrize("name", ["examples", "counter_examples"])
def test_a_definition_needs_three_cases_of_each_kind(name: str) -> None:
    document = changed(f"definitions[2].{name}", ["One", " ", "Two"])
    [problem] = problems(Terms.parse(document))
    assert (problem.path, problem.code) == (f"definitions[2].{name}", f"definition_{name}")
    assert problem.facts == {"word": "MQL", "missing": 1}
    assert problem.message.endswith("missing: 1.")


def test_terms_without_a_promise_of_a_side_are_not_ready() -> None:
    sales_only = [one for one in default_terms().as_dict()["commitments"] if one["party"] == "sales"]
    assert blocking(changed("commitments", sales_only)) == {"commitments": "no_promise_marketing"}
    assert {one.code for one in problems(Terms.parse(changed("commitments", [])))} == {
        "no_promise_sales",
        "no_promise_marketing",
    }


def test_terms_without_a_trigger_are_not_ready() -> None:
    assert blocking(changed("handoff.triggers", [])) == {"handoff.triggers": "no_trigger"}


@pytest.mark.parametrize(
    ("mql", "changes", "reachable"),
    [
        ({"band": ["A1"]}, {}, True),
        ({"band": ["A1"]}, {"fit": {"max": 100, "rules": []}}, False),
        ({"band": ["C3"]}, {"fit": {"max": 100, "rules": []}}, True),
        ({"all": [{"band": ["A1"]}, {"band": ["B1"]}]}, {}, False),
        ({"not": {"all": []}}, {}, False),
        ({"any": []}, {}, False),
        ({"hand_raise": True}, {"hand_raise_events": []}, False),
        ({"not": {"hand_raise": True}}, {"hand_raise_events": []}, True),
        ({"field": "title", "op": "eq", "value": "CFO"}, {}, True),
        ({"fit_band": ["A"]}, {"bands": {"fit": {"A": 99, "B": 98}}}, True),
        ({"fit_band": ["A"]}, {"fit": {"groups": [{"id": "g", "cap": 30}], "rules": [
            {"id": "a", "group": "g", "points": 90, "when": {"all": []}}]}}, False),
        ({"band": ["C1"]}, {"interest": {"rules": [{"id": "a", "event": "x", "points": 5, "cap": 59}]}}, False),
        ({"band": ["C1"]}, {"interest": {"rules": [{"id": "a", "event": "x", "points": 5}]}}, True),
    ],
)  # fmt: skip
def test_a_rule_that_no_lead_can_meet_is_found(mql: Any, changes: dict[str, Any], reachable: bool) -> None:
    chapter = default_terms().as_dict()["qualification"] | {"mql": mql} | changes
    assert is_mql_reachable(Terms.parse({"qualification": chapter}).qualification) is reachable


def test_empty_chapters_and_loose_goals_are_advised_and_do_not_block() -> None:
    document = default_terms().as_dict() | {"goals": []}
    document["cadence"]["steps"] = []
    document["definitions"] = [one for one in document["definitions"] if one["word"] != "SQL"]
    terms = Terms.parse(document)
    assert problems(terms) == []
    assert [one.code for one in advice(terms)] == ["no_goal", "no_cadence", "no_definition"]


def test_each_missing_line_of_a_goal_is_advised() -> None:
    document = changed("goals[0].text", "")
    document["goals"][0]["plan"] = None
    document["goals"][1] |= {"starts_on": "2026-01-01", "baseline": 500}
    found = [(one.path, one.code) for one in advice(Terms.parse(document))]
    assert found == [("goals[0]", f"smart_{letter}") for letter in ("specific", "achievable", "time_bound")]


def test_every_code_has_words() -> None:
    document = changed("definitions[0].examples", []) | {"commitments": [], "goals": [], "cadence": {"steps": []}}
    terms = Terms.parse(document)
    assert all(one.code in MESSAGES and one.message for one in [*problems(terms), *advice(terms)])
