"""Sentences of the qualification chapter: points, bands, and what makes an MQL and an SQL."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _

from agreements.sentences.clause import Clause, aim
from agreements.sentences.events import event_name
from agreements.sentences.rules import rule_html
from agreements.sentences.values import calendar_days, listed, number, points, say, share, signed_points
from agreements.terms.document import FitRule, Group, InterestRule, Qualification, Terms
from agreements.terms.rules.tree import ALWAYS


def qualification(terms: Terms) -> Iterator[Clause]:
    """Fit, then interest, the bands, the MQL rule and the SQL checklist."""
    chapter = terms.qualification
    yield from aim("qualification", chapter.text)
    yield Clause(
        "fit",
        say(
            text("Fit says whether the lead is the right one; it runs from {least} to {most}."),
            least=number(0),
            most=number(chapter.fit.max),
        ),
        tuple(_group(group) for group in chapter.fit.groups),
        _("Fit"),
    )
    yield from (_fit_rule(rule, chapter.fit.groups) for rule in chapter.fit.rules)
    yield Clause(
        "interest",
        say(
            text("Interest says how much the lead wants to hear from us; it runs from {least} to {most} and fades."),
            least=number(0),
            most=number(chapter.interest.max),
        ),
        (*(_group(group) for group in chapter.interest.groups), *_of_colleagues(chapter)),
        _("Interest"),
    )
    yield from (_interest_rule(rule, chapter.interest.groups) for rule in chapter.interest.rules)
    yield _bands(chapter)
    yield Clause(
        "mql",
        format_html("{} {}", text("A lead is marketing-qualified (MQL) when:"), rule_html(chapter.mql)),
        (_hand_raise(chapter),),
        _("MQL"),
    )
    yield Clause(
        "sql",
        text("A lead is sales-qualified (SQL) when the rep has confirmed each of these:"),
        tuple(item.text for item in chapter.sql.checklist),
        _("SQL"),
    )


def _hand_raise(chapter: Qualification) -> SafeString:
    return say(text("Raising a hand means: {events}."), events=listed(map(event_name, chapter.hand_raise_events), "or"))


def _group(group: Group) -> SafeString:
    return say(
        text("The rules of “{group}” count at most {cap} together."),
        group=group.label or group.id,
        cap=points(group.cap),
    )


def _of_colleagues(chapter: Qualification) -> Iterator[SafeString]:
    if chapter.interest.account_share is not None:
        counted = share(chapter.interest.account_share)
        yield say(
            text("What a lead does counts with {share} for the other leads at its account too; penalties do not."),
            share=counted,
        )
        yield say(text("Only what a lead does itself hands it over, never what its colleagues do."))


def _fit_rule(rule: FitRule, groups: tuple[Group, ...]) -> Clause:
    sentence = format_html(
        "{} {}", say(text("{points} when:"), points=signed_points(rule.points)), rule_html(rule.when)
    )
    return Clause(rule.id, sentence, tuple(_in_group(rule.group, groups)), rule.label)


def _interest_rule(rule: InterestRule, groups: tuple[Group, ...]) -> Clause:
    values = {"points": signed_points(rule.points), "event": event_name(rule.event)}
    if rule.window_days is not None:
        values["window"] = calendar_days(rule.window_days)
        sentence = say(text("{points} for each {event}, for {window} after it and then no more."), **values)
    elif rule.points < 0 or rule.half_life_days is None:
        sentence = say(text("{points} for each {event}."), **values)
    else:
        half_life = calendar_days(rule.half_life_days)
        sentence = say(text("{points} for each {event}, halved every {half_life}."), half_life=half_life, **values)
    lines = []
    if rule.when != ALWAYS:
        lines.append(format_html("{} {}", text("Only when:"), rule_html(rule.when)))
    if rule.cap is not None:
        lines.append(say(text("At most {cap} from this rule."), cap=points(rule.cap)))
    return Clause(rule.id, sentence, (*lines, *_in_group(rule.group, groups)), rule.label)


def _in_group(group: str | None, groups: tuple[Group, ...]) -> Iterator[SafeString]:
    if group is not None:
        names = {one.id: one.label or one.id for one in groups}
        yield say(text("It counts in the group “{group}”."), group=names.get(group, group))


def _bands(chapter: Qualification) -> Clause:
    fit, interest = chapter.bands.fit, chapter.bands.interest
    return Clause(
        "bands",
        say(
            text("Fit is {a} from {high}, {b} from {low}, {c} below."),
            a="A",
            high=points(fit.A),
            b="B",
            low=points(fit.B),
            c="C",
        ),
        (
            say(
                text("Interest is {one} from {high}, {two} from {low}, {three} below."),
                one="1",
                high=points(interest.first),
                two="2",
                low=points(interest.second),
                three="3",
            ),
        ),
        _("Bands"),
    )
