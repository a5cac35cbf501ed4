"""The page of the teams."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from slaportal.accounts import access, teams
from slaportal.accounts.forms import TeamForm, TeamNameForm
from slaportal.accounts.models import Team
from slaportal.accounts.reader import PersonRequest
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page

PAGE = "accounts/teams.html"


@allow("admin")
@require_http_methods(["GET", "POST"])
def team_list(request: PersonRequest) -> HttpResponse:
    """All teams with the number of their people; a new one is made here."""
    form = TeamForm(request.POST or None)
    if not form.is_valid():
        return render_page(request, PAGE, _context(form), status=422 if form.is_bound else 200)
    try:
        teams.create_team(**form.cleaned_data, by=request.user)
    except Refused as refused:
        return refuse(request, PAGE, _context(form), refused)
    messages.success(request, gettext("The team is made."))
    return redirect("accounts:teams")


@allow("admin")
@require_POST
def team_name(request: PersonRequest, public_id: uuid.UUID) -> HttpResponse:
    """Rename a team."""
    team = access.team_for(request.user, public_id)
    form = TeamNameForm(request.POST)
    if not form.is_valid():
        refusal = gettext("A team needs a name of at most 120 characters.")
        return render_page(request, PAGE, {**_context(TeamForm()), "refusal": refusal}, status=422)
    try:
        teams.rename_team(team=team, name=form.cleaned_data["name"], by=request.user)
    except Refused as refused:
        return refuse(request, PAGE, _context(TeamForm()), refused)
    messages.success(request, gettext("Saved."))
    return redirect("accounts:teams")


def _context(form: TeamForm) -> dict[str, Any]:
    n_active = Count("members", filter=Q(members__is_active=True))
    return {"form": form, "teams": Team.objects.annotate(n_people=n_active).order_by("side", "name")}
