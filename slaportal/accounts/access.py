"""Who may see and change whom: admins everybody, managers the availability of their own team, everybody themselves."""

from __future__ import annotations

import uuid
from typing import Literal

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from slaportal.accounts.models import Role, Team, User
from slaportal.web.refusals import Refused


def people_for(user: User) -> QuerySet[User]:
    """The people whose page this person may open."""
    if user.role == Role.ADMIN:
        return User.objects.all()
    if user.is_manager and user.team_id is not None:
        return User.objects.filter(team=user.team_id)
    return User.objects.filter(pk=user.pk)


def person_for(user: User, public_id: uuid.UUID, to: Literal["read", "plan", "change"] = "read") -> User:
    """The person, or 404 for a stranger's eyes, or 403 where this may be read but not done."""
    person = people_for(user).select_related("team").filter(public_id=public_id).first()
    if person is None:
        raise Http404
    if (to == "change" and user.role != Role.ADMIN) or (to == "plan" and not may_plan(user, person)):
        raise PermissionDenied
    return person


def team_for(user: User, public_id: uuid.UUID) -> Team:
    """The team, for an admin who changes it."""
    team = Team.objects.filter(public_id=public_id).first()
    if team is None or user.role != Role.ADMIN:
        raise Http404
    return team


def may_plan(user: User, person: User) -> bool:
    """Whether `user` decides when `person` is available."""
    in_own_team = user.is_manager and user.team_id is not None and user.team_id == person.team_id
    return user.role == Role.ADMIN or user == person or in_own_team


def refuse_unless_admin(by: User) -> None:
    """The services' own guard; pages are closed before it comes to this."""
    if by.role != Role.ADMIN or not by.is_active:
        raise Refused("not_allowed")


def refuse_unless_planner(by: User, person: User) -> None:
    """The same for availability and absences."""
    if not may_plan(by, person) or not by.is_active:
        raise Refused("not_allowed")
