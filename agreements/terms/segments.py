"""Segment rules: which leads an agreement governs. What they look at stays until somebody changes the lead.

A rule over the stage would take a lead out of its agreement with every step of the way, and one over ages would do so
with the mere passing of time: neither can be meant. Nor can a group without rules, which holds for all leads or none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agreements.terms.document.reading import TermsInvalid, clean
from agreements.terms.problems import Problem, path_text
from agreements.terms.rules import All, Any_, Compare, Not, Rule, RuleInvalid, parse
from agreements.terms.rules.tree import AGES

Steps = tuple[str | int, ...]


def parse_segment(tree: Any) -> Rule:
    """Read a segment rule; raises RuleInvalid with the path of every mistake."""
    try:
        rule = parse(clean(tree), "lead")
    except TermsInvalid as invalid:
        raise RuleInvalid(invalid.problems) from invalid
    problems = list(_unmeant(rule, ()))
    if problems:
        raise RuleInvalid(problems)
    return rule


def _unmeant(rule: Rule, path: Steps) -> Iterator[Problem]:
    match rule:
        case All(rules) | Any_(rules):
            key = "all" if isinstance(rule, All) else "any"
            if not rules:
                yield Problem(path_text((*path, key)), "segment_empty")
            for place, inner in enumerate(rules):
                yield from _unmeant(inner, (*path, key, place))
        case Not(inner):
            yield from _unmeant(inner, (*path, "not"))
        case Compare(field, op):
            if field == "stage":
                yield Problem(path_text((*path, "field")), "segment_stage")
            if op in AGES:
                yield Problem(path_text((*path, "op")), "segment_age", {"op": op})
