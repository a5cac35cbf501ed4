"""What the page of an open version shows: its changes, whoever signs, what is in the way of proposing it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from agreements import access
from agreements.forms import ChangeRequestForm, ProposalForm, SignatureForm
from agreements.models import Agreement, AgreementVersion, ProposalState, Status
from agreements.selectors import (
    active_version,
    counting_signatures,
    newer_than_base,
    open_comment_counts,
    open_version,
    overtaken_by,
    proposals_of,
    signers_of,
    standing_requests,
    text_of,
)
from agreements.sentences import chapter_titles, chapters, problem_words
from agreements.sentences.smart import smart_check
from agreements.services import SIGNERS
from agreements.terms.document import CHAPTERS
from agreements.terms.problems import Problem
from agreements.terms.readiness import problems
from agreements.views.changes import changes_by_chapter, n_changes
from agreements.views.comparing import chosen_view
from agreements.views.reading import may_edit
from slaportal.accounts.models import User
from slaportal.accounts.reader import person
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page

NO_DRAFT = "agreements/no_draft.html"


def draft_context(request: HttpRequest, version: AgreementVersion) -> dict[str, Any]:
    """What the draft's page shows."""
    user = person(request)
    base = version.based_on or active_version(version.agreement.slug)
    changed = changes_by_chapter(base.document, version.document) if base else []
    taken = proposals_of(version.agreement).filter(version=version, state=ProposalState.TAKEN)
    places = chapters_of_clauses(version) if taken else {}
    return {
        "agreement": version.agreement,
        "version": version,
        "read": _read(version),
        "smart": smart_check(version.document),
        "base": base,
        "newer": newer_than_base(version),
        "overtaken": overtaken_by(version),
        "changed": changed,
        "n_changes": n_changes(changed),
        "titles": chapter_titles(),
        "taken": [
            {"proposal": one, "url": clause_address(version, one.clause, places, str(one.public_id))} for one in taken
        ],
        "n_comments": sum(open_comment_counts(version.agreement).values()),
        "may_edit": may_edit(request),
        "proposal": ProposalForm(initial={"why": version.why}),
        "to_repair": [_repair(one) for one in problems(version.document)] if version.status == Status.DRAFT else [],
        "now": timezone.now(),
        **chosen_view(request),
        **_sign_off(version, user),
    }


def on_open_draft(
    view: Callable[[HttpRequest, AgreementVersion], HttpResponseBase],
) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """Give the view the open version; where none is open any more, say which version is signed by now."""

    @wraps(view)
    def opened(request: HttpRequest, slug: str) -> HttpResponseBase:
        agreement = access.agreement_for(person(request), slug)
        version = open_version(agreement)
        return view(request, version) if version else closed_page(request, agreement)

    return opened


def closed_page(request: HttpRequest, agreement: Agreement, refused: Refused | None = None) -> HttpResponse:
    """No draft is open: which version is the newest, and the way to a new draft; to whoever had one open, why not."""
    context = {
        "agreement": agreement,
        "newest": agreement.versions.order_by("-number").first(),
        "may_edit": may_edit(request),
        "now": timezone.now(),
    }
    if request.method == "GET":
        return render_page(request, NO_DRAFT, context)
    return refuse(request, NO_DRAFT, context, refused or Refused("draft_closed"), "agreements/_opened.html")


def _sign_off(version: AgreementVersion, user: User) -> dict[str, Any]:
    """Who signs, and what this reader can do about it."""
    signers = signers_of(version)
    side = SIGNERS.get(user.role)
    may_sign = version.status == Status.PROPOSED and side is not None and side not in counting_signatures(version)
    own = next((one for one in signers if one.user == user), None)
    voided = own.earlier if own else None
    is_other_text = voided is not None and voided.digest != version.digest
    return {
        "signers": signers,
        "own": own,
        "since_signed": changes_by_chapter(text_of(voided.digest), version.document)
        if voided and is_other_text
        else [],
        "voided": voided,
        "requests": standing_requests(version),
        "signing": signature_form(version, user) if may_sign else None,
        "asking": ChangeRequestForm(initial={"digest": version.digest}) if may_sign else None,
    }


def signature_form(version: AgreementVersion, user: User) -> SignatureForm:
    """The form with the very text and day that this page shows."""
    return SignatureForm(initial=_read(version), user=user)


def _read(version: AgreementVersion) -> dict[str, str]:
    """The text and the day that this page shows, to the microsecond: every decision taken here says so."""
    since = version.effective_from
    return {"digest": version.digest, "effective_from": since.isoformat() if since else ""}


def chapters_of_clauses(version: AgreementVersion) -> dict[str, str]:
    """Which chapter says each clause."""
    return {clause.id: chapter.id for chapter in chapters(version.document) for clause in chapter.clauses}


def clause_address(version: AgreementVersion, clause: str, places: dict[str, str], proposal: str = "") -> str:
    """The form of the chapter that says this clause, opened there; "" if none does any more."""
    if clause not in places:
        return ""
    page = reverse("agreements:draft-chapter", args=[version.agreement.slug, places[clause]])
    asked = {"clause": clause} | ({"proposal": proposal} if proposal else {})
    return f"{page}?{urlencode(asked)}#{clause}"


def address_in_draft(agreement: Agreement, clause: str, proposal: str = "") -> str:
    """Where the open version says this clause, else its page."""
    version = open_version(agreement)
    found = clause_address(version, clause, chapters_of_clauses(version), proposal) if version and clause else ""
    return found or reverse("agreements:draft", args=[agreement.slug])


def _repair(problem: Problem) -> dict[str, str]:
    """A problem in words, with the chapter in which it is repaired."""
    chapter = problem.path.partition(".")[0].partition("[")[0]
    return {"words": problem_words(problem), "chapter": chapter if chapter in CHAPTERS else CHAPTERS[0]}
