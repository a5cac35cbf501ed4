"""The fields that occur in the data with their most frequent values, for those who write rules: from a sample, kept."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from django.core.cache import cache

from agreements.compile import Sql, listed, sql
from agreements.rule_fields import Kind, Known, KnownField, Source
from agreements.terms.rules.tree import OPEN_PREFIXES
from agreements.terms.rules.values import TRUE_WORDS, instant_of, number_of
from leads.field_map import LEAD_FIELDS
from leads.models import Stage
from leads.rules.quick import TooSlow, ask
from leads.scoring.fragments import run

# Half of a sample are the newest rows, so that what came in today is offered; the rest is from anywhere.
LEADS_SAMPLED = 1000
EVENTS_SAMPLED = 4000
KEEP_SECONDS = 600
KEEP_MISSING_SECONDS = 60
LOOK_MS = 1000

# Their values are as many as there are leads: nothing to offer.
UNIQUE_FIELDS = ("email", "name", "phone", "created_at")
FLAGS = frozenset({*TRUE_WORDS, "false", "no", "0"})

# Places: the ids; rows of (field, value) for named columns; the same for each column of JSON.
LEADS = """
WITH sampled AS MATERIALIZED (SELECT * FROM leads_lead WHERE id IN ({})),
said AS (
    SELECT v.field, v.value FROM sampled l CROSS JOIN LATERAL (VALUES {}) v (field, value)
    UNION ALL SELECT p.prefix || j.key, j.value FROM sampled l CROSS JOIN LATERAL (VALUES {}) p (prefix, brought)
        CROSS JOIN LATERAL jsonb_each_text(p.brought) j
), counted AS (
    SELECT field, left(value, 80) AS value, count(*) AS n FROM said
    WHERE btrim(value) <> '' AND length(field) <= 200 GROUP BY 1, 2
), ranked AS (
    SELECT field, value, n, sum(n) OVER (PARTITION BY field) AS of_field,
        row_number() OVER (PARTITION BY field ORDER BY n DESC, value) AS place FROM counted
)
SELECT field, of_field::int, array_agg(value ORDER BY place), max(n), (SELECT count(*) FROM sampled)
FROM ranked WHERE place <= 20 GROUP BY field, of_field ORDER BY of_field DESC, field LIMIT 300
"""
NEWEST = "(SELECT id FROM {} ORDER BY id DESC LIMIT {})"
SCATTERED = "{} UNION (SELECT id FROM {} TABLESAMPLE SYSTEM ({}) LIMIT {})"

# {}: what to sample of; events of all types, the newest and some from anywhere.
EVENTS = """
WITH sampled AS MATERIALIZED (SELECT type, properties FROM leads_leadevent WHERE id IN ({})),
types AS (SELECT type, count(*) AS n FROM sampled GROUP BY type ORDER BY n DESC, type LIMIT 50),
counted AS (
    SELECT s.type, 'event.' || j.key AS field, left(j.value, 80) AS value, count(*) AS n
    FROM sampled s CROSS JOIN LATERAL jsonb_each_text(s.properties) j
    WHERE btrim(j.value) <> '' AND length(j.key) <= 200 GROUP BY 1, 2, 3
), ranked AS (
    SELECT type, field, value, n, sum(n) OVER (PARTITION BY type, field) AS of_field,
        row_number() OVER (PARTITION BY type, field ORDER BY n DESC, value) AS place FROM counted
), fields AS (
    SELECT type, field, of_field::int AS n, array_agg(value ORDER BY place) AS common, max(n) AS most
    FROM ranked WHERE place <= 20 GROUP BY type, field, of_field
)
SELECT t.type, f.field, f.n, f.common, f.most, t.n FROM types t LEFT JOIN fields f ON f.type = t.type
ORDER BY t.n DESC, t.type, f.n DESC, f.field LIMIT 1000
"""


def lead_fields() -> list[KnownField]:
    """Fields of leads and of their accounts, those that most leads have first."""
    return [_with_stages(field) for field in _kept("leads", _sampled_leads, KEEP_SECONDS)]


def event_fields() -> dict[str, list[KnownField]]:
    """The properties of each type of event."""
    found: dict[str, list[KnownField]] = _kept("events", _sampled_events, KEEP_SECONDS)
    return found


def missing(names: frozenset[str]) -> frozenset[str]:
    """Those of the open fields that no lead and no account has; a field outside the sample is looked for in all rows.

    None while no lead has any such field: before the first import a rule may name what will come.
    """
    known = {field.name for field in lead_fields()}
    judged = tuple(prefix for prefix in OPEN_PREFIXES if any(name.startswith(prefix) for name in known))
    asked = [name for name in names - known - set(LEAD_FIELDS) if name.startswith(judged)]
    return frozenset(name for name in asked if not _kept(name, partial(_is_there, name), KEEP_MISSING_SECONDS))


SOURCE = Source(lead_fields, event_fields, missing, "leads:rule-matches")


def _sampled_leads() -> list[KnownField]:
    named = {name: field.sql for name, field in LEAD_FIELDS.items() if name not in UNIQUE_FIELDS}
    columns = listed(sql("({}::text, ({})::text)", name, column) for name, column in named.items())
    stores = LEAD_FIELDS.json_columns.items()
    brought = listed(sql("({}::text, {})", f"{prefix}.", Sql(column)) for prefix, column in stores)
    return [_field(*row) for row in run(sql(LEADS, _sample("leads_lead", LEADS_SAMPLED), columns, brought))]


def _sampled_events() -> dict[str, list[KnownField]]:
    found: dict[str, list[KnownField]] = {}
    for kind, name, *facts in run(sql(EVENTS, _sample("leads_leadevent", EVENTS_SAMPLED))):
        fields = found.setdefault(kind, [])
        if name is not None:
            fields.append(_field(name, *facts))
    return found


def _sample(table: str, size: int) -> Sql:
    """The ids of so many rows; of all rows where there are no more."""
    [(n_about,)] = run(sql("SELECT greatest(reltuples, 1) FROM pg_class WHERE oid = {}::regclass", table))
    newest = sql(NEWEST, Sql(table), size // 2)
    # Pages are chosen, not rows: twice as many as needed, in case that few rows are left in some.
    return sql(SCATTERED, newest, Sql(table), min(100.0, 100.0 * size / n_about), size // 2)


def _field(name: str, n: int, values: list[str], most: int, total: int) -> KnownField:
    """Values that occur once each are no values to choose from."""
    is_choice = most > 1 or len(values) <= 3
    return KnownField(name, _kind(values), min(1.0, n / total), tuple(map(Known, values)) if is_choice else ())


def _kind(values: list[str]) -> Kind:
    if all(value.strip().casefold() in FLAGS for value in values):
        return "flag"
    if all(number_of(value) is not None for value in values):
        return "number"
    return "date" if all(instant_of(value) is not None for value in values) else "text"


def _with_stages(field: KnownField) -> KnownField:
    """A stage is one of ours, and known by its name."""
    if field.name != "stage":
        return field
    return replace(field, values=tuple(Known(value, label) for value, label in Stage.choices))


def _is_there(name: str) -> bool:
    """Whether any row has it; where that takes too long to tell, nobody is told that it is missing."""
    prefix, _, key = name.partition(".")
    table = Sql("leads_account" if prefix == "account" else "leads_lead")
    try:
        [(is_there,)] = ask(
            sql("SELECT EXISTS (SELECT FROM {} WHERE jsonb_exists(attributes, {}))", table, key), most_ms=LOOK_MS
        )
    except TooSlow:
        return True
    return bool(is_there)


def _kept(name: str, look: Callable[[], Any], seconds: int) -> Any:
    """What was found a while ago; anew as soon as there are a hundredth more leads or events."""
    [(newest_lead, newest_event)] = run(
        Sql("SELECT (SELECT max(id) FROM leads_lead), (SELECT max(id) FROM leads_leadevent)")
    )
    ages = [math.floor(math.log(newest, 1.01)) if newest else 0 for newest in (newest_lead, newest_event)]
    key = "rules:" + hashlib.sha256(repr((name, ages)).encode()).hexdigest()
    return cache.get_or_set(key, look, seconds)
