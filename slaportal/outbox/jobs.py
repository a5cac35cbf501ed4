"""Long work as rows: started in the caller's transaction, run in short turns, resumed after a crash."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import translation

from slaportal.outbox.models import Job, JobState
from slaportal.outbox.registry import run_of, runs
from slaportal.outbox.services import plain
from slaportal.web.refusals import Refused, words_for

if TYPE_CHECKING:
    from slaportal.accounts.models import User

__all__ = ["run_waiting", "runs", "start_job"]

logger = logging.getLogger(__name__)

ATTEMPTS = 5
# Longer than a worker's hard time limit (90 s); every progress report renews it.
LEASE = timedelta(seconds=120)
FIRST_PAUSE = timedelta(seconds=5)


class Pause(BaseException):
    """Ends a turn from inside a run. No Exception, so that no `except Exception` of the run swallows it."""


class LeaseLost(Exception):
    """Another worker has taken this job over; this run must stop."""


def start_job(kind: str, *, by: User | None, params: dict[str, Any], at: datetime, key: str | None = None) -> Job:
    """A waiting job, written in the caller's transaction. The same `key` again gives the job that is already there."""
    run_of(kind)
    job = Job(kind=kind, by=by, params=plain(params), dedup_key=key, created_at=at)
    if key is None:
        job.save(force_insert=True)
        return job
    Job.objects.bulk_create([job], ignore_conflicts=True)
    return Job.objects.get(dedup_key=key)


def run_waiting(clock: Callable[[], datetime], *, limit: int, stop: float) -> int:
    """Run jobs one after another until none waits or `stop` (time.monotonic) is reached; how many turns it took."""
    turns = 0
    while turns < limit and time.monotonic() < stop:
        job = _claim(clock())
        if job is None:
            break
        _take_turn(job, clock, stop)
        turns += 1
    return turns


class TurnProgress:
    """The `progress` that a run is handed: saves figures and checkpoint, renews the lease, ends the turn in time."""

    def __init__(self, job: Job, clock: Callable[[], datetime], stop: float) -> None:
        self.job = job
        self.clock = clock
        self.stop = stop

    def __call__(self, done: int, total: int, *, checkpoint: dict[str, Any] | None = None) -> None:
        changes: dict[str, Any] = {"done": done, "total": total, "locked_until": self.clock() + LEASE}
        if checkpoint is not None:
            changes["checkpoint"] = plain(checkpoint)
        if not _ours(self.job).update(**changes):
            raise LeaseLost
        for name, value in changes.items():
            setattr(self.job, name, value)
        if checkpoint is not None and time.monotonic() >= self.stop:
            raise Pause


def _claim(at: datetime) -> Job | None:
    """The next job, leased to us, this attempt counted. One at a time, so that the ticks keep a free worker."""
    _fail_abandoned(at)
    if Job.objects.filter(state=JobState.RUNNING, locked_until__gt=at).exists():
        return None
    with transaction.atomic():
        job = (
            Job.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(Q(locked_until=None) | Q(locked_until__lte=at), state__in=[JobState.WAITING, JobState.RUNNING])
            .order_by(F("locked_until").asc(nulls_first=True), "created_at", "id")
            .first()
        )
        if job is not None:
            job.state = JobState.RUNNING
            job.attempts += 1
            job.started_at = job.started_at or at
            job.locked_until = at + LEASE
            job.save(update_fields=["state", "attempts", "started_at", "locked_until"])
    return job


def _take_turn(job: Job, clock: Callable[[], datetime], stop: float) -> None:
    try:
        result = run_of(job.kind)(job, TurnProgress(job, clock, stop))
    except Pause:
        # A turn that ended in good order is no failed attempt. Its lease's end is its place in the queue.
        _ours(job).update(state=JobState.WAITING, locked_until=clock(), attempts=F("attempts") - 1)
    except LeaseLost:
        logger.warning("job %s (%s) was taken over by another worker", job.pk, job.kind)
    except Refused as refused:
        _fail(job, _words_for_starter(job, refused), clock())
    except Exception as error:
        logger.exception("job %s (%s): attempt %s failed", job.pk, job.kind, job.attempts)
        _fail_or_wait(job, f"{type(error).__name__}: {error}"[:2000].replace("\x00", ""), clock())
    else:
        # The last figures that a run reported may be short of its end, or name none: what is done is all.
        whole = Greatest("done", "total")
        _ours(job).update(
            state=JobState.DONE,
            result=plain(result or {}),
            error="",
            locked_until=None,
            finished_at=clock(),
            done=whole,
            total=whole,
        )


def _fail_or_wait(job: Job, error: str, at: datetime) -> None:
    if job.attempts >= ATTEMPTS:
        _fail(job, error, at)
        return
    again_at = at + FIRST_PAUSE * 2.0 ** (job.attempts - 1)
    _ours(job).update(state=JobState.WAITING, error=error, locked_until=again_at)


def _fail(job: Job, error: str, at: datetime) -> None:
    _ours(job).update(state=JobState.FAILED, error=error, locked_until=None, finished_at=at)


def _fail_abandoned(at: datetime) -> None:
    Job.objects.filter(state=JobState.RUNNING, attempts__gte=ATTEMPTS, locked_until__lte=at).update(
        state=JobState.FAILED, error="The worker died at each attempt.", locked_until=None, finished_at=at
    )


def _words_for_starter(job: Job, refused: Refused) -> str:
    language = (job.by.language if job.by else "") or settings.LANGUAGE_CODE
    with translation.override(language):
        return words_for(refused)


def _ours(job: Job) -> QuerySet[Job]:
    """The row as long as nobody has claimed it after us."""
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)
