"""The goals page: from the shared goal back to what each team owes, forward from today's rates, and into the draft."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from agreements.access import agreement_for
from agreements.services import EDITORS
from agreements.terms.document import TermsInvalid
from kpis.goals.desk import Desk, desk_for, from_goal
from kpis.goals.drafting import put_in_draft
from kpis.goals.page import page_context
from kpis.goals.scenario import query_of
from slaportal.accounts.reader import person
from slaportal.web.formats import number_words
from slaportal.web.policy import allow, signed_in
from slaportal.web.refusals import Refused
from slaportal.web.rendering import announce, refuse, render_page, tell, wants_fragment

PAGE, FRAGMENT = "kpis/goals.html", "kpis/_goals.html"


@require_GET
@signed_in
def goals(request: HttpRequest, slug: str) -> HttpResponse:
    """A scenario with its figures; the address holds the scenario, a wrong value is told beside its field."""
    desk = desk_for(agreement_for(person(request), slug), request.GET, timezone.now())
    status = 422 if desk.outcome is None else 200
    answer = render_page(request, PAGE, _context(request, desk), FRAGMENT, status=status)
    if wants_fragment(request) and desk.scenario is not None and desk.outcome is not None:
        answer["HX-Replace-Url"] = f"{reverse('goals:goals', args=[slug])}?{query_of(desk.scenario)}"
        announce(answer, _headline(desk.outcome.volumes["mql"], desk.outcome.volumes["customer"]))
    return answer


@require_POST
@allow(*EDITORS)
def goals_draft(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Put the scenario of the address into the draft, on top of the draft that the reader saw."""
    agreement, now = agreement_for(person(request), slug), timezone.now()
    desk = desk_for(agreement, request.GET, now)
    found = from_goal(desk)
    if found is None:
        return render_page(request, PAGE, _context(request, desk), status=422)
    scenario, outcome = found
    try:
        version = put_in_draft(
            agreement=agreement,
            base=desk.terms,
            scenario=scenario,
            outcome=outcome,
            seen_digest=request.POST.get("digest", "").replace("\0", ""),
            by=person(request),
            at=now,
        )
    except Refused as refused:
        return refuse(request, PAGE, _context(request, desk), refused)
    except TermsInvalid as invalid:
        context = _context(request, desk) | {"left": invalid.errors}
        return render_page(request, PAGE, context, status=422)
    said = _(
        "The goal and its plan are in the draft of version %(n)s; Marketing's promise is %(mqls)s MQLs each month."
    )
    tell(request, said % {"n": version.number, "mqls": number_words(outcome.mqls_per_month)})
    return redirect("agreements:draft", slug=slug)


def _context(request: HttpRequest, desk: Desk) -> dict[str, object]:
    return {"page": page_context(desk), "may_edit": person(request).role in EDITORS}


def _headline(mqls: int, deals: int) -> str:
    said = ngettext("%(mqls)s MQLs, %(n)s deal", "%(mqls)s MQLs, %(n)s deals", deals)
    return said % {"mqls": number_words(mqls), "n": number_words(deals)}
