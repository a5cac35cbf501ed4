"""The few set-based statements that read, lock and write leads; one round trip each for a whole batch."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from leads.intake.merging import Identity, Known, StageMove
from leads.intake.rows import LeadRow
from leads.models import Handoff
from slaportal.accounts.models import User


class Overtaken(Exception):
    """Somebody else wrote one of these leads since we read it: judge the batch again."""


# The columns that intake writes, with their types in a recordset.
COLUMNS = {
    "source": "text",
    "external_id": "text",
    "email": "text",
    "name": "text",
    "company": "text",
    "title": "text",
    "phone": "text",
    "country": "text",
    "attributes": "jsonb",
    "as_read": "jsonb",
    "stage": "text",
    "stage_at": "timestamptz",
    "converted": "boolean",
    "converted_at": "timestamptz",
    "deal_amount": "numeric",
    "created_at": "timestamptz",
    "company_key": "text",
    "phone_key": "text",
    "account_id": "bigint",
}
_NAMES = ", ".join(COLUMNS)
_TYPED = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())

FIND_IDENTITIES = """
SELECT i.source, i.external_id, i.lead_id FROM leads_leadidentity i
JOIN unnest(%s::text[], %s::text[]) AS asked (source, external_id) USING (source, external_id)
"""
# Addresses of leads that were merged into these.
FIND_ADDRESSES = "SELECT email, lead_id FROM leads_leadaddress WHERE email = ANY(%s)"
FIND_LEADS = f"""
SELECT id, xmin::text, {_NAMES} FROM leads_lead
WHERE id = ANY(%s) OR (email = ANY(%s) AND email <> '')
"""  # noqa: S608 - the names are constants above
# NO KEY: handoffs and events that refer to these leads need not wait.
LOCKED = " ORDER BY id FOR NO KEY UPDATE"
LOCK = f"SELECT id, xmin::text FROM leads_lead WHERE id = ANY(%s){LOCKED}"  # noqa: S608
HOLD = f"SELECT id, xmin::text, {_NAMES} FROM leads_lead WHERE id = ANY(%s) ORDER BY id FOR UPDATE"  # noqa: S608
UPDATE = f"""
UPDATE leads_lead AS l SET {", ".join(f"{name} = r.{name}" for name in COLUMNS)}, updated_at = %s
FROM jsonb_to_recordset(%s::jsonb) AS r (id bigint, {_TYPED}) WHERE l.id = r.id
"""  # noqa: S608
# An address that goes from one lead to another in one statement would be there twice for a moment.
FREE_ADDRESSES = "UPDATE leads_lead SET email = '' WHERE id = ANY(%s)"
NEXT_IDS = "SELECT nextval(pg_get_serial_sequence('leads_lead', 'id')) FROM generate_series(1, %s)"
# In the order of the addresses, the same in every batch: two batches wait for each other at most one way round.
INSERT = f"""
INSERT INTO leads_lead (id, public_id, {_NAMES}, entered_at, updated_at)
SELECT id, gen_random_uuid(), {_NAMES}, %s, %s
FROM jsonb_to_recordset(%s::jsonb) AS r (id bigint, {_TYPED}) ORDER BY email, source, external_id
ON CONFLICT (email) WHERE email <> '' DO NOTHING
"""  # noqa: S608
# A statement of its own behind the one before: it sees what a merge did that ended while that one waited for the
# address, which is by then one of the kept lead's.
ADDED = """;
SELECT (SELECT count(*) FROM leads_lead WHERE id = ANY(%s)),
    EXISTS (SELECT FROM leads_leadaddress WHERE email = ANY(%s))
