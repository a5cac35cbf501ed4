"""Segment rules: what cannot be meant is refused, at its place."""

from __future__ import annotations

from typing import Any

import pytest

from agreements.terms.rules import Compare, RuleInvalid
from agreements.terms.segments import parse_segment

FRANCE = {"field": "country", "op": "eq", "value": "France"}


def test_a_segment_is_a_rule_over_the_lead() -> None:
    assert parse_segment(FRANCE) == Compare("country", "eq", "France")


@pytest.mark.parametrize(
    ("tree", "place", "code"),
    [
        ({"all": []}, "all", "segment_empty"),
        ({"any": []}, "any", "segment_empty"),
        ({"any": [FRANCE, {"not": {"all": []}}]}, "any[1].not.all", "segment_empty"),
        ({"all": [{"field": "stage", "op": "eq", "value": "lead"}]}, "all[0].field", "segment_stage"),
        ({"not": {"field": "created_at", "op": "within_days", "value": 3}}, "not.op", "segment_age"),
        ({"field": "event.path", "op": "eq", "value": "/"}, "field", "event_field_here"),
        ({"band": ["A1"]}, "", "standing_not_here"),
        ({"field": "country", "op": "eq", "value": "a\0"}, "value", "bad_character"),
        ({"field": "country", "op": "gt", "value": float("nan")}, "value", "not_finite"),
        ("France", "", "rule_not_object"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_place(tree: Any, place: str, code: str) -> None:
    with pytest.raises(RuleInvalid) as refused:
        parse_segment(tree)
    assert [(problem.path, problem.code) for problem in refused.value.problems] == [(place, code)]
