"""What keeps an admin busy: what could not be delivered, run or counted; silent background work; missing teams."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Q

from leads.models import PendingEvent
from slaportal.accounts.models import Role, User
from slaportal.outbox.models import Heartbeat, Job, JobState, OutboxMessage

SILENT_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Troubles:
    """Counts of what does not work; ``is_silent`` when no background process was heard of lately."""

    dead_messages: int
    failed_jobs: int
    events_set_aside: int
    without_team: int
    last_beat_at: datetime | None
    is_silent: bool

    @property
    def is_well(self) -> bool:
        broken = self.dead_messages + self.failed_jobs + self.events_set_aside
        return not (broken or self.without_team or self.is_silent)


def troubles(at: datetime) -> Troubles:
    """Five queries."""
    last_beat_at = Heartbeat.objects.aggregate(last=Max("at"))["last"]
    return Troubles(
        dead_messages=OutboxMessage.objects.filter(dead_at__isnull=False, done_at=None).count(),
        failed_jobs=Job.objects.filter(state=JobState.FAILED).count(),
        events_set_aside=PendingEvent.objects.filter(dead_at__isnull=False).count(),
        without_team=User.objects.filter(~Q(role=Role.ADMIN), team=None, is_active=True).count(),
        last_beat_at=last_beat_at,
        is_silent=last_beat_at is None or at - last_beat_at > SILENT_AFTER,
    )
