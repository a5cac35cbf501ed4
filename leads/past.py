"""Leads from the past: an import or new terms hand nothing over by themselves; they say how many qualify and wait."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agreements.models import Agreement, AgreementVersion
from leads.handoff import hand_off_many
from leads.scoring import governing, hottest_qualified, qualified_leads
from slaportal.accounts.models import User
from slaportal.audit.services import record
from slaportal.outbox.jobs import runs, start_job
from slaportal.outbox.models import Job
from slaportal.outbox.registry import Progress

HAND_OVER = "leads.hand_over"
AT_ONCE = 200


def n_qualified(at: datetime, version: AgreementVersion | None = None) -> int:
    """How many leads the terms in force (or one version of them) qualify and nobody was handed yet; 0 without terms."""
    return qualified_leads(governing(), at, version).count()


def start_hand_over(*, asked_on: str, by: User, at: datetime, version: AgreementVersion | None = None) -> Job:
    """Hand over all leads that qualify now, spread over the reps; while one such job goes on, a second click finds it.

    ``asked_on`` names where the button was ("import:<uuid>", "version:<slug>/<n>"); ``version``: those alone that
    qualify by it.
    """
    with transaction.atomic():
        # One such job at a time, whichever page it was asked on.
        list(Agreement.objects.select_for_update().order_by("pk").values_list("pk"))
        last = hand_over_job()
        if last is not None and not last.is_over:
            return last
        record("leads.handed_over", by=by, on=asked_on, at=at)
        return start_job(HAND_OVER, by=by, params={"asked_on": asked_on, "version": version and version.pk}, at=at)


def hand_over_job(asked_on: str = "") -> Job | None:
    """The last time somebody asked to hand over: on that page, or anywhere."""
    asked = Job.objects.filter(kind=HAND_OVER)
    if asked_on:
        asked = asked.filter(params__asked_on=asked_on)
    return asked.order_by("-created_at").first()


@runs(HAND_OVER, title=_("Handing over leads"))
def run_hand_over_job(job: Job, progress: Progress) -> dict[str, Any]:
    """Leads that qualify, some hundred at a time; a lead that was handed over is no longer among them."""
    done = int(job.checkpoint.get("done", 0))
    only = governing().by_id.get(job.params["version"]) if job.params.get("version") else None
    if job.params.get("version") and only is None:
        return {"handed_over": done}  # Other terms came into force meanwhile.
    total = done + qualified_leads(governing(), timezone.now(), only).count()
    while leads := list(hottest_qualified(governing(), timezone.now(), AT_ONCE, only)):
        opened = hand_off_many(leads=leads, by=job.by)
        if not opened:
            break
        done += len(opened)
        progress(done, total, checkpoint={"done": done})
    return {"handed_over": done}
