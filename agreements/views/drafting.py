"""Drafting: start, edit by chapter, discard."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agreements import access, services
from agreements.chapter_form import Node, chapter_node, missing_in_form, read_chapter, rearrange, show_errors
from agreements.chapter_form.nodes import walk
from agreements.due_example import due_examples
from agreements.models import Agreement, AgreementVersion, DraftEdit, Proposal, ProposalState
from agreements.rule_form import is_pressed
from agreements.selectors import edits_since, kept_text, open_version, proposals_of, text_of
from agreements.sentences import chapter_titles, problem_words
from agreements.sentences.smart import smart_check
from agreements.services import EDITORS
from agreements.terms.document import CHAPTERS, TermsInvalid
from agreements.terms.merge import Merged, merge
from agreements.views.carrying import conflict_rows
from agreements.views.changes import SavedEdit, clause_names, saved_edits
from agreements.views.draft_page import address_in_draft, closed_page, draft_context
from agreements.views.reading import version_context
from slaportal.accounts.models import User
from slaportal.accounts.reader import person
from slaportal.web.policy import allow, signed_in
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page, tell


@require_POST
@allow(*EDITORS)
def draft_start(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Open the next draft, also from an earlier version; where one is open already, go on with it, at the clause asked.

    An earlier version is only taken up where no draft is open: it would silently not be what the draft says.
    """
    agreement = access.agreement_for(person(request), slug)
    source = _source(request, slug)
    try:
        services.start_draft(agreement=agreement, by=person(request), source=source)
    except Refused as refused:
        if source is not None:
            return refuse(request, "agreements/version.html", version_context(request, source), refused)
        if refused.code != "draft_exists":
            raise
    return redirect(address_in_draft(agreement, request.POST.get("clause", "")))


@require_GET
@signed_in
def draft(request: HttpRequest, slug: str) -> HttpResponse:
    """The open version: what it changes, its chapters, and the way to a signature; or how to begin one."""
    agreement = access.agreement_for(person(request), slug)
    version = open_version(agreement)
    if version is None:
        return closed_page(request, agreement)
    return render_page(request, "agreements/draft.html", draft_context(request, version))


@require_http_methods(["GET", "POST"])
@allow(*EDITORS)
def draft_chapter(request: HttpRequest, slug: str, chapter: str) -> HttpResponseBase:
    """One chapter as a form; “add” gives a blank clause more, “move” another order, both without saving."""
    agreement = access.agreement_for(person(request), slug)
    version = open_version(agreement)
    if version is None and request.method == "POST":
        version = _base_of_the_next(request, agreement)
    if version is None or chapter not in CHAPTERS:
        return redirect("agreements:draft", slug=slug)
    terms = version.document.as_dict()
    if request.method == "GET":
        node = chapter_node(chapter, terms[chapter], document=terms)
        _open_at(node, request.GET.get("clause", ""))
        return _chapter_page(request, version, chapter, node, version.digest)
    if "is_whole" not in request.POST:
        node = chapter_node(chapter, terms[chapter], document=terms)
        context = _chapter_context(version, chapter, node, version.digest)
        return refuse(request, "agreements/draft_chapter.html", context, Refused("form_cut_off"))
    value, unread = read_chapter(chapter, request.POST, terms)
    digest = request.POST.get("digest", "").replace("\0", "")
    if is_pressed(request.POST):
        node = chapter_node(chapter, value, request.POST, document=terms)
        return _chapter_page(request, version, chapter, node, digest)
    if "example" in request.POST and chapter == "calendar":
        node = chapter_node(chapter, value, document=terms)
        context = _chapter_context(version, chapter, node, digest)
        context["examples"] = due_examples(value, timezone.now())
        return render_page(request, "agreements/draft_chapter.html", context, fragment="agreements/_due_examples.html")
    if "add" in request.POST or "move" in request.POST:
        moved = rearrange(value, request.POST)
        node = chapter_node(chapter, value, document=terms, moved=moved)
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
    if not version.is_open:
        refused = _closed(version, chapter, terms[chapter], digest)
        context = _refused_context(version, chapter, terms[chapter], digest, refused)
        return refuse(request, "agreements/draft_chapter.html", context, refused)
    node = chapter_node(chapter, terms[chapter], document=terms)
    try:
        unread += missing_in_form(chapter, terms)
        if unread:
            raise TermsInvalid([])
        facts = {"chapter": chapter, "value": terms[chapter], "base_digest": digest}
        since = services.save_chapter(version=version, by=person(request), **facts)
    except TermsInvalid as invalid:
        named = {path for path, _message in unread}
        told = [(problem.path, problem_words(problem)) for problem in invalid.problems]
        errors = unread + [error for error in told if error[0] not in named]
        left = show_errors(node, errors)
        return _chapter_page(request, version, chapter, node, digest, left, status=422)
    except Refused as refused:
        version.refresh_from_db()
        context = _refused_context(version, chapter, terms[chapter], digest, refused)
        return refuse(request, "agreements/draft_chapter.html", context, refused)
    saved = _("The chapter “%(title)s” is saved in the draft.") % {"title": chapter_titles()[chapter]}
    tell(request, " ".join([saved, _also_kept(since, person(request))]).strip())
    return redirect("agreements:draft", slug=version.agreement.slug)


