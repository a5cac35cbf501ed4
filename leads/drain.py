"""Counts pending events: sums, scores and the handoffs that they open, in one transaction per batch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from agreements.compile import Sql, sql
from agreements.models import AgreementVersion
from agreements.terms.scoring import is_hand_raise
from leads.handoff import Asked, hand_off_together
from leads.models import EngagementSlot, Lead, PendingEvent
from leads.scoring.alone import qualified_by_colleagues
from leads.scoring.colleagues import fill_with_colleagues, held_with, mark_colleagues_of
from leads.scoring.dirty import score_dirty
from leads.scoring.fragments import one_of, run, these
from leads.scoring.governing import Governing, governing, lock_scores
from leads.scoring.qualified import may_be_handed_over
from leads.scoring.reading import band_of, stands_as_mql
from leads.scoring.rescoring import start_due_rescore
from leads.scoring.slots import add_events, ensure_slots, rebase_slots, slots_of
from leads.scoring.writing import write_scores
from slaportal.outbox.ticks import every

logger = logging.getLogger(__name__)

BATCHES_PER_ROUND = 20
ATTEMPTS = 5
FIRST_PAUSE = timedelta(seconds=10)
TRIES = 5
DEADLOCK, SERIALIZATION = "40P01", "40001"

CLAIM = """
SELECT p.event_id, p.is_live, e.lead_id, e.type, e.received_at - e.occurred_at, e.received_at
FROM leads_pendingevent p JOIN leads_leadevent e ON e.id = p.event_id
WHERE p.dead_at IS NULL AND (p.available_at IS NULL OR p.available_at <= %s)
    AND (%s::bigint[] IS NULL OR p.event_id = ANY(%s))
ORDER BY p.event_id LIMIT %s FOR UPDATE OF p SKIP LOCKED
"""
STORED = """
SELECT s.lead_id, s.version_id, s.fit, s.is_mql, s.fit_band, s.band_1_until, s.band_2_until,
    coalesce(s.version_id <> {}, FALSE)
