"""Drafting: start, edit by chapter, propose, withdraw, discard, sign."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agreements import access, services
from agreements.chapter_form import Node, chapter_node, read_chapter, show_errors
from agreements.forms import ProposalForm, SignatureForm
from agreements.models import AgreementVersion, Status
from agreements.rule_form import is_pressed
from agreements.selectors import active_version, counting_signatures
from agreements.sentences import chapter_titles, problem_words
from agreements.services import EDITORS, SIGNERS
from agreements.terms.document import CHAPTERS, TermsInvalid
from agreements.views.changes import changes_between
from agreements.views.reading import may_edit
from slaportal.accounts.models import User
from slaportal.accounts.reader import person
from slaportal.web.policy import allow, signed_in
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page, tell


@require_POST
@allow(*EDITORS)
def draft_start(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Open the next draft; where one is open already, go on with it."""
    agreement = access.agreement_for(person(request), slug)
    try:
        services.start_draft(agreement=agreement, by=person(request))
    except Refused as refused:
        if refused.code != "draft_exists":
            raise
    return redirect("agreements:draft", slug=slug)


@require_GET
@signed_in
def draft(request: HttpRequest, slug: str) -> HttpResponse:
    """The open version: what it changes, its chapters, and the way to a signature."""
    version = access.draft_for(person(request), slug)
    return render_page(request, "agreements/draft.html", draft_context(request, version))


@require_http_methods(["GET", "POST"])
@allow(*EDITORS)
def draft_chapter(request: HttpRequest, slug: str, chapter: str) -> HttpResponseBase:
    """One chapter as a plain form; “add” gives a blank clause more without saving."""
    version = access.draft_for(person(request), slug)
    if chapter not in CHAPTERS:
        return redirect("agreements:draft", slug=slug)
    terms = version.document.as_dict()
    if request.method == "GET":
        return _chapter_page(request, version, chapter, chapter_node(chapter, terms[chapter]), version.digest)
    value, unread = read_chapter(chapter, request.POST)
    digest = request.POST.get("digest", "").replace("\0", "")
    if is_pressed(request.POST):
        node = chapter_node(chapter, value, request.POST)
        return _chapter_page(request, version, chapter, node, digest)
    if "add" in request.POST:
        node = chapter_node(chapter, _with_blank(chapter, value, request.POST["add"]))
        return _chapter_page(request, version, chapter, node, digest)
    return _save_chapter(request, version, chapter, terms | {chapter: value}, unread, digest)


def _save_chapter(
    request: HttpRequest,
    version: AgreementVersion,
    chapter: str,
    terms: dict[str, Any],
    unread: list[tuple[str, str]],
    digest: str,
) -> HttpResponseBase:
    node = chapter_node(chapter, terms[chapter])
    try:
        if unread:
            raise TermsInvalid([])
        services.edit_draft(version=version, terms=terms, expected_digest=digest, by=person(request))
    except TermsInvalid as invalid:
        named = {path for path, _message in unread}
        told = [(problem.path, problem_words(problem)) for problem in invalid.problems]
        errors = unread + [error for error in told if error[0] not in named]
        left = show_errors(node, errors)
        return _chapter_page(request, version, chapter, node, digest, left, status=422)
    except Refused as refused:
        # The newer text's digest, so that saving once more is a decision and not an accident.
        version.refresh_from_db()
        context = _chapter_context(version, chapter, node, version.digest)
        return refuse(request, "agreements/draft_chapter.html", context, refused)
    tell(request, _("The chapter “%(title)s” is saved in the draft.") % {"title": chapter_titles()[chapter]})
    return redirect("agreements:draft", slug=version.agreement.slug)


