"""One rule tree as a boolean SQL expression that is never null and means what ``terms.rules.holds`` means."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agreements.compile.pieces import Sql, SqlField, joined, sql
from agreements.terms.document.qualification import Bands
from agreements.terms.rules.tree import AGES, All, Any_, Compare, Not, Rule, Standing
from agreements.terms.rules.values import (
    BLANKS,
    LOCAL_INSTANT,
    MAX_NUMBER_LENGTH,
    NUMBER,
    TRUE_WORDS,
    ZONED_INSTANT,
    case_variants,
    folded,
    instant_of,
    number_of,
    text_of,
)

Fields = Mapping[str, SqlField]


@dataclass(frozen=True)
class StandingSql:
    """The scores that an MQL rule looks at, as SQL (best as columns of an inner query), and the bands."""

    fit: Sql
    interest: Sql
    hand_raise: Sql
    bands: Bands


def compile_rule(rule: Rule, fields: Fields, now: datetime | None = None, standing: StandingSql | None = None) -> Sql:
    """A boolean expression, never null.

    ``now`` (aware) is needed for within_days and older_than_days, ``standing`` for the bands of an MQL rule; KeyError
    names a field that the map does not have.
    """
    match rule:
        case All(rules):
            return joined("AND", (compile_rule(inner, fields, now, standing) for inner in rules), "TRUE")
        case Any_(rules):
            return joined("OR", (compile_rule(inner, fields, now, standing) for inner in rules), "FALSE")
        case Not(inner):
            return sql("(NOT {})", compile_rule(inner, fields, now, standing))
        case Compare():
            return _compare(rule, fields[rule.field], now)
        case Standing():
            if standing is None:
                raise ValueError("a rule on bands needs the scores")
            return _stands(rule, standing)


def fit_band_sql(fit: Sql, bands: Bands) -> Sql:
    """A, B or C as text."""
    return sql("(CASE WHEN {} >= {} THEN 'A' WHEN {} >= {} THEN 'B' ELSE 'C' END)", fit, bands.fit.A, fit, bands.fit.B)


def interest_band_sql(interest: Sql, bands: Bands) -> Sql:
    """1, 2 or 3 as text."""
    first, second = bands.interest.first, bands.interest.second
    return sql("(CASE WHEN {} >= {} THEN '1' WHEN {} >= {} THEN '2' ELSE '3' END)", interest, first, interest, second)


def _stands(rule: Standing, standing: StandingSql) -> Sql:
    fit = fit_band_sql(standing.fit, standing.bands)
    parts = []
    if rule.bands is not None:
        interest = interest_band_sql(standing.interest, standing.bands)
        parts.append(sql("({} || {}) = ANY({}::text[])", fit, interest, list(rule.bands)))
    if rule.fit_bands is not None:
        parts.append(sql("{} = ANY({}::text[])", fit, list(rule.fit_bands)))
    if rule.hand_raise is not None:
        parts.append(sql("{}" if rule.hand_raise else "(NOT {})", standing.hand_raise))
    return joined("AND", parts, "TRUE")


def _compare(rule: Compare, field: SqlField, now: datetime | None) -> Sql:
    if rule.op == "is_blank":
        return sql("({} IS NULL)", text_sql(field))
    if rule.op == "is_not_blank":
        return sql("({} IS NOT NULL)", text_sql(field))
    return sql("COALESCE({}, FALSE)", _test(rule, field, now))


def _test(rule: Compare, field: SqlField, now: datetime | None) -> Sql:
    """The comparison itself, null where the value is missing."""
    if rule.op == "contains" and isinstance(rule.value, str):
        if looks_inside(rule) and field.lowered is not None:
            return sql("STRPOS({}, {}) > 0", field.lowered, folded(rule.value))
        # A value that begins and ends with a letter is found within the trimmed text or not at all: no need to trim.
        is_inner = rule.value == rule.value.strip(BLANKS) and field.kind == "text"
        return _contains(field.sql if is_inner else text_sql(field), rule.value)
    if rule.op in _TEXT_TESTS:
        return _TEXT_TESTS[rule.op](text_sql(field), rule.value)
    if rule.op in AGES:
        if now is None or not isinstance(rule.value, int):
            raise ValueError(f"{rule.op} needs to know the present moment")
        edge = now - timedelta(days=rule.value)
        return (
            _between(_instant(field), "timestamptz", [edge, now])
            if rule.op == "within_days"
            else sql("{} < {}::timestamptz", _instant(field), edge)
        )
    bounds: list[Any] = list(rule.value) if isinstance(rule.value, tuple) else [rule.value]
    as_number = is_number(rule)
    found, kind = (number_sql(field), "numeric") if as_number else (_instant(field), "timestamptz")
    edges = [number_of(bound) if as_number else instant_of(bound) for bound in bounds]
    if rule.op == "between":
        return _between(found, kind, edges)
    return sql(f"{{}} {_SIGNS[rule.op]} {{}}::{kind}", found, edges[0])


def looks_inside(rule: Compare) -> bool:
    """Whether the comparison looks for its value anywhere in the text in small letters, trimmed or not."""
    value = rule.value
    is_inner = rule.op == "contains" and isinstance(value, str) and value == value.strip(BLANKS)
    return is_inner and not _has_foreign_case(str(value))


def is_number(rule: Compare) -> bool:
    """Whether the comparison asks for the number that the text reads as."""
    bounds = rule.value if isinstance(rule.value, tuple) else (rule.value,)
    return rule.op in {*_SIGNS, "between"} and number_of(bounds[0]) is not None


_SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def _between(found: Sql, kind: str, edges: list[Any]) -> Sql:
    return sql(f"{{}} BETWEEN {{}}::{kind} AND {{}}::{kind}", found, *edges)


def text_sql(field: SqlField) -> Sql:
    """Trimmed text, null if missing or empty."""
    if field.trimmed is not None:
        return field.trimmed
    if field.kind == "timestamp":
        return sql("TO_CHAR({} AT TIME ZONE 'UTC', {})", field.sql, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    return sql("NULLIF(BTRIM({}, {}), '')", field.sql, BLANKS)


def number_sql(field: SqlField) -> Sql:
    """Numeric, null unless the text reads as a number: the expression guards the cast, which would stop the query."""
    if field.kind == "timestamp":
        return Sql("NULL::numeric")
    if field.number is not None:
        return field.number
    # Hardly any number has blanks around it, and only what is a number needs to be trimmed.
    text = text_sql(field)
    return sql(
        "(CASE WHEN {} ~ {} AND LENGTH({}) <= {} THEN {}::numeric"
        " WHEN {} ~ {} AND LENGTH({}) <= {} THEN {}::numeric END)",
        *(field.sql, f"^(?:{NUMBER})$", field.sql, MAX_NUMBER_LENGTH, field.sql),
        *(field.sql, f"^[{BLANKS}]*(?:{NUMBER})[{BLANKS}]*$", text, MAX_NUMBER_LENGTH, text),
    )


def _instant(field: SqlField) -> Sql:
    """Timestamptz, null unless the text reads as an ISO day or moment; without a zone it is UTC."""
    if field.kind == "timestamp":
        return field.sql
    text = text_sql(field)
    return sql(
        "(CASE WHEN {} ~ {} THEN {}::timestamp AT TIME ZONE 'UTC' WHEN {} ~ {} THEN {}::timestamptz END)",
        text, f"^(?:{LOCAL_INSTANT})$", text, text, f"^(?:{ZONED_INSTANT})$", text,
    )  # fmt: skip


def _contains(text: Sql, value: str) -> Sql:
    if _has_foreign_case(value):
        return sql('{} COLLATE "C" ~ {}', text, _any_case(value))
    return sql('STRPOS(LOWER({} COLLATE "C"), {}) > 0', text, folded(value))


def _starts_with(text: Sql, value: Any) -> Sql:
    if _has_foreign_case(value):
        return sql('{} COLLATE "C" ~ {}', text, "^" + _any_case(value))
    return sql('STARTS_WITH(LOWER({} COLLATE "C"), {})', text, folded(value))


def _has_foreign_case(value: str) -> bool:
    """Has the value letters outside ASCII that have a case? LOWER in collation "C" would leave those as they are."""
    return any(not letter.isascii() and len(case_variants(letter)) > 1 for letter in value)


def _any_case(value: str) -> str:
    """A regular expression for the value in any case, with our own table: the database's differs by locale."""
    return "".join(
        f"[{variants}]"
        if len(variants := case_variants(letter)) > 1
        else "\\" + letter
        if letter in string.punctuation
        else letter
        for letter in value
    )


_TEXT_TESTS: dict[str, Callable[[Sql, Any], Sql]] = {
    "eq": lambda text, value: sql("{} = {}", text, text_of(value)),
    "ne": lambda text, value: sql("{} <> {}", text, text_of(value)),
    "in": lambda text, value: sql("{} = ANY({}::text[])", text, [text_of(one) for one in value]),
    "not_in": lambda text, value: sql("{} <> ALL({}::text[])", text, [text_of(one) for one in value]),
    "starts_with": _starts_with,
    "is_true": lambda text, value: sql('LOWER({} COLLATE "C") = ANY({}::text[])', text, list(TRUE_WORDS)),
}
