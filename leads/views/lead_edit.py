"""A lead typed in or corrected by hand, and all leads as a download."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from leads import access
from leads.export import csv_lines, harmless, leads_table
from leads.forms.lead import LeadForm
from leads.intake import add_lead, edit_lead
from leads.models import Lead
from leads.scoring import governing
from leads.selectors.lists import asked_leads
from leads.views.leads_list import filter_form
from slaportal.accounts.models import User
from slaportal.accounts.reader import person
from slaportal.web.policy import allow, signed_in
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page

PAGE = "leads/lead_form.html"


@signed_in
@require_http_methods(["GET", "POST"])
def lead_new(request: HttpRequest) -> HttpResponse:
    """Add a lead; who is here already is linked instead of made twice. A rep's own find is the rep's."""
    form = LeadForm(request.POST or None)
    context = {"form": form, "back": reverse("leads:lead-list")}
    if request.method == "GET":
        return render_page(request, PAGE, context)
    if not form.is_valid():
        return render_page(request, PAGE, context, status=422)
    try:
        lead = add_lead(row=form.row(), by=person(request), at=timezone.now())
    except Refused as refused:
        return _refused(request, context, refused)
    messages.success(request, _("%(lead)s is added.") % {"lead": lead})
    return redirect("leads:lead", lead.public_id)


@signed_in
@require_http_methods(["GET", "POST"])
def lead_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Correct a lead; what somebody else changed meanwhile is shown instead of overwritten."""
    lead = access.lead_to_edit(person(request), public_id)
    form = LeadForm(request.POST or None, lead=lead)
    context = {"form": form, "lead": lead, "back": reverse("leads:lead", args=[public_id])}
    if request.method == "GET":
        return render_page(request, PAGE, context)
    if not form.is_valid():
        return render_page(request, PAGE, context, status=422)
    try:
        edit_lead(
            public_id=lead.public_id,
            changes=form.values,
            attributes=form.attributes,
            by=person(request),
            at=timezone.now(),
            seen_at=form.seen,
        )
    except Refused as refused:
        return _refused(request, context, refused)
    messages.success(request, _("The changes to %(lead)s are saved.") % {"lead": lead})
    return redirect("leads:lead", public_id)


@allow("marketer", "marketing_manager", "sales_manager", "admin")
@require_GET
def lead_export(request: HttpRequest) -> HttpResponseBase:
    """The leads that the list's filters leave, as CSV that is safe to open in a spreadsheet."""
    in_force = governing()
    form = filter_form(request.GET, in_force, owners=User.objects.all(), sources=[])
    leads = asked_leads(form.question(), person(request), in_force, timezone.now())
    table = map(harmless, leads_table(leads))
    response = StreamingHttpResponse(csv_lines(table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="leads.csv"'
    return response


def _refused(request: HttpRequest, context: dict[str, Any], refused: Refused) -> HttpResponse:
    """The form again; a lead that has the name already is linked, and after somebody's change the new state is told."""
    other = refused.facts.get("lead")
    if other:
        context["other"] = Lead.objects.filter(public_id=other).first()
    if refused.code == "lead_changed_meanwhile":
        context["fresh"] = LeadForm(lead=context["lead"])
        context["differences"] = context["form"].differences
    return refuse(request, PAGE, context, refused)
