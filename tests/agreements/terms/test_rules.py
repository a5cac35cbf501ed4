"""The rule tree: what it refuses, and what each operator means for one lead."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from agreements.terms.rules import RuleInvalid, dump, explain, holds, parse
from agreements.terms.rules.values import case_variants, folded, json_text, text_of

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def compare(op: str, value: Any = None, field: str = "title") -> dict[str, Any]:
    return {"field": field, "op": op} | ({} if value is None else {"value": value})


@pytest.mark.parametrize(
    ("op", "value", "fact", "verdict"),
    [
        ("eq", "CFO", " CFO\u00a0", True),
        ("eq", "CFO", "cfo", False),
        ("eq", 5, "5", True),
        ("eq", 5.0, 5, True),
        ("eq", 5, "5.0", False),
        ("eq", True, True, True),
        ("eq", "true", True, True),
        ("ne", "CFO", "CEO", True),
        ("ne", "CFO", None, False),
        ("ne", "CFO", "  ", False),
        ("in", ["a", "b"], "b", True),
        ("not_in", ["a", "b"], "c", True),
        ("not_in", ["a", "b"], "", False),
        ("contains", "HEAD", "head of sales", True),
        ("contains", "DÉVEL", "Développeur", True),
        ("contains", "ΟΔΟΣ", "η οδος", True),
        ("contains", "k", "\u212a", False),
        ("starts_with", "vp", "VP Sales", True),
        ("starts_with", "vp", "the VP", False),
        ("gt", 9, "10", True),
        ("gt", "9", "10", True),
        ("gt", 9, "ten", False),
        ("gt", 9, "1,000", False),
        ("gte", 0.1, Decimal("0.10"), True),
        ("gt", 0.3, 0.1 + 0.2, True),
        ("lt", "2026-02-01", "2026-01-31", True),
        ("lt", "2026-02-01", "2026-02-30", False),
        ("lte", "2026-02-01T00:00:00Z", "2026-02-01", True),
        ("gt", "2026-02-01", "2026-02-01T01:00+02:00", False),
        ("between", [1, 3], "3", True),
        ("between", ["2026-01-01", "2026-12-31"], date(2026, 6, 1), True),
        ("is_blank", None, " \u3000", True),
        ("is_blank", None, 0, False),
        ("is_not_blank", None, False, True),
        ("is_true", None, "Yes", True),
        ("is_true", None, True, True),
        ("is_true", None, 1, True),
        ("is_true", None, "no", False),
        ("is_true", None, None, False),
        ("within_days", 30, "2026-06-01", True),
        ("within_days", 30, "2026-06-16", False),
        ("within_days", 14, "2026-06-01", False),
        ("older_than_days", 14, "2026-06-01", True),
        ("older_than_days", 14, None, False),
    ],
)
def test_an_operator_means_what_the_terms_say(op: str, value: Any, fact: Any, verdict: bool) -> None:
    rule = parse(compare(op, value))
    assert holds(rule, {"title": fact}, NOW) is verdict


@pytest.mark.parametrize("op", ["eq", "ne", "contains", "starts_with"])
def test_not_flips_the_verdict_on_a_missing_value(op: str) -> None:
    assert holds(parse({"not": compare(op, "x")}), {}) is True


def test_groups_without_rules_are_true_for_all_and_false_for_any() -> None:
    assert holds(parse({"all": []}), {}) is True
    assert holds(parse({"any": []}), {}) is False


def test_day_operators_refuse_to_guess_the_present() -> None:
    with pytest.raises(ValueError, match="present moment"):
        holds(parse(compare("within_days", 3)), {"title": "2026-06-01"})


@pytest.mark.parametrize(
    ("tree", "path", "code"),
    [
        ([], "", "rule_not_object"),
        ({}, "", "rule_shape"),
        ({"all": [], "any": []}, "", "rule_shape"),
        ({"all": {}}, "all", "rule_list"),
        ({"not": None}, "not", "rule_not_object"),
        ({"any": [{"all": []}, compare("eq")]}, "any[1].value", "value_missing"),
        (compare("eq", "x", field="titel"), "field", "unknown_field"),
        (compare("eq", "x", field="attributes."), "field", "unknown_field"),
        ({"field": ["title"], "op": "eq", "value": 1}, "field", "unknown_field"),
        (compare("like", "x"), "op", "unknown_operator"),
        (compare("eq", [1]), "value", "value_scalar"),
        (compare("eq", " "), "value", "value_scalar"),
        (compare("in", []), "value", "value_list"),
        (compare("in", "abc"), "value", "value_list"),
        (compare("contains", 5), "value", "value_text"),
        (compare("gt", "soon"), "value", "value_comparable"),
        (compare("gt", True), "value", "value_comparable"),
        (compare("gt", "2026-02-30"), "value", "value_comparable"),
        (compare("between", [3, 1]), "value", "value_pair"),
        (compare("between", [3, "2026-01-01"]), "value", "value_pair"),
        (compare("within_days", -1), "value", "value_days"),
        (compare("within_days", 1.5), "value", "value_days"),
        (compare("is_blank", "x"), "value", "value_not_wanted"),
        (compare("eq", "x") | {"note": "y"}, "note", "rule_key"),
        ({"band": ["D1"]}, "band", "standing_bands"),
        ({"hand_raise": "yes"}, "hand_raise", "standing_hand_raise"),
    ],
)
def test_a_wrong_tree_is_refused_with_its_place(tree: Any, path: str, code: str) -> None:
    with pytest.raises(RuleInvalid) as caught:
        parse(tree)
    assert [(problem.path, problem.code) for problem in caught.value.problems] == [(path, code)]
    assert caught.value.errors[0][1]


def test_bands_are_refused_outside_the_mql_rule() -> None:
    with pytest.raises(RuleInvalid):
        parse({"band": ["A1"]}, "lead")


def test_rules_nested_without_end_are_refused() -> None:
    tree: dict[str, Any] = {"all": []}
    for _ in range(100_000):
        tree = {"not": tree}
    with pytest.raises(RuleInvalid, match="nested"):
        parse(tree)


def test_a_tree_is_written_back_as_it_was_read() -> None:
    tree = {
        "any": [
            {"all": [compare("between", [1, 2.5]), compare("is_blank")]},
            {"not": compare("in", ["a", 1, True])},
            {"hand_raise": True, "fit_band": ["A", "B"]},
        ]
    }
    assert dump(parse(tree)) == tree


def test_an_explanation_shows_what_was_compared_and_what_held() -> None:
    rule = parse({"any": [compare("contains", "head"), compare("eq", "CEO")]})
    why = explain(rule, {"title": " Head of Sales "})
    assert why["holds"] is True
    assert [part["holds"] for part in why["parts"]] == [True, False]
    assert why["parts"][0]["actual"] == "Head of Sales"


def test_folding_keeps_the_length_and_never_makes_ascii_of_other_letters() -> None:
    everything = "".join(map(chr, [*range(1, 0xD800), *range(0xE000, 0x1F000)]))
    assert len(folded(everything)) == len(everything)
    assert all(
        old == new or not new.isascii() or old.isascii()
        for old, new in zip(everything, folded(everything), strict=True)
    )
    assert sorted(case_variants("É")) == ["É", "é"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-7, "0.0000001"), (1e22, "10000000000000000000000"), (-0.0, "0.0"), (2.50, "2.5"), (True, "true"),
     ({"bb": 1, "a": ["x", None]}, '{"a": ["x", null], "bb": 1}')],
)  # fmt: skip
def test_json_values_read_as_the_database_writes_them(value: Any, text: str) -> None:
    assert json_text(value) == text_of(value) == text
