"""Sentences of both sides' commitments, KPI targets, the review and the working calendar."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _

from agreements.sentences.clause import Clause
from agreements.sentences.values import DAYS, number, say, working_days, working_time
from agreements.terms.document import Commitment, KpiTarget, Terms

PROMISES: dict[str, Promise] = {
    "first_response_hand_raise": _("Sales makes the first attempt within {time} of a lead raising its hand."),
    "first_response": _("Sales makes the first attempt within {time} of the handoff of any other MQL."),
    "acceptance": _("Sales accepts or returns a lead within {time} of the handoff."),
    "decision": _("Sales decides within {time} of the handoff whether a lead is sales-qualified."),
    "follow_up": _("Sales makes each follow-up of the cadence within {time}."),
    "choose_path": _("Marketing chooses a nurture path within {time} of a lead's return."),
}
RHYTHMS: dict[str, Promise] = {
    "weekly": _("Both teams meet weekly, on day {day} of the week."),
    "monthly": _("Both teams meet monthly, on day {day}."),
    "quarterly": _("Both teams meet quarterly, on day {day} of the first month."),
}


def commitments(terms: Terms) -> Iterator[Clause]:
    """One clause per promise."""
    for promise in terms.commitments:
        lines: list[SafeString | str] = [promise.text] if promise.text else []
        if promise.target_working_minutes:
            lines.append(say(text("Target: {time}."), time=working_time(promise.target_working_minutes)))
        if promise.kind != "mql_volume":
            share = f"{round(promise.warn_share * 100)} %"
            lines.append(say(text("The owner is warned at {share} of the time."), share=share))
        yield Clause(promise.id, _promise(promise), tuple(lines), promise.label)


def _promise(promise: Commitment) -> SafeString | str:
    if promise.per_month:
        return say(text("Marketing brings {count} MQLs each month."), count=number(promise.per_month))
    if promise.working_minutes:
        return say(str(PROMISES[promise.kind]), time=working_time(promise.working_minutes))
    if promise.working_days:
        return say(str(PROMISES[promise.kind]), time=working_days(promise.working_days))
    return text("Sales makes each follow-up of the cadence within its step's window.")


def kpis(terms: Terms) -> Iterator[Clause]:
    """One clause per target."""
    for target in terms.kpis:
        yield Clause(target.id, _target(target))


def _target(target: KpiTarget) -> SafeString:
    words = (
        text("{kpi} is at least {target}.") if target.direction == "at_least" else text("{kpi} is at most {target}.")
    )
    return say(words, kpi=target.kpi.replace("_", " "), target=number(target.target))


def review(terms: Terms) -> Iterator[Clause]:
    """The rhythm, with the agenda beneath."""
    chapter = terms.review
    agenda = tuple(
        say(text("{topic} ({minutes} minutes)"), topic=item.text, minutes=number(item.minutes))
        for item in chapter.agenda
    )
    yield Clause("review", say(str(RHYTHMS[chapter.rhythm]), day=number(chapter.day)), agenda, _("Meeting"))
    if chapter.text:
        yield Clause("feedback", chapter.text, heading=_("Communication and feedback"))


def calendar(terms: Terms) -> Iterator[Clause]:
    """Hours by weekday, closed days, overrides."""
    chapter = terms.calendar
    lines: list[SafeString | str] = [
        say(text("{day}: {hours}"), day=DAYS[day], hours=_windows(windows))
        for day, windows in sorted(chapter.hours.items(), key=lambda one: list(DAYS).index(one[0]))
        if windows
    ]
    yield Clause(
        "working-hours",
        say(text("All working time is counted in the time zone {zone}."), zone=chapter.timezone),
        tuple(lines),
        _("Working hours"),
    )
    closed: list[SafeString | str] = [say(text("Closed on {date}"), date=day) for day in chapter.holidays]
    closed += [
        say(text("On {date}: {hours}"), date=day, hours=_windows(windows) or text("closed"))
        for day, windows in chapter.overrides.items()
    ]
    country = (
        say(text("The public holidays of {country} are closed days."), country=chapter.country)
        if chapter.country
        else text("No country's public holidays are closed days.")
    )
    yield Clause("closed-days", country, tuple(closed), _("Closed days"))


def _windows(windows: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{opens}–{closes}" for opens, closes in windows)
