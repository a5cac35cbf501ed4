"""The two judges agree: random trees and facts, judged in Python and by PostgreSQL in one query per batch."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agreements.compile import FieldMap, Sql, SqlField, compile_fit, compile_interest, compile_mql, compile_rule
from agreements.compile.scores import compile_addend, compile_event_class
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from agreements.terms.rules import Rule, holds, parse
from agreements.terms.rules.tree import BANDS
from agreements.terms.rules.values import BLANKS
from agreements.terms.scoring import (
    Event,
    event_classes,
    interest_from_sums,
    qualifies,
    score_fit,
    sums_of,
)

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TREES_PER_QUERY = 6
TREES = int(os.environ.get("SLAPORTAL_PARITY_TREES", "300"))

FIELDS = FieldMap(
    {
        "title": SqlField(Sql("v.title")),
        "company": SqlField(Sql("v.company")),
        "created_at": SqlField(Sql("v.created_at"), "timestamp"),
    },
    {"attributes": "v.attributes"},
)


def moments_between(first: str, last: str) -> st.SearchStrategy[datetime]:
    return st.datetimes(datetime.fromisoformat(first), datetime.fromisoformat(last), timezones=st.just(UTC))


words = st.sampled_from(
    [
        "", " ", "\u00a0\u3000", "CFO", " cfo ", "Head of Sales", "head", "tête", "TÊTE", "Ünal", "İstanbul",
        "istanbul", "ΟΔΟΣ", "οδος", "straße", "STRASSE", "STRAẞE", "\u212a", "k", "日本", "ДОМ", "дом", "a.c", "abc",
        "[x]^$", "\\d", "%s", "true", "YES", "1", "0", "no", "10", "9", " 9.50", "+9.5", "-3", "1,000", "1e3", ".5",
        "5.", "00012", "9" * 60, "9" * 61, "0.1", "0.10", "2026-06-01", "2026-06-15", "2026-02-30", "2024-02-29",
        "1900-02-29", "2000-02-29", "2026-06-01T10:00", "2026-06-01T10:00Z", "2026-06-01 10:00:00.5+02:00",
        "2026-06-01T24:00", "2026-13-01", "999-01-01", "2026-06-15T12:00:00Z", "2026-06-15T13:30:00+01:30",
        "2026-06-15\n", "two\nlines",
    ]
)  # fmt: skip
letters = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3)


def is_said(value: str) -> bool:
    """Whether more is there than what both judges trim away, which is not what ``str.strip`` does."""
    return bool(value.strip(BLANKS))


texts = words | letters
scalars = texts | st.integers(-20, 20) | st.sampled_from([0.1, 9.5, 1e-7, 1e22, 100.0, -0.0, 10**25, True, False])
instants = moments_between("2026-05-01", "2026-07-01")
lead_facts = st.fixed_dictionaries(
    {
        "title": texts | st.none(),
        "company": texts | st.none(),
        "created_at": instants | st.none(),
        "attributes": st.dictionaries(
            st.sampled_from(["x", "y y"]), scalars | st.none() | st.lists(scalars, max_size=2), max_size=2
        ),
    }
)


def is_rule(tree: dict[str, Any]) -> bool:
    try:
        parse(tree)
    except ValueError:
        return False
    return True


def comparison(op: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(["title", "company", "created_at", "attributes.x", "attributes.y y", "account.size"])
    return st.fixed_dictionaries({"field": names, "op": st.just(op), "value": values}).filter(is_rule)


dates = st.sampled_from(["2026-06-01", "2026-06-01T10:00Z", "2026-06-15", "2024-02-29"])
edges = st.integers(-20, 20) | st.sampled_from([0.1, 9.5, "9.50", 1e22]) | dates
leaves = st.one_of(
    *(comparison(op, scalars) for op in ("eq", "ne")),
    *(comparison(op, st.lists(scalars, min_size=1, max_size=4)) for op in ("in", "not_in")),
    *(comparison(op, texts) for op in ("contains", "starts_with")),
    *(comparison(op, edges) for op in ("gt", "gte", "lt", "lte")),
    comparison("between", st.tuples(st.integers(-20, 5), st.integers(5, 20)).map(list)),
    comparison("between", st.tuples(dates, st.sampled_from(["2026-06-20", "2027-01-01"])).map(list)),
    *(comparison(op, st.none()) for op in ("is_blank", "is_not_blank", "is_true")),
    *(comparison(op, st.integers(0, 40)) for op in ("within_days", "older_than_days")),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda rules: {"all": rules}),
        st.lists(inner, max_size=3).map(lambda rules: {"any": rules}),
        inner.map(lambda rule: {"not": rule}),
    ),
    max_leaves=5,
)


def python_facts(facts: dict[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in facts.items() if name != "attributes"}
    return flat | {f"attributes.{name}": value for name, value in facts["attributes"].items()}


def ask(expressions: list[Sql], rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Each expression for each lead, judged by the database over a VALUES list."""
    values = ", ".join(["(%s::int, %s::text, %s::text, %s::timestamptz, %s::jsonb)"] * len(rows))
    params = [value for one in expressions for value in one.params]
    for number, facts in enumerate(rows):
        params += [number, facts["title"], facts["company"], facts["created_at"], json.dumps(facts["attributes"])]
    columns = ", ".join(one.text for one in expressions)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM (VALUES {values}) v (id, title, company, created_at, attributes) ORDER BY id",  # noqa: S608
            params,
        )
        answers: list[tuple[Any, ...]] = cursor.fetchall()
        return answers


