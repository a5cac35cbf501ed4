"""A lead: why it is here, what its clock says, what comes next, and all that happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET

from agreements.models import AgreementVersion
from leads import access
from leads.forms.passes import AssignForm, LoseForm, PathForm, QualifyForm, ReturnForm, WinForm, attempt_form
from leads.handoff.opening import GIVERS
from leads.merges.joining import MERGERS
from leads.merges.undoing import merges_of
from leads.models import Handoff, HandoffState, Lead
from leads.nurture import ENROLLERS
from leads.returns import CHOOSERS, reasons_for
from leads.routing import reps_at_work
from leads.scoring import current_score, governing
from leads.selectors.dossier import Dossier, dossier_of, next_touches
from leads.timeline import PAGE as TIMELINE_PAGE
from leads.timeline import SIDES, Side, Timeline, timeline_of
from leads.views.leads_list import is_shown
from leads.views.scores import drawn
from slaportal.accounts.models import User
from slaportal.accounts.reader import person
from slaportal.web.policy import signed_in
from slaportal.web.rendering import render_page

PAGE = "leads/lead.html"
BODY = "leads/_lead.html"
# What a reader may be doing on the page; its form stands open.
DOINGS = ("attempt", "accept", "qualify", "win", "lose", "return", "assign", "path", "enrol", "handoff")

Context = dict[str, Any]


@require_GET
@signed_in
def lead(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The page; ``?do=return`` opens that form. The address of a lead that was merged leads on."""
    found = access.lead_for(person(request), public_id)
    if found.public_id != public_id:
        return redirect("leads:lead", found.public_id)
    return render_page(request, PAGE, lead_context(request, found, timezone.now()), fragment=BODY)


@require_GET
@signed_in
def clock(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The clock band alone."""
    return _part(request, public_id, "leads/_clock.html")


@require_GET
@signed_in
def timeline(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What happened, of one side or both (``?side=``), the newest ``?n=``."""
    return _part(request, public_id, "leads/_timeline.html")


@require_GET
@signed_in
def score(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The score's receipt as of now."""
    return _part(request, public_id, "leads/_score.html")


def lead_context(
    request: HttpRequest,
    lead: Lead,
    now: datetime,
    *,
    doing: str = "",
    forms: Mapping[str, Form] | None = None,
    said: str = "",
) -> Context:
    """All that the page shows; ``doing`` names the form that stands open, ``forms`` are those filled in already."""
    user, in_force = person(request), governing()
    active = in_force.of(lead)
    dossier = dossier_of(lead, now)
    score = _score(dossier, active, now)
    asked = doing or request.GET.get("do", "")
    context: Context = {
        "now": now,
        "lead": lead,
        "dossier": dossier,
        "handoff": dossier.handoff,
        "active": active,
        "names_agreement": is_shown(in_force),
        "version": dossier.version or active,
        "score": score,
        "timeline": _timeline(request, lead, active),
        "sides": SIDES,
        "doing": asked if asked in DOINGS else "",
        "said": said,
        "series": drawn(lead, score),
        "attributes": sorted(lead.attributes.items()),
        "merges": merges_of(lead, now),
        "touches": next_touches(dossier.enrollment) if dossier.enrollment else (),
        "enrolled_path": _path_name(dossier),
    }
    context["may"] = {**_may(user, dossier, active), "edit": access.may_edit(user, lead), "merge": user.role in MERGERS}
    context["forms"] = {**_forms(user, dossier, active, context["may"], now), **(forms or {})}
    return context


def _part(request: HttpRequest, public_id: UUID, fragment: str) -> HttpResponse:
    found = access.lead_for(person(request), public_id)
    return render_page(request, PAGE, lead_context(request, found, timezone.now()), fragment=fragment)


def _score(dossier: Dossier, active: AgreementVersion | None, now: datetime) -> Any:
    if active is None:
        return None
    handoff = dossier.handoff
    raised = dossier.is_open and handoff is not None and handoff.trigger == "hand_raise"
    return current_score(dossier.lead, now, hand_raise=raised, version=active)


def _timeline(request: HttpRequest, lead: Lead, active: AgreementVersion | None) -> Timeline:
    side: Side = next((side for side in SIDES if side == request.GET.get("side")), "all")
    n = request.GET.get("n", "")
    return timeline_of(lead, active, side, int(n) if n.isascii() and n.isdigit() and len(n) < 6 else TIMELINE_PAGE)


def _may(user: User, dossier: Dossier, active: AgreementVersion | None) -> dict[str, bool]:
    """What this reader may do on this lead now, by the name of the form."""
    handoff = dossier.handoff
    if handoff is None or not dossier.is_open:
        has_paths = active is not None and bool(active.document.nurture.paths)
        return {
            "path": dossier.waits_for_path and user.role in CHOOSERS,
            "enrol": has_paths and user.role in ENROLLERS and not dossier.waits_for_path,
            "handoff": active is not None and user.role in GIVERS,
        }
    works = access.may_work(user, handoff)
    is_taken = handoff.state != HandoffState.OPEN
    return {
        "attempt": works,
        "accept": works and not is_taken,
        "qualify": works and handoff.state == HandoffState.ACCEPTED,
        "win": works and is_taken,
        "lose": works and is_taken,
        "return": works,
        "assign": access.may_assign(user, handoff),
    }


def _forms(
    user: User, dossier: Dossier, active: AgreementVersion | None, may: Mapping[str, bool], now: datetime
) -> dict[str, Any]:
    """An empty form for each thing the reader may do."""
    forms: dict[str, Any] = {}
    handoff = dossier.handoff
    if handoff is not None and dossier.is_open:
        forms |= _pass_forms(handoff, dossier, now)
        if may["assign"]:
            forms["assign"] = AssignForm(auto_id="assign-%s")
            forms["reps"] = _reps(handoff, now)
    if may.get("path") and handoff is not None and dossier.returned is not None:
        paths = handoff.version.document.nurture.paths
        forms["path"] = PathForm(paths, initial={"path": dossier.returned.path}, auto_id="path-%s")
        forms["paths"] = paths
    if may.get("enrol") and active is not None:
        forms["enrol"] = PathForm(active.document.nurture.paths, auto_id="enrol-%s")
        forms["paths"] = active.document.nurture.paths
    return forms


def _pass_forms(handoff: Handoff, dossier: Dossier, now: datetime) -> dict[str, Any]:
    terms = handoff.version.document
    return {
        "attempt": attempt_form(dossier.next_channel, handoff.public_id),
        "qualify": QualifyForm(terms.qualification.sql.checklist, auto_id="qualify-%s"),
        "win": WinForm(auto_id="win-%s"),
        "lose": LoseForm(auto_id="lose-%s"),
        "return": ReturnForm(reasons_for(handoff, now), auto_id="return-%s"),
        "paths": terms.nurture.paths,
    }


def _reps(handoff: Handoff, now: datetime) -> list[User]:
    zone = handoff.version.document.calendar.timezone
    return [rep for rep in reps_at_work(now, zone).order_by("name") if rep.pk != handoff.rep_id]


def _path_name(dossier: Dossier) -> str:
    enrollment = dossier.enrollment
    if enrollment is None:
        return ""
    paths = enrollment.version.document.nurture.paths
    return next((path.name for path in paths if path.id == enrollment.path), enrollment.path)
