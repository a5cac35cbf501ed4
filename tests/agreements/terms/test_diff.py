"""The difference between two documents, by clause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agreements.terms.default import default_terms
from agreements.terms.diff import Change, diff
from agreements.terms.document import Terms


def changes(edit: Callable[[dict[str, Any]], Any]) -> list[Change]:
    document = default_terms().as_dict()
    edit(document)
    return diff(default_terms(), Terms.parse(document))


def test_equal_documents_have_no_changes() -> None:
    assert changes(lambda document: None) == []


def test_a_changed_value_is_named_with_its_clause() -> None:
    found = changes(lambda document: document["commitments"][6].update(per_month=80))
    path = "commitments.promise-volume.per_month"
    assert found == [Change("promise-volume", "commitments", path, "changed", 60, 80)]


def test_a_value_of_the_chapter_itself_has_no_clause() -> None:
    found = changes(lambda document: document["returns"].update(max_returns=3))
    assert found == [Change("", "returns", "returns.max_returns", "changed", 2, 3)]


def test_added_and_removed_clauses_come_whole() -> None:
    goal = {"id": "goal-new", "title": "New", "metric": "won", "amount": 5, "period": "month"}
    added = changes(lambda document: document["goals"].append(goal))
    assert [(one.clause_id, one.kind, one.before) for one in added] == [("goal-new", "added", None)]
    assert added[0].after["amount"] == 5
    removed = changes(lambda document: document["kpis"].pop(0))
    assert [(one.clause_id, one.kind, one.after) for one in removed] == [("kpi-lead-to-mql", "removed", None)]


def test_a_changed_rule_is_shown_whole() -> None:
    rule = {"field": "title", "op": "contains", "value": "chief"}
    found = changes(lambda document: document["qualification"]["fit"]["rules"][0].update(when=rule))
    assert [(one.clause_id, one.after) for one in found] == [("fit-decision-maker", rule)]


def test_a_new_order_is_one_change_and_inserting_is_none_of_order() -> None:
    reordered = changes(lambda document: document["review"]["agenda"].reverse())
    assert [(one.path, one.kind) for one in reordered] == [("review.agenda", "reordered")]
    assert reordered[0].after[0] == "agenda-decisions"
    goal = {"id": "goal-first", "title": "First", "metric": "won", "amount": 5, "period": "month"}
    assert [one.kind for one in changes(lambda document: document["goals"].insert(0, goal))] == ["added"]


def test_a_step_of_a_nurture_path_is_its_own_clause() -> None:
    found = changes(lambda document: document["nurture"]["paths"][0]["steps"][1].update(after_calendar_days=9))
    path = "nurture.paths.nurture-awareness.steps.nurture-awareness-2.after_calendar_days"
    assert [(one.clause_id, one.path) for one in found] == [("nurture-awareness-2", path)]


def test_calendar_changes_name_the_day() -> None:
    found = changes(lambda document: document["calendar"]["hours"].pop("fri"))
    assert [(one.path, one.after) for one in found] == [("calendar.hours.fri", None)]
