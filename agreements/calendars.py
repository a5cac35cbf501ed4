"""From the calendar chapter to the clock: the country's public holidays are added to the company's own days."""

from __future__ import annotations

import holidays

from agreements.terms.calendar import WorkCalendar
from agreements.terms.document import Terms, TermsInvalid
from agreements.terms.problems import Problem

# Public holidays are laid down by law for the past and known ahead only for so long.
YEARS = range(2015, 2046)


def calendar_of(terms: Terms) -> WorkCalendar:
    """The clock of these terms; an override on a day does not reopen a public holiday (a holiday wins)."""
    chapter = terms.calendar.as_dict()
    if terms.calendar.country:
        chapter["holidays"] = sorted({*chapter["holidays"], *public_holidays(terms.calendar.country)})
    return WorkCalendar.from_dict(chapter)


def check_country(terms: Terms) -> None:
    """Refuse a country whose public holidays are not known here; raises TermsInvalid at ``calendar.country``."""
    country = terms.calendar.country
    if country:
        try:
            public_holidays(country)
        except KeyError:
            raise TermsInvalid([Problem("calendar.country", "unknown_country", {"country": country})]) from None


def public_holidays(country: str) -> dict[str, str]:
    """ISO date → name for a country or one of its regions ("FR", "DE-BY"); KeyError where it is unknown."""
    nation, _, region = country.partition("-")
    try:
        days = holidays.country_holidays(nation, subdiv=region or None, years=YEARS)
    except NotImplementedError as error:
        raise KeyError(country) from error
    return {day.isoformat(): name for day, name in sorted(days.items())}