def _chapter_page(
    request: HttpRequest,
    version: AgreementVersion,
    chapter: str,
    node: Node,
    digest: str,
    left: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = _chapter_context(version, chapter, node, digest, left)
    return render_page(request, "agreements/draft_chapter.html", context, status=status)


def _chapter_context(
    version: AgreementVersion,
    chapter: str,
    node: Node,
    digest: str,
    left: list[tuple[str, str]] | None = None,
) -> dict[str, Any]:
    return {
        "agreement": version.agreement,
        "version": version,
        "chapter": chapter,
        "title": chapter_titles()[chapter],
        "node": node,
        "digest": digest,
        "left": left or [],
        "titles": chapter_titles(),
    }


@require_POST
@allow(*EDITORS)
def draft_propose(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Put the draft before both managers."""
    version = access.draft_for(person(request), slug)
    form = ProposalForm(request.POST)
    if not form.is_valid():
        context = draft_context(request, version) | {"proposal": form}
        return render_page(request, "agreements/draft.html", context, status=422)
    try:
        services.propose_version(version=version, by=person(request), **form.cleaned_data)
    except Refused as refused:
        return refuse(request, "agreements/draft.html", draft_context(request, version) | {"proposal": form}, refused)
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
        return refuse(request, "agreements/draft.html", draft_context(request, version), refused)
    return redirect("agreements:draft", slug=slug)


@require_POST
@allow(*EDITORS)
def draft_discard(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Throw away a draft that nobody has been shown."""
    version = access.draft_for(person(request), slug)
    try:
        services.discard_draft(version=version, by=person(request))
    except Refused as refused:
        return refuse(request, "agreements/draft.html", draft_context(request, version), refused)
    tell(request, _("The draft is discarded."))
    return redirect("agreements:agreement", slug=slug)


@require_POST
@allow(*SIGNERS)
def draft_sign(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Sign for one's own side, with the password once more."""
    version = access.draft_for(person(request), slug)
    form = SignatureForm(request.POST, user=person(request))
    context = draft_context(request, version) | {"signing": form}
    if not form.is_valid():
        return render_page(request, "agreements/draft.html", context, status=422)
    try:
        read = {name: form.cleaned_data[name] for name in ("digest", "effective_from")}
        services.sign_version(version=version, by=person(request), language=get_language() or "", **read)
    except Refused as refused:
        return refuse(request, "agreements/draft.html", context, refused)
    if version.status == Status.ACTIVE:
        tell(request, _("Version %(n)s is signed by both sides and in force.") % {"n": version.number})
    elif version.status == Status.SIGNED:
        tell(request, _("Version %(n)s is signed by both sides.") % {"n": version.number})
    else:
        tell(request, _("You have signed version %(n)s for your side.") % {"n": version.number})
    return redirect("agreements:version", slug=slug, number=version.number)


def draft_context(request: HttpRequest, version: AgreementVersion) -> dict[str, Any]:
    """What the draft's page shows."""
    base = version.based_on or active_version(version.agreement.slug)
    signatures = counting_signatures(version)
    side = SIGNERS.get(person(request).role)
    may_sign = version.status == Status.PROPOSED and side is not None and side not in signatures
    return {
        "agreement": version.agreement,
        "version": version,
        "base": base,
        "changes": changes_between(base.document, version.document) if base else [],
        "titles": chapter_titles(),
        "signatures": signatures,
        "earlier_signatures": version.signatures.exclude(pk__in=[signature.pk for signature in signatures.values()]),
        "may_edit": may_edit(request),
        "proposal": ProposalForm(initial={"why": version.why}),
        "signing": _signature_form(version, person(request)) if may_sign else None,
        "now": timezone.now(),
    }


def _signature_form(version: AgreementVersion, user: User) -> SignatureForm:
    since = version.effective_from
    read = {"digest": version.digest, "effective_from": since.isoformat() if since else ""}
    return SignatureForm(initial=read, user=user)


def _with_blank(chapter: str, value: Any, name: str) -> Any:
    """The chapter's value with an empty clause at the end of the list called ``name``; not found where none is."""
    target = value
    try:
        for step in name.split(".")[1:]:
            target = target[int(step)] if isinstance(target, list) else target[step]
    except (LookupError, ValueError, TypeError) as wrong:
        raise Http404 from wrong
    if not isinstance(target, list):
        raise Http404
    target.append({})
    return value
