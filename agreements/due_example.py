"""A due time worked out while somebody edits the calendar: when a promise made on a Friday afternoon falls due."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from django.utils.translation import gettext as _
from pydantic import ValidationError

from agreements.calendars import clock_of, public_holidays
from agreements.sentences.values import day_words, say
from agreements.terms.calendar import CalendarInvalid, NoWorkingTime, WorkCalendar
from agreements.terms.document import CalendarTerms, WorkingTime
from slaportal.web.formats import reader_locale

FRIDAY, MOMENT, HOUR = 4, time(17, 40), 3600


@dataclass(frozen=True)
class DueExample:
    """Whose hours, the sentence, and the days on which nothing counted; ``due_at`` is None where none can be found."""

    name: str
    sentence: str
    skipped: list[str]
    due_at: datetime | None = None


def due_examples(chapter: dict[str, Any], now: datetime) -> list[DueExample]:
    """One for the company and one for each team, from the chapter as it stands in the form."""
    try:
        terms = CalendarTerms.model_validate_json(json.dumps(chapter))
    except ValidationError:
        return [DueExample("", _("The example appears when the hours can be read."), [])]
    rows: list[tuple[str, WorkingTime]] = [("", terms), *((team.team, team) for team in terms.teams)]
    return [_example(name, working, now) for name, working in rows]


def _example(name: str, working: WorkingTime, now: datetime) -> DueExample:
    try:
        clock = clock_of(working)
        handed = _next_friday(clock, now)
        due = clock.add(handed, HOUR)
        skipped = [_skipped(row.on, row.why, working) for row in clock.explain(handed, HOUR) if not row.counted_seconds]
    except (CalendarInvalid, KeyError, NoWorkingTime):
        return DueExample(name, _("The example appears when the hours can be read."), [])
    zone = ZoneInfo(clock.timezone)
    sentence = say(
        _("Handed over {start}, with one working hour to answer: due {due}."),
        start=_moment(handed.astimezone(zone)),
        due=_moment(due.astimezone(zone)),
    )
    return DueExample(name, sentence, skipped, due)


def _next_friday(clock: WorkCalendar, now: datetime) -> datetime:
    """The coming Friday afternoon by these clocks."""
    zone = ZoneInfo(clock.timezone)
    today = now.astimezone(zone).date()
    friday = today + timedelta(days=(FRIDAY - today.weekday()) % 7)
    return datetime.combine(friday, MOMENT, zone)


def _skipped(on: date, why: str, working: WorkingTime) -> str:
    """A day that counted nothing, and why."""
    if why == "holiday":
        names = public_holidays(working.country) if working.country else {}
        facts = {"day": day_words(on), "name": names.get(on.isoformat(), _("own closed day"))}
        return _("%(day)s is skipped: %(name)s") % facts
    return _("%(day)s is skipped: closed") % {"day": day_words(on)}


def _moment(local: datetime) -> str:
    day = format_skeleton("yMMMEd", local, locale=reader_locale())
    return f"{day}, {local:%H:%M}"
