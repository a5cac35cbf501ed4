"""From the calendar chapter to the clock: the country's public holidays are added to the company's own days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import holidays

from agreements.terms.calendar import NoWorkingTime, WorkCalendar
from agreements.terms.document import Terms, TermsInvalid, WorkingTime
from agreements.terms.problems import Problem

# Public holidays are laid down by law for the past and known ahead only for so long.
YEARS = range(2015, 2046)
# A promise that takes longer by the calendar is none; the clock itself gives up after ten years.
LONGEST = timedelta(days=5 * 365)


def calendar_of(terms: Terms, team: str = "") -> WorkCalendar:
    """The clock of the team of this name, else the company's; an override does not reopen a public holiday."""
    return clock_of(terms.calendar.of(team))


def clock_of(chapter: WorkingTime) -> WorkCalendar:
    """The clock of one chapter of hours; KeyError where its country is unknown."""
    days = chapter.as_dict()
    if chapter.country:
        days["holidays"] = sorted({*days["holidays"], *public_holidays(chapter.country)})
    return WorkCalendar.from_dict(days)


def check_calendar(terms: Terms, at: datetime) -> None:
    """Refuse terms whose clocks cannot run from ``at``; raises TermsInvalid.

    At the ``country`` of the company or of a team where its public holidays are not known here, at each promise and
    each step of the cadence that the working time to come does not hold.
    """
    clocks, problems = [], []
    teams = [(f"calendar.teams[{n}]", team) for n, team in enumerate(terms.calendar.teams)]
    for path, chapter in [("calendar", terms.calendar), *teams]:
        try:
            clocks.append(clock_of(chapter))
        except KeyError:
            problems.append(Problem(f"{path}.country", "unknown_country", {"country": chapter.country}))
    facts = {"years": LONGEST.days // 365}
    problems += [
        Problem(path, "beyond_hours", facts)
        for path, *span in _spans(terms)
        if not all(_holds(clock, at, *span) for clock in clocks)
    ]
    if problems:
        raise TermsInvalid(problems)


def _spans(terms: Terms) -> Iterator[tuple[str, int, int]]:
    """Where each span of working time stands: its days, and its minutes after those."""
    for n, promise in enumerate(terms.commitments):
        name = "working_days" if promise.working_days is not None else "working_minutes"
        yield f"commitments[{n}].{name}", promise.working_days or 0, promise.working_minutes or 0
    for n, step in enumerate(terms.cadence.steps):
        minutes = step.after_working_minutes + step.window_working_minutes
        yield f"cadence.steps[{n}]", step.after_working_days, minutes


def _holds(calendar: WorkCalendar, at: datetime, days: int, minutes: int) -> bool:
    try:
        return calendar.add(calendar.add_working_days(at, days), minutes * 60) <= at + LONGEST
    except NoWorkingTime:
        return False


def public_holidays(country: str) -> dict[str, str]:
    """ISO date → name for a country or one of its regions ("FR", "DE-BY"); KeyError where it is unknown."""
    nation, _, region = country.partition("-")
    try:
        days = holidays.country_holidays(nation, subdiv=region or None, years=YEARS)
    except NotImplementedError as error:
        raise KeyError(country) from error
    return {day.isoformat(): name for day, name in sorted(days.items())}
