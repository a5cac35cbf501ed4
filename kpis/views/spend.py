"""What sources of leads cost in a month, and what a lead, an MQL and a customer of each came to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agreements.selectors import company_version, usual_currency, versions_in_force
from kpis.dashboard import cost_words, leads_url
from kpis.forms import SpendForm
from kpis.spend import Cost, costs, save_spend, total_of
from kpis.views.results import zone_of
from kpis.visitors import MAY_COUNT
from leads.months import Month
from leads.selectors.lists import sources
from slaportal.accounts.reader import person
from slaportal.web.policy import allow, signed_in
from slaportal.web.refusals import RefusedInput, words_for
from slaportal.web.rendering import render_page, tell

PAGE = "kpis/spend.html"


@require_GET
@signed_in
def spend(request: HttpRequest) -> HttpResponse:
    """A month's costs by source; those who may enter them find the form here."""
    return render_page(request, PAGE, _context(request, request.GET.get("month", ""), timezone.now()))


@require_POST
@allow(*MAY_COUNT)
def spend_entry(request: HttpRequest) -> HttpResponseBase:
    """Set what a source cost in the month; the newest word counts."""
    now = timezone.now()
    context = _context(request, request.POST.get("month", ""), now)
    month, form = context["month"], SpendForm(request.POST)
    context["form"] = form
    if form.is_valid():
        report = save_spend([{"month": str(month), **form.cleaned_data}], by=person(request), at=now)
        for refused in report.rejected:
            name = refused.field if refused.field in form.fields else None
            form.add_error(name, words_for(RefusedInput(refused.code, **refused.facts)))
    if not form.is_valid():
        return render_page(request, PAGE, context, status=422)
    tell(request, _("The month's costs are saved."))
    return redirect(f"{reverse('kpis:spend')}?month={month}")


def _context(request: HttpRequest, asked: str, now: datetime) -> dict[str, Any]:
    version = company_version(list(versions_in_force()))
    zone = zone_of(version)
    month = Month.read(asked, zone) if asked else Month.of(now, zone)
    if month is None:
        raise Http404
    found = costs(month, month)
    return {
        "month": month,
        "rows": [_row(one, month) for one in found],
        "total": (total := total_of(found)) and _row(total, month),
        "has_next": month.ends_at <= now,
        "may_enter": getattr(request.user, "role", "") in MAY_COUNT,
        "form": SpendForm(initial={"currency": usual_currency(version)}),
        "sources": sources(),
        "now": now,
    }


def _row(cost: Cost, month: Month) -> dict[str, Any]:
    """A source's cost in words; each number of leads opens its list."""
    source = f"&source={cost.source}" if cost.source else ""
    counted = [
        (cost.leads, cost.per_lead, f"created={month}"),
        (cost.mqls, cost.per_mql, f"arrived=mql&month={month}"),
        (cost.customers, cost.per_customer, f"arrived=customer&month={month}"),
    ]
    return {
        "source": cost.source,
        "amount": cost_words(cost.amount, cost.currency),
        "cells": [
            (n, cost_words(each, cost.currency), leads_url(query) + source if cost.source else "")
            for n, each, query in counted
        ],
    }
