"""The document: what it refuses (with the place of each mistake), and that its canonical bytes are stable."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agreements.terms.default import default_terms
from agreements.terms.document import MAX_BYTES, Terms, TermsInvalid, check_fields


def changed(path: str, value: Any) -> dict[str, Any]:
    """The default document with one value replaced; path as in error messages."""
    document = default_terms().as_dict()
    *way, last = path.replace("[", ".#").replace("]", "").split(".")
    inner: Any = document
    for step in way:
        inner = inner[int(step[1:]) if step.startswith("#") else step]
    inner[int(last[1:]) if last.startswith("#") else last] = value
    return document


def errors_of(source: Any) -> dict[str, str]:
    with pytest.raises(TermsInvalid) as caught:
        Terms.parse(source)
    return dict(caught.value.errors)


def test_canonical_json_comes_back_byte_for_byte() -> None:
    canonical = default_terms().canonical()
    assert Terms.parse(canonical).canonical() == canonical
    assert Terms.parse(json.loads(canonical)).digest() == default_terms().digest()


def test_key_order_and_number_spelling_do_not_change_the_digest() -> None:
    document = changed("qualification.fit.rules[0].points", 35)
    document["commitments"][0]["warn_share"] = 0.80
    document["kpis"][0]["target"] = 2.0
    same = changed("kpis[0].target", 2)
    assert Terms.parse(dict(reversed(document.items()))).digest() == Terms.parse(same).digest()


def test_an_empty_document_takes_every_chapter_from_the_defaults() -> None:
    assert Terms.parse({}).cadence.duration_working_days == 15


def test_the_contract_example_of_qualification_is_accepted() -> None:
    fit = {
        "max": 100,
        "groups": [{"id": "role", "cap": 40}],
        "rules": [
            {
                "id": "decision-maker",
                "group": "role",
                "points": 25,
                "when": {"field": "title", "op": "contains", "value": "head"},
            }
        ],
    }
    assert Terms.parse({"qualification": {"fit": fit}}).qualification.fit.rules[0].points == 25


@pytest.mark.parametrize(
    ("path", "value", "at"),
    [
        ("commitments[1].working_minutes", -240, "commitments[1].working_minutes"),
        ("commitments[1].working_minutes", True, "commitments[1].working_minutes"),
        ("commitments[1].working_days", 2, "commitments[1]"),
        ("commitments[1].working_minutes", None, "commitments[1]"),
        ("commitments[6].working_days", 2, "commitments[6]"),
        ("commitments[1].per_month", 2, "commitments[1].per_month"),
        ("commitments[0].target_working_minutes", 61, "commitments[0].target_working_minutes"),
        ("commitments[0].warn_share", 1.5, "commitments[0].warn_share"),
        ("cadence.steps[2].after_working_minutes", -1, "cadence.steps[2].after_working_minutes"),
        ("cadence.steps[2].after_working_days", 16, "cadence.steps[2].after_working_days"),
        ("returns.cool_down_calendar_days", -30, "returns.cool_down_calendar_days"),
        ("returns.attempts.min_calls", 7, "returns.attempts.min_calls"),
        ("returns.reasons[0].path", "nowhere", "returns.reasons[0].path"),
        ("nurture.paths[2].then", "nurture-decision", "nurture.paths[2].then"),
        ("nurture.paths[0].steps[0].after_calendar_days", -2, "nurture.paths[0].steps[0].after_calendar_days"),
        ("qualification.fit.groups[0].cap", 0, "qualification.fit.groups[0].cap"),
        ("qualification.fit.rules[0].group", "gone", "qualification.fit.rules[0].group"),
        ("qualification.fit.rules[0].points", "25", "qualification.fit.rules[0].points"),
        ("qualification.fit.rules[0].id", "fit-market", "qualification.fit.rules[5].id"),
        ("qualification.fit.rules[0].id", "Fit Market", "qualification.fit.rules[0].id"),
        ("qualification.fit.rules[0].points", float("nan"), "qualification.fit.rules[0].points"),
        ("qualification.interest.rules[0].points", float("inf"), "qualification.interest.rules[0].points"),
        ("qualification.interest.rules[0].half_life_days", 0, "qualification.interest.rules[0].half_life_days"),
        ("qualification.interest.rules[0].cap", -5, "qualification.interest.rules[0].cap"),
        ("qualification.bands.fit", {"A": 40, "B": 40}, "qualification.bands.fit"),
        ("qualification.bands.interest", {"1": 101, "2": 40}, "qualification.bands.interest.1"),
        ("calendar.hours", {"mon": [["18:00", "09:00"]]}, "calendar.hours.mon.0"),
        ("calendar.hours", {}, "calendar.hours"),
        ("calendar.hours", {"mon": [], "sun": []}, "calendar.hours"),
        ("calendar.timezone", "Mars/Olympus", "calendar.timezone"),
        ("goals[0].amount", 1 << 2000, "goals[0].amount"),
        ("goals[0].title", b"bytes", "goals[0].title"),
        ("goals[0].title", "half \ud800", "goals[0].title"),
        ("goals[0].title", "nul \x00", "goals[0].title"),
        ("colour", "red", "colour"),
    ],
)
def test_a_wrong_value_is_refused_at_its_place(path: str, value: Any, at: str) -> None:
    assert at in errors_of(changed(path, value))


def test_what_was_accepted_once_stays_readable() -> None:
    """Signed terms outlive the checks of their day; what never had the shape of terms is refused all the same."""
    empty = changed("calendar.hours", {})
    assert Terms.stored(empty).as_dict() == empty
    with pytest.raises(TermsInvalid):
        Terms.stored({"calendar": 7})


def test_every_mistake_is_named_at_once() -> None:
    document = changed("commitments[1].working_minutes", -240)
    document["nurture"]["paths"][2]["then"] = "nurture-awareness"
    document["qualification"]["fit"]["rules"][0]["when"] = {
        "any": [{"field": "titel", "op": "eq", "value": 1}, {"field": "title", "op": "like", "value": "x"}]
    }
    found = errors_of(document)
    assert {
        "commitments[1].working_minutes",
        "nurture.paths[2].then",
        "qualification.fit.rules[0].when.any[0].field",
        "qualification.fit.rules[0].when.any[1].op",
    } <= found.keys()


def test_a_path_that_leads_to_itself_through_others_is_named_with_its_loop() -> None:
    message = errors_of(changed("nurture.paths[2].then", "nurture-awareness"))["nurture.paths[2].then"]
    assert message.endswith("nurture-decision → nurture-awareness → nurture-consideration → nurture-decision.")


def test_lead_fields_are_refused_in_an_interest_rule_and_event_fields_in_a_fit_rule() -> None:
    lead_rule = {"field": "title", "op": "eq", "value": "CEO"}
    event_rule = {"field": "event.path", "op": "eq", "value": "/"}
    where = "qualification.interest.rules[0].when.field"
    assert where in errors_of(changed("qualification.interest.rules[0].when", lead_rule))
    assert "qualification.fit.rules[0].when.field" in errors_of(changed("qualification.fit.rules[0].when", event_rule))


@pytest.mark.parametrize(
    "source",
    [b"", b"{", b"[]", b"null", b"\xff\xfe{}", b'{"goals": [], "goals": []}', b'{"x": NaN}', [], None, 7, "{}}"],
)
def test_what_is_not_a_json_object_is_refused_whole(source: Any) -> None:
    assert errors_of(source)


def test_too_deep_and_too_large_documents_are_refused() -> None:
    deep: dict[str, Any] = {"all": []}
    for _ in range(10):
        deep = {"all": [deep]}
    assert any("levels deep" in message for message in errors_of(changed("qualification.mql", deep)).values())
    assert errors_of(b"[" * 100_000)
    assert "bytes" in errors_of(b'{"x": "' + b"x" * MAX_BYTES + b'"}')[""]
    assert "bytes" in errors_of({"x": "x" * MAX_BYTES})[""]


def test_the_document_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(default_terms().cadence, "duration_working_days", 3)  # noqa: B010


def test_rules_over_unknown_attributes_are_named() -> None:
    unknown = check_fields(default_terms(), known={"attributes.employees"})
    assert {one.field for one in unknown} == {"attributes.industry"}
    assert unknown[0].rule == "fit-industry"
    assert check_fields(default_terms(), known={"attributes.employees", "attributes.industry"}) == []


def test_the_json_schema_describes_the_default_document() -> None:
    schema = Terms.json_schema()
    assert set(default_terms().as_dict()) == set(schema["properties"])
    assert schema["$defs"]["FitRule"]["properties"]["when"]["$ref"] == "#/$defs/Rule"


def test_a_rule_without_a_window_is_written_as_before_there_were_windows() -> None:
    rule = {"id": "visit", "event": "visit", "points": 5, "half_life_days": 10}
    plain, ending = ({"qualification": {"interest": {"rules": [rule | more]}}} for more in (
        {"window_days": None}, {"half_life_days": None, "window_days": 9},
    ))  # fmt: skip

    assert b"window_days" not in Terms.parse(plain).canonical()
    assert b'"window_days":9' in Terms.parse(ending).canonical()
    assert Terms.parse(Terms.parse(ending).canonical()).digest() == Terms.parse(ending).digest()
