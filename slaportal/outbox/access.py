"""Who sees which notification and which job."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.http import Http404

from slaportal.outbox.models import Job, Notification

if TYPE_CHECKING:
    from slaportal.accounts.models import User

OVERSEERS = {"marketing_manager", "sales_manager", "admin"}


def notification_for(user: User, notification_id: uuid.UUID) -> Notification:
    """One's own notification, or 404."""
    found = Notification.objects.filter(recipient=user, pk=notification_id).first()
    if found is None:
        raise Http404
    return found


def job_for(user: User, job_id: uuid.UUID) -> Job:
    """A job's state is no secret among colleagues; see `may_see_details` for its result and errors."""
    found = Job.objects.select_related("by").filter(pk=job_id).first()
    if found is None:
        raise Http404
    return found


def may_see_details(user: User, job: Job) -> bool:
    """Results and errors are for whoever started the job, managers and admins."""
    return job.by_id == user.pk or user.role in OVERSEERS
