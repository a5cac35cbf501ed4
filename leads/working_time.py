"""Whose clock counts: the working time of the team of the person who owes something."""

from __future__ import annotations

from agreements.models import AgreementVersion
from agreements.terms.calendar import WorkCalendar
from slaportal.accounts.models import User


def calendar_for(version: AgreementVersion, person: User | None) -> WorkCalendar:
    """The working calendar of this person's team; the company's for nobody, and where no team has its own."""
    if person is None or not version.document.calendar.teams or person.team is None:
        return version.calendar()
    return version.calendar(person.team.name)
