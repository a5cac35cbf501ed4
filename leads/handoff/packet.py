"""What Sales is given with a lead, frozen at the moment of the handoff."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from agreements.terms.document import Terms
from leads.models import Lead, LeadEvent
from leads.scoring import Score
from slaportal.outbox.services import plain

RECENT_EVENTS = 10
# Named in the terms beside the lead's own fields; each has its own place in the packet.
PARTS = {"receipt", "events", "attempts", "checklist", "return"}


def frozen_packet(
    lead: Lead, *, terms: Terms, stage: str, trigger: str, clause: str, score: Score | None, at: datetime
) -> dict[str, Any]:
    """The packet of a stage as JSON: ``fields`` (name → value as it is now, null where blank), ``missing`` names,
    ``score`` (fit, interest, band) and its ``receipt``, the last ``events``, and what opened it under which clause."""
    wanted = _wanted(terms, stage)
    fields = {name: value_of(lead, name) for name in wanted if name not in PARTS}
    packet: dict[str, Any] = {
        "stage": stage,
        "trigger": trigger,
        "clause": clause,
        "at": at,
        "fields": fields,
        "missing": [name for name, value in fields.items() if value is None],
        "score": {"fit": score.fit, "interest": score.interest, "band": score.band} if score else None,
        "receipt": score.receipt.as_dict() if score and score.receipt and "receipt" in wanted else None,
        "events": _recent_events(lead, at) if "events" in wanted else [],
    }
    return plain(packet)


def value_of(lead: Lead, name: str) -> Any:
    """The value of a built-in field or of ``attributes.<name>``; None where it is blank or unknown."""
    prefix, _, attribute = name.partition(".")
    value = lead.attributes.get(attribute) if prefix == "attributes" else getattr(lead, name, None)
    return None if value in ("", None) else value


def _wanted(terms: Terms, stage: str) -> list[str]:
    """The names of the stage's packet in the terms' order, each once."""
    return list(dict.fromkeys(name for part in terms.handoff.packet if part.stage == stage for name in part.fields))


def _recent_events(lead: Lead, at: datetime) -> list[dict[str, Any]]:
    events = LeadEvent.objects.filter(lead=lead, occurred_at__lte=at).order_by("-occurred_at", "-pk")[:RECENT_EVENTS]
    return [{"type": row.type, "occurred_at": row.occurred_at, "properties": row.properties} for row in events]
