"""The sources as their pages show them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Max, Sum
from django.http import Http404
from django.urls import reverse

from agreements.selectors import versions_in_force
from leads.models import LeadSource, SiteVisits, SourceDay, SourceKind
from leads.sources.counting import company_day

REFUSED_LATELY = dt.timedelta(days=7)
VISITS_SHOWN = dt.timedelta(days=30)
MOST_SHOWN = 50


@dataclass(frozen=True)
class SourceRow:
    """A source in the list: when it last sent, how much today, and what was refused in the last seven days."""

    source: LeadSource
    page: str
    last_received_at: dt.datetime | None
    received_today: int
    refused_lately: int

    @property
    def state(self) -> str:
        return state_of(self.source)


def source_rows(at: dt.datetime) -> list[SourceRow]:
    """All sources, those that have ended last. Three queries."""
    today = company_day(at)
    last = dict(SourceDay.objects.values_list("source").annotate(last=Max("last_received_at")))
    received = dict(SourceDay.objects.filter(day=today).values_list("source", "received"))
    since = today - REFUSED_LATELY
    recent = SourceDay.objects.filter(day__gt=since).values_list("source")
    refused = dict(recent.annotate(n=Sum("refused") + Sum("spam")))
    return [
        SourceRow(one, page_of(one), last.get(one.pk), received.get(one.pk, 0), refused.get(one.pk, 0))
        for one in LeadSource.objects.order_by(F("retired_at").asc(nulls_first=True), "name")
    ]


def page_of(source: LeadSource) -> str:
    """The address of a source's page."""
    if source.kind == SourceKind.HUBSPOT:
        return reverse("hubspot:connection", args=[source.public_id])
    return reverse("leads:source", args=[source.public_id])


def source_for(public_id: UUID, *kinds: SourceKind) -> LeadSource:
    """The source of one of these kinds (of any but HubSpot, which has pages of its own); 404 where there is none."""
    found = LeadSource.objects.filter(public_id=public_id)
    found = found.filter(kind__in=kinds) if kinds else found.exclude(kind=SourceKind.HUBSPOT)
    source = found.first()
    if source is None:
        raise Http404
    return source


def state_of(source: LeadSource) -> str:
    """on, paused or retired."""
    if source.retired_at is not None:
        return "retired"
    return "on" if source.is_active else "paused"


def visits_by_source(site: LeadSource, at: dt.datetime) -> list[tuple[str, int]]:
    """How many visitors each source brought in the last thirty days, the most first."""
    since = company_day(at) - VISITS_SHOWN
    found = SiteVisits.objects.filter(site=site, day__gt=since).values_list("source").annotate(n=Sum("count"))
    return list(found.order_by("-n", "source")[:MOST_SHOWN])


def hand_raises() -> list[str]:
    """The events by which a lead asks for Sales, by the agreements in force; in their order, each once."""
    named = (name for version in versions_in_force() for name in version.document.qualification.hand_raise_events)
    return list(dict.fromkeys(named))
