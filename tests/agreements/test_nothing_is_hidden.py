"""No value of the terms is invisible: change any one of them, and the page reads differently."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from agreements.sentences.chapters import READERS
from agreements.terms.default import default_terms
from agreements.terms.document import CHAPTERS, Terms, TermsInvalid

Path = tuple[str | int, ...]

# What the default terms leave out, so that these values too are changed once.
MORE: dict[str, Any] = {
    "goals": [{"starts_on": "2026-01-01", "baseline": 800_000.0, "unit": "deals"}],
    "calendar": {
        "country": "FR",
        "holidays": ["2026-12-28"],
        "overrides": {"2026-12-24": [["09:00", "12:00"]], "2026-12-31": []},
        "teams": [
            {
                "id": "team-lisbon",
                "team": "Lisbon",
                "timezone": "Europe/Lisbon",
                "hours": {"mon": [["09:00", "18:00"]]},
                "holidays": ["2026-06-10"],
                "overrides": {"2026-06-11": [["09:00", "12:00"]]},
                "country": "PT",
            }
        ],
    },
}
# Names that stand for something, and their like: one of these is another valid value.
# fmt: off
LIKES = [
    "month", "quarter", "year", "influencer", "decision_maker", "mql", "hand_raise", "manual", "sal", "sql",
    "phone", "email", "app", "awareness", "decision", "marketing", "sales", "acceptance", "choose_path",
    "first_response", "weekly", "monthly", "at_least", "at_most", "workflow", "feedback", "is_blank",
    "is_not_blank", "lt", "gte", "in", "not_in", "contains", "starts_with", "company", "email", "event.path",
    "nurture-later", "nurture-repair", "fit-role", "fit-company", "interest-web", "interest-content", "A1", "C3",
    "A", "C", "PT", "DE", "08:45", "08:30", "18:30", "19:00", "2026-06-15", "2026-06-17", "USD", "Europe/Rome",
]
# fmt: on


def whole_terms() -> dict[str, Any]:
    document = default_terms().as_dict()
    document["goals"][0] |= MORE["goals"][0]
    document["calendar"] |= MORE["calendar"]
    document["commitments"][4] |= {"working_days": 1, "text": "As the plan says."}
    document["cadence"]["steps"][4] |= {"after_working_minutes": 30, "text": "Ask about timing."}
    return Terms.parse(document).as_dict()


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """The places of all values; ids are addresses, and what is left out (null) says nothing."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key != "id":
                yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    elif value is not None:
        yield path


def at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def others(value: Any) -> Iterator[Any]:
    """Values that might stand in place of this one."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value + 0.05, value - 1, value / 2)
    else:
        yield f"{value} x"
        yield from (like for like in LIKES if like != value)


def changed(document: dict[str, Any], path: Path) -> Iterator[Terms]:
    """The document with another value there, as often as the terms can hold one."""
    for other in others(at(document, path)):
        twin = copy.deepcopy(document)
        at(twin, path[:-1])[path[-1]] = other
        try:
            yield Terms.stored(twin)
        except TermsInvalid:
            continue


def read(terms: Terms, chapter: str) -> list[Any]:
    return list(READERS[chapter](terms))


# There is no other routing to choose.
ONLY_ONE = {"handoff.routing"}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_value_is_on_the_page(chapter: str) -> None:
    # One chapter at a time, the others as they are by default: reading is quicker so.
    document = {chapter: whole_terms()[chapter]}
    before = read(Terms.stored(document), chapter)
    hidden = []
    for path in leaves(document[chapter], (chapter,)):
        found = next(changed(document, path), None)
        if found is None or read(found, chapter) == before:
            hidden.append(".".join(map(str, path)))
    assert set(hidden) - ONLY_ONE == set()
