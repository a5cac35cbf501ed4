"""Comparing: any two versions of an agreement, or the text that somebody signed with the one it has become."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from agreements import access
from agreements.models import Agreement, AgreementVersion
from agreements.selectors import has_had_text, text_of
from agreements.terms.document import Terms
from agreements.views.changes import changes_by_chapter, n_changes
from slaportal.accounts.reader import person
from slaportal.web.policy import signed_in
from slaportal.web.rendering import render_page

SIDE, UNIFIED = "side", "unified"


@require_GET
@signed_in
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """What the version ``new`` changes in the version ``old``, or since the text ``signed`` that it once had.

    Without numbers: the newest version, and what it is based on.
    """
    agreement = access.agreement_for(person(request), slug)
    numbers = list(agreement.versions.order_by("-number").values_list("number", flat=True))
    new = _version(agreement, request.GET.get("new", str(numbers[0]) if numbers else ""))
    old, name, old_number = _older(agreement, request.GET, new)
    changed = changes_by_chapter(old, new.document)
    context = {
        "agreement": agreement,
        "numbers": numbers,
        "old_number": old_number,
        "new": new,
        "old_name": name,
        "new_name": _("Version %(n)s") % {"n": new.number},
        "changed": changed,
        "n_changes": n_changes(changed),
        **chosen_view(request),
    }
    return render_page(request, "agreements/compare.html", context)


def chosen_view(request: HttpRequest) -> dict[str, Any]:
    """How changes are laid out, and the query strings that lay them out otherwise."""
    links = {}
    for view in (SIDE, UNIFIED):
        query = request.GET.copy()
        query["view"] = view
        links[view] = query.urlencode()
    return {"view": UNIFIED if request.GET.get("view") == UNIFIED else SIDE, "view_links": links}


def _older(agreement: Agreement, query: QueryDict, new: AgreementVersion) -> tuple[Terms, str, str]:
    """The older text, what it is called, and its version's number where it is a version's."""
    digest = query.get("signed", "")
    if digest:
        if not has_had_text(new, digest):
            raise Http404
        return text_of(digest), _("Version %(n)s as it was signed") % {"n": new.number}, ""
    old = _version(agreement, query.get("old", "")) if "old" in query else new.based_on or new
    return old.document, _("Version %(n)s") % {"n": old.number}, str(old.number)


def _version(agreement: Agreement, number: str) -> AgreementVersion:
    """The version of that number; 404 for what is none."""
    if not (number.isascii() and number.isdigit() and len(number) < 7):
        raise Http404
    found = agreement.versions.select_related("based_on").filter(number=int(number)).first()
    if found is None:
        raise Http404
    return found
