"""Carrying a draft over to the newer text: what is merged by itself, and a choice for what both changed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agreements import services
from agreements.models import AgreementVersion
from agreements.selectors import newer_than_base
from agreements.sentences import problem_words
from agreements.services import EDITORS
from agreements.terms.document import TermsInvalid
from agreements.terms.merge import Conflict, merge
from agreements.views.changes import as_said, changes_by_chapter, clause_names, label_of, n_changes
from agreements.views.comparing import chosen_view
from agreements.views.draft_page import on_open_draft
from slaportal.accounts.reader import person
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page, tell

PAGE = "agreements/carry_over.html"


@require_http_methods(["GET", "POST"])
@allow(*EDITORS)
@on_open_draft
def carry_over(request: HttpRequest, version: AgreementVersion) -> HttpResponseBase:
    """What the newer text changed, and, where the draft changed the same, both values to choose from."""
    newer = newer_than_base(version)
    if newer is None or version.based_on is None:
        return redirect("agreements:draft", slug=version.agreement.slug)
    conflicts = _conflicts(version, version.based_on, newer)
    choices = {
        one.path: request.POST[f"choice:{one.path}"] for one in conflicts if f"choice:{one.path}" in request.POST
    }
    context = _context(request, version, newer, conflicts, choices)
    if request.method == "GET":
        return render_page(request, PAGE, context)
    digest = request.POST.get("digest", "").replace("\0", "")
    try:
        services.carry_over(version=version, expected_digest=digest, choices=choices, by=person(request))
    except Refused as refused:
        return refuse(request, PAGE, context, refused)
    except TermsInvalid as invalid:
        left = [problem_words(problem) for problem in invalid.problems]
        return render_page(request, PAGE, context | {"left": left}, status=422)
    tell(request, _("The draft is now based on version %(n)s.") % {"n": newer.number})
    return redirect("agreements:draft", slug=version.agreement.slug)


def conflict_rows(conflicts: list[Conflict], names: dict[str, str], choices: dict[str, str]) -> list[dict[str, Any]]:
    """Each conflict for the page: what it is about, what was there, mine and theirs."""
    return [
        {
            "path": one.path,
            "label": label_of(one.path, names),
            "base": as_said(one.base),
            "mine": as_said(one.mine),
            "theirs": as_said(one.theirs),
            "choice": choices.get(one.path, ""),
        }
        for one in conflicts
    ]


def _conflicts(version: AgreementVersion, base: AgreementVersion, newer: AgreementVersion) -> list[Conflict]:
    documents = (one.document.as_dict() for one in (base, version, newer))
    return merge(*documents).conflicts


def _context(
    request: HttpRequest,
    version: AgreementVersion,
    newer: AgreementVersion,
    conflicts: list[Conflict],
    choices: dict[str, str],
) -> dict[str, Any]:
    base = version.based_on or newer
    changed = changes_by_chapter(base.document, newer.document)
    names = clause_names(base.document, version.document, newer.document)
    return {
        "agreement": version.agreement,
        "version": version,
        "base": base,
        "newer": newer,
        "changed": changed,
        "n_changes": n_changes(changed),
        "conflicts": conflict_rows(conflicts, names, choices),
        "old_name": _("Version %(n)s") % {"n": base.number},
        "new_name": _("Version %(n)s") % {"n": newer.number},
        **chosen_view(request),
    }
