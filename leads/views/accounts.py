"""The account list: found, read, corrected; one account with its leads."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads import access
from leads.accounts.editing import add_account, edit_account, remove_account
from leads.export import shown_attribute
from leads.forms.accounts import AccountFilter, AccountForm
from leads.models import Account, Lead
from leads.scoring import score_rows
from leads.selectors.accounts import PAGE, account_rows, asked_accounts, tiers
from slaportal.accounts.reader import person
from slaportal.web.policy import allow, signed_in
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page

KEEPERS = ("marketer", "marketing_manager", "sales_manager", "admin")
FORM = "leads/account_form.html"


@require_GET
@signed_in
def account_list(request: HttpRequest) -> HttpResponse:
    """All accounts by name, with their leads, what Sales has of them, and the best band."""
    now = timezone.now()
    form = AccountFilter(request.GET, tiers=tiers())
    asked = form.asked()
    page = Paginator(asked_accounts(**asked), PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "rows": account_rows(list(page), now), "is_filtered": any(asked.values())}
    return render_page(request, "leads/account_list.html", context)


@require_GET
@signed_in
def account(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One account: its facts, its figures, its leads with their scores."""
    now = timezone.now()
    found = access.account_for(person(request), public_id)
    leads = Lead.objects.filter(account=found).select_related("owner").order_by("-created_at", "-id")
    page = Paginator(leads, PAGE).get_page(request.GET.get("page"))
    scores = score_rows(page, now)
    context = {
        "account": found,
        "figures": account_rows([found], now)[0],
        "attributes": [(name, shown_attribute(value)) for name, value in sorted(found.attributes.items())],
        "page": page,
        "leads": [{"lead": lead, "score": scores.get(lead.pk)} for lead in page],
    }
    return render_page(request, "leads/account.html", context)


@require_http_methods(["GET", "POST"])
@allow(*KEEPERS)
def account_new(request: HttpRequest) -> HttpResponse:
    """Add an account; who is on the list already is linked instead of made twice."""
    form = AccountForm(request.POST or None)
    context = {"form": form, "back": reverse("leads:account-list")}
    if request.method == "GET":
        return render_page(request, FORM, context)
    if not form.is_valid():
        return render_page(request, FORM, context, status=422)
    try:
        added = add_account(row=form.row(), owner=form.values["owner"], by=person(request), at=timezone.now())
    except Refused as refused:
        return _refused(request, context, refused)
    messages.success(request, _("%(account)s is on the list.") % {"account": added})
    return redirect("leads:account", added.public_id)


@require_http_methods(["GET", "POST"])
@allow(*KEEPERS)
def account_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Correct an account; what somebody else changed meanwhile is told instead of overwritten."""
    found = access.account_for(person(request), public_id)
    form = AccountForm(request.POST or None, account=found)
    context = {"form": form, "account": found, "back": reverse("leads:account", args=[public_id])}
    if request.method == "GET":
        return render_page(request, FORM, context)
    if not form.is_valid():
        return render_page(request, FORM, context, status=422)
    try:
        edit_account(
            public_id=public_id,
            changes=form.values,
            attributes=form.attributes,
            by=person(request),
            at=timezone.now(),
            seen_at=form.seen,
        )
    except Refused as refused:
        if refused.code == "account_changed_meanwhile":
            found.refresh_from_db()
            context["fresh"] = AccountForm(account=found)
        return _refused(request, context, refused)
    messages.success(request, _("The changes to %(account)s are saved.") % {"account": form.values["name"]})
    return redirect("leads:account", public_id)


@require_POST
@allow(*KEEPERS)
def account_target(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark as a target account, or not."""
    found = access.account_for(person(request), public_id)
    is_target = request.POST.get("is_target") == "yes"
    edit_account(public_id=public_id, changes={"is_target": is_target}, by=person(request), at=timezone.now())
    said = _("%(account)s is a target account.") if is_target else _("%(account)s is no target account any more.")
    messages.success(request, said % {"account": found})
    return redirect("leads:account", public_id)


@require_POST
@allow(*KEEPERS)
def account_removal(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take the account off the list for good; its leads stay."""
    found = access.account_for(person(request), public_id)
    remove_account(public_id=public_id, by=person(request), at=timezone.now())
    messages.success(request, _("%(account)s is off the list. Its leads stay.") % {"account": found})
    return redirect("leads:account-list")


def _refused(request: HttpRequest, context: dict[str, Any], refused: Refused) -> HttpResponse:
    """The form again, with a link to the account that has the domain or the name already."""
    if other := refused.facts.get("account"):
        context["other"] = Account.objects.filter(public_id=other).first()
    return refuse(request, FORM, context, refused)