def batches(n: int) -> settings:
    return settings(max_examples=max(1, n // TREES_PER_QUERY), deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.django_db
@batches(TREES)
@given(
    st.lists(trees.map(parse), min_size=TREES_PER_QUERY, max_size=TREES_PER_QUERY),
    st.lists(lead_facts, min_size=6, max_size=6),
)
def test_python_and_postgresql_judge_random_trees_alike(rules: list[Rule], rows: list[dict[str, Any]]) -> None:
    answers = ask([compile_rule(rule, FIELDS, NOW) for rule in rules], rows)
    for facts, answer in zip(rows, answers, strict=True):
        assert list(answer) == [holds(rule, python_facts(facts), NOW) for rule in rules]


@pytest.mark.django_db
@batches(TREES)
@given(st.lists(st.tuples(letters.filter(is_said), letters, letters), min_size=20, max_size=20))
@example([("\ufeffa\ufeff", "\ufeff", "\x1c")])
def test_both_judges_ignore_case_alike_in_any_script(cases: list[tuple[str, str, str]]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "title": before + (core.upper() if n % 2 else core.lower()) + after,
            "company": None,
            "created_at": None,
            "attributes": {},
        }
        for n, (core, before, after) in enumerate(cases)
    ]
    found = [parse({"field": "title", "op": "contains", "value": core}) for core, _, _ in cases]
    begun = [parse({"field": "title", "op": "starts_with", "value": core}) for core, _, _ in cases]
    answers = ask([compile_rule(rule, FIELDS) for rule in found + begun], rows)
    for facts, answer in zip(rows, answers, strict=True):
        assert list(answer) == [holds(rule, python_facts(facts)) for rule in found + begun]


@pytest.mark.django_db
def test_every_letter_with_a_case_is_matched_alike() -> None:
    cased = [
        chr(code) for code in range(1, 0x1F000) if not 0xD800 <= code < 0xE000 and chr(code).swapcase() != chr(code)
    ]
    cores = [letter.lower() for letter in cased]
    pairs = [(letter, core) for letter, core in zip(cased, cores, strict=True) if core.strip()]
    with connection.cursor() as cursor:
        for start in range(0, len(pairs), 400):
            part = pairs[start : start + 400]
            rules = [parse({"field": "title", "op": "contains", "value": core}) for _, core in part]
            compiled = [
                compile_rule(rule, {"title": SqlField(Sql("%s::text", (f"-{letter}-",)))})
                for (letter, _), rule in zip(part, rules, strict=True)
            ]
            columns = ", ".join(one.text for one in compiled)
            cursor.execute(f"SELECT ARRAY[{columns}]", [value for one in compiled for value in one.params])
            expected = [holds(rule, {"title": f"-{letter}-"}) for (letter, _), rule in zip(part, rules, strict=True)]
            assert cursor.fetchone()[0] == expected


def terms_with(fit_rules: list[dict[str, Any]]) -> Terms:
    rules = [
        {"id": f"r{n}", "points": 30 - 17 * n, "when": when, "group": "g" if n % 2 else None}
        for n, when in enumerate(fit_rules)
    ]
    return Terms.parse({"qualification": {"fit": {"groups": [{"id": "g", "cap": 10}], "rules": rules}}})


@pytest.mark.django_db
@batches(120)
@given(st.lists(trees, max_size=5), st.lists(lead_facts, min_size=6, max_size=6))
def test_fit_is_the_same_number_in_both(fit_rules: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    terms = terms_with(fit_rules)
    answers = ask([compile_fit(terms, FIELDS, NOW)], rows)
    assert [answer[0] for answer in answers] == [score_fit(terms, python_facts(facts), NOW) for facts in rows]


event_lists = st.lists(
    st.builds(
        Event,
        st.sampled_from([rule.event for rule in default_terms().qualification.interest.rules]),
        moments_between("2015-01-01", "2026-06-15"),
        st.fixed_dictionaries(
            {}, optional={"path": st.sampled_from(["/pricing", "/product/a", "/Pricing", "/x", "", 5])}
        ),
    ),
    max_size=12,
)


@pytest.mark.django_db
@batches(180)
@given(event_lists, st.sampled_from([0, 0.25, 30, 400, 4000, 30000]))
def test_interest_is_the_same_number_in_both(events: list[Event], days: float) -> None:
    terms = default_terms()
    at = NOW + timedelta(days=days)
    slots = {key: place for place, key in enumerate(event_classes(terms), start=1)}
    sums = sums_of(terms, events)
    compiled = compile_interest(terms, slots, at, sums="v.sums")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {compiled.text} FROM (VALUES (%s::float8[])) v (sums)",  # noqa: S608
            [*compiled.params, [sums[key] for key in slots]],
        )
        assert cursor.fetchone()[0] == interest_from_sums(terms, sums, at)


@pytest.mark.django_db
@batches(180)
@given(event_lists)
def test_sums_rebuilt_in_the_database_equal_those_of_python(events: list[Event]) -> None:
    terms = default_terms()
    classes = event_classes(terms)
    fields = FieldMap({"event.type": SqlField(Sql("v.type"))}, {"event": "v.properties"})
    columns, params = [], []
    for one in classes.values():
        belongs, addend = compile_event_class(one, fields), compile_addend(one.half_life_days, "v.at")
        columns.append(f"COALESCE(SUM({addend.text}) FILTER (WHERE {belongs.text}), 0)")
        params += [*addend.params, *belongs.params]
    for event in [*events, Event("nothing", NOW)]:
        params += [event.type, event.at, json.dumps(event.properties)]
    values = ", ".join(["(%s::text, %s::timestamptz, %s::jsonb)"] * (len(events) + 1))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM (VALUES {values}) v (type, at, properties)", params)
        assert cursor.fetchone() == pytest.approx(tuple(sums_of(terms, events).values()), rel=1e-12, abs=1e-300)


@pytest.mark.django_db
@batches(180)
@given(st.integers(0, 100), st.integers(0, 1000).map(lambda n: n / 10), st.booleans(), st.data())
def test_the_mql_rule_is_judged_alike(fit: int, interest: float, hand_raise: bool, data: st.DataObject) -> None:
    standing = st.one_of(
        st.lists(st.sampled_from(BANDS), min_size=1).map(lambda bands: {"band": bands}),
        st.builds(lambda yes, bands: {"hand_raise": yes, "fit_band": bands}, st.booleans(), st.just(["A", "B"])),
    )
    rule = data.draw(st.lists(standing | leaves, max_size=3))
    terms = Terms.parse({"qualification": {"mql": {"any": rule}}})
    facts = data.draw(lead_facts)
    scores = Sql("%s::int", (fit,)), Sql("%s::float8", (interest,)), Sql("%s::boolean", (hand_raise,))
    answer = ask([compile_mql(terms, FIELDS, *scores, now=NOW)], [facts])
    assert answer == [(qualifies(terms, fit, interest, hand_raise, python_facts(facts), NOW),)]


def test_values_are_bound_and_never_written_into_the_text() -> None:
    rule = parse({"field": "title", "op": "eq", "value": "x'; DROP TABLE leads; --"})
    compiled = compile_rule(rule, FIELDS)
    assert "DROP" not in compiled.text
    assert "x'; DROP TABLE leads; --" in compiled.params


def test_a_field_that_the_map_does_not_know_is_named() -> None:
    with pytest.raises(KeyError, match="phone"):
        compile_rule(parse({"field": "phone", "op": "is_blank"}), FIELDS)
