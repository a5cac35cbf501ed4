"""A calibration as a job: started once, run in the background, and its result kept with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from agreements.models import AgreementVersion
from slaportal.accounts.models import User
from slaportal.audit.services import record
from slaportal.outbox.jobs import start_job
from slaportal.outbox.models import Job, JobState
from slaportal.outbox.registry import Progress, runs
from slaportal.web.refusals import Refused, RefusedRole

CALIBRATE = "kpis.calibrate"
MAY_CALIBRATE = ("marketer", "marketing_manager", "sales_manager", "admin")


def start_calibration(
    *, version: AgreementVersion, by: User | None, at: datetime, take: Sequence[str] = (), leave: Sequence[str] = ()
) -> Job:
    """Calibrate the agreement of a version in force. The same again while it runs gives the job that is there.

    ``take`` and ``leave``: fields that a person ticked or unticked against the advice. Refused:
    ``not_a_calibrator``, ``calibration_is_running`` (with other fields).
    """
    if by is not None and by.role not in MAY_CALIBRATE:
        raise RefusedRole("not_a_calibrator")
    slug = version.agreement.slug
    params = {"agreement": slug, "version": version.pk, "take": sorted(set(take)), "leave": sorted(set(leave))}
    with transaction.atomic():
        # Two clicks at once meet in the same key; the next one is free when this job is over.
        n_over = _jobs(slug).filter(state__in=[JobState.DONE, JobState.FAILED]).count()
        job = start_job(CALIBRATE, by=by, params=params, key=f"calibrate:{version.agreement_id}:{n_over}", at=at)
        if job.params != params:
            raise Refused("calibration_is_running")
        if job.created_at == at:
            record("calibration.started", by=by, on=f"agreement:{slug}", at=at, **params)
    return job


def latest_calibration(slug: str) -> Job | None:
    """The newest one of an agreement, whether it runs, is done or failed."""
    return _jobs(slug).order_by("-created_at").first()


def done_calibration(slug: str) -> Job | None:
    """The newest one that has a result."""
    return _jobs(slug).filter(state=JobState.DONE).order_by("-created_at").first()


@runs(CALIBRATE, title=_("Calibration"))
def run_calibration(job: Job, progress: Progress) -> dict[str, Any]:
    """The job; numpy and scikit-learn are loaded here, in the worker alone."""
    from kpis.calibration.running import calibrate

    return calibrate(job, progress)


def _jobs(slug: str) -> QuerySet[Job]:
    return Job.objects.filter(kind=CALIBRATE, params__agreement=slug)
