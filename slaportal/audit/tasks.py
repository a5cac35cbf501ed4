"""Sealing as a Celery task."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from slaportal.audit import services


@shared_task(name="audit.seal")
def seal_audit() -> None:
    """Seal what is new in the audit."""
    services.seal(timezone.now())
