"""The sweep as a tick and as a Celery task: wake-ups that carry nothing, since all that is due is found from rows."""

from __future__ import annotations

from datetime import datetime

from celery import shared_task
from django.utils import timezone

from leads.drain import keep_scores
from leads.sources.deliveries import forget_forms
from leads.sources.visits import forget_visitors
from leads.sweep import SweepReport, sweep
from slaportal.outbox.ticks import every


@every(60, name="sweep")
def sweep_tick(at: datetime) -> SweepReport:
    """What time brings: warnings, breaches, silence, nurture steps, the month's volume."""
    return sweep(at)


@every(600, name="forget visitors")
def forget_tick(at: datetime) -> None:
    """Who came on days that are over, and forms that no second click can follow any more."""
    forget_visitors(at)
    forget_forms(at)


@shared_task(name="leads.forget")
def forget() -> None:
    """Beat calls this every ten minutes."""
    forget_tick(timezone.now())


@shared_task(name="leads.sweep")
def sweep_all() -> None:
    """Beat calls this each minute."""
    sweep(timezone.now())


@shared_task(name="leads.scores")
def count_events() -> None:
    """Beat calls this every five seconds: pending events, changed leads, the rescore of new terms."""
    keep_scores(timezone.now())
