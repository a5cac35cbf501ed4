"""Counts what a draft would change for all leads, as a job: in chunks that only read, so that nobody waits for it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from agreements.models import AgreementVersion
from leads.models import Lead
from leads.scoring.chunks import next_chunk, next_size
from leads.scoring.comparing import Comparison, Tally
from leads.scoring.fragments import between
from leads.scoring.governing import governing
from slaportal.accounts.models import User
from slaportal.outbox.jobs import runs, start_job
from slaportal.outbox.models import Job, JobState
from slaportal.outbox.registry import Progress
from slaportal.web.refusals import RefusedRole

COUNT = "leads.preview"
MAY_COUNT = ("marketer", "marketing_manager", "sales_manager", "admin")
FIRST_CHUNK = 1_000
CHUNK = 20_000
CHUNK_SECONDS = 2.0
# A chunk that takes so long has met something else than many leads; the job tries again later.
MOST_MS = 60_000


@dataclass(frozen=True)
class Counted:
    """All leads, judged as they stood at ``at``."""

    found: Tally
    at: datetime


def start_count(*, draft: AgreementVersion, by: User, at: datetime) -> Job:
    """Count all leads for the draft as it stands. While that is counted, whoever asks gets the job that is there.

    Refused: ``not_a_lead_counter``.
    """
    if by.role not in MAY_COUNT:
        raise RefusedRole("not_a_lead_counter")
    compared = Comparison(draft, governing())
    params = {"draft": draft.pk, "digest": draft.digest, "state": compared.in_force.key, "key": compared.key}
    # Two clicks at once meet in the same key; the next one is free when this job is over.
    n_over = _jobs(compared).filter(state__in=[JobState.DONE, JobState.FAILED]).count()
    return start_job(COUNT, by=by, params=params, key=f"preview:{compared.key}:{n_over}", at=at)


def count_job(draft: AgreementVersion) -> Job | None:
    """The newest count for the draft as it stands."""
    return _jobs(Comparison(draft, governing())).order_by("-created_at").first()


def counted(compared: Comparison) -> Counted | None:
    """What the newest finished count found of this very comparison."""
    job = _jobs(compared).filter(state=JobState.DONE, result__has_key="found").order_by("-created_at").first()
    at = parse_datetime(job.result["at"]) if job else None
    return Counted(Tally.of(job.result["found"]), at) if job and at else None


@runs(COUNT, title=_("Counting what a draft would change"))
def run_count(job: Job, progress: Progress) -> dict[str, Any]:
    """The job: goes on after the last chunk that was kept; all leads are judged at the instant at which it began.

    It ends early, as superseded, once the draft reads otherwise or other terms or segments govern.
    """
    at = job.started_at or job.created_at
    after, done = job.checkpoint.get("after", 0), job.checkpoint.get("done", 0)
    found = Tally.of(job.checkpoint["found"]) if job.checkpoint else Tally()
    total, size = Lead.objects.count(), FIRST_CHUNK
    compared = _compared(job)
    while compared:
        last, n_leads = next_chunk(after, size)
        if last is None:
            break
        began = time.perf_counter()
        found += compared.tally(between(after + 1, last), at, most_ms=MOST_MS)
        size = next_size(size, time.perf_counter() - began, most=CHUNK, target=CHUNK_SECONDS)
        after, done = last, done + n_leads
        # Where sums lie moves only with what governs: if that moved meanwhile, this chunk may have misread them.
        compared = _compared(job)
        progress(done, max(total, done), checkpoint={"after": after, "done": done, "found": found.as_dict()})
    if compared is None:
        return {"is_superseded": True}
    url = f"{reverse('leads:draft-preview')}?agreement={compared.draft.agreement.slug}"
    return {"url": url, "at": at, "found": found.as_dict()}


def _compared(job: Job) -> Comparison | None:
    """What the job was asked to compare; None if it is no longer so."""
    drafts = AgreementVersion.objects.select_related("agreement")
    draft = drafts.filter(pk=job.params["draft"], digest=job.params["digest"]).first()
    compared = Comparison(draft, governing()) if draft else None
    return compared if compared and compared.key == job.params["key"] else None


def _jobs(compared: Comparison) -> QuerySet[Job]:
    return Job.objects.filter(kind=COUNT, params__key=compared.key)
