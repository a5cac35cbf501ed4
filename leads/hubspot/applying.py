"""Applies what webhooks brought: facts on the lead's timeline, fields, stages; each event once, in any order."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from leads.hubspot.meaning import Reading
from leads.hubspot.troubles import note_trouble
from leads.models import HubSpotEvent, HubSpotOutcome, LeadSource, SourceKind

logger = logging.getLogger(__name__)

BATCH = 200
BATCHES_PER_ROUND = 10
ATTEMPTS = 5
FIRST_PAUSE = dt.timedelta(seconds=10)


def apply_events(at: dt.datetime) -> int:
    """Apply what waits of all connections that are not paused; how many events were taken up.

    Safe twice and side by side: whoever holds a connection's row applies, the others leave it to them.
    """
    waiting = HubSpotEvent.objects.filter(_due(at), source=OuterRef("pk"))
    sources = LeadSource.objects.filter(Exists(waiting), kind=SourceKind.HUBSPOT, is_active=True)
    return sum(_apply_source(pk, at) for pk in sources.values_list("pk", flat=True))


def retry_set_aside(source: LeadSource) -> int:
    """Let the next tick try all that was set aside; how many they are."""
    found = HubSpotEvent.objects.filter(source=source, outcome=HubSpotOutcome.SET_ASIDE)
    return found.update(applied_at=None, outcome="", attempts=0, available_at=None)


def held_source(pk: int) -> LeadSource | None:
    """The connection, locked until the transaction ends; None while somebody else holds it, or it is paused."""
    held = LeadSource.objects.select_for_update(no_key=True, skip_locked=True)
    return held.filter(pk=pk, is_active=True).first()


def _apply_source(pk: int, at: dt.datetime) -> int:
    taken = 0
    for _ in range(BATCHES_PER_ROUND):
        ids = list(_waiting(pk, at).values_list("pk", flat=True)[:BATCH])
        if not ids or not _apply(pk, ids, at):
            break
        taken += len(ids)
    return taken


def _apply(pk: int, ids: Sequence[int], at: dt.datetime) -> bool:
    """Whether these were taken up; a batch that fails is tried one by one, and what fails alone is put off."""
    try:
        with transaction.atomic():
            source = held_source(pk)
            if source is None:
                return False
            Reading(source, list(_waiting(pk, at).filter(pk__in=ids)), at).apply()
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(ids) == 1:
            _put_off(ids[0], error, at)
            return True
        return all(_apply(pk, [one], at) for one in ids)
    return True


def _put_off(event_id: int, error: Exception, at: dt.datetime) -> None:
    """Try this event again later, at most five times; then it is set aside, and shown."""
    logger.error("HubSpot event %s could not be applied", event_id, exc_info=error)
    event = HubSpotEvent.objects.select_related("source").get(pk=event_id)
    event.attempts += 1
    event.error = f"{type(error).__name__}: {error}"[:2000].replace("\x00", "")
    event.available_at = at + FIRST_PAUSE * 4 ** (event.attempts - 1)
    if event.attempts >= ATTEMPTS:
        event.applied_at, event.outcome = at, HubSpotOutcome.SET_ASIDE
        note_trouble(event.source, "event_set_aside", at=at, type=event.type)
    event.save(update_fields=["attempts", "error", "available_at", "applied_at", "outcome"])


def _waiting(pk: int, at: dt.datetime) -> QuerySet[HubSpotEvent]:
    return HubSpotEvent.objects.filter(_due(at), source=pk).order_by("pk")


def _due(at: dt.datetime) -> Q:
    return Q(Q(available_at=None) | Q(available_at__lte=at), applied_at=None)
