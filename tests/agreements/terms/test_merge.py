"""Two edits of one text brought together: both kept where they differ in place, named where they meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.terms.default import default_terms
from agreements.terms.merge import Merged, merge

Edit = Callable[[dict[str, Any]], Any]
GOAL = {"id": "goal-new", "title": "New", "metric": "won", "amount": 5, "period": "month"}
RULE = {"field": "title", "op": "contains", "value": "chief"}


def edited(*edits: Edit) -> dict[str, Any]:
    document = default_terms().as_dict()
    for edit in edits:
        edit(document)
    return document


def merged(mine: Edit, theirs: Edit, **choices: str) -> Merged:
    return merge(edited(), edited(mine), edited(theirs), choices.get("choices"))  # type: ignore[arg-type]


def promise(place: int = 0, **values: Any) -> Edit:
    return lambda document: document["commitments"][place].update(values)


def when(rule: dict[str, Any]) -> Edit:
    return lambda document: document["qualification"]["fit"]["rules"][0].update(when=rule)


def drop(chapter: str, place: int = 0) -> Edit:
    return lambda document: document[chapter].pop(place)


def nothing(document: dict[str, Any]) -> None:
    """Changes nothing."""


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (promise(working_minutes=120), nothing),
        (nothing, promise(working_minutes=120)),
        (promise(working_minutes=120), promise(working_minutes=120)),
        (promise(working_minutes=120), promise(1, working_minutes=90)),
        (promise(working_minutes=120), promise(text="Weekdays only.")),
        (promise(working_minutes=120), lambda document: document["goals"].append(GOAL)),
        (promise(working_minutes=120), lambda document: document["cadence"].update(text="By phone first.")),
        (drop("kpis"), promise(working_minutes=120)),
        (drop("kpis"), drop("kpis")),
        (when(RULE), lambda document: document["qualification"]["fit"]["rules"][0].update(points=7)),
        (lambda document: document["review"]["agenda"].reverse(), promise(working_minutes=120)),
    ],
)
def test_what_does_not_meet_is_kept_of_both(mine: Edit, theirs: Edit) -> None:
    for one, other in ((mine, theirs), (theirs, mine)):
        found = merged(one, other)
        assert found.conflicts == []
        expected = edited(mine) if edited(mine) == edited(theirs) else edited(mine, theirs)
        assert found.document == expected


@pytest.mark.parametrize(
    ("mine", "theirs", "path", "values"),
    [
        (
            promise(working_minutes=120),
            promise(working_minutes=90),
            "commitments.promise-first-response-hand-raise.working_minutes",
            (120, 90),
        ),
        (when(RULE), when({"all": []}), "qualification.fit.rules.fit-decision-maker.when", (RULE, {"all": []})),
    ],
)
def test_the_same_value_changed_twice_is_a_conflict(mine: Edit, theirs: Edit, path: str, values: Any) -> None:
    document = edited()
    path = path.replace("promise-first-response-hand-raise", document["commitments"][0]["id"])
    (conflict,) = merged(mine, theirs).conflicts
    assert (conflict.path, conflict.mine, conflict.theirs) == (path, *values)
    assert conflict.clause_id == path.split(".")[-2]
    decided = merged(mine, theirs, choices={path: "theirs"})  # type: ignore[arg-type]
    assert (decided.conflicts, decided.document) == ([], edited(theirs))
    kept = merged(mine, theirs, choices={path: "mine"})  # type: ignore[arg-type]
    assert (kept.conflicts, kept.document) == ([], edited(mine))


def test_a_clause_removed_by_one_and_changed_by_the_other_is_a_conflict() -> None:
    first = edited()["kpis"][0]["id"]
    change: Edit = lambda document: document["kpis"][0].update(target=0.9)  # noqa: E731
    (conflict,) = merged(drop("kpis"), change).conflicts
    assert (conflict.path, conflict.clause_id, conflict.mine) == (f"kpis.{first}", first, None)
    restored = merged(drop("kpis"), change, choices={f"kpis.{first}": "theirs"})  # type: ignore[arg-type]
    assert restored.document == edited(change)


def test_clauses_added_by_both_at_one_place_stand_one_behind_the_other() -> None:
    other = GOAL | {"id": "goal-other"}
    found = merged(
        lambda document: document["goals"].insert(0, GOAL), lambda document: document["goals"].insert(0, other)
    )
    assert [goal["id"] for goal in found.document["goals"]][:2] in (
        ["goal-new", "goal-other"],
        ["goal-other", "goal-new"],
    )
    assert found.conflicts == []


def test_two_new_orders_are_a_conflict() -> None:
    found = merged(
        lambda document: document["review"]["agenda"].reverse(),
        lambda document: document["review"]["agenda"].sort(key=lambda item: item["text"]),
    )
    assert [one.path for one in found.conflicts] == ["review.agenda"]


def apply(document: dict[str, Any], edits: dict[int, int]) -> dict[str, Any]:
    for place, minutes in edits.items():
        document["commitments"][place]["warn_share"] = minutes / 100
    return document


@given(st.dictionaries(st.integers(0, 5), st.integers(1, 99)), st.dictionaries(st.integers(0, 5), st.integers(1, 99)))
def test_nothing_is_lost_without_being_named(mine: dict[int, int], theirs: dict[int, int]) -> None:
    base = edited()
    ours, others = apply(edited(), mine), apply(edited(), theirs)
    found = merge(base, ours, others)
    named = {conflict.clause_id for conflict in found.conflicts}
    for own, clause, before, other in zip(
        ours["commitments"], found.document["commitments"], base["commitments"], others["commitments"], strict=True
    ):
        lost = {own["warn_share"], other["warn_share"]} - {before["warn_share"], clause["warn_share"]}
        assert not lost or clause["id"] in named
