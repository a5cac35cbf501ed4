"""Leads by when they first came as far as a stage: a lead counts as having passed all stages before its furthest."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from agreements.terms.lifecycle import PATH
from leads.models import Lead, Stage, StageChange


def stages_from(stage: str) -> list[str]:
    """The stage and all that lie beyond it on the path."""
    return [str(one) for one in PATH[PATH.index(Stage(stage).value) :]]


def first_reached(
    leads: QuerySet[Lead], stage: str, since: date | None, until: date | None, zone: str
) -> QuerySet[Lead]:
    """Those that came as far as the stage for the first time on these days (both included) of the company's zone.

    A lead is a lead from its creation on; every other stage is reached by a move.
    """
    starts_at, ends_at = midnight(since, zone), midnight(until + timedelta(days=1), zone) if until else None
    if stage == Stage.LEAD:
        bounds = {"created_at__gte": starts_at, "created_at__lt": ends_at}
        return leads.filter(**{name: bound for name, bound in bounds.items() if bound})
    moves = StageChange.objects.filter(lead=OuterRef("pk"), new__in=stages_from(stage))
    if starts_at:
        leads = leads.filter(~Exists(moves.filter(at__lt=starts_at)))
        moves = moves.filter(at__gte=starts_at)
    return leads.filter(Exists(moves.filter(at__lt=ends_at) if ends_at else moves))


def came_as_far_as(leads: QuerySet[Lead], stage: str) -> QuerySet[Lead]:
    """Those that have ever come as far as the stage."""
    return leads.filter(Exists(StageChange.objects.filter(lead=OuterRef("pk"), new__in=stages_from(stage))))


def midnight(on: date | None, zone: str) -> datetime | None:
    """The first instant of a day in a zone."""
    return datetime.combine(on, time(), ZoneInfo(zone)) if on else None
