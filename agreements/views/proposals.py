"""Changes that anybody proposes: the list with their states, a new one, taken or declined."""

from __future__ import annotations

from html import unescape
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agreements import access, services
from agreements.forms import DeclineForm, ProposedChangeForm
from agreements.models import Agreement
from agreements.selectors import active_version, open_version, proposals_of
from agreements.sentences import ChapterText, chapters
from agreements.services import EDITORS
from agreements.views.draft_page import address_in_draft
from agreements.views.reading import may_edit
from slaportal.accounts.reader import person
from slaportal.web.policy import allow, signed_in
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page, tell


@require_GET
@signed_in
def proposal_list(request: HttpRequest, slug: str) -> HttpResponse:
    """All proposed changes, the open ones first."""
    agreement = access.agreement_for(person(request), slug)
    return render_page(request, "agreements/proposals.html", _list_context(request, agreement))


@require_http_methods(["GET", "POST"])
@signed_in
def proposal_new(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Propose a change in words; a link from a clause or a meeting fills in where it comes from."""
    agreement = access.agreement_for(person(request), slug)
    clauses = clause_choices(_text(agreement))
    known = {name: request.GET.get(name, "") for name in ("clause", "meeting_on", "decision", "what")}
    form = ProposedChangeForm(request.POST or None, clauses=clauses, initial=known)
    context = {"agreement": agreement, "form": form}
    if request.method == "GET":
        return render_page(request, "agreements/proposal_new.html", context)
    if not form.is_valid():
        return render_page(request, "agreements/proposal_new.html", context, status=422)
    services.propose_change(agreement=agreement, by=person(request), **form.cleaned_data)
    tell(request, _("Your proposal is made. Both managers have been told."))
    return redirect("agreements:proposal-list", slug=slug)


@require_POST
@allow(*EDITORS)
def proposal_take(request: HttpRequest, slug: str, proposal: UUID) -> HttpResponseBase:
    """Take it into the draft, and go on to the form of its clause with the proposal beside it."""
    one = access.proposal_for(person(request), slug, proposal)
    try:
        services.take_proposal(proposal=one, by=person(request))
    except Refused as refused:
        return refuse(request, "agreements/proposals.html", _list_context(request, one.agreement), refused)
    tell(request, _("The proposal is taken into the draft. Write the change there; its proposer has been told."))
    return redirect(address_in_draft(one.agreement, one.clause, str(one.public_id)))


@require_POST
@allow(*EDITORS)
def proposal_decline(request: HttpRequest, slug: str, proposal: UUID) -> HttpResponseBase:
    """Decline it with a reason."""
    one = access.proposal_for(person(request), slug, proposal)
    form = DeclineForm(request.POST)
    context = _list_context(request, one.agreement) | {"declining": one.pk, "decline_form": form}
    if not form.is_valid():
        return render_page(request, "agreements/proposals.html", context, status=422)
    try:
        services.decline_proposal(proposal=one, by=person(request), reason=form.cleaned_data["reason"])
    except Refused as refused:
        return refuse(request, "agreements/proposals.html", context, refused)
    tell(request, _("The proposal is declined. Its proposer has been told why."))
    return redirect("agreements:proposal-list", slug=slug)


def clause_choices(said: list[ChapterText]) -> list[tuple[str, str]]:
    """Every clause as a choice: its § and its first words."""
    return [
        (clause.id, f"§{clause.number} {Truncator(clause.heading or unescape(strip_tags(clause.sentence))).chars(70)}")
        for chapter in said
        for clause in chapter.clauses
    ]


def _text(agreement: Agreement) -> list[ChapterText]:
    version = active_version(agreement.slug) or open_version(agreement)
    return chapters(version.document) if version else []


def _list_context(request: HttpRequest, agreement: Agreement) -> dict[str, Any]:
    words = dict(clause_choices(_text(agreement)))
    return {
        "agreement": agreement,
        "rows": [{"proposal": one, "clause_words": words.get(one.clause, "")} for one in proposals_of(agreement)],
        "may_edit": may_edit(request),
        "decline_form": DeclineForm(),
        "now": timezone.now(),
    }
