"""What the rule's controls sent, read into its tree; and what its buttons asked for."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from agreements.rule_form.changes import changed
from agreements.rule_form.options import ANOTHER
from agreements.rule_form.trees import Steps, Tree, always, blank, match_of, unwrapped, wrapped
from agreements.rule_form.words import fitting, words_of
from agreements.terms.problems import Problem, path_text
from agreements.terms.rules.tree import (
    AGES,
    COMPARISONS,
    EVENT_PREFIX,
    LEAD_FIELDS,
    MAX_DEPTH,
    MEMBERSHIPS,
    OPEN_PREFIXES,
    PRESENCES,
    TEXT_MATCHES,
    RuleInvalid,
    Scope,
    comparisons_at,
    parse,
)
from agreements.terms.rules.values import instant_of, number_of
from slaportal.web.json_input import BadJson, parse_json

BUTTON = "rule"
# Whole numbers beyond 64 bits that a document may hold: 1e22 is one.
LARGEST_WHOLE = 2**1024


def is_pressed(sent: QueryDict) -> bool:
    """Whether a button within a rule was pressed: the form is shown again and nothing is saved."""
    return BUTTON in sent


def pressed(sent: QueryDict, name: str) -> tuple[str, Steps] | None:
    """The action and the steps of the button, if it belongs to the rule called ``name``."""
    found = re.fullmatch(r"([a-z-]{1,20}) (\S*?)(?: ([0-9]{1,4}(?:\.[0-9]{1,4}){0,40}))?", sent.get(BUTTON, "").strip())
    if found is None or found[2] != name:
        return None
    return found[1], tuple(int(step) for step in (found[3] or "").split(".") if step)


def read_rule(sent: QueryDict, name: str, scope: Scope) -> tuple[Tree, list[tuple[str, str]]]:
    """The rule as JSON, after what a button of its own asked for, and (path within the rule, message) of all mistakes.

    What cannot be read stays as it was typed, so that it can be shown again.
    """
    asked = pressed(sent, name)
    tree = read_tree(sent, name)
    if asked is not None:
        return changed(tree, *asked)[0], []
    return tree, [(problem.path, words_of(problem)) for problem in problems_of(tree, scope)]


def problems_of(tree: Tree, scope: Scope) -> list[Problem]:
    """What is wrong with a rule that the form made: what the parser refuses, and comparisons that can never hold."""
    empty = [Problem(path, "group_empty") for path in _empty_groups(tree, ())]
    try:
        rule = parse(tree, scope)
    except RuleInvalid as invalid:
        return empty + invalid.problems
    unfit = []
    for path, one in comparisons_at(rule):
        if one.op not in fitting(one.field, scope):
            unfit.append(Problem(f"{path}.op".lstrip("."), "operator_unfit", {"op": one.op}))
        elif one.field == "created_at" and one.op in COMPARISONS | {"between"}:
            values = one.value if isinstance(one.value, tuple) else (one.value,)
            if any(instant_of(value) is None for value in values):
                unfit.append(Problem(f"{path}.value".lstrip("."), "value_date"))
    return empty + unfit


def read_tree(sent: QueryDict, name: str) -> Tree:
    """The rule as JSON, as it was sent; a rule that was not sent at all holds always."""
    reader = _Reader(sent, name)
    return reader.node(name, 1) if reader.is_sent else always()


def typed_value(op: str, texts: list[str]) -> Any:
    """The value of a comparison from the texts in its controls."""
    if op in PRESENCES:
        return None
    if op in MEMBERSHIPS:
        return list(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if op == "between":
        return [_number_or_text(text) for text in [*texts, "", ""][:2]]
    text = texts[0] if texts else ""
    if op in AGES:
        return int(text) if re.fullmatch(r"\s*[0-9]{1,6}\s*", text) else text
    if op in COMPARISONS:
        return _number_or_text(text)
    # A blank at either end may be meant: “ vp ” is a word of its own.
    return text if op in TEXT_MATCHES and text.strip() else text.strip()


def one_line(text: str) -> str:
    """As a browser keeps it in a control of one line."""
    return text.replace("\r", "").replace("\n", "")


class _Reader:
    """Finds the parts by their names; a part that nobody sent is not there, whatever place another one claims."""

    def __init__(self, sent: QueryDict, name: str) -> None:
        self.sent = sent
        self.is_sent = f"{name}.kind" in sent
        self.places: dict[str, list[int]] = {}
        for key in sent:
            if key.startswith(f"{name}.") and key.endswith(".kind"):
                parent, _, place = key.removesuffix(".kind").rpartition(".")
                if re.fullmatch("[0-9]{1,4}", place):
                    self.places.setdefault(parent, []).append(int(place))

    def get(self, name: str) -> str:
        # NUL can be stored nowhere; a browser sends it only where somebody made it.
        return self.sent.get(name, "").replace("\0", "")

    def node(self, name: str, depth: int) -> Tree:
        # One level more than the parser allows, so that it is the one to refuse.
        if depth > MAX_DEPTH + 1:
            return blank()
        kind = self.get(f"{name}.kind")
        nots = _whole(self.get(f"{name}.nots")) // 2 * 2 % (2 * MAX_DEPTH)
        if kind in {"group", "constant"}:
            tree, is_negated = self.group(name, depth + nots)
        else:
            tree = self.standing(name) if kind == "standing" else self.comparison(name)
            is_negated = self.get(f"{name}.not") == "on"
        return wrapped(tree, nots + is_negated)

    def group(self, name: str, depth: int) -> tuple[Tree, bool]:
        match = self.get(f"{name}.match")
        key, is_negated = {"any": ("any", False), "none": ("any", True), "notall": ("all", True)}.get(
            match, ("all", False)
        )
        places = sorted(set(self.places.get(name, [])))
        tree: Tree = {key: [self.node(f"{name}.{place}", depth + 1 + is_negated) for place in places]}
        if not places and self.get(f"{name}.kind") == "group":
            tree["empty"] = True
        return tree, is_negated

    def comparison(self, name: str) -> Tree:
        op = self.get(f"{name}.op")
        tree: Tree = {"field": self.field(name), "op": op}
        texts = [text.replace("\0", "") for text in self.sent.getlist(f"{name}.pick")]
        texts += self.get(f"{name}.values").splitlines()
        texts += [one_line(text.replace("\0", "")) for text in self.sent.getlist(f"{name}.value")]
        value = self.as_it_was(name, op, texts)
        return tree if value is None else tree | {"value": value}

    def field(self, name: str) -> str:
        field, other = self.get(f"{name}.field"), self.get(f"{name}.other").strip()
        if field != ANOTHER or not other:
            return field
        is_whole = other in LEAD_FIELDS or other.startswith((*OPEN_PREFIXES, EVENT_PREFIX))
        return other if is_whole else f"attributes.{other}"

    def as_it_was(self, name: str, op: str, texts: list[str]) -> Any:
        """The value as it stood before, if its controls were not touched: with its own types and its own order."""
        was = _json(self.get(f"{name}.was"))
        is_same = isinstance(was, dict) and was.get("op") == op and _stripped(was.get("shown")) == _stripped(texts)
        if is_same and _is_value(was.get("value")):
            return was["value"]
        return typed_value(op, texts)

    def standing(self, name: str) -> Tree:
        tree: Tree = {}
        was = _json(self.get(f"{name}.was"))
        for key in ("band", "fit_band"):
            ticked = self.sent.getlist(f"{name}.{key}")
            before = was.get(key) if isinstance(was, dict) else None
            if ticked:
                is_same = isinstance(before, list) and set(map(str, before)) == set(ticked)
                tree[key] = before if is_same else ticked
        if (hand := self.get(f"{name}.hand_raise")) in {"yes", "no"}:
            tree["hand_raise"] = hand == "yes"
        return tree or {"band": []}


def _empty_groups(tree: Any, path: tuple[str | int, ...]) -> list[str]:
    inner, nots = unwrapped(tree)
    path = (*path, *["not"] * nots)
    if inner.pop("empty", False):
        return [path_text(path)]
    match = match_of(inner)
    parts = inner[match] if match else []
    return [found for place, one in enumerate(parts) for found in _empty_groups(one, (*path, match, place))]


def _number_or_text(text: str) -> Any:
    """The number if a double holds it exactly as it was typed, else the text, which the judges read as well."""
    text = text.strip()
    number = number_of(text)
    if number is None:
        return text
    if number == number.to_integral_value() and len(text) <= 300:
        return int(number)
    return float(number) if Decimal(repr(float(number))) == number else text


def _stripped(texts: Any) -> list[str]:
    return [text.strip() for text in texts if text.strip()] if isinstance(texts, list) and _is_value(texts) else []


def _is_value(value: Any) -> bool:
    """Whether a rule can compare with this: what came from outside may be anything."""
    return all(isinstance(one, str | int | float) for one in (value if isinstance(value, list) else [value]))


def _json(text: str) -> Any:
    try:
        return parse_json(text.encode(errors="surrogatepass"), max_integer=LARGEST_WHOLE)
    except BadJson:
        return None


def _whole(text: str) -> int:
    return int(text) if re.fullmatch("[0-9]{1,2}", text) else 0
