"""Settings of people and teams: the list, one person's page, and what admins and managers do there."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from slaportal.accounts import access, links, people, planning
from slaportal.accounts.forms import AbsenceForm, PersonForm
from slaportal.accounts.models import Absence, Role, Team, User
from slaportal.accounts.reader import PersonRequest
from slaportal.outbox.texts import absolute
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page

MANAGERS = ("admin", "marketing_manager", "sales_manager")
PER_PAGE = 50
PAGE = "accounts/person.html"


@allow(*MANAGERS)
@require_GET
def settings_index(request: PersonRequest) -> HttpResponse:
    """Where the settings are."""
    return render_page(request, "accounts/settings.html", {})


@allow(*MANAGERS)
@require_GET
def people_list(request: PersonRequest) -> HttpResponse:
    """Everybody for admins, the own team for managers; by name, role and team."""
    query = request.GET
    found = access.people_for(request.user).select_related("team").order_by("-is_active", "name", "id")
    if query.get("q"):
        text = query["q"].replace("\x00", "")
        found = found.filter(Q(name__icontains=text) | Q(email__icontains=text))
    if query.get("role") in Role.values:
        found = found.filter(role=query["role"])
    team = _team_of(query.get("team", ""))
    if team is not None:
        found = found.filter(team=team)
    today = timezone.localdate()
    away = Absence.objects.filter(starts_on__lte=today, ends_on__gte=today)
    found = found.prefetch_related(Prefetch("absences", away, to_attr="absences_today"))
    context = {
        "page": Paginator(found, PER_PAGE).get_page(query.get("page")),
        "roles": Role.choices,
        "teams": Team.objects.order_by("side", "name"),
        "query": query,
        "team": team,
    }
    return render_page(request, "accounts/people.html", context, fragment="accounts/_people_table.html")


@allow("admin")
@require_http_methods(["GET", "POST"])
def person_new(request: PersonRequest) -> HttpResponse:
    """Invite somebody; the answer shows the invitation's link once, for where no mail goes out."""
    page = "accounts/person_new.html"
    form = PersonForm(request.POST or None)
    if not form.is_valid():
        return render_page(request, page, {"form": form}, status=422 if form.is_bound else 200)
    try:
        person = people.invite_person(**form.cleaned_data, by=request.user)
    except Refused as refused:
        return refuse(request, page, {"form": form}, refused)
    return _shown_link(request, person, status=201)


@allow(*MANAGERS)
@require_GET
def person(request: PersonRequest, public_id: uuid.UUID) -> HttpResponse:
    """One person: who they are, when they are there, and their access."""
    found = access.person_for(request.user, public_id)
    return render_page(request, PAGE, _context(request, found))


@allow("admin")
@require_POST
def person_details(request: PersonRequest, public_id: uuid.UUID) -> HttpResponse:
    """Change name, address, role, team."""
    found = access.person_for(request.user, public_id, to="change")
    form = PersonForm(request.POST)
    if not form.is_valid():
        return render_page(request, PAGE, {**_context(request, found), "form": form}, status=422)
    change = lambda: people.change_person(person=found, **form.cleaned_data, by=request.user)  # noqa: E731
    return _done(request, found, change, gettext("Saved."), form=form)


@allow(*MANAGERS)
@require_POST
def person_availability(request: PersonRequest, public_id: uuid.UUID) -> HttpResponse:
    """Whether new leads may go to this person."""
    found = access.person_for(request.user, public_id, to="plan")
    is_available = request.POST.get("is_available") == "1"
    planning.set_availability(person=found, is_available=is_available, by=request.user)
    messages.success(request, gettext("Saved."))
    return redirect("accounts:person", public_id)


@allow(*MANAGERS)
@require_POST
def person_absences(request: PersonRequest, public_id: uuid.UUID) -> HttpResponse:
    """Plan days away."""
    found = access.person_for(request.user, public_id, to="plan")
    form = AbsenceForm(request.POST)
    if not form.is_valid():
        return render_page(request, PAGE, {**_context(request, found), "absence_form": form}, status=422)
    add = lambda: planning.add_absence(person=found, **form.cleaned_data, by=request.user)  # noqa: E731
    return _done(request, found, add, gettext("Saved."), absence_form=form)


@allow(*MANAGERS)
@require_POST
def person_absence_removal(request: PersonRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take days away back."""
    found = access.person_for(request.user, public_id, to="plan")
    form = AbsenceForm(request.POST)
    if not form.is_valid():
        return render_page(request, PAGE, _context(request, found), status=422)
    days = {name: form.cleaned_data[name] for name in ("starts_on", "ends_on")}
    remove = lambda: planning.remove_absence(person=found, **days, by=request.user)  # noqa: E731
    return _done(request, found, remove, gettext("The absence is taken back."))


@allow("admin")
@require_POST
def person_deactivation(request: PersonRequest, public_id: uuid.UUID) -> HttpResponse:
    """End this person's access."""
    found = access.person_for(request.user, public_id, to="change")
    end = lambda: people.deactivate_person(person=found, by=request.user)  # noqa: E731
    return _done(request, found, end, gettext("Their sessions and tokens have ended."))


@allow("admin")
@require_POST
def person_reactivation(request: PersonRequest, public_id: uuid.UUID) -> HttpResponse:
    """Let this person in again, by a new link."""
    found = access.person_for(request.user, public_id, to="change")
    return _shown_link(request, people.reactivate_person(person=found, by=request.user))


@allow("admin")
@require_POST
def person_access_reset(request: PersonRequest, public_id: uuid.UUID) -> HttpResponse:
    """End sessions and tokens, and hand out a new link."""
    found = access.person_for(request.user, public_id, to="change")
    try:
        found = people.reset_access(person=found, by=request.user)
    except Refused as refused:
        return refuse(request, PAGE, _context(request, found), refused)
    return _shown_link(request, found)


def _done(request: PersonRequest, found: User, act: Callable[[], object], said: str, **forms: Any) -> HttpResponse:
    """Do it and go back to the person, or show the person with the refusal."""
    try:
        act()
    except Refused as refused:
        return refuse(request, PAGE, {**_context(request, found), **forms}, refused)
    messages.success(request, said)
    return redirect("accounts:person", found.public_id)


def _shown_link(request: PersonRequest, person: User, status: int = 200) -> HttpResponse:
    link = absolute(links.path_for(person, "invitation"))
    return render_page(request, "accounts/person_link.html", {"person": person, "link": link}, status=status)


def _context(request: PersonRequest, person: User) -> dict[str, Any]:
    known: dict[str, Any] = {"name": person.name, "email": person.email, "role": person.role}
    known["team"] = person.team.public_id if person.team else ""
    return {
        "person": person,
        "form": PersonForm(initial=known),
        "absence_form": AbsenceForm(),
        "absences": person.absences.filter(ends_on__gte=timezone.localdate()).order_by("starts_on"),
        "may_change": request.user.role == Role.ADMIN,
    }


def _team_of(public_id: str) -> Team | None:
    try:
        return Team.objects.filter(public_id=uuid.UUID(public_id)).first()
    except ValueError:
        return None
