"""Today: what the reader owes now, by role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from agreements.glossary import remember_words
from leads import access
from leads.forms.passes import AttemptForm, BreachForm, PathForm, attempt_form
from leads.models import Handoff
from leads.routing import reps_at_work
from leads.selectors.operations import troubles
from leads.selectors.promises import (
    Bearings,
    bearings,
    month_so_far,
    returns_to_settle,
    state_of_return,
    unexplained_breaches,
)
from leads.selectors.queue import BANDS, Queue, Step, queue_of, queue_of_team, queue_on, versions_of
from leads.selectors.warming import near_leads, nearest
from slaportal.accounts.models import Role, User
from slaportal.accounts.reader import person
from slaportal.web.policy import signed_in
from slaportal.web.rendering import render_page, wants_fragment

PAGE = "leads/today.html"
QUEUE = "leads/_queue.html"
# Lists on Today are beginnings; each leads to the whole.
FEW = 8
MANY = 50

Context = dict[str, Any]


@require_GET
@signed_in
def today(request: HttpRequest) -> HttpResponse:
    """The page; ``?show=<band>`` lists all of one band. For htmx, the queue alone."""
    now = timezone.now()
    context = today_context(request, now)
    return render_page(request, PAGE, context, fragment=QUEUE if "queue" in context else None)


@require_GET
@signed_in
def step(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One row of the queue, opened; without htmx, Today with that row open."""
    now, user = timezone.now(), person(request)
    handoff = access.handoff_for(user, public_id, to="work")
    if not wants_fragment(request):
        return render_page(request, PAGE, today_context(request, now, opened=handoff.public_id))
    found = queue_on(handoff, now).first
    context = {**_queue_parts(user, bearings(user), now), "step": found, "is_open": True, "form": _form_for(found)}
    return render_page(request, PAGE, context, fragment="leads/_step.html" if found else QUEUE)


@require_GET
@signed_in
def news(request: HttpRequest) -> HttpResponse:
    """How many leads were handed to the reader since the page was made; polled while it is visible."""
    user = person(request)
    since = _moment(request.GET.get("since", ""))
    n_new = Handoff.objects.filter(rep=user, opened_at__gt=since, closed_at=None).count() if since else 0
    context = {"n_new": n_new, "since": since}
    if not wants_fragment(request):
        context |= today_context(request, timezone.now())
    return render_page(request, PAGE, context, fragment="leads/_news.html")


def today_context(
    request: HttpRequest,
    now: datetime,
    *,
    opened: UUID | None = None,
    form: AttemptForm | None = None,
    said: str = "",
) -> Context:
    """All that Today shows to this reader; ``opened`` is the handoff whose row is open, ``form`` its filled form."""
    user = person(request)
    start = bearings(user)
    remember_words(request, start.active)
    context: Context = {
        "now": now,
        "version": start.active,
        "to_sign": start.to_sign,
        "month": month_so_far(start.in_force.versions, _zone(start), now) if start.active else None,
        "said": said,
        "show": request.GET.get("show", "") if request.GET.get("show") in BANDS else "",
    }
    for part in PARTS[user.role]:
        context |= part(user, start, now)
    if "queue" in context:
        context |= _opened(context["queue"], context["is_team"], opened, form)
        context["bands"] = context["queue"].bands(whole=context["show"])
    return context


def _opened(queue: Queue, is_team: bool, opened: UUID | None, form: AttemptForm | None) -> Context:
    """The row that stands open: the asked one, else the next promise that the reader can still keep."""
    asked = next((one for one in queue.steps if one.handoff.public_id == opened), None)
    found = asked or (None if is_team else queue.next_kept)
    return {"open_step": found, "form": form or _form_for(found)}


def _form_for(found: Step | None) -> AttemptForm | None:
    return attempt_form(found.channel, found.handoff.public_id) if found else None


def _own_queue(user: User, start: Bearings, now: datetime) -> Context:
    queue = queue_of(user, now, _known(start))
    context: Context = {**_queue_parts(user, start, now), "queue": queue, "n_warm": None}
    if not queue.steps and start.active and start.had_leads:
        context["n_warm"] = near_leads(start.in_force, now).order_by()[:100].count()
    return context


def _team_queue(user: User, start: Bearings, now: datetime) -> Context:
    whole = queue_of_team(user, now, _known(start))
    unassigned = [one for one in whole.steps if not one.has_rep]
    ours = replace(whole, steps=[one for one in whole.steps if one.has_rep])
    return {**_queue_parts(user, start, now), "queue": ours, "unassigned": unassigned[:MANY]}


def _queue_parts(user: User, start: Bearings, now: datetime) -> Context:
    is_team = user.role == Role.SALES_MANAGER
    reps = list(reps_at_work(now, _zone(start)).order_by("name")) if is_team else []
    return {"is_team": is_team, "reps": reps, "now": now}


def _returns(user: User, start: Bearings, now: datetime) -> Context:
    rows = list(returns_to_settle()[: MANY + 1])
    known = _known(start)
    missing = {row.handoff.version_id for row in rows} - known.keys()
    versions = {**known, **(versions_of(missing) if missing else {})}
    choices = []
    for row in rows[:MANY]:
        version = versions[row.handoff.version_id]
        terms = version.document
        reason = next((one for one in terms.returns.reasons if one.id == row.reason), None)
        form = PathForm(terms.nurture.paths, initial={"path": row.path}, auto_id=f"path-{row.handoff.public_id}-%s")
        choices.append(
            {"returned": row, "state": state_of_return(row, now), "version": version, "reason": reason, "form": form}
        )
    return {"choices": choices, "more_choices": len(rows) > MANY}


def _warming(user: User, start: Bearings, now: datetime) -> Context:
    return {"warm": nearest(start.in_force, now, FEW) if start.in_force else []}


def _breaches(user: User, start: Bearings, now: datetime) -> Context:
    rows = list(unexplained_breaches(user, now)[: FEW + 1])
    forms = [(row, BreachForm(auto_id=f"reason-{row.public_id}-%s")) for row in rows[:FEW]]
    return {"breaches": forms, "more_breaches": len(rows) > FEW}


def _troubles(user: User, start: Bearings, now: datetime) -> Context:
    return {"troubles": troubles(now)}


def _known(start: Bearings) -> dict[int, Any]:
    return start.in_force.by_id


def _zone(start: Bearings) -> str:
    return start.active.document.calendar.timezone if start.active else "UTC"


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


Part = Callable[[User, Bearings, datetime], Context]

PARTS: Mapping[str, tuple[Part, ...]] = {
    Role.REP: (_own_queue, _breaches),
    Role.MARKETER: (_returns, _warming),
    Role.MARKETING_MANAGER: (_returns, _warming, _breaches),
    Role.SALES_MANAGER: (_team_queue, _breaches),
    Role.ADMIN: (_troubles,),
}
