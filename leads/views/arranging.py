"""Fragments of the agreements' pages: how many leads each governs, and how many would change to another one."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from agreements import access
from agreements.models import Agreement, AgreementVersion
from agreements.rule_form import read_rule
from agreements.selectors import active_version, agreements, open_version
from agreements.services import EDITORS
from agreements.services.arranging import clean_segment
from agreements.terms.rules import RuleInvalid
from leads.scoring import Governing, governing
from leads.scoring.moving import in_order, moves, n_governed, with_segments, without
from slaportal.accounts.reader import person
from slaportal.web.policy import allow, signed_in
from slaportal.web.rendering import render_page

ACTS = ("segment", "place", "default", "retire")


@require_GET
@signed_in
def governed(request: HttpRequest) -> HttpResponse:
    """How many leads an agreement (``?agreement=``, else the company's) governs now."""
    version = active_version(request.GET.get("agreement", "").replace("\0", "") or None)
    if version is None:
        raise Http404
    context = {"agreement": version.agreement, "n": n_governed(governing(), version)}
    return render_page(request, "leads/governed.html", context, fragment="leads/_governed.html")


@require_http_methods(["GET", "POST"])
@allow(*EDITORS)
def would_change(request: HttpRequest) -> HttpResponse:
    """How many leads would change to another agreement; nothing is changed.

    ``?agreement=&act=`` and, by the act, ``to`` or the controls of the segment rule, as the agreement's own form has
    them.
    """
    agreement = access.agreement_for(person(request), request.GET.get("agreement", "").replace("\0", ""))
    act = request.GET.get("act", "")
    if act not in ACTS:
        raise Http404
    context: dict[str, Any] = {"agreement": agreement, "is_complete": True, "is_draft": False, "moves": []}
    before = governing()
    if agreement.pk not in {version.agreement_id for version in before.versions}:
        context["is_draft"] = True
        before = _as_if_in_force(before, agreement)
    try:
        after = _after(request, before, agreement, act)
    except RuleInvalid:
        context["is_complete"] = False
    else:
        if context["is_draft"]:
            before = without(before, agreement)
        context["moves"] = moves(before, after)
    context["n"] = sum(move.n for move in context["moves"])
    return render_page(request, "leads/would_change.html", context, fragment="leads/_would_change.html")


def _after(request: HttpRequest, before: Governing, agreement: Agreement, act: str) -> Governing:
    if act == "retire":
        return without(before, agreement)
    if act == "place":
        others = [one for one in agreements() if one.pk != agreement.pk]
        text = request.GET.get("to", "")
        place = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
        return in_order(before, [*others[: place - 1], agreement, *others[place - 1 :]])
    segment = clean_segment(read_rule(request.POST, "segment", "lead")[0], agreement.segment)
    if act == "segment":
        return with_segments(before, {agreement.pk: segment})
    former = Agreement.objects.get(is_default=True)
    # The former default one is tried after the others.
    tried = [one for one in agreements() if one.pk not in (former.pk, agreement.pk)]
    return with_segments(in_order(before, [*tried, former, agreement]), {former.pk: segment, agreement.pk: {}})


def _as_if_in_force(in_force: Governing, agreement: Agreement) -> Governing:
    """With a version of an agreement that has none in force, at its place."""
    version: AgreementVersion | None = open_version(agreement) or agreement.versions.select_related("agreement").first()
    if version is None:
        return in_force
    versions = Governing((*in_force.versions, version))
    return in_order(versions, agreements())