def _base_of_the_next(request: HttpRequest, agreement: Agreement) -> AgreementVersion | None:
    """Where no draft is open any more: a new one if the form asks for it, else what it would begin with."""
    if "start" in request.POST:
        with suppress(Refused):
            services.start_draft(agreement=agreement, by=person(request))
        return open_version(agreement)
    return agreement.versions.order_by("-number").first()


def _closed(version: AgreementVersion, chapter: str, own: Any, digest: str) -> Refused:
    """That the draft was signed or thrown away, with what was typed brought onto the newest signed text."""
    base = kept_text(digest)
    if base is None:
        return Refused("draft_closed_kept", number=version.number)
    sent = base.as_dict()
    merged = merge(sent, sent | {chapter: own}, version.document.as_dict())
    return Refused("draft_closed_kept", number=version.number, merged=merged)


def _refused_context(
    version: AgreementVersion, chapter: str, own: Any, digest: str, refused: Refused
) -> dict[str, Any]:
    """The form with the newer text and one's own values in it, beside what the others changed.

    It carries the newer text's digest, so that saving once more is a decision and not an accident.
    """
    merged = refused.facts.get("merged")
    value = merged.document.get(chapter, own) if isinstance(merged, Merged) else own
    node = chapter_node(chapter, value, document=version.document.as_dict())
    context = _chapter_context(version, chapter, node, version.digest)
    if isinstance(merged, Merged) and merged.conflicts:
        names = clause_names(version.document, text_of(digest))
        context["conflicts"] = conflict_rows(merged.conflicts, names, {})
        context["others"] = _others(version, digest)
    return context


def _others(version: AgreementVersion, digest: str) -> list[SavedEdit]:
    return saved_edits(edits_since(version, digest), text_of)


def _also_kept(since: list[DraftEdit], user: User) -> str:
    """A sentence on what others saved in the meantime; nothing where nobody did."""
    others = sorted({edit.by.name if edit.by else _("the console") for edit in since if edit.by != user})
    if not others:
        return ""
    return _("What %(names)s saved in the meantime is kept too.") % {"names": ", ".join(others)}


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
    context["taken"] = _proposals_beside(request, version)
    return render_page(request, "agreements/draft_chapter.html", context, status=status)


def _chapter_context(
    version: AgreementVersion,
    chapter: str,
    node: Node,
    digest: str,
    left: list[tuple[str, str]] | None = None,
) -> dict[str, Any]:
    document = version.document
    is_calendar = chapter == "calendar"
    return {
        "agreement": version.agreement,
        "version": version,
        "chapter": chapter,
        "title": chapter_titles()[chapter],
        "node": node,
        "digest": digest,
        "left": left or [],
        "titles": chapter_titles(),
        "smart": smart_check(document) if chapter == "goals" else [],
        "examples": due_examples(document.as_dict()["calendar"], timezone.now()) if is_calendar else [],
    }


def _open_at(node: Node, clause: str) -> None:
    """Show the clause that was asked for open."""
    for one in walk(node):
        for item in one.items:
            inner = (found for child in item.nodes for found in walk(child))
            item.is_open = any(found.kind == "id" and found.value == clause for found in inner)


def _proposals_beside(request: HttpRequest, version: AgreementVersion) -> list[Proposal]:
    """The proposals that this draft has taken: the one that was asked for, or those about the clause, or all."""
    taken = list(proposals_of(version.agreement).filter(version=version, state=ProposalState.TAKEN))
    asked = [one for one in taken if str(one.public_id) == request.GET.get("proposal")]
    return asked or [one for one in taken if one.clause == request.GET.get("clause")] or taken


def _source(request: HttpRequest, slug: str) -> AgreementVersion | None:
    """The earlier version to take up again, if one was named; the newest is what a draft starts from anyway."""
    number = request.POST.get("source", "")
    if not (number.isascii() and number.isdigit() and len(number) < 7):
        return None
    return access.version_for(person(request), slug, int(number))