"""
INSERT_IDENTITIES = """
INSERT INTO leads_leadidentity (lead_id, source, external_id)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS r (lead_id, source, external_id)
ORDER BY source, external_id ON CONFLICT (source, external_id) DO NOTHING
"""
INSERT_STAGE_CHANGES = """
INSERT INTO leads_stagechange (lead_id, old, new, at, why, by_id)
SELECT r.*, 'intake', %s FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[]) AS r
"""


def known_leads(rows: Iterable[LeadRow], *, lock: bool) -> tuple[dict[int, Known], dict[Identity, int], dict[str, int]]:
    """The leads that these rows may speak of: by id, and the ids by (source, external_id) and by address of old."""
    rows = list(rows)
    names = sorted({(row.source, row.external_id) for row in rows if row.external_id})
    emails = sorted({row.email for row in rows if row.email})
    with connection.cursor() as cursor:
        cursor.execute(FIND_IDENTITIES, [[source for source, _ in names], [name for _, name in names]])
        identities = {(source, external_id): lead_id for source, external_id, lead_id in cursor.fetchall()}
        cursor.execute(FIND_ADDRESSES, [emails])
        addresses = dict(cursor.fetchall())
        asked = sorted({*identities.values(), *addresses.values()})
        cursor.execute(FIND_LEADS + LOCKED if lock else FIND_LEADS, [asked, emails])
        leads = {lead_id: _known(lead_id, version, values) for lead_id, version, *values in cursor.fetchall()}
    if len(leads.keys() & set(asked)) < len(asked):
        raise Overtaken
    if any(row.stage or row.converted for row in rows):
        for lead_id in Handoff.objects.filter(lead_id__in=leads).values_list("lead_id", flat=True).distinct():
            leads[lead_id].was_passed_to_sales = True
    return leads, identities, addresses


def _known(lead_id: int, row_version: str, values: Sequence[Any]) -> Known:
    named = dict(zip(COLUMNS, values, strict=True))
    for column in ("attributes", "as_read"):
        if isinstance(named[column], str):
            named[column] = json.loads(named[column])
    return Known(named, id=lead_id, row_version=row_version, stored=dict(named))


def held_leads(lead_ids: Sequence[int]) -> dict[int, Known]:
    """The leads that are still there, held so that nobody can name them in a new row until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [sorted(lead_ids)])
        return {lead_id: _known(lead_id, version, values) for lead_id, version, *values in cursor.fetchall()}


def lock_unchanged_since(leads: Sequence[Known]) -> None:
    """Lock the leads; Overtaken if one is no longer as it was read."""
    if not leads:
        return
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [[known.id for known in leads]])
        if dict(cursor.fetchall()) != {known.id: known.row_version for known in leads}:
            raise Overtaken


def update_leads(leads: Sequence[Known], *, at: dt.datetime) -> None:
    if not leads:
        return
    moved = [known for known in leads if known.values["email"] != known.stored["email"]]
    taken = {known.values["email"] for known in moved} - {""}
    with connection.cursor() as cursor:
        if given_up := [known.id for known in moved if known.stored["email"] in taken]:
            cursor.execute(FREE_ADDRESSES, [given_up])
        cursor.execute(UPDATE, [at, _as_json(leads)])


def insert_leads(leads: Sequence[Known], *, at: dt.datetime) -> None:
    """Add the leads with ids in their order; Overtaken if somebody took one of the addresses."""
    if not leads:
        return
    with connection.cursor() as cursor:
        cursor.execute(NEXT_IDS, [len(leads)])
        for known, (lead_id,) in zip(leads, cursor.fetchall(), strict=True):
            known.id = lead_id
        emails = [known.values["email"] for known in leads if known.values["email"]]
        cursor.execute(INSERT + ADDED, [at, at, _as_json(leads), [known.id for known in leads], emails])
        n_added, is_of_old = cursor.fetchone()
        if n_added != len(leads) or is_of_old:
            raise Overtaken


def insert_identities(identities: Mapping[Identity, Known]) -> None:
    """Keep the names; Overtaken if one came to belong to somebody meanwhile."""
    if not identities:
        return
    columns: list[list[Any]] = [
        [known.id for known in identities.values()],
        [source for source, _ in identities],
        [external_id for _, external_id in identities],
    ]
    with connection.cursor() as cursor:
        cursor.execute(INSERT_IDENTITIES, columns)
        if cursor.rowcount != len(identities):
            raise Overtaken


def insert_stage_changes(moves: Sequence[StageMove], *, by: User | None) -> None:
    if not moves:
        return
    columns: list[list[Any]] = [
        [move.known.id for move in moves],
        [move.old for move in moves],
        [move.new for move in moves],
        [move.at for move in moves],
    ]
    with connection.cursor() as cursor:
        cursor.execute(INSERT_STAGE_CHANGES, [by.pk if by else None, *columns])


def _as_json(leads: Sequence[Known]) -> str:
    return json.dumps([{"id": known.id, **known.values} for known in leads], default=plain_value, ensure_ascii=False)


def plain_value(value: Any) -> str:
    """A moment or an amount as JSON holds it."""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value))
