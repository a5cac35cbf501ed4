"""Decayed sums per lead: which place belongs to which class of events, and how the sums are kept.

A class is what decides an event's weight apart from points and caps: its type, its condition, its half-life
(``agreements.terms.scoring.interest``). Nothing is rewritten as time passes.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from agreements.compile import Sql, compile_addend, compile_event_class, listed, sql
from agreements.terms.rules import dump, parse
from agreements.terms.scoring import EventClass, fade
from leads.field_map import COUNTED_AT, EVENT_FIELDS
from leads.models import EngagementSlot
from leads.scoring.fragments import run
from leads.scoring.governing import Governing, lock_scores
from leads.scoring.windows import count_windows, due_for_windows, width

REBASE_AFTER_HALF_LIVES = 400
# What a sum keeps at least when its epoch moves, as agreements.terms.scoring keeps each addend: smaller ones are
# nothing, and no product with a factor of time can underflow, which PostgreSQL would refuse.
SMALLEST_SUM = 2.0**-300

ADD_MISSING = """
INSERT INTO leads_leadengagement (lead_id, sums, n_events, last_event_at)
SELECT lead_id, '{{}}', count(*), max(occurred_at) FROM leads_leadevent e
WHERE {} AND NOT EXISTS (SELECT FROM leads_pendingevent p WHERE p.event_id = e.id)
GROUP BY lead_id ORDER BY lead_id ON CONFLICT (lead_id) DO NOTHING
"""


def ensure_slots(in_force: Governing, at: datetime) -> list[EngagementSlot]:
    """The slots of the interest rules of all versions in force, by place; what others left makes room for new ones.

    A new slot is empty (``filled_at`` null) until a rescore has counted the past events in it; whoever computes
    scores before that fills it for the leads at hand. Not to be called inside a transaction that holds the scores.
    """
    slots = slots_of(in_force)
    if slots is not None:
        return slots
    wanted = in_force.classes
    with transaction.atomic():
        lock_scores()
        EngagementSlot.objects.exclude(key__in=wanted).delete()
        kept = {slot.key: slot.place for slot in _slots()}
        free = (place for place in range(1, len(wanted) + 1) if place not in kept.values())
        EngagementSlot.objects.bulk_create(
            EngagementSlot(
                place=next(free), key=key, event=one.event, when=dump(one.when), half_life_days=one.half_life_days,
                window_days=one.window_days, epoch=at,
            )
            for key, one in wanted.items()
            if key not in kept
        )  # fmt: skip
        return _slots()


def slots_of(in_force: Governing) -> list[EngagementSlot] | None:
    """The slots by place if they are those of these versions, else None."""
    slots = _slots()
    return slots if {slot.key for slot in slots} == in_force.classes.keys() else None


def rebase_slots(at: datetime) -> int:
    """Move the epoch of slots that are more than 400 half-lives old to ``at``; how many slots were moved."""
    if not _aged(at):
        return 0
    with transaction.atomic():
        lock_scores()
        aged = _aged(at)
        factors = {slot.place: fade(slot.half_life_days, at, slot.epoch) for slot in aged}
        places = range(1, width(_slots()) + 1)
        sums = listed(_rebased(place, factors.get(place)) for place in places)
        run(sql("UPDATE leads_leadengagement AS g SET sums = ARRAY[{}]::float8[]", sums))
        EngagementSlot.objects.filter(place__in=factors).update(epoch=at)
    return len(aged)


def add_events(slots: list[EngagementSlot], event_ids: list[int]) -> None:
    """Add events to the sums of their leads, in the order of the lead ids; the caller has claimed the events.

    One statement that locks the rows it changes: two drains with the same lead follow one another.
    """
    weights = {slot.place: weight(slot) for slot in slots if slot.window_days is None}
    places = range(1, width(slots) + 1)
    run(
        sql(
            """
            INSERT INTO leads_leadengagement AS g (lead_id, sums, n_events, last_event_at, next_change_at)
            SELECT e.lead_id, ARRAY[{}]::float8[], count(*), max(e.occurred_at), {}
            FROM leads_leadevent e WHERE e.id = ANY({}) GROUP BY e.lead_id ORDER BY e.lead_id
            ON CONFLICT (lead_id) DO UPDATE SET sums = ARRAY[{}]::float8[], n_events = g.n_events + excluded.n_events,
                last_event_at = greatest(g.last_event_at, excluded.last_event_at),
                next_change_at = least(g.next_change_at, excluded.next_change_at)
            """,
            listed(weights.get(place, Sql("0::float8")) for place in places),
            due_for_windows(slots),
            event_ids,
            listed(Sql(f"coalesce(g.sums[{place}], 0) + excluded.sums[{place}]") for place in places),
        )
    )


def fill_slots(slots: list[EngagementSlot], leads: Sql, at: datetime) -> None:
    """Make the sums of some leads true as of ``at``: past events in slots that are still empty, and the windows.

    ``leads`` is a condition on ``lead_id``. Sums are set, not added to: filling a lead twice changes nothing. Pending
    events are left out. The caller holds the scores, or the engagement rows of these leads.
    """
    if any(slot.filled_at is None for slot in slots):
        run(sql(ADD_MISSING, leads))
    _fill([slot for slot in slots if slot.filled_at is None and slot.window_days is None], slots, leads)
    count_windows(slots, leads, at)


def _fill(empty: list[EngagementSlot], slots: list[EngagementSlot], leads: Sql) -> None:
    """Count all past events of some leads in these slots, by one aggregate."""
    if not empty:
        return
    places = {slot.place for slot in empty}
    sums = [f"coalesce(c.s{p}, 0)" if p in places else f"coalesce(g.sums[{p}], 0)" for p in range(1, width(slots) + 1)]
    run(
        sql(
            """
            WITH chosen AS (SELECT lead_id FROM leads_leadengagement WHERE {}),
            counted AS (
                SELECT lead_id, {} FROM leads_leadevent e WHERE {} AND e.type = ANY({})
                    AND NOT EXISTS (SELECT FROM leads_pendingevent p WHERE p.event_id = e.id)
                GROUP BY lead_id
            )
            UPDATE leads_leadengagement AS g SET sums = ARRAY[{}]::float8[]
            FROM chosen LEFT JOIN counted c USING (lead_id) WHERE g.lead_id = chosen.lead_id
            """,
            leads,
            listed(sql(f"{{}} AS s{slot.place}", weight(slot)) for slot in empty),
            leads,
            sorted({slot.event for slot in empty}),
            Sql(", ".join(sums)),
        )
    )


def _slots() -> list[EngagementSlot]:
    return list(EngagementSlot.objects.order_by("place"))


def weight(slot: EngagementSlot) -> Sql:
    """The sum of a lead's events of this class; never null."""
    one = EventClass(slot.key, slot.event, parse(slot.when, "event"), slot.half_life_days)
    return sql(
        "coalesce(sum({}) FILTER (WHERE {}), 0)",
        compile_addend(slot.half_life_days, COUNTED_AT, slot.epoch),
        compile_event_class(one, EVENT_FIELDS),
    )


def _aged(at: datetime) -> list[EngagementSlot]:
    fading = EngagementSlot.objects.exclude(half_life_days=None)
    return [one for one in fading if fade(one.half_life_days, at, one.epoch) < 2.0**-REBASE_AFTER_HALF_LIVES]


def _rebased(place: int, factor: float | None) -> Sql:
    if factor is None:
        return Sql(f"coalesce(g.sums[{place}], 0)")
    return sql(
        f"CASE WHEN g.sums[{place}] > {{}}::float8 THEN g.sums[{place}] * {{}}::float8 ELSE 0 END",
        SMALLEST_SUM / factor,
        factor,
    )
