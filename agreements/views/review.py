"""What is decided about a draft: proposed, opened, asked to be changed, taken back, signed, thrown away."""

from __future__ import annotations

from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from agreements import services
from agreements.forms import ChangeRequestForm, ProposalForm, ReadTextForm, SignatureForm
from agreements.models import AgreementVersion, Status
from agreements.selectors import open_version
from agreements.services import EDITORS, SIGNERS
from agreements.views.draft_page import closed_page, draft_context, on_open_draft
from slaportal.accounts.reader import person
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page, tell, wants_fragment

PAGE = "agreements/draft.html"


@require_POST
@allow(*EDITORS)
@on_open_draft
def draft_propose(request: HttpRequest, version: AgreementVersion) -> HttpResponseBase:
    """Put the draft before both managers."""
    form = ProposalForm(request.POST)
    if not form.is_valid():
        return _given_back(request, version, form, "proposal")
    try:
        services.propose_version(version=version, by=person(request), **form.cleaned_data)
    except Refused as refused:
        return _given_back(request, version, form, "proposal", refused)
    tell(request, _("Version %(n)s is proposed. Both managers have been told.") % {"n": version.number})
    return redirect("agreements:draft", slug=version.agreement.slug)


@require_POST
@allow(*EDITORS)
@on_open_draft
def draft_withdraw(request: HttpRequest, version: AgreementVersion) -> HttpResponseBase:
    """Take the proposal back to draft."""
    form = ReadTextForm(request.POST)
    if not form.is_valid():
        return _given_back(request, version, form)
    try:
        services.withdraw_version(version=version, by=person(request), digest=form.cleaned_data["digest"])
    except Refused as refused:
        return _given_back(request, version, form, refused=refused)
    return redirect("agreements:draft", slug=version.agreement.slug)


@require_POST
@allow(*EDITORS)
@on_open_draft
def draft_discard(request: HttpRequest, version: AgreementVersion) -> HttpResponseBase:
    """Throw away a draft that nobody has been shown."""
    form = ReadTextForm(request.POST)
    if not form.is_valid():
        return _given_back(request, version, form)
    try:
        services.discard_draft(version=version, by=person(request), digest=form.cleaned_data["digest"])
    except Refused as refused:
        return _given_back(request, version, form, refused=refused)
    tell(request, _("The draft is discarded."))
    return redirect("agreements:agreement", slug=version.agreement.slug)


@require_POST
@allow(*SIGNERS)
@on_open_draft
def draft_open(request: HttpRequest, version: AgreementVersion) -> HttpResponseBase:
    """Note that a signer has opened the proposed text: the page says so by itself, or the signer presses the button."""
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
    return redirect("agreements:draft", slug=version.agreement.slug)


@require_POST
@allow(*SIGNERS)
@on_open_draft
def draft_request(request: HttpRequest, version: AgreementVersion) -> HttpResponseBase:
    """Ask for changes before one's side signs; the version stays proposed with the request visible."""
    form = ChangeRequestForm(request.POST)
    if not form.is_valid():
        return _given_back(request, version, form, "asking")
    try:
        services.request_changes(version=version, by=person(request), **form.cleaned_data)
    except Refused as refused:
        return _given_back(request, version, form, "asking", refused)
    tell(request, _("Your request is noted. The editor and both managers have been told."))
    return redirect("agreements:draft", slug=version.agreement.slug)


@require_POST
@allow(*SIGNERS)
@on_open_draft
def draft_sign(request: HttpRequest, version: AgreementVersion) -> HttpResponseBase:
    """Sign for one's own side, with the password once more."""
    form = SignatureForm(request.POST, user=person(request))
    if not form.is_valid():
        return _given_back(request, version, form, "signing")
    try:
        read = {name: form.cleaned_data[name] for name in ("digest", "effective_from")}
        services.sign_version(version=version, by=person(request), language=get_language() or "", **read)
    except Refused as refused:
        return _given_back(request, version, form, "signing", refused)
    if version.status == Status.ACTIVE:
        tell(request, _("Version %(n)s is signed by both sides and in force.") % {"n": version.number})
    elif version.status == Status.SIGNED:
        tell(request, _("Version %(n)s is signed by both sides.") % {"n": version.number})
    else:
        tell(request, _("You have signed version %(n)s for your side.") % {"n": version.number})
    return redirect("agreements:version", slug=version.agreement.slug, number=version.number)


def _given_back(
    request: HttpRequest, version: AgreementVersion, form: Form, name: str = "", refused: Refused | None = None
) -> HttpResponse:
    """The page as the draft stands now, with the form as it was filled in, and why nothing was done.

    The page's forms carry the text and the day that it shows, so a form with a mistake in it, sent from a page that
    showed others, must say so: whoever mends the mistake decides about the new text.
    """
    shown = open_version(version.agreement)
    if shown is None:
        return closed_page(request, version.agreement, refused)
    context = draft_context(request, shown)
    if name and context[name]:
        context[name] = form
    context["form"] = form
    refused = refused or _not_as_read(shown, form)
    if refused is not None:
        return refuse(request, PAGE, context, refused)
    return render_page(request, PAGE, context, status=422)


def _not_as_read(version: AgreementVersion, form: Form) -> Refused | None:
    read = form.cleaned_data
    if "digest" in read and read["digest"] != version.digest:
        return Refused("text_changed")
    if isinstance(form, SignatureForm) and read.get("effective_from", version.effective_from) != version.effective_from:
        return Refused("day_changed")
    return None
