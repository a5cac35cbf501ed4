"""The rule editor: any tree comes back as it was shown, buttons change it as they say, nonsense is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements import rule_fields
from agreements.rule_fields import Known, KnownField, Source, register_fields
from agreements.rule_form import read_rule, rule_node, show_rule_errors
from agreements.terms.document.reading import clean
from agreements.terms.rules import dump, parse
from agreements.terms.rules.tree import BANDS, FIT_BANDS, MAX_DEPTH, PRESENCES, Scope
from tests.agreements.forms import sent_by

NAME = "segment.when"
COUNTRIES = tuple(Known(name) for name in ("France", "Spain", "Italy"))
MANY = tuple(Known(f"value {n}") for n in range(30))


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Data with a few fields; “attributes.budget” is what no lead has."""
    fields = [
        KnownField("country", values=COUNTRIES),
        KnownField("attributes.industry", share=0.5, values=MANY),
        KnownField("attributes.employees", "number", 0.9),
        KnownField("attributes.renewal", "date", 0.1),
    ]
    before = rule_fields._source
    missing = frozenset({"attributes.budget", "attributes.employes"})
    register_fields(Source(lambda: fields, dict, lambda names: names & missing, ""))
    yield
    register_fields(before)


def shown(tree: Any, scope: Scope = "mql", sent: QueryDict | None = None) -> str:
    node = rule_node(NAME, NAME, scope, tree, sent=sent)
    return f'<form id="form">{render_to_string("agreements/_rule.html", {"rule": node})}</form>'


def sent_of(tree: Any, scope: Scope = "mql", **changes: Any) -> QueryDict:
    fields = sent_by(shown(tree, scope), "form") | changes
    return QueryDict(urlencode(fields, doseq=True))


def pressed(tree: Any, button: str, scope: Scope = "mql") -> Any:
    action, _, steps = button.partition(" ")
    return read_rule(sent_of(tree, scope, rule=f"{action} {NAME} {steps}"), NAME, scope)[0]


def title(value: str) -> dict[str, Any]:
    return {"field": "title", "op": "contains", "value": value}


# ------------------------------------------------------------------ every tree comes back
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12).filter(
    lambda text: bool(text.strip(" \t\n\r\x0b\x0c\u00a0\u3000\ufeff"))
)
numbers = st.integers(-(10**6), 10**6) | st.floats(-1000, 1000).map(lambda number: round(number, 3))
scalars = texts | numbers | st.booleans()
days = st.dates().map(lambda day: day.isoformat()).filter(lambda day: "1000" <= day[:4] <= "2999")
fields = st.sampled_from(["title", "country", "attributes.industry", "attributes.employees", "attributes.renewal"])
# No column is called by a line break; a browser would make two characters of it.
fields |= texts.filter(str.isprintable).map(lambda name: f"attributes.{name}")


def compared(op: st.SearchStrategy[str], value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(lambda field, op, value: {"field": field, "op": op, "value": value}, fields, op, value)


def pairs(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=2, max_size=2).map(sorted)


comparisons = (
    compared(st.sampled_from(["eq", "ne"]), scalars)
    | compared(st.sampled_from(["in", "not_in"]), st.lists(scalars | st.sampled_from(["France", "Spain"]), min_size=1))
    | compared(st.sampled_from(["contains", "starts_with"]), texts)
    | compared(st.sampled_from(["gt", "gte", "lt", "lte"]), numbers | numbers.map(str) | days)
    | compared(st.just("between"), pairs(numbers) | pairs(days))
    | compared(st.sampled_from(["within_days", "older_than_days"]), st.integers(0, 36_500))
    | st.builds(lambda field, op: {"field": field, "op": op}, fields, st.sampled_from(sorted(PRESENCES)))
)  # fmt: skip
standings = st.fixed_dictionaries(
    {},
    optional={
        "band": st.lists(st.sampled_from(BANDS), min_size=1, max_size=5),
        "fit_band": st.lists(st.sampled_from(FIT_BANDS), min_size=1, max_size=4),
        "hand_raise": st.booleans(),
    },
).filter(bool)
trees = st.recursive(
    comparisons | standings,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda rules: {"all": rules})
        | st.lists(inner, max_size=4).map(lambda rules: {"any": rules})
        | inner.map(lambda rule: {"not": rule})
    ),
    max_leaves=12,
)


