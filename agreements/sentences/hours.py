"""Sentences of the working calendar: hours, closed days, and the teams that keep other ones."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.safestring import SafeString
from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _

from agreements.sentences.clause import Clause
from agreements.sentences.places import country_name
from agreements.sentences.values import DAYS, day_words, listed, say
from agreements.terms.document import Terms, WorkingTime

Windows = tuple[tuple[str, str], ...]


def calendar(terms: Terms) -> Iterator[Clause]:
    """The company's hours and closed days, then each team's own."""
    chapter = terms.calendar
    zone = say(text("All working time is counted in the time zone {zone}."), zone=chapter.timezone)
    yield Clause("working-hours", zone, tuple(_hours(chapter)), _("Working hours"))
    yield Clause("closed-days", _country(chapter), tuple(_days(chapter)), _("Closed days"))
    for team in chapter.teams:
        sentence = say(
            text("The working time of {team} is counted in the time zone {zone}."), team=team.team, zone=team.timezone
        )
        yield Clause(team.id, sentence, (*_hours(team), _country(team), *_days(team)), team.team)


def _hours(chapter: WorkingTime) -> Iterator[SafeString]:
    for day, name in DAYS.items():
        if windows := dict(chapter.hours).get(day):  # type: ignore[call-overload]
            yield say(text("{day}: {hours}"), day=name, hours=_windows(windows))


def _country(chapter: WorkingTime) -> SafeString | str:
    if chapter.country is None:
        return text("No country's public holidays are closed days.")
    return say(text("The public holidays of {country} are closed days."), country=country_name(chapter.country))


def _days(chapter: WorkingTime) -> Iterator[SafeString]:
    for day in chapter.holidays:
        yield say(text("Closed on {date}"), date=day_words(day))
    for day, windows in chapter.overrides.items():
        yield say(text("On {date}: {hours}"), date=day_words(day), hours=_windows(windows) or text("closed"))


def _windows(windows: Windows) -> str:
    return listed(f"{opens}–{closes}" for opens, closes in windows)
