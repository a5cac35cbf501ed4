"""Makes and renames teams."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from slaportal.accounts import access
from slaportal.accounts.models import Team, User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused


def create_team(*, name: str, side: str, by: User, at: datetime | None = None) -> Team:
    """A new team of one side; names are unique, whatever their case."""
    at = at or timezone.now()
    access.refuse_unless_admin(by)
    with transaction.atomic():
        team = _saved(Team(name=name, side=side))
        record("team.created", by=by, on=f"team:{team.public_id}", at=at, name=name, side=side)
    return team


def rename_team(*, team: Team, name: str, by: User, at: datetime | None = None) -> Team:
    """Give a team another name; its side never changes, since people's roles depend on it."""
    at = at or timezone.now()
    access.refuse_unless_admin(by)
    with transaction.atomic():
        team = Team.objects.select_for_update().get(pk=team.pk)
        old = team.name
        if old != name:
            team.name = name
            _saved(team)
            record("team.renamed", by=by, on=f"team:{team.public_id}", at=at, old=old, new=name)
    return team


def _saved(team: Team) -> Team:
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as error:
        raise Refused("team_name_taken", name=team.name) from error
    return team
