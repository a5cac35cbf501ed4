"""Appends what leads did: each event once, by the name its source gives it, however often it is sent."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from django.db import connection, transaction

from leads.intake.rows import TOLERANCE, UNSAFE, RowRejected, read_email, read_moment, read_text, shown_short
from leads.intake.saving import MAX_ROWS, Rejection
from slaportal.accounts.models import User

EVENT_FIELDS = frozenset({"source", "external_id", "lead", "type", "occurred_at", "properties"})
TYPE = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,58}[a-z0-9])?")
MAX_PROPERTIES = 32_768
MAX_DEPTH = 8
AS_JSON = json.JSONEncoder(allow_nan=False, ensure_ascii=False).encode

# Leads that were merged into others are found under the ids and addresses of old.
FIND_BY_ID = """
SELECT public_id, id FROM leads_lead WHERE public_id = ANY(%(keys)s::uuid[])
UNION ALL SELECT gone_public_id, kept_id FROM leads_leadmerge
WHERE gone_public_id = ANY(%(keys)s::uuid[]) AND undone_at IS NULL
"""
FIND_BY_EMAIL = """
SELECT email, id FROM leads_lead WHERE email = ANY(%(keys)s) AND email <> ''
UNION ALL SELECT email, lead_id FROM leads_leadaddress WHERE email = ANY(%(keys)s)
"""
FIND_BY_NAME = "SELECT source, external_id, lead_id FROM leads_leadidentity WHERE external_id = ANY(%s)"
# Foreign keys are looked at when the transaction ends: held, no lead can go between our finding it and that.
HOLD = "SELECT id FROM leads_lead WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"
# Two programs that send the same events wait for each other in one order.
APPEND = """
WITH appended AS (
  INSERT INTO leads_leadevent (public_id, source, external_id, lead_id, type, properties, occurred_at, received_at)
  SELECT gen_random_uuid(), r.*, %s
  FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::jsonb[], %s::timestamptz[])
    AS r (source, external_id, lead_id, type, properties, occurred_at)
  ORDER BY source, external_id
  ON CONFLICT (source, external_id) DO NOTHING RETURNING id
), pending AS (
  INSERT INTO leads_pendingevent (event_id, is_live) SELECT id, %s FROM appended
)
SELECT count(*) FROM appended
"""


@dataclass(slots=True)
class EventReport:
    """How many events were new, how many were known already, and which were refused."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[Rejection] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LeadName:
    """What an event calls its lead: one of the three or more, which then must mean the same lead."""

    id: UUID | None = None
    external_id: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class EventRow:
    """A clean event; `properties` is JSON text."""

    source: str
    external_id: str
    lead: LeadName
    type: str
    occurred_at: dt.datetime
    properties: str


def append_events(
    rows: Sequence[Mapping[str, Any]], *, by: User | None, at: dt.datetime, is_live: bool = True
) -> EventReport:
    """Append the events that are new and queue them for scoring; a replay changes nothing.

    The lead is named by id, by external id (of the event's own source first, else of the only source that has it) or
    by e-mail address; several names must not mean different leads. Events that are not live are counted, but open no
    handoff.
    """
    if len(rows) > MAX_ROWS:
        raise ValueError(f"At most {MAX_ROWS} events at once, got {len(rows)}.")
    report = EventReport()
    clean: dict[int, EventRow] = {}
    for index, given in enumerate(rows):
        try:
            clean[index] = clean_event(given, at=at)
        except RowRejected as error:
            report.rejected.append(Rejection(index, error.code, error.field, error.facts))
    with transaction.atomic():
        found, unknown = _found(clean)
        while not _are_held(found):
            found, unknown = _found(clean)
        report.rejected += unknown
        report.accepted = _append(found, at=at, is_live=is_live)
    report.duplicates = len(found) - report.accepted
    report.rejected.sort(key=lambda rejection: rejection.index)
    return report


def _found(clean: Mapping[int, EventRow]) -> tuple[list[tuple[EventRow, int]], list[Rejection]]:
    """Each event with the key of its lead, and those whose lead nobody knows."""
    leads = NamedLeads(list(clean.values()))
    found: list[tuple[EventRow, int]] = []
    unknown: list[Rejection] = []
    for index, event in clean.items():
        try:
            found.append((event, leads.id_of(event)))
        except RowRejected as error:
            unknown.append(Rejection(index, error.code, error.field, error.facts))
    return found, unknown


def _are_held(found: Sequence[tuple[EventRow, int]]) -> bool:
    """Whether all these leads are still there; they then stay until the transaction ends."""
    lead_ids = sorted({lead_id for _, lead_id in found})
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [lead_ids])
        return len(cursor.fetchall()) == len(lead_ids)


def clean_event(given: Any, *, at: dt.datetime) -> EventRow:
    """The event of a JSON object; an event without a name is named by its own content."""
    if not isinstance(given, Mapping):
        raise RowRejected("row_not_an_object")
    for name in given:
        if name not in EVENT_FIELDS:
            raise RowRejected("unknown_field", str(name)[:100], name=str(name)[:100])
    occurred_at = read_moment(given.get("occurred_at"), "occurred_at")
    if occurred_at is None:
        raise RowRejected("field_missing", "occurred_at")
    if occurred_at > at + TOLERANCE:
        raise RowRejected("event_in_future", "occurred_at", value=occurred_at.isoformat())
    return EventRow(
        source=read_text(given.get("source"), "source") or "api",
        external_id=read_text(given.get("external_id"), "external_id") or _digest(given),
        lead=read_lead_name(given.get("lead")),
        type=_type(given.get("type")),
        occurred_at=occurred_at,
        properties=_properties(given.get("properties")),
    )


