"""Invites people, changes who they are and what they may do, and ends their access; every change is in the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from slaportal.accounts import access, links
from slaportal.accounts.models import SIDE_OF_ROLE, Role, Team, User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused

SET_UP_LOCK = 7_253_002


def set_up_first_admin(
    *, name: str, email: str, password: str, zone: str = "", language: str = "", at: datetime | None = None
) -> User:
    """The first person of an installation, an admin; refused (`already_set_up`) as soon as anybody exists."""
    at = at or timezone.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SET_UP_LOCK])
        if User.objects.exists():
            raise Refused("already_set_up")
        admin = User.objects.create_user(email, password, name=name, role=Role.ADMIN, timezone=zone, language=language)
        record("installation.set_up", by=admin, on=_name_of(admin), at=at)
    return admin


def invite_person(*, name: str, email: str, role: str, team: Team | None, by: User, at: datetime | None = None) -> User:
    """A new person without a password, and an invitation by mail (see links.path_for for the link itself)."""
    at = at or timezone.now()
    access.refuse_unless_admin(by)
    _refuse_wrong_side(role, team)
    with transaction.atomic():
        person = _saved(User(name=name, email=email.lower(), role=role, team=team), is_new=True)
        record("person.invited", by=by, on=_name_of(person), at=at, **_facts_of(person))
        links.mail_link(person, "invitation", at=at)
    return person


def change_person(
    *, person: User, name: str, email: str, role: str, team: Team | None, by: User, at: datetime | None = None
) -> User:
    """Change name, address, role and team; the last active admin stays one."""
    at = at or timezone.now()
    access.refuse_unless_admin(by)
    _refuse_wrong_side(role, team)
    with transaction.atomic():
        person = _locked(person)
        old = _facts_of(person)
        if role != Role.ADMIN:
            _refuse_last_admin(person)
        person.name, person.email, person.role, person.team = name, email.lower(), role, team
        changed = {key: value for key, value in _facts_of(person).items() if value != old[key]}
        if changed:
            _saved(person)
            record(
                "person.changed", by=by, on=_name_of(person), at=at, old={key: old[key] for key in changed}, new=changed
            )
    return person


def deactivate_person(*, person: User, by: User, at: datetime | None = None) -> User:
    """End a person's access: sessions and tokens stop at their next request. What they did stays theirs."""
    at = at or timezone.now()
    access.refuse_unless_admin(by)
    with transaction.atomic():
        person = _locked(person)
        _refuse_last_admin(person)
        if person.is_active:
            person.is_active = False
            person.save(update_fields=["is_active"])
            n_tokens, _ = person.auth_token_set.all().delete()
            record("person.deactivated", by=by, on=_name_of(person), at=at, tokens=n_tokens)
    return person


def reactivate_person(*, person: User, by: User, at: datetime | None = None) -> User:
    """Let a person in again; old sessions and tokens stay dead, so they get a new link."""
    at = at or timezone.now()
    access.refuse_unless_admin(by)
    with transaction.atomic():
        person = _locked(person)
        if not person.is_active:
            person.is_active = True
            person.set_unusable_password()
            person.save(update_fields=["is_active", "password"])
            record("person.reactivated", by=by, on=_name_of(person), at=at)
            links.mail_link(person, "invitation", at=at)
    return person


def reset_access(*, person: User, by: User, at: datetime | None = None) -> User:
    """End all sessions, tokens and earlier links of a person and mail a new link to set a password."""
    at = at or timezone.now()
    access.refuse_unless_admin(by)
    with transaction.atomic():
        person = _locked(person)
        if not person.is_active:
            raise Refused("person_inactive")
        person.set_unusable_password()
        person.save(update_fields=["password"])
        n_tokens, _ = person.auth_token_set.all().delete()
        record("person.access_reset", by=by, on=_name_of(person), at=at, tokens=n_tokens)
        links.mail_link(person, "invitation", at=at)
    return person


def _locked(person: User) -> User:
    """The row as it is now. All active admins are locked first, in one order: two cannot demote each other at once."""
    list(User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk"))
    return User.objects.select_for_update().get(pk=person.pk)


def _refuse_last_admin(person: User) -> None:
    others = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=person.pk)
    if person.role == Role.ADMIN and person.is_active and not others.exists():
        raise Refused("last_admin")


def _refuse_wrong_side(role: str, team: Team | None) -> None:
    side = SIDE_OF_ROLE.get(Role(role))
    if side is not None and team is not None and team.side != side:
        raise Refused("team_of_other_side", team=team.name)


def _saved(person: User, *, is_new: bool = False) -> User:
    """The address is unique in the database; a clash is refused, not an error."""
    if is_new:
        person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save(force_insert=is_new)
    except IntegrityError as error:
        raise Refused("email_taken", email=person.email) from error
    return person


def _facts_of(person: User) -> dict[str, Any]:
    team = person.team.name if person.team else None
    return {"name": person.name, "email": person.email, "role": person.role, "team": team}


def _name_of(person: User) -> str:
    return f"person:{person.public_id}"
