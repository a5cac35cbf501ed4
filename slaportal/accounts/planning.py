"""When people are there for new leads: their availability today and the days they are away."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from slaportal.accounts import access
from slaportal.accounts.models import Absence, User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused, RefusedInput


def set_availability(*, person: User, is_available: bool, by: User, at: datetime | None = None) -> User:
    """Whether new leads may go to this person from now on."""
    at = at or timezone.now()
    access.refuse_unless_planner(by, person)
    with transaction.atomic():
        if User.objects.filter(pk=person.pk, is_available=not is_available).update(is_available=is_available):
            record("person.availability_set", by=by, on=_name_of(person), at=at, is_available=is_available)
    person.is_available = is_available
    return person


def add_absence(
    *, person: User, starts_on: date, ends_on: date, by: User, note: str = "", at: datetime | None = None
) -> Absence:
    """Days away, first and last included; the same days again change nothing."""
    at = at or timezone.now()
    access.refuse_unless_planner(by, person)
    if ends_on < starts_on:
        raise RefusedInput("absence_out_of_order")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        absence, is_new = person.absences.get_or_create(starts_on=starts_on, ends_on=ends_on, defaults={"note": note})
        if is_new:
            record("person.absence_added", by=by, on=_name_of(person), at=at, starts_on=starts_on, ends_on=ends_on)
    return absence


def remove_absence(*, person: User, starts_on: date, ends_on: date, by: User, at: datetime | None = None) -> None:
    """Take planned days away back."""
    at = at or timezone.now()
    access.refuse_unless_planner(by, person)
    with transaction.atomic():
        n_removed, _ = person.absences.filter(starts_on=starts_on, ends_on=ends_on).delete()
        if not n_removed:
            raise Refused("absence_unknown")
        record("person.absence_removed", by=by, on=_name_of(person), at=at, starts_on=starts_on, ends_on=ends_on)


def _name_of(person: User) -> str:
    return f"person:{person.public_id}"