def as_stored(tree: Any) -> Any:
    """As the document keeps a rule."""
    return dump(parse(clean(tree), "mql"))


@given(trees)
@settings(max_examples=150, deadline=None)
def test_any_rule_comes_back_as_it_was_shown(tree: Any) -> None:
    stored = as_stored(tree)
    back, errors = read_rule(sent_of(stored), NAME, "mql")
    assert repr(back) == repr(stored) or (back, type_names(back)) == (stored, type_names(stored))
    assert [message for path, message in errors if not path.endswith("op")] == []


def type_names(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: type_names(inner) for key, inner in value.items()}
    return [type_names(inner) for inner in value] if isinstance(value, list) else type(value).__name__


def test_a_rule_as_deep_as_the_parser_allows_comes_back() -> None:
    tree: Any = title("cfo")
    for level in range(MAX_DEPTH - 1):
        tree = [{"all": [title("x"), tree]}, {"not": tree}, {"any": [tree, title("y")]}][level % 3]
    assert read_rule(sent_of(dump(parse(tree))), NAME, "mql") == (tree, [])


def test_a_thousand_conditions_come_back() -> None:
    tree = {"any": [title(f"word {n}") for n in range(1000)]}
    assert read_rule(sent_of(tree), NAME, "mql") == (tree, [])


# ------------------------------------------------------------------ buttons
A, B, C, D = (title(letter) for letter in "abcd")
BLANK = {"field": "", "op": "eq", "value": ""}


@pytest.mark.parametrize(
    ("tree", "button", "after"),
    [
        ({"all": []}, "add-condition", {"all": [BLANK]}),
        (A, "add-condition", {"all": [A, BLANK]}),
        ({"not": A}, "add-condition", {"all": [{"not": A}, BLANK]}),
        ({"not": {"any": [A]}}, "add-condition", {"not": {"any": [A, BLANK]}}),
        ({"all": [A, {"any": [B]}]}, "add-condition 1", {"all": [A, {"any": [B, BLANK]}]}),
        ({"all": [A]}, "add-group", {"all": [A, {"any": [BLANK]}]}),
        ({"any": [A]}, "add-group", {"any": [A, {"all": [BLANK]}]}),
        ({"all": [A]}, "add-standing", {"all": [A, {"band": []}]}),
        ({"all": [A, B]}, "remove 0", {"all": [B]}),
        ({"all": [A, {"any": [B]}]}, "remove 1.0", {"all": [A]}),
        ({"any": [{"all": [{"any": [B]}]}]}, "remove 0.0.0", {"all": []}),
        (A, "remove", {"all": []}),
        ({"all": [A, B]}, "up 1", {"all": [B, A]}),
        ({"all": [A, B]}, "up 0", {"all": [A, B]}),
        ({"all": [A, B]}, "down 0", {"all": [B, A]}),
        ({"all": [A, B]}, "down 1", {"all": [A, B]}),
        ({"all": [A, {"any": [B, C]}]}, "down 0", {"all": [{"any": [A, B, C]}]}),
        ({"all": [{"any": [B, C]}, A]}, "up 1", {"all": [{"any": [B, C, A]}]}),
        ({"all": [A, {"any": [B, C]}]}, "up 1.0", {"all": [A, B, {"any": [C]}]}),
        ({"all": [A, {"any": [B, C]}]}, "down 1.1", {"all": [A, {"any": [B]}, C]}),
        ({"all": [A, {"any": [B]}, D]}, "down 1.0", {"all": [A, B, D]}),
        ({"all": [A, {"not": {"any": [B]}}, D]}, "up 1.0", {"all": [A, B, D]}),
        ({"all": [{"any": [{"all": [A]}, B]}]}, "up 0.0.0", {"all": [{"any": [A, B]}]}),
        ({"all": [A, B]}, "remove 7", {"all": [A, B]}),
        ({"all": [A, B]}, "remove 0.0", {"all": [A, B]}),
        ({"all": [A, B]}, "explode 0", {"all": [A, B]}),
        (A, "show", A),
    ],
)
def test_buttons_change_the_tree(tree: Any, button: str, after: Any) -> None:
    assert pressed(tree, button) == after


