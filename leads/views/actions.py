"""What people do with a lead: each a POST that ends where its form stood, on Today or on the lead's page.

With htmx the answer is the part of the page that changed; without, a redirect. A refusal is the form again, with 422.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leads import access
from leads.attempts import log_attempt
from leads.breaches import explain_breach, may_explain
from leads.forms.passes import (
    AssignForm,
    AttemptForm,
    BreachForm,
    LoseForm,
    PathForm,
    QualifyForm,
    ReturnForm,
    WinForm,
)
from leads.handoff import (
    accept_handoff,
    hand_off,
    lose_handoff,
    qualify_handoff,
    reassign_handoff,
    win_handoff,
)
from leads.handoff.opening import GIVERS
from leads.models import Commitment, Handoff, Lead
from leads.nurture import ENROLLERS, enroll
from leads.returns import CHOOSERS, choose_path, reasons_for, return_handoff
from leads.routing import SELLERS
from leads.scoring import governing_version_of
from leads.views import lead as lead_page
from leads.views import said, today
from slaportal.accounts.models import Role
from slaportal.accounts.reader import person
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused, words_for
from slaportal.web.rendering import announce, render_page, tell, wants_fragment

TODAY = "today"

MakeForm = Callable[[Handoff, datetime], Form]
# Does the thing and says what was done.
Do = Callable[[Handoff, Any, datetime], str]


@require_POST
@allow(*SELLERS)
def handoff_attempts(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Log an attempt."""
    by = person(request)

    def do(handoff: Handoff, given: dict[str, Any], now: datetime) -> str:
        attempt = log_attempt(
            handoff=handoff,
            by=by,
            channel=given["channel"],
            outcome=given["outcome"],
            note=given["note"],
            key=given["key"],
            at=now,
        )
        return said.of_attempt(attempt, now)

    def form(handoff: Handoff, now: datetime) -> Form:
        return AttemptForm(request.POST, auto_id=f"attempt-{handoff.public_id}-%s")

    return _act(request, public_id, "attempt", form, do)


