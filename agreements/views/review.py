"""The way of a draft to signatures: proposed, opened, asked to be changed, taken back, signed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from agreements import access, services
from agreements.forms import ChangeRequestForm, ProposalForm, ReadTextForm, SignatureForm
from agreements.models import Status
from agreements.services import EDITORS, SIGNERS
from agreements.views.draft_page import draft_context
from slaportal.accounts.reader import person
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page, tell, wants_fragment

PAGE = "agreements/draft.html"


@require_POST
@allow(*EDITORS)
def draft_propose(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Put the draft before both managers."""
    version = access.draft_for(person(request), slug)
    form = ProposalForm(request.POST)
    if not form.is_valid():
        return render_page(request, PAGE, draft_context(request, version) | {"proposal": form}, status=422)
    try:
        services.propose_version(version=version, by=person(request), **form.cleaned_data)
    except Refused as refused:
        return refuse(request, PAGE, draft_context(request, version) | {"proposal": form}, refused)
    tell(request, _("Version %(n)s is proposed. Both managers have been told.") % {"n": version.number})
    return redirect("agreements:draft", slug=slug)


@require_POST
@allow(*EDITORS)
def draft_withdraw(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Take the proposal back to draft."""
    version = access.draft_for(person(request), slug)
    try:
        services.withdraw_version(version=version, by=person(request))
    except Refused as refused:
        return refuse(request, PAGE, draft_context(request, version), refused)
    return redirect("agreements:draft", slug=slug)


@require_POST
@allow(*SIGNERS)
def draft_open(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Note that a signer has opened the proposed text: the page says so by itself, or the signer presses the button."""
    version = access.draft_for(person(request), slug)
    form = ReadTextForm(request.POST)
    fragment = "agreements/_opened.html"
    if not form.is_valid():
        return render_page(request, PAGE, draft_context(request, version), fragment, status=422)
    try:
        services.note_opening(
            version=version, by=person(request), digest=form.cleaned_data["digest"], language=get_language() or ""
        )
    except Refused as refused:
        return refuse(request, PAGE, draft_context(request, version), refused, fragment)
    if wants_fragment(request):
        return render_page(request, PAGE, draft_context(request, version) | {"in_page": True}, fragment)
    return redirect("agreements:draft", slug=slug)


@require_POST
@allow(*SIGNERS)
def draft_request(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Ask for changes before one's side signs; the version stays proposed with the request visible."""
    version = access.draft_for(person(request), slug)
    form = ChangeRequestForm(request.POST)
    if not form.is_valid():
        return render_page(request, PAGE, draft_context(request, version) | {"asking": form}, status=422)
    try:
        services.request_changes(version=version, by=person(request), **form.cleaned_data)
    except Refused as refused:
        return refuse(request, PAGE, draft_context(request, version) | {"asking": form}, refused)
    tell(request, _("Your request is noted. The editor and both managers have been told."))
    return redirect("agreements:draft", slug=slug)


@require_POST
@allow(*SIGNERS)
def draft_sign(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Sign for one's own side, with the password once more."""
    version = access.draft_for(person(request), slug)
    form = SignatureForm(request.POST, user=person(request))
    if not form.is_valid():
        return _not_signed(request, slug, form)
    try:
        read = {name: form.cleaned_data[name] for name in ("digest", "effective_from")}
        services.sign_version(version=version, by=person(request), language=get_language() or "", **read)
    except Refused as refused:
        context = draft_context(request, version) | {"signing": form}
        return refuse(request, PAGE, context, refused)
    if version.status == Status.ACTIVE:
        tell(request, _("Version %(n)s is signed by both sides and in force.") % {"n": version.number})
    elif version.status == Status.SIGNED:
        tell(request, _("Version %(n)s is signed by both sides.") % {"n": version.number})
    else:
        tell(request, _("You have signed version %(n)s for your side.") % {"n": version.number})
    return redirect("agreements:version", slug=slug, number=version.number)


def _not_signed(request: HttpRequest, slug: str, form: SignatureForm) -> HttpResponse:
    version = access.draft_for(person(request), slug)
    return render_page(request, PAGE, draft_context(request, version) | {"signing": form}, status=422)
