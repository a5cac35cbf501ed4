"""The rule tree: what a rule may look like, read from JSON with every mistake named, and written back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from agreements.terms.problems import Problem, kind_of, path_text
from agreements.terms.rules.values import BLANKS, instant_of, number_of

Scope = Literal["lead", "event", "mql", "any"]

LEAD_FIELDS = frozenset(
    {"email", "name", "company", "title", "phone", "country", "source", "stage", "created_at", "domain"}
)
OPEN_PREFIXES = ("account.", "attributes.")
EVENT_PREFIX = "event."

FIT_BANDS = ("A", "B", "C")
BANDS = tuple(letter + digit for letter in FIT_BANDS for digit in "123")

EQUALITIES = frozenset({"eq", "ne"})
MEMBERSHIPS = frozenset({"in", "not_in"})
TEXT_MATCHES = frozenset({"contains", "starts_with"})
COMPARISONS = frozenset({"gt", "gte", "lt", "lte"})
PRESENCES = frozenset({"is_blank", "is_not_blank", "is_true"})
AGES = frozenset({"within_days", "older_than_days"})
OPERATORS = EQUALITIES | MEMBERSHIPS | TEXT_MATCHES | COMPARISONS | {"between"} | PRESENCES | AGES

MAX_DEPTH = 20
MAX_LIST = 1000
MAX_DAYS = 36_500

Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...] | None


@dataclass(frozen=True)
class All:
    """Every rule holds; without rules it is true."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Any_:
    """At least one rule holds; without rules it is false."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Not:
    """The rule does not hold (also when it is false because a value is missing)."""

    rule: Rule


@dataclass(frozen=True)
class Compare:
    """One field against a value."""

    field: str
    op: str
    value: Value = None


@dataclass(frozen=True)
class Standing:
    """Where the lead stands by its scores; the parts that are given must all hold. MQL rule only."""

    bands: tuple[str, ...] | None = None
    hand_raise: bool | None = None
    fit_bands: tuple[str, ...] | None = None


Rule = All | Any_ | Not | Compare | Standing
ALWAYS = All(())


class RuleInvalid(ValueError):
    """The tree is not a rule; ``problems`` names every place and mistake, ``errors`` as (path, message)."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{path or 'rule'}: {message}" for path, message in self.errors))

    @property
    def errors(self) -> list[tuple[str, str]]:
        return [(problem.path, problem.message) for problem in self.problems]


def parse(tree: Any, scope: Scope = "any") -> Rule:
    """Read a JSON tree; raises RuleInvalid with all mistakes.

    ``scope`` says which fields it may look at: "lead" (fit rules), "event" (interest rules), "mql" (lead fields and
    the standing by scores), "any".
    """
    reader = _Reader(scope)
    rule = reader.read(tree, ())
    if reader.problems or rule is None:
        raise RuleInvalid(reader.problems)
    return rule


def dump(rule: Rule) -> dict[str, Any]:
    """The rule as the JSON tree that it was read from."""
    match rule:
        case All(rules):
            return {"all": [dump(inner) for inner in rules]}
        case Any_(rules):
            return {"any": [dump(inner) for inner in rules]}
        case Not(inner):
            return {"not": dump(inner)}
        case Compare(field, op, value):
            tree: dict[str, Any] = {"field": field, "op": op}
            return tree if value is None else tree | {"value": list(value) if isinstance(value, tuple) else value}
        case Standing(bands, hand_raise, fit_bands):
            parts = {"band": bands and list(bands), "hand_raise": hand_raise, "fit_band": fit_bands and list(fit_bands)}
            return {key: part for key, part in parts.items() if part is not None}


def comparisons(rule: Rule) -> Iterator[Compare]:
    """Every comparison in the tree, from left to right."""
    match rule:
        case All(rules) | Any_(rules):
            for inner in rules:
                yield from comparisons(inner)
        case Not(inner):
            yield from comparisons(inner)
        case Compare():
            yield rule


def comparisons_at(rule: Rule, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str, Compare]]:
    """Every comparison with its path in the tree (``any[1].not``), from left to right."""
    match rule:
        case All(rules) | Any_(rules):
            key = "all" if isinstance(rule, All) else "any"
            for place, inner in enumerate(rules):
                yield from comparisons_at(inner, (*path, key, place))
        case Not(inner):
            yield from comparisons_at(inner, (*path, "not"))
        case Compare():
            yield path_text(path), rule


