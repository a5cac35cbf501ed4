"""Sentences of both sides' commitments, KPI targets and the review."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _

from agreements.sentences.clause import Clause, aim
from agreements.sentences.kpi_words import kpi_name, kpi_value
from agreements.sentences.values import DAYS, SIDES, number, say, share, working_days, working_time
from agreements.terms.document import Commitment, Guideline, KpiTarget, Review, Terms

PROMISES: dict[str, Promise] = {
    "first_response_hand_raise": _("{party} makes the first attempt within {time} of a lead raising its hand."),
    "first_response": _("{party} makes the first attempt within {time} of the handoff of any other MQL."),
    "acceptance": _("{party} accepts or returns a lead within {time} of the handoff."),
    "decision": _("{party} decides within {time} of the handoff whether a lead is sales-qualified."),
    "follow_up": _("{party} makes each follow-up of the cadence within {time}."),
    "choose_path": _("{party} chooses a nurture path within {time} of a lead's return."),
}
RHYTHMS: dict[str, Promise] = {
    "weekly": _("Both teams meet every week, on {day}."),
    "monthly": _("Both teams meet every month, on day {day}."),
    "quarterly": _("Both teams meet every quarter, on day {day} of its first month."),
}
ABOUT: dict[str, Promise] = {
    "workflow": _("How we work"),
    "communication": _("How we talk"),
    "feedback": _("How we give feedback"),
}


def commitments(terms: Terms) -> Iterator[Clause]:
    """One clause per promise."""
    for promise in terms.commitments:
        yield Clause(promise.id, _promise(promise), tuple(_on_promise(promise)), promise.label)


def _promise(promise: Commitment) -> SafeString:
    party = SIDES[promise.party]
    if promise.per_month:
        return say(text("{party} brings {count} MQLs each month."), party=party, count=number(promise.per_month))
    if promise.working_minutes:
        return say(str(PROMISES[promise.kind]), party=party, time=working_time(promise.working_minutes))
    if promise.working_days:
        return say(str(PROMISES[promise.kind]), party=party, time=working_days(promise.working_days))
    return say(text("{party} makes each follow-up of the cadence within its step's window."), party=party)


def _on_promise(promise: Commitment) -> Iterator[SafeString | str]:
    if promise.text:
        yield promise.text
    if promise.target_working_minutes:
        yield say(text("Target: {time}."), time=working_time(promise.target_working_minutes))
    warning = text("The owner is warned at {share} of the time.")
    if promise.kind == "mql_volume":
        warning = text("It counts as due soon when {share} of the month's working time has run.")
    yield say(warning, share=share(promise.warn_share))


def kpis(terms: Terms) -> Iterator[Clause]:
    """One clause per target."""
    for target in terms.kpis:
        yield Clause(target.id, _target(target))


def _target(target: KpiTarget) -> SafeString:
    words = text("{kpi}: at least {target}.") if target.direction == "at_least" else text("{kpi}: at most {target}.")
    return say(words, kpi=kpi_name(target.kpi), target=kpi_value(target.kpi, target.target))


def review(terms: Terms) -> Iterator[Clause]:
    """The rhythm, with the agenda beneath, then how both teams work together."""
    chapter = terms.review
    yield from aim("review", chapter.text)
    yield Clause("meeting", say(str(RHYTHMS[chapter.rhythm]), day=_day(chapter)), heading=_("Meeting"))
    if chapter.agenda:
        agenda = tuple(
            say(text("{topic} ({minutes} minutes)"), topic=item.text, minutes=number(item.minutes))
            for item in chapter.agenda
        )
        length = say(text("The meeting takes {minutes} minutes."), minutes=sum(item.minutes for item in chapter.agenda))
        yield Clause("agenda", length, agenda, _("Agenda"))
    yield from (_guideline(one) for one in chapter.guidelines)


def _guideline(one: Guideline) -> Clause:
    return Clause(one.id, one.text, heading=ABOUT[one.about])


def _day(chapter: Review) -> str | Promise:
    """The weekday of a weekly meeting; the terms allow days up to 28, which then count on."""
    return list(DAYS.values())[(chapter.day - 1) % 7] if chapter.rhythm == "weekly" else number(chapter.day)
