"""Delivers what waits in the outbox: claims a row with a lease, counts the attempt, then acts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from slaportal.outbox import jobs
from slaportal.outbox.models import OutboxMessage
from slaportal.outbox.registry import delivery_of
from slaportal.outbox.ticks import every

logger = logging.getLogger(__name__)

ATTEMPTS = 5
# Longer than a worker's hard time limit (90 s): whoever still holds an older claim is certainly dead.
LEASE = timedelta(seconds=120)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
# Well below a worker's soft time limit (60 s), with room for one slow mail server.
TURN_SECONDS = 20.0


class ClaimLost(Exception):
    """Somebody else has taken this over meanwhile; our effect must not count."""


def drain(at: datetime | None = None, limit: int = 100) -> int:
    """Deliver what is due and run waiting jobs, at most `limit` of each and for about 20 seconds; how many it took up.

    Safe to run twice and side by side. A given `at` stands still; without it each claim looks at the clock anew.
    """
    clock: Callable[[], datetime] = timezone.now if at is None else lambda: at
    stop = time.monotonic() + TURN_SECONDS
    _bury_abandoned(clock())
    taken = 0
    while taken < limit and time.monotonic() < stop and _deliver_next(clock):
        taken += 1
    return taken + jobs.run_waiting(clock, limit=limit, stop=stop)


@every(5, name="drain the outbox")
def drain_tick(at: datetime) -> None:
    """The tick of the broker-free loop; reads the clock itself, because it may last."""
    drain()


def pause_after(attempts: int) -> timedelta:
    """How long a message rests after its n-th failed attempt: 5 s, then twice as long each time, at most an hour."""
    return min(FIRST_PAUSE * 2.0 ** (attempts - 1), LONGEST_PAUSE)


def _deliver_next(clock: Callable[[], datetime]) -> bool:
    message = _claim(clock())
    if message is None:
        return False
    try:
        _deliver(message, clock)
    except ClaimLost:
        logger.warning("outbox: %s of %s was taken over by another worker", message.pk, message.topic)
    except Exception as error:
        logger.exception("outbox: attempt %s at %s of %s failed", message.attempts, message.pk, message.topic)
        _postpone(message, error, clock())
    return True


def _claim(at: datetime) -> OutboxMessage | None:
    """The next due message, leased to us and with this attempt already counted: a crash counts as an attempt."""
    with transaction.atomic():
        message = (
            _waiting()
            .select_for_update(skip_locked=True)
            .filter(Q(locked_until=None) | Q(locked_until__lte=at), available_at__lte=at, attempts__lt=ATTEMPTS)
            .order_by("available_at", "id")
            .first()
        )
        if message is not None:
            message.attempts += 1
            message.locked_until = at + LEASE
            message.save(update_fields=["attempts", "locked_until"])
    return message


def _deliver(message: OutboxMessage, clock: Callable[[], datetime]) -> None:
    """Our own effects and the mark "done" are one transaction; effects outside come first and are marked after."""
    delivery = delivery_of(message.topic)
    if delivery.is_outside:
        delivery.handler(message, clock())
        _mark_done(message, clock())
        return
    with transaction.atomic():
        delivery.handler(message, clock())
        _mark_done(message, clock())


def _mark_done(message: OutboxMessage, at: datetime) -> None:
    if not _ours(message).update(done_at=at, locked_until=None, error=""):
        raise ClaimLost


def _postpone(message: OutboxMessage, error: Exception, at: datetime) -> None:
    dead_at = at if message.attempts >= ATTEMPTS else None
    _ours(message).update(
        error=f"{type(error).__name__}: {error}"[:2000].replace("\x00", ""),
        locked_until=None,
        available_at=at + pause_after(message.attempts),
        dead_at=dead_at,
    )


def _bury_abandoned(at: datetime) -> None:
    """A message whose fifth worker died as well is poison: it waits on the dead letters page."""
    _waiting().filter(attempts__gte=ATTEMPTS, locked_until__lte=at).update(
        dead_at=at, locked_until=None, error="The worker died at each attempt."
    )


def _waiting() -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(done_at=None, dead_at=None)


def _ours(message: OutboxMessage) -> QuerySet[OutboxMessage]:
    """The row as long as nobody has claimed it after us."""
    return _waiting().filter(pk=message.pk, attempts=message.attempts)
