"""Sentences of nurture and of the contact cadence."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.safestring import SafeString
from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _

from agreements.sentences.clause import Clause, aim
from agreements.sentences.values import CHANNELS, JOURNEY, calendar_days, number, say, working_days, working_time
from agreements.terms.document import CadenceStep, NurturePath, Terms


def nurture(terms: Terms) -> Iterator[Clause]:
    """One clause per path, its steps beneath."""
    yield from aim("nurture", terms.nurture.text)
    names = {path.id: path.name for path in terms.nurture.paths}
    for path in terms.nurture.paths:
        yield Clause(path.id, _path(path, names), tuple(_nurture_steps(path)), path.name)


def _path(path: NurturePath, names: dict[str, str]) -> SafeString:
    if path.then:
        words = text("For the stage {stage}; after its last step the path {then} follows.")
        return say(words, stage=JOURNEY[path.stage], then=names.get(path.then, path.then))
    return say(text("For the stage {stage}; it ends with its last step."), stage=JOURNEY[path.stage])


def _nurture_steps(path: NurturePath) -> Iterator[SafeString]:
    for step in path.steps:
        yield say(
            text("After {days}, by {channel}: {content}"),
            days=calendar_days(step.after_calendar_days),
            channel=CHANNELS[step.channel],
            content=step.content,
        )


def cadence(terms: Terms) -> Iterator[Clause]:
    """The contact plan as a whole, then each step."""
    chapter = terms.cadence
    yield from aim("cadence", chapter.text)
    yield Clause(
        "contact-plan",
        say(
            text("Sales tries to reach a lead {touches} times within {days}."),
            touches=number(len(chapter.steps)),
            days=working_days(chapter.duration_working_days),
        ),
        heading=_("Contact plan"),
    )
    for n, step in enumerate(chapter.steps, start=1):
        heading = text("Attempt %(n)s") % {"n": number(n)}
        yield Clause(step.id, _step(step), (step.text,) if step.text else (), heading)


def _step(step: CadenceStep) -> SafeString:
    values = {"channel": CHANNELS[step.channel], "window": working_time(step.window_working_minutes)}
    days, delay = step.after_working_days, step.after_working_minutes
    if days and delay:
        words = text("By {channel}, {days} and {delay} after the handoff, within {window}.")
        return say(words, days=working_days(days), delay=working_time(delay), **values)
    if days:
        return say(text("By {channel}, {days} after the handoff, within {window}."), days=working_days(days), **values)
    if delay:
        words = text("By {channel}, {delay} after the handoff, within {window}.")
        return say(words, delay=working_time(delay), **values)
    return say(text("By {channel}, at the handoff, within {window}."), **values)