def _digest(given: Mapping[str, Any]) -> str:
    body = json.dumps(given, sort_keys=True, separators=(",", ":"), default=str)
    return "sha256:" + hashlib.sha256(body.encode("ascii")).hexdigest()


def read_lead_name(given: Any) -> LeadName:
    """What a JSON object calls its lead; RowRejected where it names none."""
    if given is None or given == {}:
        raise RowRejected("field_missing", "lead")
    if not isinstance(given, Mapping):
        raise RowRejected("lead_not_an_object", "lead")
    for name in given:
        if name not in {"id", "external_id", "email"}:
            raise RowRejected("unknown_field", f"lead.{str(name)[:100]}", name=str(name)[:100])
    name = LeadName(
        id=_public_id(given.get("id")),
        external_id=read_text(given.get("external_id"), "external_id"),
        email=read_email(given.get("email")),
    )
    if name == LeadName():
        raise RowRejected("field_missing", "lead")
    return name


def _public_id(given: Any) -> UUID | None:
    try:
        return UUID(str(given)) if given else None
    except ValueError:
        raise RowRejected("bad_id", "lead.id", value=shown_short(given)) from None


def _type(given: Any) -> str:
    if not given:
        raise RowRejected("field_missing", "type")
    if not isinstance(given, str) or not TYPE.fullmatch(given):
        raise RowRejected("bad_event_type", "type", value=shown_short(given))
    return given


def _properties(given: Any) -> str:
    if given is None:
        return "{}"
    if not isinstance(given, Mapping):
        raise RowRejected("properties_not_an_object", "properties")
    try:
        text = AS_JSON(_storable(given))
    except ValueError:
        raise RowRejected("bad_properties", "properties") from None
    if len(text) > MAX_PROPERTIES:
        raise RowRejected("text_too_long", "properties", limit=MAX_PROPERTIES, length=len(text))
    return text


def _storable(value: Any, depth: int = 0) -> Any:
    """The value with every text as PostgreSQL can hold it; ValueError where it nests too deep."""
    if depth > MAX_DEPTH:
        raise ValueError(depth)
    if isinstance(value, str):
        return UNSAFE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, Mapping):
        return {_storable(str(name)): _storable(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    raise ValueError(type(value))


class Naming(Protocol):
    """A row that names its lead; the external id is first looked for at the row's own source."""

    @property
    def source(self) -> str: ...

    @property
    def lead(self) -> LeadName: ...


class NamedLeads:
    """Finds the leads that a batch of rows names, with three queries at most."""

    def __init__(self, events: Sequence[Naming]) -> None:
        self.by_id: dict[UUID, int] = _pairs(FIND_BY_ID, [str(event.lead.id) for event in events if event.lead.id])
        self.by_email: dict[str, int] = _pairs(
            FIND_BY_EMAIL, [event.lead.email for event in events if event.lead.email]
        )
        self.by_name: dict[str, dict[str, int]] = {}
        names = sorted({event.lead.external_id for event in events if event.lead.external_id})
        if names:
            with connection.cursor() as cursor:
                cursor.execute(FIND_BY_NAME, [names])
                for source, external_id, lead_id in cursor.fetchall():
                    self.by_name.setdefault(external_id, {})[source] = lead_id

    def id_of(self, event: Naming) -> int:
        """The key of the event's lead; RowRejected where there is none, or more than one."""
        meant = self._meant(event)
        known = [leads for leads in meant.values() if leads]
        if not known:
            said = next(iter(meant))
            raise RowRejected("unknown_lead", f"lead.{said}", value=shown_short(getattr(event.lead, said)))
        # A name that nobody has yet contradicts no other.
        leads = set.intersection(*known)
        if not leads:
            raise RowRejected("lead_names_differ", "lead")
        if len(leads) > 1:
            raise RowRejected("ambiguous_lead", "lead.external_id", value=shown_short(event.lead.external_id))
        return leads.pop()

    def _meant(self, event: Naming) -> dict[str, set[int]]:
        """The leads that each of the given names can mean."""
        name = event.lead
        meant: dict[str, set[int]] = {}
        if name.id:
            meant["id"] = {self.by_id[name.id]} if name.id in self.by_id else set()
        if name.external_id:
            sources = self.by_name.get(name.external_id, {})
            meant["external_id"] = {sources[event.source]} if event.source in sources else set(sources.values())
        if name.email:
            meant["email"] = {self.by_email[name.email]} if name.email in self.by_email else set()
        return meant


def _pairs(query: str, keys: Sequence[str]) -> dict[Any, int]:
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(query, {"keys": sorted(set(keys))})
        return dict(cursor.fetchall())


def _append(found: Sequence[tuple[EventRow, int]], *, at: dt.datetime, is_live: bool) -> int:
    """How many of the events were new."""
    if not found:
        return 0
    columns: list[list[Any]] = [
        [event.source for event, _ in found],
        [event.external_id for event, _ in found],
        [lead_id for _, lead_id in found],
        [event.type for event, _ in found],
        [event.properties for event, _ in found],
        [event.occurred_at for event, _ in found],
    ]
    with connection.cursor() as cursor:
        cursor.execute(APPEND, [at, *columns, is_live])
        return int(cursor.fetchone()[0])
