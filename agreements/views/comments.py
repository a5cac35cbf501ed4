"""What is said about clauses: the thread of one, and all of an agreement's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agreements import access, services
from agreements.forms import CommentForm
from agreements.models import Agreement, AgreementVersion, Comment
from agreements.selectors import active_version, comments_on, open_comment_counts, open_version, text_of
from agreements.sentences import ClauseText, chapters
from agreements.terms.document import Terms
from slaportal.accounts.reader import person
from slaportal.web.policy import signed_in
from slaportal.web.refusals import Refused
from slaportal.web.rendering import announce, refuse, render_page, tell, wants_fragment

PAGE, FRAGMENT = "agreements/thread.html", "agreements/_thread.html"


@require_GET
@signed_in
def comment_list(request: HttpRequest, slug: str) -> HttpResponse:
    """All that is said, by clause, the unresolved first; also about clauses that are gone."""
    agreement = access.agreement_for(person(request), slug)
    show_all = request.GET.get("show") == "all"
    said = comments_on(agreement) if show_all else comments_on(agreement).filter(resolved_at=None)
    by_clause: dict[str, list[Comment]] = {}
    for comment in said:
        by_clause.setdefault(comment.clause, []).append(comment)
    current = _clauses(_newest(agreement).document)
    threads: list[dict[str, Any]] = [
        {"id": clause, "comments": some, "clause": current.get(clause) or _as_it_was(some[-1])}
        for clause, some in by_clause.items()
    ]
    for thread in threads:
        thread["is_gone"] = thread["id"] not in current
    context = {"agreement": agreement, "threads": threads, "show_all": show_all, "now": timezone.now()}
    return render_page(request, "agreements/comments.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def comment_thread(request: HttpRequest, slug: str, clause: str) -> HttpResponseBase:
    """The thread of one clause; a POST adds to it."""
    agreement = access.agreement_for(person(request), slug)
    if request.method == "GET":
        version = _version_of(request, agreement, request.GET.get("on", ""))
        return render_page(request, PAGE, thread_context(request, version, clause), FRAGMENT)
    form = CommentForm(request.POST)
    is_valid = form.is_valid()
    version = _version_of(request, agreement, str(form.cleaned_data.get("version", "")))
    context = thread_context(request, version, clause)
    if not is_valid:
        return render_page(request, PAGE, context | {"form": form}, FRAGMENT, status=422)
    services.add_comment(version=version, clause=clause, text=form.cleaned_data["text"], by=person(request))
    return _thread(request, version, clause, _("Your comment is added."))


@require_POST
@signed_in
def comment_resolution(request: HttpRequest, slug: str, comment: UUID) -> HttpResponseBase:
    """Settle a comment, or take it up again."""
    one = access.comment_for(person(request), slug, comment)
    do = services.reopen_comment if request.POST.get("state") == "open" else services.resolve_comment
    try:
        do(comment=one, by=person(request))
    except Refused as refused:
        return refuse(request, PAGE, thread_context(request, one.version, one.clause), refused, FRAGMENT)
    said = _("The comment is resolved.") if one.resolved_at else _("The comment is open again.")
    return _thread(request, one.version, one.clause, said)


def thread_context(request: HttpRequest, version: AgreementVersion, clause: str) -> dict[str, Any]:
    """What the thread of a clause shows; 404 for a clause that never was."""
    agreement = version.agreement
    comments = list(comments_on(agreement, clause))
    shown = _clauses(version.document).get(clause)
    if shown is None and not comments:
        raise Http404
    return {
        "agreement": agreement,
        "version": version,
        "clause_id": clause,
        "clause": shown or _as_it_was(comments[-1]),
        "is_gone": shown is None,
        "comments": comments,
        "n_open": open_comment_counts(agreement).get(clause, 0),
        "form": CommentForm(initial={"version": version.number}),
        "in_page": wants_fragment(request),
        "now": timezone.now(),
    }


def _thread(request: HttpRequest, version: AgreementVersion, clause: str, said: str) -> HttpResponseBase:
    """The thread anew inside the page, or back to its own page."""
    if wants_fragment(request):
        return announce(render_page(request, PAGE, thread_context(request, version, clause), FRAGMENT), said)
    tell(request, said)
    return redirect("agreements:comment-thread", slug=version.agreement.slug, clause=clause)


def _version_of(request: HttpRequest, agreement: Agreement, number: str) -> AgreementVersion:
    """The version that the reader has before them; else the one in force, else the draft."""
    if number.isascii() and number.isdigit() and len(number) < 7:
        return access.version_for(person(request), agreement.slug, int(number))
    return _newest(agreement)


def _newest(agreement: Agreement) -> AgreementVersion:
    found = active_version(agreement.slug) or open_version(agreement) or agreement.versions.first()
    if found is None:
        raise Http404
    return found


def _clauses(terms: Terms) -> dict[str, ClauseText]:
    return {clause.id: clause for chapter in chapters(terms) for clause in chapter.clauses}


def _as_it_was(comment: Comment) -> ClauseText | None:
    """The clause in the text that the comment was made on."""
    return _clauses(text_of(comment.digest)).get(comment.clause)