def test_a_button_of_another_rule_changes_nothing_here() -> None:
    assert read_rule(sent_of({"all": [A, B]}, rule="remove other.when 0"), NAME, "mql") == ({"all": [A, B]}, [])


def test_the_focus_goes_on_with_what_was_added() -> None:
    sent = sent_of({"all": [A]}, rule=f"add-condition {NAME} ")
    html = shown(read_rule(sent, NAME, "mql")[0], sent=sent)
    assert html.count("autofocus") == 1
    assert html.split('id="id_segment-when-1-field"')[1].split(">")[0].count("autofocus") == 1


# ------------------------------------------------------------------ what cannot be meant
@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"field": ""}, "all[0].field", "Choose a field."),
        ({"field": "titel"}, "all[0].field", "There is no field “titel”"),
        ({"op": ""}, "all[0].op", "Choose a comparison."),
        ({"op": "gte", "value": "5"}, "all[0].op", "“is at least” cannot be asked of this field."),
        ({"op": "is_true"}, "all[0].op", "“is yes” cannot be asked"),
        ({"value": " "}, "all[0].value", "Give a text."),
        ({"op": "eq", "value": ""}, "all[0].value", "Give a value."),
        ({"op": "in", "value": ""}, "all[0].value", "Give 1 to 1000 values"),
        ({"field": "attributes.employees", "op": "gte", "value": "many"}, "all[0].value", "Give a number"),
        ({"field": "attributes.employees", "op": "between", "value": ["9", "3"]}, "all[0].value", "smaller one first"),
        ({"field": "attributes.employees", "op": "between", "value": "9"}, "all[0].value", "Give two numbers"),
        ({"field": "created_at", "op": "within_days", "value": "soon"}, "all[0].value", "whole number of days"),
        ({"field": "created_at", "op": "gte", "value": "5"}, "all[0].value", "Give a date"),
        ({"field": "created_at", "op": "contains", "value": "5"}, "all[0].op", "cannot be asked"),
        ({"field": "event.path"}, "all[0].field", "belongs to an event"),
    ],
)
def test_what_cannot_be_meant_is_named_beside_its_control(changes: dict[str, Any], path: str, words: str) -> None:
    sent = sent_of({"all": [A, B]}, "lead", **{f"{NAME}.0.{part}": value for part, value in changes.items()})
    tree, errors = read_rule(sent, NAME, "lead")
    assert [(place, words in message) for place, message in errors] == [(path, True)]
    node = rule_node(NAME, NAME, "lead", tree)
    show_rule_errors(node, [(f"{NAME}.{place}", message) for place, message in errors])
    assert node.nodes[0].errors[path.rpartition(".")[2]] == [errors[0][1]]


@pytest.mark.parametrize("key", ["all", "any"])
def test_a_group_that_someone_emptied_is_refused(key: str) -> None:
    sent = {f"{NAME}.kind": "group", f"{NAME}.match": "all", f"{NAME}.0.kind": "group", f"{NAME}.0.match": key}
    _tree, errors = read_rule(QueryDict(urlencode(sent)), NAME, "lead")
    assert errors == [("all[0]", "This group has no condition. Add one, or remove the group.")]


def test_a_deliberate_always_is_no_empty_group() -> None:
    assert read_rule(sent_of({"all": []}), NAME, "lead") == ({"all": []}, [])


