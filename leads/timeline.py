"""What happened to a lead, newest first: events, moves, handoffs, attempts, returns, nurture, broken promises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import connection

from agreements.models import AgreementVersion
from agreements.terms.document import Terms
from agreements.terms.scoring import Event, belongs
from leads.clauses import ClausePlace, clause_place
from leads.models import Lead
from leads.nurture import path_of
from leads.selectors.queue import versions_of

Side = Literal["all", "sales", "marketing"]
SIDES: tuple[Side, ...] = ("all", "sales", "marketing")
PAGE = 40
MOST = 1000

# One statement for all that is appended about a lead. A stage change that a handoff or a return brought about is told
# by those; the rest speak for themselves. `side` is whose doing it was. Of what happened at one moment, the consequence
# stands above its cause.
TIMELINE = """
SELECT t.at, t.kind, t.side, t.facts, u.name FROM (
    SELECT occurred_at AS at, 'event' AS kind, 'marketing' AS side, NULL::bigint AS by_id, id,
        jsonb_build_object('type', type, 'properties', properties) AS facts
    FROM leads_leadevent WHERE lead_id = %(lead)s
    UNION ALL
    SELECT c.at, 'stage', CASE WHEN c.new IN ('sal', 'sql', 'opportunity', 'customer', 'disqualified') THEN 'sales'
            ELSE 'marketing' END, c.by_id, c.id,
        jsonb_build_object('old', c.old, 'new', c.new, 'why', c.why, 'amount', h.amount, 'lost', h.lost_reason)
    FROM leads_stagechange c LEFT JOIN leads_handoff h ON h.id = c.handoff_id
    WHERE c.lead_id = %(lead)s AND NOT (c.handoff_id IS NOT NULL AND (c.new = 'mql'
        OR (c.new IN ('nurture', 'disqualified') AND h.outcome = 'returned')))
    UNION ALL
    SELECT h.opened_at, 'handoff', 'both', h.rep_id, h.id,
        jsonb_build_object('trigger', h.trigger, 'number', h.number, 'version', h.version_id, 'event', e.type,
            'clause', h.packet -> 'clause', 'missing', h.packet -> 'missing')
    FROM leads_handoff h LEFT JOIN leads_leadevent e ON e.id = h.event_id WHERE h.lead_id = %(lead)s
    UNION ALL
    SELECT at, 'attempt', 'sales', by_id, id,
        jsonb_build_object('channel', channel, 'outcome', outcome, 'note', note)
    FROM leads_contactattempt WHERE lead_id = %(lead)s
    UNION ALL
    SELECT r.at, 'return', 'both', r.by_id, r.id,
        jsonb_build_object('reason', r.reason, 'note', r.note, 'version', h.version_id)
    FROM leads_return r JOIN leads_handoff h ON h.id = r.handoff_id WHERE r.lead_id = %(lead)s
    UNION ALL
    SELECT path_chosen_at, 'path', 'marketing', path_chosen_by_id, r.id,
        jsonb_build_object('path', r.path, 'version', h.version_id)
    FROM leads_return r JOIN leads_handoff h ON h.id = r.handoff_id
    WHERE r.lead_id = %(lead)s AND path_chosen_by_id IS NOT NULL
    UNION ALL
    SELECT started_at, 'enrolled', 'marketing', by_id, id, jsonb_build_object('path', path, 'version', version_id)
    FROM leads_enrollment WHERE lead_id = %(lead)s
    UNION ALL
    SELECT ended_at, 'left_path', 'marketing', NULL, id,
        jsonb_build_object('path', path, 'why', ended_why, 'version', version_id)
    FROM leads_enrollment WHERE lead_id = %(lead)s AND ended_at IS NOT NULL
    UNION ALL
    SELECT breached_at, 'breach', party, owner_id, id,
        jsonb_build_object('promise', kind, 'clause', clause, 'version', version_id, 'reason', breach_reason,
            'excused', excused_at IS NOT NULL)
    FROM leads_commitment WHERE lead_id = %(lead)s AND breached_at IS NOT NULL
    UNION ALL
    SELECT coalesce(closed_at, created_at), 'deal', 'sales', by_id, id,
        jsonb_build_object('name', coalesce(nullif(name, ''), external_id), 'status', status, 'amount', amount,
            'currency', currency, 'why', reason, 'source', source)
    FROM leads_deal WHERE lead_id = %(lead)s
) t LEFT JOIN accounts_user u ON u.id = t.by_id
WHERE %(side)s = 'all' OR t.side IN (%(side)s, 'both')
ORDER BY t.at DESC, CASE
        WHEN t.kind = 'left_path' AND t.facts ->> 'why' = 'finished' THEN 0
        ELSE array_position('{enrolled,path,left_path,return,breach,stage,deal,attempt,handoff,event}', t.kind)
    END, t.id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Entry:
    """One thing that happened; ``facts`` by kind as in TIMELINE, ``by`` the person's name or "".

    ``label`` is what the terms call it (a reason, a path, the rules that an event answers), ``points`` what the event
    brought in interest when it came, ``clause`` where the terms speak of it.
    """

    at: datetime
    kind: str
    side: str
    facts: Mapping[str, Any]
    by: str
    label: str = ""
    points: float | None = None
    clause: ClausePlace | None = None


