"""The form drawn from the document: what comes back, what is offered, and what its buttons do."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import Http404, QueryDict
from django.template.loader import render_to_string

from agreements.chapter_form import Node, chapter_node, missing_in_form, read_chapter, rearrange, show_errors
from agreements.chapter_form.nodes import walk
from agreements.terms.default import default_terms
from agreements.terms.document import CHAPTERS, Terms
from tests.agreements.forms import sent_by

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
    html = render_to_string("agreements/_node.html", {"node": node, "is_root": node.kind == "group"})
    query = QueryDict(mutable=True)
    for name, values in sent_by(f'<form id="form">{html}</form>', "form").items():
        query.setlist(name, values)
    for name, value in changes.items():
        query[name] = value
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


OVERRIDES = {"2026-12-24": [["09:00", "12:00"]], "2026-12-31": [], "2027-01-02": [["20:00", "24:00"]]}
TEAM = {"id": "team-x", "team": "Field Sales", "timezone": "Asia/Tokyo", "hours": {"sat": [["10:00", "16:00"]]}}


def whole(**calendar: Any) -> dict[str, Any]:
    document = default_terms().as_dict()
    document["calendar"] |= {"holidays": ["2026-12-28"], "overrides": OVERRIDES, "country": "DE-BY", "teams": [TEAM]}
    document["calendar"] |= calendar
    return Terms.parse(document).as_dict()


def form_of(document: dict[str, Any], chapter: str, **changes: str) -> tuple[Any, list[tuple[str, str]]]:
    node = chapter_node(chapter, document[chapter], document=document)
    return read_chapter(chapter, sent_back(node, **changes), document)


@pytest.mark.django_db
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_an_untouched_form_changes_nothing(chapter: str) -> None:
    document = whole()
    value, errors = form_of(document, chapter)
    assert errors == []
    assert Terms.parse(document | {chapter: value}).canonical() == Terms.parse(document).canonical()


@pytest.mark.django_db
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_control_has_a_name_and_says_what_to_write(chapter: str) -> None:
    document = whole()
    root = chapter_node(chapter, document[chapter], document=document)
    bare = [node for node in walk(root) if node.kind not in {"group", "list", "id", "windows", "override"}]
    assert [node.path for node in bare if not node.help or node.label == node.name] == []


def test_shares_are_written_as_per_cent() -> None:
    document = whole()
    value, errors = form_of(document, "commitments", **{"commitments.0.warn_share": "12,5 %"})
    assert (value[0]["warn_share"], errors) == (0.125, [])
    _value, errors = form_of(document, "commitments", **{"commitments.0.warn_share": "most"})
    assert [path for path, _message in errors] == ["commitments[0].warn_share"]


def test_what_refers_to_a_path_offers_the_paths_by_name() -> None:
    document = whole()
    node = chapter_node("returns", document["returns"], document=document)
    offered = {found.name: found.grouped for found in walk(node)}["returns.reasons.0.path"]
    assert ("nurture-reawaken", "Reawaken") in offered[0][1]


def test_a_reference_that_leads_nowhere_stays_to_be_seen() -> None:
    document = whole()
    document["returns"]["reasons"][0]["path"] = "gone"
    node = chapter_node("returns", document["returns"], document=document)
    offered = {found.name: found.grouped for found in walk(node)}["returns.reasons.0.path"]
    assert offered[-1] == ("", [("gone", "gone")])


@pytest.mark.django_db
def test_countries_and_zones_are_offered_by_name() -> None:
    node = chapter_node("calendar", whole()["calendar"])
    offered = {found.name: dict(pair for _heading, group in found.grouped for pair in group) for found in walk(node)}
    assert offered["calendar.country"]["DE-BY"] == "Germany (Bayern)"
    assert offered["calendar.timezone"]["Europe/Paris"].endswith("Europe/Paris")


@pytest.mark.django_db
def test_half_an_opening_and_a_day_that_stands_twice_are_named_at_their_day() -> None:
    changes = {
        "calendar.hours.mon.opens": "09:00",
        "calendar.hours.mon.closes": "",
        "calendar.overrides.1.on": "2026-12-24",
    }
    document = whole()
    _value, errors = form_of(document, "calendar", **changes)
    assert [path for path, _message in errors] == ["calendar.hours.mon", "calendar.overrides.2026-12-24"]
    node = chapter_node("calendar", document["calendar"], document=document)
    assert show_errors(node, errors) == []
    assert [found.path for found in walk(node) if found.errors] == [path for path, _message in errors]


def test_other_fields_of_the_packet_are_added_once() -> None:
    value, _errors = form_of(whole(), "handoff", **{"handoff.packet.0.fields.other": "attributes.budget\r\n\r\nphone"})
    assert value["packet"][0]["fields"][-1] == "attributes.budget"
    assert value["packet"][0]["fields"].count("phone") == 1


def test_a_new_clause_never_takes_an_id_that_stands_elsewhere() -> None:
    document = whole()
    n = len(document["definitions"])
    node = chapter_node("definitions", [*document["definitions"], {}], document=document)
    changes = {f"definitions.{n}.word": "Agenda goals"}
    assert read_chapter("definitions", sent_back(node, **changes), document)[0][n]["id"] == "agenda-goals-2"
    changes = {f"definitions.{n}.word": "MQL"}
    assert read_chapter("definitions", sent_back(node, **changes), document)[0][n]["id"] == "mql-2"


@pytest.mark.parametrize(
    ("button", "first", "focus"),
    [
        ("down {0}.0", ["b", "a", "c"], "down {0}.1"),
        ("up {0}.2", ["a", "c", "b"], "up {0}.1"),
        ("up {0}.0", ["a", "b", "c"], "up {0}.0"),
    ],
)
def test_clauses_change_places(button: str, first: list[str], focus: str) -> None:
    value = {"steps": [{"id": "a"}, {"id": "b"}, {"id": "c"}]}
    came_back = rearrange(value, QueryDict(f"move={button.format('cadence.steps').replace(' ', '+')}"))
    assert [one["id"] for one in value["steps"]] == first
    assert came_back == focus.format("cadence.steps")


@pytest.mark.parametrize(
    "button", ["", "down", "sideways cadence.steps.0", "up cadence.steps.9", "up cadence.x.0", "up steps.x"]
)
def test_a_move_of_nothing_is_not_found(button: str) -> None:
    with pytest.raises(Http404):
        rearrange({"steps": [{"id": "a"}]}, QueryDict(f"move={button.replace(' ', '+')}"))


def test_hours_of_a_new_team_begin_as_those_of_the_company() -> None:
    value = whole()["calendar"]
    rearrange(value, QueryDict("add=calendar.teams"))
    assert value["teams"][1] == {key: value[key] for key in ("timezone", "hours", "country")}


def test_a_definition_is_saved_with_three_cases_of_each_kind() -> None:
    document = whole()
    assert missing_in_form("definitions", document) == []
    document["definitions"][0]["examples"] = ["One"]
    [(path, message)] = missing_in_form("definitions", document)
    assert (path, message) == ("definitions[0].examples", "“Contact” needs three examples; missing: 2.")
    assert missing_in_form("goals", document) == []
