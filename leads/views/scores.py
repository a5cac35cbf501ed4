"""A lead's score history: the chart on its page, and all points with their receipts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from leads import access
from leads.models import Lead, ScoreMark
from leads.scoring import Score, mark_named, points_of, unwritten_fades
from slaportal.accounts.reader import person
from slaportal.web.formats import number_words, short_day
from slaportal.web.policy import signed_in
from slaportal.web.rendering import render_page

PAGE = "leads/scores.html"
BODY = "leads/_scores.html"
# So many days are drawn, and so many points listed on one page.
DAYS_DRAWN = 24
LISTED = 100

Series = list[dict[str, Any]]


@require_GET
@signed_in
def scores(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """All points, the newest first; ``?point=`` opens the receipt of one."""
    lead, now = access.lead_for(person(request), public_id), timezone.now()
    marks = ScoreMark.objects.filter(lead=lead).order_by("-at", "-kind")
    page = Paginator(marks, LISTED).get_page(request.GET.get("page"))
    fades = unwritten_fades(lead, now) if page.number == 1 else []
    opened = mark_named(lead, request.GET.get("point", ""))
    context = {
        "lead": lead,
        "now": now,
        "page": page,
        "points": points_of([*fades, *page]),
        "opened": points_of([opened])[0] if opened else None,
        "series": drawn(lead, None),
    }
    return render_page(request, PAGE, context, fragment=BODY)


def drawn(lead: Lead, score: Score | None) -> Series:
    """The lines of interest and fit over the last days with a high, and now; nothing where there are no such days."""
    highs = ScoreMark.objects.filter(lead=lead, kind=ScoreMark.Kind.HIGH).order_by("-since")[:DAYS_DRAWN]
    days = [(short_day(mark.at), mark.interest or 0.0, mark.fit, address_of(lead, mark)) for mark in reversed(highs)]
    if not days:
        return []
    if score is not None:
        days.append((_("now"), score.interest, score.fit, ""))
    values: list[tuple[str, str, Callable[[Any], float]]] = [
        (_("interest"), "marketing", lambda day: day[1]),
        (_("fit"), "sales", lambda day: day[2]),
    ]
    return [
        {
            "label": label,
            "tone": tone,
            "points": [
                {"label": day[0], "value": value(day), "text": number_words(value(day)), "url": day[3]} for day in days
            ],
        }
        for label, tone, value in values
    ]


def address_of(lead: Lead, mark: ScoreMark) -> str:
    """Where the receipt of this point is."""
    return f"{reverse('leads:lead-scores', args=[lead.public_id])}?point={mark.name}"