@dataclass(frozen=True)
class Timeline:
    """The newest entries; ``more`` is how many to ask for next, 0 where there are no others."""

    entries: list[Entry]
    side: Side
    more: int


def timeline_of(lead: Lead, active: AgreementVersion | None, side: Side = "all", n: int = PAGE) -> Timeline:
    """The newest ``n`` entries (at most 1,000) that are one side's doing or both's. Two queries.

    Events are told in the words of the terms in force, all else in those of the version that governed it.
    """
    n = min(max(n, 1), MOST)
    with connection.cursor() as cursor:
        cursor.execute(TIMELINE, {"lead": lead.pk, "side": side, "limit": n + 1})
        rows = cursor.fetchall()
    found = [(at, kind, whose, _read(facts), by or "") for at, kind, whose, facts, by in rows[:n]]
    versions = versions_of(facts["version"] for *_, facts, _ in found if facts.get("version"))
    entries = [
        Entry(at, kind, whose, facts, by, **_words(kind, facts, at, active, versions))
        for at, kind, whose, facts, by in found
    ]
    return Timeline(entries, side, min(n + 2 * PAGE, MOST) if len(rows) > n and n < MOST else 0)


def _words(
    kind: str,
    facts: dict[str, Any],
    at: datetime,
    active: AgreementVersion | None,
    versions: Mapping[int, AgreementVersion],
) -> dict[str, Any]:
    if kind == "event":
        return _event_words(active.document, facts, at) if active else {}
    version = versions.get(facts.get("version") or 0)
    if version is None:
        return {}
    clause = facts.get("clause") or facts.get("reason") or facts.get("path") or ""
    return {"label": _label(version.document, facts), "clause": clause_place(version, clause)}


def _event_words(terms: Terms, facts: dict[str, Any], at: datetime) -> dict[str, Any]:
    event = Event(facts["type"], at, facts["properties"] if isinstance(facts["properties"], dict) else {})
    rules = [rule for rule in terms.qualification.interest.rules if belongs(event, rule)]
    points = sum(rule.points for rule in rules)
    return {"label": rules[0].label if rules else "", "points": points if rules else None}


def _label(terms: Terms, facts: dict[str, Any]) -> str:
    """What the terms call the reason or the path of this entry."""
    if facts.get("path"):
        path = path_of(terms, facts["path"])
        return path.name if path else facts["path"]
    return next((reason.label for reason in terms.returns.reasons if reason.id == facts.get("reason")), "")


def _read(facts: Any) -> dict[str, Any]:
    return json.loads(facts) if isinstance(facts, str) else dict(facts)
