"""Long work: one at a time, in turns, from its checkpoint on, and failed in plain sight."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from slaportal.accounts.models import User
from slaportal.outbox import jobs
from slaportal.outbox.drain import drain
from slaportal.outbox.models import Job, JobState
from slaportal.outbox.registry import Progress, Run
from slaportal.web.refusals import Refused

AT = dt.datetime(2026, 3, 4, 10, tzinfo=dt.UTC)
Kind = Callable[[str, Run], None]
pytestmark = pytest.mark.django_db


def count_to_three(job: Job, progress: Progress) -> dict[str, Any]:
    """Goes on from its checkpoint; the result tells where this call began."""
    began = job.checkpoint.get("at", 0)
    for n in range(began, 3):
        progress(n + 1, 3, checkpoint={"at": n + 1})
    return {"began": began}


def started(**changes: Any) -> Job:
    job = jobs.start_job("count", by=None, params={}, at=AT)
    Job.objects.filter(pk=job.pk).update(**changes)
    return job


def test_a_job_runs_to_its_end_and_keeps_its_result(kind: Kind, sam: User) -> None:
    kind("count", count_to_three)
    job = jobs.start_job("count", by=sam, params={"day": AT.date()}, at=AT)
    assert (job.state, job.params) == (JobState.WAITING, {"day": "2026-03-04"})
    assert drain(at=AT) == 1
    job.refresh_from_db()
    assert (job.state, job.result, job.done, job.total) == (JobState.DONE, {"began": 0}, 3, 3)
    assert (job.started_at, job.finished_at, job.locked_until) == (AT, AT, None)
    assert drain(at=AT) == 0


@pytest.mark.parametrize(
    ("reported", "shown"),
    [
        ([(80, 100)], (100, 100)),
        ([(30, 100), (60, 100)], (100, 100)),
        ([(7, 0)], (7, 7)),
        ([(7, 5)], (7, 7)),
        ([], (0, 0)),
    ],
)
def test_a_job_that_is_done_shows_all_done(kind: Kind, reported: list[tuple[int, int]], shown: tuple[int, int]) -> None:
    def run(_job: Job, progress: Progress) -> dict[str, Any]:
        for figures in reported:
            progress(*figures)
        return {}

    kind("count", run)
    job = started()
    drain(at=AT)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (JobState.DONE, *shown)


def test_a_job_that_nobody_runs_is_refused_at_once() -> None:
    with pytest.raises(LookupError, match="no-such-kind"):
        jobs.start_job("no-such-kind", by=None, params={}, at=AT)


def test_the_same_key_gives_the_same_job(kind: Kind) -> None:
    kind("count", count_to_three)
    first, second = (jobs.start_job("count", by=None, params={}, key="once", at=AT) for _ in range(2))
    assert first == second


def test_a_job_is_gone_when_its_change_is(kind: Kind) -> None:
    kind("count", count_to_three)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        started()
        raise ZeroDivisionError
    assert not Job.objects.exists()


def test_the_job_of_a_killed_worker_goes_on_from_its_checkpoint(kind: Kind) -> None:
    kind("count", count_to_three)
    job = started(state=JobState.RUNNING, attempts=1, checkpoint={"at": 2}, locked_until=AT + jobs.LEASE)
    assert drain(at=AT) == 0
    assert drain(at=AT + jobs.LEASE) == 1
    job.refresh_from_db()
    assert (job.state, job.result, job.attempts) == (JobState.DONE, {"began": 2}, 2)


def test_a_long_job_runs_in_turns_that_count_as_no_attempt(kind: Kind) -> None:
    kind("count", count_to_three)
    job = started()
    seen = []
    for _ in range(4):
        # One turn whose time is over as soon as the first checkpoint is saved.
        claimed = jobs._claim(AT)
        assert claimed is not None
        jobs._take_turn(claimed, lambda: AT, stop=time.monotonic() - 1)
        job.refresh_from_db()
        seen.append((job.state, job.done, job.attempts))
    waiting = JobState.WAITING
    assert seen == [(waiting, 1, 0), (waiting, 2, 0), (waiting, 3, 0), (JobState.DONE, 3, 1)]
    assert job.result == {"began": 3}


def test_a_waiting_job_comes_before_the_next_turn_of_a_long_one(kind: Kind) -> None:
    kind("count", count_to_three)
    started(locked_until=AT - dt.timedelta(seconds=1))
    new = started(created_at=AT)
    claimed = jobs._claim(AT)
    assert claimed == new


def test_only_one_job_runs_at_a_time(kind: Kind) -> None:
    kind("count", count_to_three)
    started(state=JobState.RUNNING, attempts=1, locked_until=AT + jobs.LEASE)
    started()
    assert drain(at=AT) == 0


def test_a_run_that_lost_its_lease_stops_and_changes_nothing(kind: Kind) -> None:
    def overtaken(job: Job, progress: Progress) -> dict[str, Any]:
        Job.objects.filter(pk=job.pk).update(attempts=job.attempts + 1)
        progress(1, 2)
        return {"never": "reached"}

    kind("count", overtaken)
    job = started()
    drain(at=AT)
    job.refresh_from_db()
    assert (job.state, job.done, job.result, job.attempts) == (JobState.RUNNING, 0, {}, 2)


def test_a_failing_job_is_tried_five_times_and_then_tells_why(kind: Kind) -> None:
    def broken(job: Job, progress: Progress) -> dict[str, Any]:
        raise OSError("disk full")

    kind("count", broken)
    job = started()
    drain(at=AT)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == (JobState.WAITING, 1, "OSError: disk full")
    assert drain(at=AT) == 0, "it rests first"
    for n in range(1, 9):
        drain(at=AT + dt.timedelta(hours=n))
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == (JobState.FAILED, 5, "OSError: disk full")
    assert job.is_over


def test_a_refusal_fails_a_job_at_once_in_words(kind: Kind) -> None:
    def refused(job: Job, progress: Progress) -> dict[str, Any]:
        raise Refused("changed_meanwhile")

    kind("count", refused)
    job = started()
    drain(at=AT)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.FAILED, 1)
    assert job.error.startswith("Somebody else changed this")


def test_a_job_that_killed_five_workers_has_failed(kind: Kind) -> None:
    kind("count", count_to_three)
    job = started(state=JobState.RUNNING, attempts=5, locked_until=AT)
    drain(at=AT)
    job.refresh_from_db()
    assert (job.state, job.error, job.finished_at) == (JobState.FAILED, "The worker died at each attempt.", AT)


def test_a_pause_leaves_nothing_half_done(kind: Kind, sam: User) -> None:
    def rename(job: Job, progress: Progress) -> dict[str, Any]:
        with transaction.atomic():
            User.objects.update(name="changed")
            progress(1, 2, checkpoint={"at": 1})
        return {}

    kind("count", rename)
    job = started()
    claimed = jobs._claim(AT)
    assert claimed is not None
    jobs._take_turn(claimed, lambda: AT, stop=time.monotonic() - 1)
    job.refresh_from_db()
    sam.refresh_from_db()
    assert (job.checkpoint, job.state, sam.name) == ({}, JobState.WAITING, "Sam Okoro")