FROM leads_leadscore s JOIN leads_lead l ON l.id = s.lead_id WHERE {}
"""
LOCK = "SELECT lead_id FROM leads_leadengagement WHERE lead_id = ANY(%s) ORDER BY lead_id FOR UPDATE"


class TermsMoved(Exception):
    """Other terms came into force between the preparation of their slots and the count."""


@dataclass(frozen=True)
class Claimed:
    """A pending event that this transaction holds."""

    event_id: int
    is_live: bool
    lead_id: int
    type: str
    late: timedelta
    received_at: datetime

    def is_news(self, version: AgreementVersion) -> bool:
        """Whether it comes no later than the terms allow."""
        days = version.document.handoff.live_calendar_days
        return not days or self.late <= timedelta(days=days)


class Stored(NamedTuple):
    """How a stored score stands; stale where another version than its own governs the lead now."""

    lead_id: int
    version_id: int
    fit: int
    is_mql: bool
    fit_band: str
    band_1_until: datetime | None
    band_2_until: datetime | None
    is_stale: bool


@dataclass
class Batch:
    """The events of one transaction; known outside of it even if it fails."""

    events: list[Claimed] = field(default_factory=list)

    @property
    def event_ids(self) -> list[int]:
        return [event.event_id for event in self.events]

    @property
    def lead_ids(self) -> list[int]:
        return sorted({event.lead_id for event in self.events})

    def happened(self) -> list[tuple[int, str]]:
        """Lead and type of each event."""
        return [(event.lead_id, event.type) for event in self.events]

    def live_events(self) -> dict[int, list[Claimed]]:
        """The events of each lead that were sent as news, in the order in which they came in."""
        by_lead: dict[int, list[Claimed]] = {}
        for event in self.events:
            if event.is_live:
                by_lead.setdefault(event.lead_id, []).append(event)
        return by_lead


def drain_events(at: datetime | None = None, limit: int = 1000) -> int:
    """Count up to ``limit`` pending events and open the handoffs they bring; how many were counted.

    Safe to run twice and side by side: an event is counted in the transaction that deletes its pending row. An event
    that fails is found by halving its batch, and put off; the others are counted. Without terms in force, events are
    counted without scores.
    """
    return _drain(at or timezone.now(), None, limit)


@every(5, name="scores")
def keep_scores(at: datetime) -> int:
    """One round of all that keeps scores true: new terms, pending events, changed leads; how much was counted.

    Bounded, so that a flood of events does not hold the other ticks up.
    """
    start_due_rescore(at)
    rebase_slots(at)
    counted = 0
    for work in (drain_events, score_dirty):
        for _ in range(BATCHES_PER_ROUND):
            n_done = work(at)
            counted += n_done
            if not n_done:
                break
    return counted


def set_aside_events() -> QuerySet[PendingEvent]:
    """Events that failed five times, with their errors: nobody tries again until a person asks for it."""
    return PendingEvent.objects.exclude(dead_at=None).select_related("event__lead").order_by("-dead_at", "pk")


def retry_set_aside_events(at: datetime | None = None) -> int:
    """Let the drain try all of them again; how many they are."""
    return set_aside_events().update(dead_at=None, attempts=0, available_at=at or timezone.now())


def _drain(at: datetime, only: list[int] | None, limit: int) -> int:
    batch = Batch()
    error = _try(batch, at, only, limit)
    ids = batch.event_ids
    if error is None:
        return len(ids)
    if not ids:
        raise error
    if len(ids) == 1:
        _put_off(ids[0], error, at)
        return 0
    middle = len(ids) // 2
    return _drain(at, ids[:middle], middle) + _drain(at, ids[middle:], len(ids) - middle)


def _try(batch: Batch, at: datetime, only: list[int] | None, limit: int) -> Exception | None:
    """Why the batch could not be counted; the database's own trouble is no event's fault and is raised."""
    try:
        _with_retries(lambda: _count(batch, at, only, limit), at)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        return error
    return None


def _with_retries(count: Callable[[], None], at: datetime) -> None:
    """Prepare the slots and count; again after a deadlock, and after terms that came into force in between."""
    for tries_left in reversed(range(TRIES)):
        in_force = governing()
        if in_force:
            ensure_slots(in_force, at)
        try:
            count()
        except TermsMoved:
            if not tries_left:
                raise
        except DatabaseError as error:
            if not tries_left or getattr(error.__cause__, "pgcode", "") not in (DEADLOCK, SERIALIZATION):
                raise
        else:
            return


@transaction.atomic
def _count(batch: Batch, at: datetime, only: list[int] | None, limit: int) -> None:
    lock_scores(shared=True)
    batch.events = _claimed(at, only, limit)
    if not batch.events:
        return
    # A round takes its time: what came in since it began is not of the time before it.
    at = max(at, *(event.received_at for event in batch.events))
    in_force = governing()
    slots = slots_of(in_force) if in_force else []
    if slots is None:
        raise TermsMoved
    before = _scores_before(batch, in_force, slots, at)
    add_events(slots, batch.event_ids)
    run(sql("DELETE FROM leads_pendingevent WHERE {}", one_of("event_id", batch.event_ids)))
    if in_force:
        fill_with_colleagues(in_force, slots, one_of("lead_id", batch.lead_ids), at)
        write_scores(in_force, slots, these(batch.lead_ids), at)
        _hand_over(batch, in_force, before, at)
        # Last, as everybody marks after having locked the leads.
        mark_colleagues_of(batch.happened(), in_force, besides=batch.lead_ids)


def _claimed(at: datetime, only: list[int] | None, limit: int) -> list[Claimed]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [at, only, only, limit])
        return [Claimed(*row) for row in cursor.fetchall()]


def _scores_before(batch: Batch, in_force: Governing, slots: list[EngagementSlot], at: datetime) -> dict[int, Stored]:
    """The scores of the leads with live events without these events, by the terms that govern them now.

    Holds the leads' sums: what is read stays true until the events are added. A lead that still has its score by
    other terms is scored first, so that a change of terms never looks like a crossing. One that qualifies by what its
    colleagues did, and was never handed over, is left out: its own event is what hands it over.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [held_with(in_force, slots, batch.lead_ids)])
    live = list(batch.live_events())
    if not in_force or not live:
        return {}
    before = _stored(in_force, one_of("s.lead_id", live))
    if stale := [lead_id for lead_id, score in before.items() if score.is_stale]:
        fill_with_colleagues(in_force, slots, one_of("lead_id", stale), at)
        write_scores(in_force, slots, these(stale), at)
        before = _stored(in_force, one_of("s.lead_id", live))
    by_colleagues = qualified_by_colleagues(before, in_force, slots, at)
    return {lead_id: score for lead_id, score in before.items() if lead_id not in by_colleagues}


