"""The outbox's ticks as Celery tasks; losing one of them loses seconds, never work."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from slaportal.outbox import drain, ticks, tidying


@shared_task(name="outbox.drain")
def drain_outbox() -> None:
    """Deliver what waits and run waiting jobs."""
    drain.drain()


@shared_task(name="outbox.heartbeat")
def heartbeat() -> None:
    """Note that beat, broker and worker are alive together."""
    ticks.beat("worker", at=timezone.now())


@shared_task(name="outbox.tidy")
def tidy() -> None:
    """Delete what is worth nothing any more."""
    tidying.tidy_up(timezone.now())
