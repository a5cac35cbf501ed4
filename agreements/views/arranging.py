"""Which leads an agreement is for: its segment, its place, the default one, its end; each told before it is done."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agreements import access, services
from agreements.models import Agreement
from agreements.rule_form import RuleNode, is_pressed, read_rule, rule_node, show_rule_errors
from agreements.rule_form.words import words_of
from agreements.selectors import agreements
from agreements.services import EDITORS
from agreements.terms.rules import RuleInvalid
from slaportal.accounts.reader import person
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page, tell

PAGE = "agreements/arrange.html"
# What the controls of a segment rule begin with.
SEGMENT = "segment"


@require_http_methods(["GET", "POST"])
@allow(*EDITORS)
def segment(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Change the segment rule."""
    agreement = access.agreement_for(person(request), slug)
    if agreement.is_default:
        raise Http404
    context = {
        **_about(agreement, "segment"),
        "title": _("Leads of %(agreement)s") % {"agreement": agreement.name},
        "button": _("Save the segment"),
    }
    tree, node = segment_of(request, agreement.segment)
    context["rule"] = node
    if request.method == "GET" or is_pressed(request.POST):
        return render_page(request, PAGE, context)

    def do() -> str:
        services.change_segment(agreement=agreement, segment=tree, by=person(request))
        return _("The segment of %(agreement)s is saved.") % {"agreement": agreement.name}

    return _done(request, context, do)


@require_http_methods(["GET", "POST"])
@allow(*EDITORS)
def place(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Move the agreement up or down (``to``: the place, counted from 1)."""
    agreement = access.agreement_for(person(request), slug)
    text = (request.GET if request.method == "GET" else request.POST).get("to", "")
    to = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    if agreement.is_default or (request.method == "GET" and not 1 <= to < agreements().count()):
        raise Http404
    facts = {"agreement": agreement.name, "place": to}
    context = {
        **_about(agreement, "place", to=to),
        "title": _("Try %(agreement)s as number %(place)s") % facts,
        "text": _("The first agreement in force whose segment selects a lead governs it."),
        "button": _("Move it"),
    }

    def do() -> str:
        services.place_agreement(agreement=agreement, place=to, by=person(request))
        return _("%(agreement)s is tried as number %(place)s now.") % facts

    return render_page(request, PAGE, context) if request.method == "GET" else _done(request, context, do)


@require_http_methods(["GET", "POST"])
@allow(*EDITORS)
def default(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Make it the default agreement; the former one gets a segment in the same step."""
    agreement = access.agreement_for(person(request), slug)
    former = Agreement.objects.get(is_default=True)
    if agreement == former:
        raise Http404
    facts = {"agreement": agreement.name, "former": former.name}
    tree, node = segment_of(request, None)
    context = {
        **_about(agreement, "default"),
        "title": _("Make %(agreement)s the default agreement") % facts,
        "text": _(
            "%(agreement)s governs then all leads that no other agreement selects. %(former)s needs a segment instead: "
            "which leads is it for?"
        )
        % facts,
        "rule": node,
        "button": _("Make it the default"),
    }
    if request.method == "GET" or is_pressed(request.POST):
        return render_page(request, PAGE, context)

    def do() -> str:
        services.make_default(agreement=agreement, former_segment=tree, by=person(request))
        return _("%(agreement)s is the default agreement now.") % facts

    return _done(request, context, do)


@require_http_methods(["GET", "POST"])
@allow(*EDITORS)
def retire(request: HttpRequest, slug: str) -> HttpResponseBase:
    """End the version in force."""
    version = access.active_for(person(request), slug)
    agreement = version.agreement
    if agreement.is_default:
        raise Http404
    facts = {"agreement": agreement.name, "n": version.number}
    context = {
        **_about(agreement, "retire"),
        "title": _("Retire %(agreement)s") % facts,
        "text": _(
            "Version %(n)s is no longer in force then: the next agreement that selects its leads governs them. What "
            "runs keeps its version. A new version can be signed at any time."
        )
        % facts,
        "button": _("Retire it"),
    }

    def do() -> str:
        services.retire_agreement(agreement=agreement, by=person(request))
        return _("%(agreement)s is retired.") % facts

    return render_page(request, PAGE, context) if request.method == "GET" else _done(request, context, do)


def segment_of(request: HttpRequest, stored: Any) -> tuple[Any, RuleNode]:
    """The segment rule as it was sent (else as it is stored), and its controls with what is wrong beside them."""
    if request.method == "GET":
        return stored, rule_node(SEGMENT, "", "lead", stored or None)
    tree, errors = read_rule(request.POST, SEGMENT, "lead")
    node = rule_node(SEGMENT, "", "lead", tree, sent=request.POST)
    show_rule_errors(node, errors)
    return tree, node


def _about(agreement: Agreement, act: str, **facts: Any) -> dict[str, Any]:
    return {"agreement": agreement, "act": act, "text": "", "rule": None, "hidden": facts}


def _done(request: HttpRequest, context: dict[str, Any], do: Any) -> HttpResponseBase:
    """Do it, or show the form again with what is wrong."""
    if context["rule"] is not None and context["rule"].all_errors:
        return render_page(request, PAGE, context, status=422)
    try:
        words = do()
    except RuleInvalid as invalid:
        return _invalid(request, context, invalid)
    except Refused as refused:
        return refuse(request, PAGE, context, refused)
    tell(request, words)
    return redirect("agreements:agreement-list")


def _invalid(request: HttpRequest, context: dict[str, Any], invalid: RuleInvalid) -> HttpResponse:
    show_rule_errors(context["rule"], segment_errors(invalid))
    return render_page(request, PAGE, context, status=422)


def segment_errors(invalid: RuleInvalid) -> list[tuple[str, str]]:
    """What is wrong with a segment, each at its place within the rule."""
    return [(problem.path, words_of(problem)) for problem in invalid.problems]