def test_a_standing_without_anything_is_refused_where_it_stands() -> None:
    sent = sent_of({"any": [{"band": ["A1"]}]})
    del (changed := sent.copy())[f"{NAME}.0.band"]
    _tree, errors = read_rule(changed, NAME, "mql")
    assert errors == [("any[0].band", "Tick at least one band.")]


def test_a_rule_deeper_than_allowed_is_refused_however_deep() -> None:
    sent = {NAME + ".0" * level + ".kind": "group" for level in range(1000)}
    _tree, errors = read_rule(QueryDict(urlencode(sent)), NAME, "lead")
    assert any("20 levels" in message for _path, message in errors)


@pytest.mark.parametrize("value", ["\0", "a\0b", "9" * 5000, "\u202e", '{"a":' * 3000, "-" * 100_000])
def test_nasty_values_are_read_or_named(value: str) -> None:
    for part in ("field", "op", "value", "was", "kind", "match", "nots", "other"):
        tree, _errors = read_rule(sent_of({"all": [A, B]}, **{f"{NAME}.0.{part}": value}), NAME, "mql")
        assert "\0" not in shown(tree)


@pytest.mark.parametrize("value", ['"\\ud800"', "[" * 15 + "]" * 15, '{"a": 1}', '["x", ["y"]]', "1e400"])
def test_a_remembered_value_that_no_rule_has_is_forgotten(value: str) -> None:
    was = f'{{"op": "eq", "shown": ["x"], "value": {value}}}'
    sent = {"r.kind": "comparison", "r.field": "title", "r.op": "eq", "r.value": "x", "r.was": was}
    assert read_rule(QueryDict(urlencode(sent)), "r", "lead") == ({"field": "title", "op": "eq", "value": "x"}, [])


# ------------------------------------------------------------------ what is offered
def test_fields_that_occur_are_offered_with_how_many_leads_have_them() -> None:
    html = shown(A, "lead")
    assert '<option value="attributes.industry">industry · 50%</option>' in html
    assert '<option value="title" selected>Job title</option>' in html


def test_few_values_are_ticked_and_many_are_typed() -> None:
    few = shown({"field": "country", "op": "in", "value": ["Spain", "Peru"]})
    assert 'value="Spain" checked' in few
    assert "\nPeru</textarea>" in few
    many = shown({"field": "attributes.industry", "op": "in", "value": ["value 1"]})
    assert "checkbox" not in many.split("rule-form__value")[1].split("</div>")[0]


def test_a_field_that_no_lead_has_says_so() -> None:
    assert "No lead has this field." in shown({"field": "attributes.budget", "op": "is_not_blank"})
    assert "No lead has this field." not in shown({"field": "attributes.industry", "op": "is_not_blank"})


def test_another_field_can_be_typed() -> None:
    sent = sent_of(A, **{f"{NAME}.field": "?"})
    tree, errors = read_rule(sent, NAME, "lead")
    assert errors == [("field", "Choose a field.")]
    sent = sent_of(tree, "lead", **{f"{NAME}.other": "Lead Quality"})
    assert read_rule(sent, NAME, "lead")[0]["field"] == "attributes.Lead Quality"


def test_the_control_follows_field_and_comparison() -> None:
    def control(field: str, op: str, value: Any = None) -> str:
        return shown({"field": field, "op": op, "value": value}).split('rule-form__value"')[1]

    assert 'type="date"' in control("attributes.renewal", "gte", "2026-05-31")
    assert 'type="date"' not in control("attributes.renewal", "gte", "2026-05-31T10:00")
    assert 'inputmode="decimal"' in control("attributes.employees", "gte", 5)
    assert control("attributes.employees", "between", [1, 2]).count("inputmode") == 2
    assert ".value" not in control("attributes.employees", "is_blank")
    assert "days</span>" in control("created_at", "within_days", 30)
