"""A lead's fields and an event's as rules see them: as facts for the judge in Python, as SQL for the one of many."""

from __future__ import annotations

from typing import Any

from agreements.compile import FieldMap, Sql, SqlField
from agreements.terms.scoring import Event
from leads.models import Lead, LeadEvent

TEXT_FIELDS = ("email", "name", "company", "title", "phone", "country", "source", "stage")

# When an event counts: never later than it was received, whatever its source claims.
COUNTED_AT = "least(e.occurred_at, e.received_at)"


def facts_of(lead: Lead) -> dict[str, Any]:
    """The lead's fields by the names that rules use; attributes as stored."""
    facts: dict[str, Any] = {name: getattr(lead, name) for name in TEXT_FIELDS}
    facts["created_at"] = lead.created_at
    facts["domain"] = lead.email.rpartition("@")[2] if "@" in lead.email else None
    return facts | {f"attributes.{name}": value for name, value in lead.attributes.items()}


def event_of(event: LeadEvent) -> Event:
    """The event as interest rules see it."""
    return Event(event.type, min(event.occurred_at, event.received_at), event.properties)


def _lead_fields() -> FieldMap:
    columns = {name: SqlField(Sql(f"l.{name}")) for name in TEXT_FIELDS}
    columns["created_at"] = SqlField(Sql("l.created_at"), "timestamp")
    columns["domain"] = SqlField(Sql("substring(l.email FROM '@([^@]*)$')"))
    return FieldMap(columns, {"attributes": "l.attributes"})


# Over leads_lead AS l, and over leads_leadevent AS e.
LEAD_FIELDS = _lead_fields()
EVENT_FIELDS = FieldMap({"event.type": SqlField(Sql("e.type"))}, {"event": "e.properties"})