@require_POST
@allow(*SELLERS)
def handoff_acceptance(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Accept the lead: MQL → SAL."""

    def do(handoff: Handoff, given: dict[str, Any], now: datetime) -> str:
        accept_handoff(handoff=handoff, by=person(request), at=now)
        return _("You accepted %(lead)s.") % {"lead": handoff.lead}

    return _act(request, public_id, "accept", lambda handoff, now: Form(request.POST), do)


@require_POST
@allow(*SELLERS)
def handoff_qualification(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Qualify the lead by the checklist: SAL → SQL."""

    def form(handoff: Handoff, now: datetime) -> Form:
        points = handoff.version.document.qualification.sql.checklist
        return QualifyForm(points, request.POST, auto_id="qualify-%s")

    def do(handoff: Handoff, given: dict[str, Any], now: datetime) -> str:
        qualify_handoff(handoff=handoff, by=person(request), checklist=given, at=now)
        return _("%(lead)s is an SQL now.") % {"lead": handoff.lead}

    return _act(request, public_id, "qualify", form, do)


@require_POST
@allow(*SELLERS)
def handoff_win(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The deal is won."""

    def do(handoff: Handoff, given: dict[str, Any], now: datetime) -> str:
        win_handoff(handoff=handoff, amount=given["amount"], by=person(request), at=now)
        return _("Won: %(lead)s is a customer now.") % {"lead": handoff.lead}

    return _act(request, public_id, "win", lambda handoff, now: WinForm(request.POST, auto_id="win-%s"), do)


@require_POST
@allow(*SELLERS)
def handoff_loss(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The deal is lost."""

    def do(handoff: Handoff, given: dict[str, Any], now: datetime) -> str:
        lose_handoff(handoff=handoff, reason=given["reason"], by=person(request), at=now)
        return _("%(lead)s is marked as lost.") % {"lead": handoff.lead}

    return _act(request, public_id, "lose", lambda handoff, now: LoseForm(request.POST, auto_id="lose-%s"), do)


@require_POST
@allow(*SELLERS)
def handoff_return(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Give the lead back to Marketing with an agreed reason."""

    def form(handoff: Handoff, now: datetime) -> Form:
        return ReturnForm(reasons_for(handoff, now), request.POST, auto_id="return-%s")

    def do(handoff: Handoff, given: dict[str, Any], now: datetime) -> str:
        returned = return_handoff(
            handoff=handoff, reason=given["reason"], by=person(request), note=given["note"], at=now
        )
        return said.of_return(returned, handoff.version.document)

    return _act(request, public_id, "return", form, do)


@require_POST
@allow(Role.SALES_MANAGER, Role.ADMIN)
def handoff_assignment(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Give the lead to another rep."""

    def do(handoff: Handoff, given: dict[str, Any], now: datetime) -> str:
        held = reassign_handoff(handoff=handoff, rep=given["rep"], by=person(request), at=now)
        return _("%(lead)s is with %(rep)s now.") % {"lead": handoff.lead, "rep": held.rep}

    form: MakeForm = lambda handoff, now: AssignForm(request.POST, auto_id="assign-%s")  # noqa: E731
    return _act(request, public_id, "assign", form, do, to="assign")


@require_POST
@allow(*CHOOSERS)
def handoff_path(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Marketing chooses the path of a returned lead."""

    def form(handoff: Handoff, now: datetime) -> Form:
        if getattr(handoff, "returned", None) is None:
            raise Http404
        paths = handoff.version.document.nurture.paths
        return PathForm(paths, request.POST, auto_id=f"path-{handoff.public_id}-%s")

    def do(handoff: Handoff, given: dict[str, Any], now: datetime) -> str:
        returned = choose_path(returned=handoff.returned, path=given["path"], by=person(request), at=now)
        return said.of_path(handoff.lead, returned.path, handoff.version.document)

    return _act(request, public_id, "path", form, do, to="read")


@require_POST
@allow(*ENROLLERS)
def lead_enrolment(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Put the lead into a nurture path by hand."""
    found = access.lead_for(person(request), public_id)
    version, now = governing_version_of(found), timezone.now()
    form = PathForm(version.document.nurture.paths if version else (), request.POST, auto_id="enrol-%s")
    if not form.is_valid():
        return _lead_again(request, found, "enrol", form, now)
    try:
        enrollment = enroll(lead=found, path=form.cleaned_data["path"], by=person(request), at=now)
    except Refused as refused:
        return _lead_again(request, found, "enrol", form, now, words_for(refused))
    return _lead_done(request, found, said.of_path(found, enrollment.path, enrollment.version.document), now)


@require_POST
@allow(*GIVERS)
def lead_handoff(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Hand the lead to Sales by hand."""
    found, now = access.lead_for(person(request), public_id), timezone.now()
    try:
        handoff = hand_off(lead=found, trigger="manual", by=person(request), at=now)
        if handoff is None:
            raise Refused("already_done")
    except Refused as refused:
        return _lead_again(request, found, "handoff", Form(request.POST), now, words_for(refused))
    return _lead_done(request, found, said.of_handoff(handoff), now)


@require_POST
@allow(Role.REP, Role.SALES_MANAGER, Role.MARKETING_MANAGER)
def promise_reason(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Say why a promise was broken."""
    by, now = person(request), timezone.now()
    promise = Commitment.objects.select_related("owner").filter(public_id=public_id).first()
    if promise is None or not may_explain(by, promise):
        raise Http404
    form = BreachForm(request.POST, auto_id=f"reason-{public_id}-%s")
    if not form.is_valid():
        return _breaches(request, now, form=form, explained=promise, status=422)
    try:
        explain_breach(promise=promise, reason=form.cleaned_data["reason"], by=by, at=now)
    except Refused as refused:
        return _breaches(request, now, form=form, explained=promise, refusal=words_for(refused), status=422)
    words = _("The reason is kept with the promise.")
    if not wants_fragment(request):
        tell(request, words)
        return redirect("leads:today")
    return announce(_breaches(request, now), words)


def _act(
    request: HttpRequest, public_id: UUID, doing: str, form_of: MakeForm, do: Do, to: access.To = "work"
) -> HttpResponseBase:
    """The way of all actions on a handoff: may they, is the form right, do it, show what came of it."""
    now = timezone.now()
    handoff = access.handoff_for(person(request), public_id, to=to)
    form = form_of(handoff, now)
    if not form.is_valid():
        return _again(request, handoff, doing, form, now)
    try:
        words = do(handoff, form.cleaned_data, now)
    except Refused as refused:
        return _again(request, handoff, doing, form, now, words_for(refused))
    return _done(request, handoff, words, now)


def _again(
    request: HttpRequest, handoff: Handoff, doing: str, form: Form, now: datetime, refusal: str = ""
) -> HttpResponse:
    """The form again with what is wrong, where it stood."""
    if request.POST.get("place") != TODAY:
        return _lead_again(request, handoff.lead, doing, form, now, refusal)
    refused = {"refused_at": handoff.public_id, "refusal": refusal, "doing": doing, "refused_form": form}
    filled = form if isinstance(form, AttemptForm) else None
    context = today.today_context(request, now, opened=handoff.public_id, form=filled) | refused
    return render_page(request, today.PAGE, context, fragment=_today_part(doing), status=422)


def _done(request: HttpRequest, handoff: Handoff, words: str, now: datetime) -> HttpResponseBase:
    if request.POST.get("place") != TODAY:
        return _lead_done(request, handoff.lead, words, now)
    if not wants_fragment(request):
        tell(request, words)
        return redirect("leads:today")
    context = today.today_context(request, now, said=words) | {"takes_focus": True}
    doing = "path" if "choices" in context else ""
    return announce(render_page(request, today.PAGE, context, fragment=_today_part(doing)), words)


def _today_part(doing: str) -> str:
    return "leads/_choices.html" if doing == "path" else today.QUEUE


def _lead_again(
    request: HttpRequest, lead: Lead, doing: str, form: Form, now: datetime, refusal: str = ""
) -> HttpResponse:
    context = lead_page.lead_context(request, lead, now, doing=doing, forms={doing: form}) | {"refusal": refusal}
    return render_page(request, lead_page.PAGE, context, fragment=lead_page.BODY, status=422)


def _lead_done(request: HttpRequest, lead: Lead, words: str, now: datetime) -> HttpResponseBase:
    if not wants_fragment(request):
        tell(request, words)
        return redirect("leads:lead", public_id=lead.public_id)
    lead.refresh_from_db()
    context = lead_page.lead_context(request, lead, now, said=words)
    return announce(render_page(request, lead_page.PAGE, context, fragment=lead_page.BODY), words)


def _breaches(
    request: HttpRequest,
    now: datetime,
    *,
    form: BreachForm | None = None,
    explained: Commitment | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = today.today_context(request, now) | {"refusal": refusal}
    if explained is not None and form is not None:
        rows = [(row, form if row.pk == explained.pk else empty) for row, empty in context["breaches"]]
        context |= {"breaches": rows, "refused_at": explained.public_id}
    return render_page(request, today.PAGE, context, fragment="leads/_breaches.html", status=status)