def _stored(in_force: Governing, leads: Sql) -> dict[int, Stored]:
    """The stored scores of the leads that a condition on leads_leadscore AS s chooses, by lead."""
    return {row[0]: Stored(*row) for row in run(sql(STORED, in_force.version_id(), leads))}


def _hand_over(batch: Batch, in_force: Governing, before: dict[int, Stored], at: datetime) -> None:
    """Open a handoff for each lead that raised its hand or crossed into the MQL rule by a live event.

    Which version governs a lead is read from the score that this transaction has just written.
    """
    live = batch.live_events()
    may_raise = [lead_id for lead_id, events in live.items() if any(_may_raise(in_force, event) for event in events)]
    asked_for = sql("{} AND (s.is_mql OR {})", one_of("s.lead_id", list(live)), one_of("s.lead_id", may_raise))
    now = _stored(in_force, asked_for)
    governs = {lead_id: in_force.by_id[score.version_id] for lead_id, score in now.items()}
    news = {lead_id: [one for one in live[lead_id] if one.is_news(version)] for lead_id, version in governs.items()}
    raising = {
        lead_id for lead_id, version in governs.items() if any(_raises(version, event) for event in news[lead_id])
    }
    # In the band in which it was, a lead stands as it stood.
    moved = {
        lead_id
        for lead_id, score in now.items()
        if news[lead_id] and score.is_mql and _moved(before.get(lead_id), score, at)
    }
    chosen = raising | moved
    asked = []
    for lead in may_be_handed_over().select_related("account").filter(pk__in=chosen).order_by("pk"):
        version = governs[lead.pk]
        found = _reason(lead, version, news[lead.pk], before.get(lead.pk), now[lead.pk], at)
        if found is not None:
            trigger, event_id = found
            asked.append(Asked(lead, trigger, version, event_id))
    hand_off_together(asked, at=at)


def _moved(before: Stored | None, now: Stored, at: datetime) -> bool:
    return before is None or band_of(before, at) != band_of(now, at)


def _may_raise(in_force: Governing, event: Claimed) -> bool:
    return any(_raises(version, event) for version in in_force.versions)


def _raises(version: AgreementVersion, event: Claimed) -> bool:
    return is_hand_raise(version.document, event.type)


def _reason(
    lead: Lead, version: AgreementVersion, events: list[Claimed], before: Stored | None, now: Stored, at: datetime
) -> tuple[str, int] | None:
    """What hands the lead over, and by which event; a raised hand is more urgent than a score."""
    terms = version.document
    raised = [event for event in events if _raises(version, event)]
    if raised and stands_as_mql(terms, lead, band_of(now, at), at, hand_raise=True):
        return "hand_raise", raised[-1].event_id
    was_mql = before is not None and stands_as_mql(terms, lead, band_of(before, at), at)
    if not was_mql and stands_as_mql(terms, lead, band_of(now, at), at):
        return "score", events[-1].event_id
    return None


def _put_off(event_id: int, error: Exception, at: datetime) -> None:
    """Try this event again later, at most five times in all."""
    pending = PendingEvent.objects.filter(pk=event_id).first()
    if pending is None:
        return
    pending.attempts += 1
    pending.error = f"{type(error).__name__}: {error}"[:2000].replace("\x00", "")
    pending.available_at = at + FIRST_PAUSE * 4 ** (pending.attempts - 1)
    pending.dead_at = at if pending.attempts >= ATTEMPTS else None
    pending.save(update_fields=["attempts", "error", "available_at", "dead_at"])
    logger.error("event %s could not be counted, attempt %s", event_id, pending.attempts, exc_info=error)
