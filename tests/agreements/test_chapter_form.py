"""The form drawn from the document: a part that may be left out is left out where all of it is blank."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from agreements.chapter_form import Node, chapter_node, read_chapter
from agreements.chapter_form.nodes import walk
from agreements.terms.default import default_terms

PLAN: dict[str, Any] = {
    "deal_amount": 8500,
    "marketing_share": 0.6,
    "rates": {"visitor_to_lead": 0.02, "lead_to_mql": 0.25, "mql_to_sql": 0.24, "sql_to_customer": 0.225},
    "teams": [{"id": "team-a", "name": "Field", "share": 1, "reps": 3}],
    "methods": [],
    "follow_up": {"minutes_per_touch": 6, "hours_per_working_day": 3},
}


def sent_back(node: Node, **changes: str) -> QueryDict:
    """What a browser sends for this form."""
    query = QueryDict(mutable=True)
    for one in walk(node):
        if one.kind == "list":
            query[f"{one.name}.count"] = str(len(one.items))
        elif one.kind not in {"group", "check"}:
            query[one.name] = str(one.value)
    query.update(changes)
    return query


def goals(plan: dict[str, Any] | None) -> Any:
    value = default_terms().as_dict()["goals"]
    value[0]["plan"] = plan
    return value


def test_a_goal_without_a_plan_stays_without_one() -> None:
    value, errors = read_chapter("goals", sent_back(chapter_node("goals", goals(None))))
    assert (value, errors) == (goals(None), [])


def test_a_plan_comes_back_as_it_was() -> None:
    value, errors = read_chapter("goals", sent_back(chapter_node("goals", goals(PLAN))))
    assert (value, errors) == (goals(PLAN), [])


def test_a_plan_that_is_emptied_is_gone() -> None:
    node = chapter_node("goals", goals(PLAN))
    blank = {one.name: "" for one in walk(node) if one.name.startswith("goals.0.plan.") and one.kind != "list"}
    value, _errors = read_chapter("goals", sent_back(node, **blank, **{"goals.0.plan.teams.count": "0"}))
    assert value == goals(None)
