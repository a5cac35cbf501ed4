"""The month's results, and the form that takes its visitors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agreements.glossary import remember_words
from agreements.models import AgreementVersion
from agreements.selectors import company_version, versions_in_force
from kpis.dashboard import dashboard
from kpis.forms import VisitorsForm
from kpis.visitors import MAY_COUNT, record_visitors, said_of_month
from leads.months import Month
from slaportal.accounts.reader import person
from slaportal.web.policy import allow, signed_in
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page, tell


@require_GET
@signed_in
def results(request: HttpRequest) -> HttpResponse:
    """One month for both teams; the current one unless another is asked for; of all agreements or of one."""
    now = timezone.now()
    in_force = list(versions_in_force())
    month = _asked_month(request.GET.get("month", ""), company_version(in_force), now)
    asked = asked_version(request.GET.get("agreement", ""), in_force)
    return render_page(request, "kpis/results.html", _context(request, month, asked, in_force, now))


@require_POST
@allow(*MAY_COUNT)
def visitors(request: HttpRequest) -> HttpResponseBase:
    """Set the visitors of a month."""
    now = timezone.now()
    in_force = list(versions_in_force())
    month = _asked_month(request.POST.get("month", ""), company_version(in_force), now)
    form = VisitorsForm(request.POST)
    context = _context(request, month, None, in_force, now) | {"form": form}
    if not form.is_valid():
        return render_page(request, "kpis/results.html", context, status=422)
    try:
        record_visitors(month=month.first, count=form.cleaned_data["count"], by=person(request), at=now)
    except Refused as refused:
        return refuse(request, "kpis/results.html", context, refused)
    tell(request, _("The month's visitors are saved."))
    return redirect(f"{reverse('kpis:results')}?month={month}")


def zone_of(version: AgreementVersion | None) -> str:
    """The zone in which months are counted: the calendar's, UTC before any terms are in force."""
    return version.document.calendar.timezone if version else "UTC"


def asked_version(slug: str, in_force: Sequence[AgreementVersion]) -> AgreementVersion | None:
    """The version in force of the agreement with this address; None where all are asked for, 404 where it has none."""
    if not slug:
        return None
    version = next((one for one in in_force if one.agreement.slug == slug), None)
    if version is None:
        raise Http404
    return version


def _asked_month(text: str, version: AgreementVersion | None, now: datetime) -> Month:
    zone = zone_of(version)
    if not text:
        return Month.of(now, zone)
    month = Month.read(text, zone)
    if month is None:
        raise Http404
    return month


def _context(
    request: HttpRequest,
    month: Month,
    asked: AgreementVersion | None,
    in_force: Sequence[AgreementVersion],
    now: datetime,
) -> dict[str, Any]:
    """``asked``: the version of the one agreement that is asked for."""
    version = asked or company_version(in_force)
    remember_words(request, version)
    others = [one for one in in_force if asked is None and one != version]
    agreement = asked.agreement if asked else None
    shown = dashboard(month, version, agreement, others)
    return {
        "asked": agreement,
        "choices": [one.agreement for one in in_force] if len(in_force) > 1 else [],
        "shown": shown,
        "month": month,
        "version": version,
        "is_to_date": month.starts_at <= now < month.ends_at,
        "has_next": month.ends_at <= now,
        "may_count": asked is None and getattr(request.user, "role", "") in MAY_COUNT,
        "form": VisitorsForm(initial={"count": said_of_month(month.first)}),
        "now": now,
    }
