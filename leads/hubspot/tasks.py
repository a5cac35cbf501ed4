"""What HubSpot needs again and again: stored events are applied, and it is asked for what is due."""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.utils import timezone

from leads.hubspot.applying import apply_events
from leads.hubspot.jobs import start_due_pulls
from slaportal.outbox.ticks import every


@every(5, name="HubSpot")
def keep_hubspot(at: dt.datetime) -> None:
    """Apply what webhooks brought, and start what is due; HubSpot itself is asked by a job."""
    apply_events(at)
    start_due_pulls(at)


@shared_task(name="leads.hubspot")
def keep_all_hubspot() -> None:
    """Beat calls this every five seconds."""
    keep_hubspot(timezone.now())
