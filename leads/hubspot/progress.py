"""Where the work with HubSpot stands: kept in the connection's progress, changed only by whoever holds its row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone

from leads.hubspot.client import HubSpotAway, HubSpotFailed, TokenRefused
from leads.hubspot.troubles import note_trouble
from leads.models import LeadSource

EVERY = dt.timedelta(minutes=10)
FIRST_PAUSE, LONGEST_PAUSE = dt.timedelta(seconds=30), dt.timedelta(minutes=30)


class Overtaken(Exception):
    """Another run has gone on from here meanwhile."""


@contextmanager
def step_of(source: LeadSource, name: str, seen: Any) -> Iterator[dict[str, Any]]:
    """One transaction that goes on from where `name` stood when it was read; its new progress is saved with it.

    Overtaken if somebody else went on from there: two runs never take the same page twice.
    """
    with transaction.atomic():
        held = LeadSource.objects.select_for_update(no_key=True).get(pk=source.pk)
        if held.progress.get(name) != seen:
            raise Overtaken
        progress = dict(held.progress)
        yield progress
        LeadSource.objects.filter(pk=source.pk).update(progress=progress)
    source.progress = progress


def note_done(source: LeadSource, at: dt.datetime, *, was_due: bool) -> None:
    """All went well: the next turn has its usual time."""
    with _held(source) as now:
        for name in ("failures", "not_before", "error"):
            now.pop(name, None)
        if was_due:
            now["pulled_at"], now["next_at"] = at.isoformat(), (at + EVERY).isoformat()


def note_failed(source: LeadSource, failed: HubSpotFailed, at: dt.datetime) -> None:
    """Keep why, in words' code, and until when HubSpot is left alone; a refused token stops all asking."""
    with _held(source) as now:
        now["error"] = {"code": failed.code, "facts": failed.facts, "at": at.isoformat()}
        if isinstance(failed, TokenRefused):
            now["stopped"] = failed.code
        failures = now["failures"] = now.get("failures", 0) + 1
        asked_for = dt.timedelta(seconds=failed.pause if isinstance(failed, HubSpotAway) else 0)
        pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
        now["not_before"] = (at + max(pause, asked_for)).isoformat()
    note_trouble(source, failed.code, at=at, **failed.facts)


@contextmanager
def unless_scope_is_missing(source: LeadSource) -> Iterator[None]:
    """What the token may not do is left out and told; all else goes on."""
    try:
        yield
    except TokenRefused as refused:
        if refused.code != "hubspot_scope_missing":
            raise
        note_trouble(source, refused.code, at=timezone.now(), **refused.facts)


def start_anew(source: LeadSource) -> None:
    """Ask again at once: after a new token, or because somebody wants to."""
    with _held(source) as now:
        for name in ("stopped", "failures", "not_before", "next_at", "error"):
            now.pop(name, None)


def add_count(progress: dict[str, Any], name: str, n: int) -> None:
    counts = progress.setdefault("counts", {})
    counts[name] = counts.get(name, 0) + n


def moment_in(progress: dict[str, Any], name: str) -> dt.datetime | None:
    told = progress.get(name)
    return dt.datetime.fromisoformat(told) if told else None


def may_ask(source: LeadSource, at: dt.datetime) -> bool:
    """Whether HubSpot may be asked now: the token is not refused, and no pause runs."""
    not_before = moment_in(source.progress, "not_before")
    return not source.progress.get("stopped") and (not_before is None or not_before <= at)


def is_due(source: LeadSource, at: dt.datetime) -> bool:
    next_at = moment_in(source.progress, "next_at")
    return next_at is None or next_at <= at


@contextmanager
def _held(source: LeadSource) -> Iterator[dict[str, Any]]:
    with transaction.atomic():
        held = LeadSource.objects.select_for_update(no_key=True).get(pk=source.pk)
        progress = dict(held.progress)
        yield progress
        LeadSource.objects.filter(pk=source.pk).update(progress=progress)
    source.progress = progress
