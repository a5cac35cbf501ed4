"""Rules with a window: their events count in full for some days, then leave at instants that are known beforehand.

Their places in the sums are counts as of a moment; ``next_change_at`` says when a lead's counts will be wrong. Only the
leads whose instant has passed are counted and scored anew, by the same round that scores changed leads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from agreements.compile import Sql, compile_event_class, joined, listed, sql
from agreements.terms.rules import parse
from agreements.terms.scoring import EventClass
from leads.field_map import COUNTED_AT, EVENT_FIELDS
from leads.models import EngagementSlot
from leads.scoring.fragments import one_of, run

# The pending are not counted yet. No event counts later than it happened: the first bound finds them by the index.
OF_WINDOWS = """
e.type = ANY({}) AND e.occurred_at > {}::timestamptz
    AND NOT EXISTS (SELECT FROM leads_pendingevent p WHERE p.event_id = e.id)
"""
COUNT = """
WITH chosen AS (SELECT lead_id FROM leads_leadengagement WHERE {} AND {}),
counted AS (
    SELECT e.lead_id, {}, {} AS next_change_at FROM chosen JOIN leads_leadevent e ON e.lead_id = chosen.lead_id
    WHERE {} GROUP BY e.lead_id
)
UPDATE leads_leadengagement AS g SET sums = ARRAY[{}]::float8[], next_change_at = c.next_change_at
FROM chosen LEFT JOIN counted c USING (lead_id) WHERE g.lead_id = chosen.lead_id
"""
DUE = """
SELECT lead_id FROM leads_leadengagement WHERE next_change_at <= {} ORDER BY next_change_at, lead_id LIMIT {}
"""


def width(slots: Iterable[EngagementSlot]) -> int:
    """How long the sums are."""
    return max((slot.place for slot in slots), default=0)


def windows_of(slots: Iterable[EngagementSlot]) -> list[EngagementSlot]:
    """The slots of rules with a window."""
    return [slot for slot in slots if slot.window_days is not None]


def due_for_windows(slots: Sequence[EngagementSlot]) -> Sql:
    """An aggregate over a lead's new events ``e``: an instant long ago if a window may count one, else null."""
    types = sorted({slot.event for slot in windows_of(slots)})
    if not types:
        return Sql("NULL::timestamptz")
    return sql("CASE WHEN bool_or(e.type = ANY({})) THEN to_timestamp(0) END", types)


def count_windows(slots: Sequence[EngagementSlot], leads: Sql, at: datetime) -> None:
    """Count what is in the windows at ``at``, of those of the leads (a condition on ``lead_id``) that are due.

    All of them are while a window is new. Counts are set, never added to, in whatever order events came in.
    """
    windows = windows_of(slots)
    if not windows:
        return
    is_new = any(slot.filled_at is None for slot in windows)
    due = Sql("TRUE") if is_new else sql("next_change_at <= {}", at)
    places = {slot.place for slot in windows}
    sums = [f"coalesce(c.s{p}, 0)" if p in places else f"coalesce(g.sums[{p}], 0)" for p in range(1, width(slots) + 1)]
    run(
        sql(
            COUNT,
            leads,
            due,
            listed(sql(f"count(*) FILTER (WHERE {{}}) AS s{slot.place}", is_in(slot, at)) for slot in windows),
            sql("least({})", listed(_first_end(slot, at) for slot in windows)),
            _of(windows, at),
            Sql(", ".join(sums)),
        )
    )


def due_leads(slots: Sequence[EngagementSlot], at: datetime, limit: int) -> list[int]:
    """Leads of whose windows something has left by ``at``; the first by time."""
    if not windows_of(slots):
        return []
    return [lead_id for (lead_id,) in run(sql(DUE, at, limit))]


def leaving_by_lead(
    slots: Sequence[EngagementSlot], lead_ids: Sequence[int], at: datetime
) -> dict[int, dict[str, list[datetime]]]:
    """For each of the leads and each class with a window: when what counts at ``at`` will leave."""
    windows = windows_of(slots)
    leaving: dict[int, dict[str, list[datetime]]] = {
        lead_id: {slot.key: [] for slot in windows} for lead_id in lead_ids
    }
    for slot in windows:
        ends = sql("SELECT e.lead_id, {} FROM leads_leadevent e WHERE {} AND {} AND {}", _end(slot),
                   one_of("e.lead_id", lead_ids), _of([slot], at), is_in(slot, at))  # fmt: skip
        for lead_id, end in run(ends):
            leaving[lead_id][slot.key].append(end)
    return leaving


def _of(windows: Sequence[EngagementSlot], at: datetime) -> Sql:
    longest = max(slot.window_days or 0 for slot in windows)
    return sql(OF_WINDOWS, sorted({slot.event for slot in windows}), at - timedelta(days=longest))


def is_in(slot: EngagementSlot, at: datetime) -> Sql:
    """Does the event ``e`` count in this window at ``at``?"""
    one = EventClass(slot.key, slot.event, parse(slot.when, "event"), None, slot.window_days)
    edge = at - timedelta(days=slot.window_days or 0)
    belongs = compile_event_class(one, EVENT_FIELDS)
    return joined("AND", (belongs, sql(f"{COUNTED_AT} > {{}}::timestamptz", edge)), "TRUE")


def _end(slot: EngagementSlot) -> Sql:
    # A day of a window has 24 hours, whatever the clocks of the server's zone do.
    return sql(f"{COUNTED_AT} + make_interval(hours => {{}})", 24 * (slot.window_days or 0))


def _first_end(slot: EngagementSlot, at: datetime) -> Sql:
    return sql("min({}) FILTER (WHERE {})", _end(slot), is_in(slot, at))
