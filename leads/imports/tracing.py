"""Keeps, lead by lead, what an import created and changed, for as long as it can be undone."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection

from leads.intake.merging import Identity, Known, is_same
from leads.intake.saving import IntakeReport
from leads.intake.tables import plain_value
from leads.models import LeadImport
from slaportal.outbox.ticks import every

UNDO_FOR = dt.timedelta(days=7)
FORGOTTEN_AT_ONCE = 20_000
# Found from the others whenever a lead is written.
FOUND = frozenset({"company_key", "account_id", "phone_key"})
OBJECTS = ("attributes", "as_read")

# A lead that several rows of the file speak of: the first value before, the last one after.
TRACE = """
INSERT INTO leads_importedlead AS t (lead_import_id, lead_id, is_created, at, before, after)
SELECT %s, r.* FROM unnest(%s::bigint[], %s::boolean[], %s::timestamptz[], %s::jsonb[], %s::jsonb[])
    AS r (lead_id, is_created, at, before, after)
ON CONFLICT (lead_import_id, lead_id) DO UPDATE SET at = coalesce(excluded.at, t.at),
    before = excluded.before || t.before, after = coalesce(t.after, '{}') || excluded.after
"""
FORGET = """
DELETE FROM leads_importedlead WHERE id IN (
    SELECT t.id FROM leads_importedlead t JOIN leads_leadimport i ON i.id = t.lead_import_id
    WHERE coalesce(i.finished_at, i.created_at) < %s LIMIT %s
)
"""


def trace_leads(lead_import: LeadImport, report: IntakeReport, at: dt.datetime) -> None:
    """Note what the rows of this report did, in their transaction."""
    names: dict[Known, list[Identity]] = {}
    for name, known in report.new_names.items():
        names.setdefault(known, []).append(name)
    leads = dict.fromkeys([*report.written, *names])
    if not leads:
        return
    columns: tuple[list[Any], ...] = ([], [], [], [], [])
    for known in leads:
        before, after = changes_of(known)
        after |= {name_field(name): list(name) for name in names.get(known, ()) if not _is_own(known, name)}
        before |= dict.fromkeys(after.keys() - before.keys())
        moment = at if known.is_changed else None
        # What a new lead was before is nothing.
        kept = [_json(before), _json(after)] if not known.is_new else [None, _json(after) if after else None]
        for column, value in zip(columns, (known.id, known.is_new, moment, *kept), strict=True):
            column.append(value)
    with connection.cursor() as cursor:
        cursor.execute(TRACE, [lead_import.pk, *columns])


def changes_of(known: Known) -> tuple[dict[str, Any], dict[str, Any]]:
    """{field: value} before and after, of the fields of a stored lead that are about to change."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, old in known.stored.items():
        new = known.values[name]
        if old is new or name in FOUND:
            continue
        pairs = _entries(name, old, new) if name in OBJECTS else [(name, old, new)]
        for key, was, becomes in pairs:
            if not is_same(was, becomes):
                before[key], after[key] = was, becomes
    return before, after


def name_field(name: Identity) -> str:
    """How a trace calls a name that a lead came to be known by."""
    return "identity." + "\n".join(name)


@every(3600, name="forget imports")
def forget_old_traces(at: dt.datetime) -> int:
    """Drop what is too old to be undone, some thousand rows in each transaction; how many."""
    dropped = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(FORGET, [at - UNDO_FOR, FORGOTTEN_AT_ONCE])
            n_dropped = int(cursor.rowcount)
        dropped += n_dropped
        if n_dropped < FORGOTTEN_AT_ONCE:
            return dropped


def _is_own(known: Known, name: Identity) -> bool:
    """A new lead's first name goes with the lead."""
    return known.is_new and name == (known.values["source"], known.values["external_id"])


def _entries(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for key in old.keys() | new.keys():
        yield f"{name}.{key}", old.get(key), new.get(key)


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, default=plain_value, ensure_ascii=False)
