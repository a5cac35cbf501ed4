"""Takes a delivery: checked, then stored as it came, each event once; what it means is found out later."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from leads.hubspot.options import Options, secret_of
from leads.hubspot.signing import NotTrusted, Request, check_signature
from leads.hubspot.troubles import note_trouble
from leads.models import LeadSource
from slaportal.web.json_input import BadJson, parse_json
from slaportal.web.refusals import RefusedInput

# A hundred events at most come at once; a property's text has up to 65,536 characters.
MAX_BODY = 8 * 1024 * 1024
MAX_EVENTS = 1_000
MAX_TEXT = 65_536
EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

# In one order, so that copies that come at the same moment wait for each other instead of deadlocking.
STORE = """
INSERT INTO leads_hubspotevent (source_id, key, type, object_id, property, payload, occurred_at, received_at)
SELECT %s, r.*, %s FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::jsonb[], %s::timestamptz[])
    AS r (key, type, object_id, property, payload, occurred_at)
ORDER BY key ON CONFLICT (source_id, key) DO NOTHING
"""


@dataclass(frozen=True)
class Receipt:
    """What became of a delivery's events."""

    stored: int
    duplicates: int
    refused: int


class UntrustedDelivery(Exception):
    """Nobody we know sent this; nothing of it is kept but the count of its kind."""


def receive(source: LeadSource, request: Request, *, at: dt.datetime) -> Receipt:
    """Store the events of a trusted delivery.

    UntrustedDelivery where the signature proves nothing, RefusedInput where a trusted body is no list of events.
    Events of another portal, and items that are no events, are counted and left out.
    """
    options = Options.of(source)
    try:
        check_signature(request, secret_of(source), allowed=options.allowed_signatures, at=at)
    except NotTrusted as reason:
        note_trouble(source, reason.code, at=at)
        raise UntrustedDelivery(reason.code) from reason
    given = _events_in(source, request.body, at)
    events = {}
    refused = 0
    for one in given:
        code = _fault(one, options)
        if code:
            refused += 1
            note_trouble(source, code, at=at, portal=_short(one.get("portalId"))) if isinstance(one, Mapping) else (
                note_trouble(source, code, at=at)
            )
        else:
            events[key_of(one)] = one
    stored = _store(source, events, at)
    return Receipt(stored, len(given) - refused - stored, refused)


def key_of(event: Mapping[str, Any]) -> str:
    """What names an event whatever the attempt: its ids and, since HubSpot promises no unique eventId, its time."""
    names = ("portalId", "subscriptionId", "eventId", "subscriptionType", "objectId", "propertyName", "occurredAt")
    named = {name: event.get(name) for name in names}
    if event.get("eventId") is None:
        named = {name: value for name, value in event.items() if name != "attemptNumber"}
    text = json.dumps(named, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def occurred_at_of(event: Mapping[str, Any], at: dt.datetime) -> dt.datetime:
    """When it happened by HubSpot's clock (milliseconds); what lies ahead or cannot be read happened now."""
    told = event.get("occurredAt")
    try:
        moment = dt.datetime.fromtimestamp(int(told) / 1000, dt.UTC)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, OSError):
        return at
    return moment if EARLIEST <= moment <= at else at


def _events_in(source: LeadSource, body: bytes, at: dt.datetime) -> list[Any]:
    try:
        given = parse_json(body, MAX_BODY, mends_texts=True)
    except BadJson as bad:
        note_trouble(source, "body_unreadable", at=at, detail=bad.detail)
        raise RefusedInput("hubspot_body_unreadable", detail=bad.detail) from bad
    # A test from HubSpot's settings comes as one object.
    events = [given] if isinstance(given, dict) else given
    if not isinstance(events, list) or len(events) > MAX_EVENTS:
        note_trouble(source, "body_no_list", at=at)
        raise RefusedInput("hubspot_body_no_list", limit=MAX_EVENTS)
    return events


def _fault(event: Any, options: Options) -> str:
    """Why an item of the list is not taken; "" where it is."""
    if not isinstance(event, Mapping) or not isinstance(event.get("subscriptionType"), str):
        return "event_unreadable"
    if options.portal_id and str(event.get("portalId")) != options.portal_id:
        return "portal_unknown"
    return ""


def _store(source: LeadSource, events: Mapping[str, Mapping[str, Any]], at: dt.datetime) -> int:
    """How many were new."""
    if not events:
        return 0
    columns: list[list[Any]] = [
        list(events),
        [event["subscriptionType"][:120] for event in events.values()],
        [_short(event.get("objectId")) for event in events.values()],
        [_short(event.get("propertyName"), 255) for event in events.values()],
        [json.dumps(_bounded(event), ensure_ascii=False) for event in events.values()],
        [occurred_at_of(event, at) for event in events.values()],
    ]
    with connection.cursor() as cursor:
        cursor.execute(STORE, [source.pk, at, *columns])
        return int(cursor.rowcount)


def _short(value: Any, most: int = 64) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)[:most]


def _bounded(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event with no text longer than a property can be."""
    return {name: value[:MAX_TEXT] if isinstance(value, str) else value for name, value in event.items()}
