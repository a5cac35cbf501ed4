"""Signed versions come into force on their day: a tick and a Celery task."""

from __future__ import annotations

from datetime import datetime

from celery import shared_task
from django.utils import timezone

from agreements.models import AgreementVersion
from agreements.services import activate_due
from slaportal.outbox.ticks import every


@every(60, name="bring terms into force")
def activate_tick(at: datetime) -> list[AgreementVersion]:
    """Every signed version whose effective date has come."""
    return activate_due(at)


@shared_task(name="agreements.activate")
def activate() -> None:
    """Beat calls this each minute."""
    activate_due(timezone.now())
