"""What the outbox's pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, QuerySet

from slaportal.outbox.models import Heartbeat, Job, JobState, Notification, OutboxMessage
from slaportal.outbox.texts import text_of

# Three missed beats of 30 s.
SILENT_AFTER = timedelta(seconds=90)


@dataclass(frozen=True)
class Notice:
    """A notification with its words in the active language."""

    notification: Notification
    sentence: str


@dataclass(frozen=True)
class Backlog:
    """How many messages wait for delivery, and since when the oldest does."""

    n_waiting: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class Pulse:
    """A background process: when it was last heard of, and whether that is recent."""

    name: str
    at: datetime
    is_alive: bool


def notices_in(notifications: list[Notification]) -> list[Notice]:
    """These notifications in the reader's language; the recipient is the reader."""
    return [
        Notice(each, text_of(each.kind, recipient=each.recipient, facts=each.facts, url=each.url).sentence)
        for each in notifications
    ]


def backlog() -> Backlog:
    """What waits; messages that are postponed on purpose count as well."""
    waiting = OutboxMessage.objects.filter(done_at=None, dead_at=None)
    figures = waiting.aggregate(n=Count("pk"), oldest=Min("created_at"))
    return Backlog(figures["n"], figures["oldest"])


def dead_messages() -> QuerySet[OutboxMessage]:
    """What five attempts could not deliver, the latest first."""
    return OutboxMessage.objects.filter(done_at=None).exclude(dead_at=None).order_by("-dead_at", "id")


def failed_jobs() -> QuerySet[Job]:
    """What could not be run, the latest first."""
    return Job.objects.filter(state=JobState.FAILED).select_related("by").order_by("-finished_at", "id")


def pulses(at: datetime) -> list[Pulse]:
    """All background processes that were ever heard of."""
    beats = Heartbeat.objects.order_by("name")
    return [Pulse(each.name, each.at, at - each.at <= SILENT_AFTER) for each in beats]
