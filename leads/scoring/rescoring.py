"""Scores all leads anew: when terms come into force, and on request; in short transactions, resumed after a crash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from agreements.compile import Sql
from agreements.models import AgreementVersion
from agreements.terms.document import Terms
from agreements.terms.rules import comparisons
from agreements.terms.rules.tree import AGES
from leads.models import EngagementSlot, Lead
from leads.scoring.dirty import take_dirty
from leads.scoring.fragments import between, run
from leads.scoring.governing import governing_version, lock_scores
from leads.scoring.slots import ensure_slots, fill_slots, slots_of
from leads.scoring.writing import write_scores
from slaportal.accounts.models import User
from slaportal.outbox.jobs import runs, start_job
from slaportal.outbox.models import Job
from slaportal.outbox.registry import Progress

CHUNK = 20_000
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
    version: AgreementVersion, *, at: datetime, report: Report | None = None, passed: Passed | None = None
) -> Passed:
    """Score all leads by this version as of ``at``, 20,000 per transaction; readers tell old from new by the version.

    ``report(passed, total)`` hears of each chunk; with ``passed`` an interrupted rescore goes on. It ends early,
    as superseded, once other terms govern: their own rescore follows.
    """
    passed = passed or Passed()
    total = Lead.objects.count()
    ensure_slots(version, at)
    while (last := _last_of_chunk(passed.after)) is not None:
        written = _score_chunk(version, passed.after + 1, last, at)
        if written is None:
            return Passed(passed.after, passed.leads, passed.written, is_superseded=True)
        n_leads = Lead.objects.filter(id__gt=passed.after, id__lte=last).count()
        passed = Passed(last, passed.leads + n_leads, passed.written + written)
        if report:
            report(passed, max(total, passed.leads))
    _note_filled(version, at)
    return passed


def start_rescore(version: AgreementVersion, *, by: User | None, at: datetime, key: str | None = None) -> Job:
    """A job that scores all leads by this version, in the caller's transaction."""
    return start_job(RESCORE, by=by, params={"version": version.pk}, key=key, at=at)


def start_due_rescore(at: datetime) -> Job | None:
    """The rescore of terms that came into force, started once; None before any terms are in force.

    Terms whose rules look at the age of a field (within_days, older_than_days) need another one every day: with them
    alone, scores change as time passes.
    """
    version = governing_version()
    if version is None:
        return None
    key = f"rescore:{version.digest}:{version.pk}"
    if looks_at_ages(version.document):
        key += f":{at:%Y-%m-%d}"
    return Job.objects.filter(dedup_key=key).first() or start_rescore(version, by=None, at=at, key=key)


def rescore_job(version: AgreementVersion) -> Job | None:
    """The latest rescore by this version; None until it is begun."""
    return Job.objects.filter(kind=RESCORE, params__version=version.pk).order_by("-created_at").first()


def looks_at_ages(terms: Terms) -> bool:
    """Can a lead's fit or standing change without any change of the lead?"""
    rules = [*(rule.when for rule in terms.qualification.fit.rules), terms.qualification.mql]
    return any(one.op in AGES for rule in rules for one in comparisons(rule))


@runs(RESCORE)
def run_rescore(job: Job, progress: Progress) -> dict[str, Any]:
    """The job: goes on after the last chunk that was committed."""

    def report(passed: Passed, total: int) -> None:
        checkpoint = {"after": passed.after, "leads": passed.leads, "written": passed.written}
        progress(passed.leads, total, checkpoint=checkpoint)

    version = AgreementVersion.objects.select_related("agreement").get(pk=job.params["version"])
    passed = rescore(version, at=timezone.now(), report=report, passed=Passed(**job.checkpoint))
    return {"leads": passed.leads, "written": passed.written, "is_superseded": passed.is_superseded}


def _last_of_chunk(after: int) -> int | None:
    chunk = Lead.objects.filter(id__gt=after).order_by("id").values("id")[:CHUNK]
    last: int | None = Lead.objects.filter(id__in=chunk).aggregate(last=Max("id"))["last"]
    return last


def _score_chunk(version: AgreementVersion, first: int, last: int, at: datetime) -> int | None:
    """How many scores were written; None if this version no longer governs."""
    with transaction.atomic():
        lock_scores()
        # Compiling the long expressions anew for each chunk would take longer than they run.
        run(Sql("SET LOCAL jit = off"))
        slots = slots_of(version)
        if slots is None or governing_version() != version:
            return None
        take_dirty(first=first, last=last)
        fill_slots(slots, between("lead_id", first, last))
        return write_scores(version, slots, between("l.id", first, last), at)


def _note_filled(version: AgreementVersion, at: datetime) -> None:
    with transaction.atomic():
        lock_scores()
        if slots_of(version) is not None:
            EngagementSlot.objects.filter(filled_at=None).update(filled_at=at)
