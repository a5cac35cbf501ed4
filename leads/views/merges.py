"""Leads that may be one person: the doubtful pairs, two leads side by side, merging and parting them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads import access
from leads.merges.doubts import LOOK, WHY_WORDS, decline_pair, last_look, start_look, waiting_pairs
from leads.merges.fields import KEPT, choices, in_order_of_age
from leads.merges.joining import merge_leads
from leads.merges.undoing import undo_merge
from leads.models import DoubtfulPair, Lead
from leads.selectors.people import found_leads
from slaportal.accounts.reader import person
from slaportal.outbox.registry import title_of
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page

MERGERS = ("marketer", "marketing_manager", "sales_manager", "admin")
PER_PAGE = 50
LIST, SIDE_BY_SIDE = "leads/merges/list.html", "leads/merges/merge.html"


@allow(*MERGERS)
@require_GET
def duplicates(request: HttpRequest) -> HttpResponse:
    """The pairs that somebody should look at, with what they share."""
    page = Paginator(waiting_pairs(), PER_PAGE).get_page(request.GET.get("page"))
    rows = [_row(pair) for pair in page]
    context = {"page": page, "rows": rows, "look": last_look(), "look_title": title_of(LOOK), "now": timezone.now()}
    return render_page(request, LIST, context)


@allow(*MERGERS)
@require_POST
def duplicates_look(request: HttpRequest) -> HttpResponse:
    """Look for pairs now, as a job."""
    start_look(by=person(request), at=timezone.now())
    return redirect("leads:duplicates")


@allow(*MERGERS)
@require_http_methods(["GET", "POST"])
def lead_merge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Choose the other lead (``?with=``: its id, or words to search), look at both side by side, merge them."""
    lead = access.lead_for(person(request), public_id)
    asked = (request.POST if request.method == "POST" else request.GET).get("with", "").strip()
    found = found_leads(asked, besides=lead)
    other = found[0] if len(found) == 1 else None
    if other is None:
        context = {"lead": lead, "asked": asked, "found": found}
        return render_page(
            request, "leads/merges/choose.html", context, status=422 if request.method == "POST" else 200
        )
    kept, gone = in_order_of_age(lead, other)
    if request.method == "GET":
        return render_page(request, SIDE_BY_SIDE, _sides(kept, gone, {}))
    keep = {name.removeprefix("keep-"): str(side) for name, side in request.POST.items() if name.startswith("keep-")}
    try:
        merge_leads(kept=kept, gone=gone, keep=keep, by=person(request), at=timezone.now())
    except Refused as refused:
        return refuse(request, SIDE_BY_SIDE, _sides(kept, gone, keep), refused)
    return redirect("leads:lead", kept.public_id)


@allow(*MERGERS)
@require_POST
def lead_distinction(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """These are two people: remembered, and never asked again."""
    user = person(request)
    lead = access.lead_for(user, public_id)
    found = found_leads(request.POST.get("with", ""), besides=lead)
    if len(found) == 1:
        decline_pair(one=lead, other=found[0], by=user, at=timezone.now())
    return redirect("leads:duplicates")


@allow(*MERGERS)
@require_POST
def merge_undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Part two leads again."""
    merge = access.merge_for(person(request), public_id)
    try:
        undo_merge(public_id=public_id, by=person(request), at=timezone.now())
    except Refused as refused:
        return refuse(request, "leads/merges/undo.html", {"lead": merge.kept}, refused)
    return redirect("leads:lead", merge.kept.public_id)


def _row(pair: DoubtfulPair) -> dict[str, Any]:
    kept, gone = in_order_of_age(pair.first, pair.second)
    return {"kept": kept, "gone": gone, "why": [WHY_WORDS[code] for code in pair.why]}


def _sides(kept: Lead, gone: Lead, keep: dict[str, str]) -> dict[str, Any]:
    """Both leads with each field, and which value stays."""
    fields = [{"choice": one, "side": keep.get(one.name, KEPT)} for one in choices(kept, gone)]
    heads = [
        {"lead": lead, "n_events": lead.events.count(), "open": lead.handoffs.filter(closed_at=None).first()}
        for lead in (kept, gone)
    ]
    return {
        "kept": kept,
        "gone": gone,
        "fields": fields,
        "heads": heads,
        "titles": (_("Older"), _("Younger")),
        "now": timezone.now(),
    }
