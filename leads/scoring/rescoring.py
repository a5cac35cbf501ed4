"""Scores all leads anew: when terms come into force, and on request; in short transactions, resumed after a crash."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from leads.models import EngagementSlot, Lead
from leads.scoring.chunks import next_chunk, next_size
from leads.scoring.colleagues import fill_with_colleagues
from leads.scoring.dirty import take_dirty
from leads.scoring.fragments import between
from leads.scoring.governing import Governing, governing, lock_scores, still_governs
from leads.scoring.slots import ensure_slots, slots_of
from leads.scoring.writing import looks_at_ages, write_scores
from slaportal.accounts.models import User
from slaportal.outbox.jobs import runs, start_job
from slaportal.outbox.models import Job
from slaportal.outbox.registry import Progress

# The most leads at once. While a chunk is scored no event is counted, so chunks are as large as fits into this time;
# the first fill of new slots makes them small.
CHUNK = 20_000
FIRST_CHUNK = 1_000
HOLD_SECONDS = 0.5
# None scores more than this share of the leads: where there are few, each chunk is short too.
SHARE = 32
RESCORE = "leads.rescore"


@dataclass(frozen=True)
class Passed:
    """How far a rescore has come: all leads up to the id ``after`` are scored."""

    after: int = 0
    leads: int = 0
    written: int = 0
    is_superseded: bool = False


Report = Callable[[Passed, int], None]


def rescore(
    *, at: datetime, report: Report | None = None, passed: Passed | None = None, only_stale: bool = False
) -> Passed:
    """Score all leads by the terms in force as of ``at``, in short transactions; each score names its version.

    ``only_stale`` leaves out those that have their score by the version that governs them. ``report(passed, total)``
    hears of each chunk; with ``passed`` an interrupted rescore goes on. It ends early, as superseded, once other terms
    or segments govern: their own rescore follows.
    """
    passed = passed or Passed()
    in_force = governing()
    total = Lead.objects.count()
    ensure_slots(in_force, at)
    most = min(CHUNK, max(FIRST_CHUNK, total // SHARE))
    size = min(FIRST_CHUNK, most)
    while True:
        last, n_leads = next_chunk(passed.after, size)
        if last is None:
            break
        began = time.perf_counter()
        written = _score_chunk(in_force, passed.after + 1, last, at, only_stale=only_stale)
        if written is None:
            return Passed(passed.after, passed.leads, passed.written, is_superseded=True)
        size = next_size(size, time.perf_counter() - began, most=most, target=HOLD_SECONDS)
        passed = Passed(last, passed.leads + n_leads, passed.written + written)
        if report:
            report(passed, max(total, passed.leads))
    _note_filled(in_force, at)
    return passed


def start_rescore(*, by: User | None, at: datetime, key: str | None = None) -> Job:
    """A job that scores the leads that have no score by the terms that govern them now, in the caller's transaction."""
    return start_job(RESCORE, by=by, params={"state": governing().key}, key=key, at=at)


def start_due_rescore(at: datetime) -> Job | None:
    """The rescore by terms or segments that came into force, started once; None before any terms are in force.

    Terms whose rules look at the age of a field (within_days, older_than_days) need another one every day: with them
    alone, scores change as time passes.
    """
    in_force = governing()
    if not in_force:
        return None
    key = f"rescore:{in_force.key}"
    if any(looks_at_ages(version.document) for version in in_force.versions):
        key += f":{at:%Y-%m-%d}"
    return Job.objects.filter(dedup_key=key).first() or start_rescore(by=None, at=at, key=key)


def rescore_job() -> Job | None:
    """The latest rescore by the terms and segments in force; None until it is begun."""
    return Job.objects.filter(kind=RESCORE, params__state=governing().key).order_by("-created_at").first()


@runs(RESCORE)
def run_rescore(job: Job, progress: Progress) -> dict[str, Any]:
    """The job: goes on after the last chunk that was committed."""

    def report(passed: Passed, total: int) -> None:
        checkpoint = {"after": passed.after, "leads": passed.leads, "written": passed.written}
        progress(passed.leads, total, checkpoint=checkpoint)

    passed = Passed(**job.checkpoint)
    if governing().key == job.params["state"]:
        passed = rescore(at=timezone.now(), report=report, passed=passed, only_stale=True)
    else:
        passed = replace(passed, is_superseded=True)
    return {"leads": passed.leads, "written": passed.written, "is_superseded": passed.is_superseded}


def _score_chunk(in_force: Governing, first: int, last: int, at: datetime, *, only_stale: bool) -> int | None:
    """How many scores were written; None if other terms or segments govern by now."""
    with transaction.atomic():
        lock_scores()
        slots = slots_of(in_force)
        if slots is None or not still_governs(in_force):
            return None
        changed = take_dirty(first=first, last=last)
        leads = between(first, last)
        fill_with_colleagues(in_force, slots, leads("lead_id"), at)
        known = changed if only_stale else None
        return write_scores(in_force, slots, leads, at, changed=known, is_news=False)


def _note_filled(in_force: Governing, at: datetime) -> None:
    with transaction.atomic():
        lock_scores()
        if slots_of(in_force) is not None:
            EngagementSlot.objects.filter(filled_at=None).update(filled_at=at)