class _Reader:
    """Walks a tree once and collects what is wrong instead of stopping at the first mistake."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.problems: list[Problem] = []

    def wrong(self, path: tuple[str | int, ...], code: str, **facts: Any) -> None:
        self.problems.append(Problem(path_text(path), code, facts))

    def read(self, tree: Any, path: tuple[str | int, ...], depth: int = 1) -> Rule | None:
        if not isinstance(tree, dict):
            self.wrong(path, "rule_not_object", got=kind_of(tree))
            return None
        if depth > MAX_DEPTH:
            self.wrong(path, "rule_too_deep", limit=MAX_DEPTH)
            return None
        shapes = [key for key in ("all", "any", "not") if key in tree]
        if len(shapes) == 1 and len(tree) == 1:
            return self.read_group(shapes[0], tree[shapes[0]], (*path, shapes[0]), depth)
        if not shapes and ("field" in tree or "op" in tree):
            return self.read_comparison(tree, path)
        if not shapes and tree.keys() & {"band", "hand_raise", "fit_band"}:
            return self.read_standing(tree, path)
        self.wrong(path, "rule_shape", keys=", ".join(map(str, tree)) or "–")
        return None

    def read_group(self, key: str, inner: Any, path: tuple[str | int, ...], depth: int) -> Rule | None:
        if key == "not":
            rule = self.read(inner, path, depth + 1)
            return rule and Not(rule)
        if not isinstance(inner, (list, tuple)):
            self.wrong(path, "rule_list", key=key)
            return None
        rules = tuple(self.read(one, (*path, place), depth + 1) for place, one in enumerate(inner))
        kept = tuple(rule for rule in rules if rule is not None)
        return All(kept) if key == "all" else Any_(kept)

    def read_comparison(self, tree: dict[str, Any], path: tuple[str | int, ...]) -> Rule | None:
        before = len(self.problems)
        for key in tree.keys() - {"field", "op", "value"}:
            self.wrong((*path, key), "rule_key", key=key)
        field, op = tree.get("field"), tree.get("op")
        self.check_field(field, (*path, "field"))
        if not isinstance(op, str) or op not in OPERATORS:
            self.wrong((*path, "op"), "unknown_operator", op=op)
        elif self.scope == "event" and op in AGES:
            self.wrong((*path, "op"), "operator_not_here", op=op)
        elif code := _value_problem(op, tree.get("value")):
            self.wrong((*path, "value"), code, op=op, limit=MAX_DAYS if op in AGES else MAX_LIST)
        if len(self.problems) > before:
            return None
        return Compare(str(field), str(op), _kept(tree.get("value")))

    def check_field(self, field: Any, path: tuple[str | int, ...]) -> None:
        prefixes = (*OPEN_PREFIXES, EVENT_PREFIX)
        is_known = isinstance(field, str) and (
            field in LEAD_FIELDS or any(field.startswith(prefix) and len(field) > len(prefix) for prefix in prefixes)
        )
        if not is_known:
            self.wrong(path, "unknown_field", field=field)
        elif self.scope in ("lead", "mql") and field.startswith(EVENT_PREFIX):
            self.wrong(path, "event_field_here", field=field)
        elif self.scope == "event" and not field.startswith(EVENT_PREFIX):
            self.wrong(path, "lead_field_here", field=field)

    def read_standing(self, tree: dict[str, Any], path: tuple[str | int, ...]) -> Rule | None:
        before = len(self.problems)
        for key in tree.keys() - {"band", "hand_raise", "fit_band"}:
            self.wrong((*path, key), "rule_key", key=key)
        if self.scope not in ("mql", "any"):
            self.wrong(path, "standing_not_here", key=next(iter(tree)))
        for key, known in (("band", BANDS), ("fit_band", FIT_BANDS)):
            if key in tree and not _is_choice(tree[key], known):
                self.wrong((*path, key), "standing_bands", key=key, known=", ".join(known))
        if not isinstance(tree.get("hand_raise", True), bool):
            self.wrong((*path, "hand_raise"), "standing_hand_raise")
        if len(self.problems) > before:
            return None
        bands, fit_bands = tree.get("band"), tree.get("fit_band")
        return Standing(bands and tuple(bands), tree.get("hand_raise"), fit_bands and tuple(fit_bands))


def _is_choice(value: Any, known: tuple[str, ...]) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(one in known for one in value)


def _value_problem(op: str, value: Any) -> str | None:
    """The code of what is wrong with the value for this operator, None if nothing is."""
    if op in PRESENCES:
        return None if value is None else "value_not_wanted"
    if value is None:
        return "value_missing"
    wanted = {
        **dict.fromkeys(EQUALITIES, "value_scalar"),
        **dict.fromkeys(MEMBERSHIPS, "value_list"),
        **dict.fromkeys(TEXT_MATCHES, "value_text"),
        **dict.fromkeys(COMPARISONS, "value_comparable"),
        "between": "value_pair",
        **dict.fromkeys(AGES, "value_days"),
    }[op]
    return None if _FITS[wanted](value) else wanted


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, str) and bool(value.strip(BLANKS)))


def _is_scalar_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and 0 < len(value) <= MAX_LIST and all(map(_is_scalar, value))


def _is_comparable(value: Any) -> bool:
    return (
        _is_scalar(value)
        and not isinstance(value, bool)
        and (number_of(value) is not None or instant_of(value) is not None)
    )


def _is_pair(value: Any) -> bool:
    if not isinstance(value, (list, tuple)) or len(value) != 2 or not all(map(_is_comparable, value)):
        return False
    low, high = (number_of(one) for one in value)
    if low is not None and high is not None:
        return low <= high
    first, last = (instant_of(one) for one in value)
    return first is not None and last is not None and first <= last


def _is_days(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_DAYS


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip(BLANKS))


_FITS = {
    "value_scalar": _is_scalar,
    "value_list": _is_scalar_list,
    "value_text": _is_text,
    "value_comparable": _is_comparable,
    "value_pair": _is_pair,
    "value_days": _is_days,
}


def _kept(value: Any) -> Value:
    return tuple(map(_whole, value)) if isinstance(value, (list, tuple)) else _whole(value)


def _whole(value: Any) -> Any:
    """4.0 is kept as 4, as canonical JSON and the database would write it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
