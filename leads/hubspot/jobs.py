"""One turn of talking with HubSpot, as a job: what was asked for, what is due, what has to be written back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.hubspot.asked import is_anything_wanted, read_wanted
from leads.hubspot.client import HubSpotApi, HubSpotFailed
from leads.hubspot.options import token_of
from leads.hubspot.progress import Overtaken, is_due, may_ask, note_done, note_failed, unless_scope_is_missing
from leads.hubspot.pulling import pull_contacts
from leads.hubspot.pushing import push_changes
from leads.hubspot.submissions import pull_submissions
from leads.models import LeadSource, SourceKind
from slaportal.accounts.models import User
from slaportal.outbox.jobs import start_job
from slaportal.outbox.models import Job, JobState
from slaportal.outbox.registry import Progress, runs

PULL = "leads.hubspot"


def start_due_pulls(at: dt.datetime) -> int:
    """A job for each connection that has something to ask and may; how many were started."""
    started = 0
    for source in LeadSource.objects.filter(kind=SourceKind.HUBSPOT, is_active=True).exclude(sealed=""):
        wants = is_due(source, at) or is_anything_wanted(source)
        if wants and may_ask(source, at) and token_of(source):
            started += start_pull(source, by=None, at=at)[1]
    return started


def start_pull(source: LeadSource, *, by: User | None, at: dt.datetime) -> tuple[Job, bool]:
    """The job that runs or waits for this connection, else a new one; and whether it is new."""
    with transaction.atomic():
        LeadSource.objects.select_for_update(no_key=True).get(pk=source.pk)
        running = unfinished_pull(source)
        if running is not None:
            return running, False
        return start_job(PULL, by=by, params={"source": str(source.public_id)}, at=at), True


def unfinished_pull(source: LeadSource) -> Job | None:
    unfinished = Job.objects.filter(kind=PULL, state__in=[JobState.WAITING, JobState.RUNNING])
    return unfinished.filter(params__source=str(source.public_id)).order_by("created_at").first()


@runs(PULL, title=_("Talking with HubSpot"))
def run_pull(job: Job, progress: Progress) -> dict[str, Any]:
    """Goes on from the connection's own progress, so that a killed turn loses one page at most.

    A fault of HubSpot's ends the job: what was done stays, the reason stands on the connection's page, and the tick
    starts another one when the pause is over.
    """
    source = LeadSource.objects.get(public_id=job.params["source"])
    at = timezone.now()
    done = job.done

    def report() -> None:
        nonlocal done
        done += 1
        progress(done, 0, checkpoint={})

    token = token_of(source)
    if source.is_active and token:
        try:
            with HubSpotApi(token) as api:
                _talk(source, api, report, at)
        except HubSpotFailed as failed:
            note_failed(source, failed, timezone.now())
        except Overtaken:
            pass
    return {"url": reverse("hubspot:connection", args=[source.public_id])}


def _talk(source: LeadSource, api: HubSpotApi, report: Any, at: dt.datetime) -> None:
    read_wanted(source, api, report)
    was_due = is_due(source, at)
    if was_due:
        pull_contacts(source, api, report)
        for step in (pull_submissions, push_changes):
            with unless_scope_is_missing(source):
                step(source, api, report)
    note_done(source, timezone.now(), was_due=was_due)
