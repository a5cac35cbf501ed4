"""What Sales is given with a lead, frozen at the moment of the handoff."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agreements.compile import sql
from agreements.terms.document import Terms
from leads.handoff.refusing import clause_of
from leads.models import Handoff, Lead
from leads.scoring import Score, current_scores
from leads.scoring.fragments import run
from slaportal.outbox.services import plain

RECENT_EVENTS = 10
RECENT = """
SELECT asked.lead_id, e.type, e.occurred_at, e.properties FROM unnest({}::bigint[]) AS asked (lead_id)
CROSS JOIN LATERAL (
    SELECT type, occurred_at, properties FROM leads_leadevent
    WHERE lead_id = asked.lead_id AND occurred_at <= {} ORDER BY occurred_at DESC, id DESC LIMIT {}
) e
"""
# Named in the terms beside the lead's own fields; each has its own place in the packet.
PARTS = {"receipt", "events", "attempts", "checklist", "return"}


def freeze_packets(handoffs: Sequence[Handoff], stage: str) -> None:
    """Give new passes, opened at one moment, their packets of this stage; not written yet."""
    at = handoffs[0].opened_at
    asked = [(one.lead, one.version, one.trigger == "hand_raise") for one in handoffs]
    scores = current_scores(asked, at)
    events = _recent_events([one.lead_id for one in handoffs], at)
    for one in handoffs:
        one.packet = _frozen(one, stage, scores[one.lead_id], events.get(one.lead_id, []))


def _frozen(handoff: Handoff, stage: str, score: Score, events: list[dict[str, Any]]) -> dict[str, Any]:
    """The packet of a stage as JSON: ``fields`` (name → value as it is now, null where blank), ``missing`` names,
    ``score`` (fit, interest, band) and its ``receipt``, the last ``events``, and what opened it under which clause."""
    terms = handoff.version.document
    wanted = _wanted(terms, stage)
    fields = {name: value_of(handoff.lead, name) for name in wanted if name not in PARTS}
    packet: dict[str, Any] = {
        "stage": stage,
        "trigger": handoff.trigger,
        "clause": clause_of(terms, handoff.trigger),
        "at": handoff.opened_at,
        "fields": fields,
        "missing": [name for name, value in fields.items() if value is None],
        "score": {"fit": score.fit, "interest": score.interest, "band": score.band},
        "receipt": score.receipt.as_dict() if score.receipt and "receipt" in wanted else None,
        "events": events if "events" in wanted else [],
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


def _recent_events(lead_ids: Sequence[int], at: datetime) -> dict[int, list[dict[str, Any]]]:
    by_lead: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for lead_id, kind, occurred_at, properties in run(sql(RECENT, list(lead_ids), at, RECENT_EVENTS)):
        by_lead[lead_id].append({"type": kind, "occurred_at": occurred_at, "properties": json.loads(properties)})
    return by_lead
