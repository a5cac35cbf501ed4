"""Reading: the agreements, the one in force, any version of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET

from agreements import access
from agreements.glossary import glossary_of
from agreements.models import AgreementVersion, Status
from agreements.selectors import (
    active_version,
    agreements,
    open_comment_counts,
    open_proposal_counts,
    open_version,
    settled_signers,
    signers_of,
)
from agreements.sentences import ChapterText, chapters
from agreements.sentences.rules import rule_html
from agreements.sentences.smart import smart_check
from agreements.services import EDITORS
from agreements.sources import Source, sources_by_clause
from slaportal.accounts.reader import person
from slaportal.web.policy import signed_in
from slaportal.web.rendering import render_page


@require_GET
@signed_in
def agreement_list(request: HttpRequest) -> HttpResponseBase:
    """All agreements; where there is only one, that one."""
    found = list(agreements())
    if len(found) == 1:
        return redirect("agreements:agreement", slug=found[0].slug)
    rows = [
        {
            "agreement": one,
            "active": active_version(one.slug),
            "open": open_version(one),
            "segment": rule_html(one.rule) if one.rule else "",
            "place": place,
            "up": place - 1 if place > 1 and not one.is_default else 0,
            "down": place + 1 if place < len(found) - 1 and not one.is_default else 0,
        }
        for place, one in enumerate(found, start=1)
    ]
    context = {"rows": rows, "may_edit": may_edit(request)}
    return render_page(request, "agreements/agreement_list.html", context)


@require_GET
@signed_in
def agreement(request: HttpRequest, slug: str) -> HttpResponse:
    """The version in force as one readable page, or how to get one."""
    one = access.agreement_for(person(request), slug)
    version = active_version(slug)
    if version is None:
        context = {"agreement": one, "open": open_version(one), "may_edit": may_edit(request)}
        return render_page(request, "agreements/agreement_unsigned.html", context)
    return render_page(request, "agreements/version.html", version_context(request, version))


@require_GET
@signed_in
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Any numbered version as a readable page."""
    one = access.version_for(person(request), slug, number)
    return render_page(request, "agreements/version.html", version_context(request, one))


def version_context(request: HttpRequest, version: AgreementVersion) -> dict[str, Any]:
    """What the readable page shows of a version: the text, and beside each clause what is said about it."""
    agreement = version.agreement
    comments, proposals = open_comment_counts(agreement), open_proposal_counts(agreement)
    sources = sources_by_clause(version.document.as_dict())
    active = version if version.status == Status.ACTIVE else active_version(agreement.slug)
    return {
        "agreement": agreement,
        "segment": rule_html(agreement.rule) if agreement.rule else "",
        "version": version,
        "glossary": glossary_of(version),
        "smart": smart_check(version.document),
        "chapters": [_with_margins(chapter, comments, proposals, sources) for chapter in chapters(version.document)],
        "signers": signers_of(version) if version.is_open else settled_signers(version),
        "open": version if version.is_open else open_version(agreement),
        "active": active,
        "can_start": may_edit(request) and not version.is_open and open_version(agreement) is None,
        "n_comments": sum(comments.values()),
        "n_proposals": sum(proposals.values()),
        "may_edit": may_edit(request),
        "now": timezone.now(),
    }


def _with_margins(
    chapter: ChapterText, comments: dict[str, int], proposals: dict[str, int], sources: dict[str, Source]
) -> dict[str, Any]:
    """The chapter with each clause, what is known of its values, and the counts in its margin."""
    clauses = [
        {
            "clause": clause,
            "source": sources.get(clause.id),
            "n_comments": comments.get(clause.id, 0),
            "n_proposals": proposals.get(clause.id, 0),
        }
        for clause in chapter.clauses
    ]
    return {"id": chapter.id, "number": chapter.number, "title": chapter.title, "clauses": clauses}


def may_edit(request: HttpRequest) -> bool:
    """Whether this reader may change drafts."""
    return person(request).role in EDITORS
