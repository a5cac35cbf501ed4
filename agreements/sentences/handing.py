"""Sentences of handoff, returns, nurture and the contact cadence."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _

from agreements.sentences.clause import Clause
from agreements.sentences.rules import field_name
from agreements.sentences.values import (
    CHANNELS,
    JOURNEY,
    calendar_days,
    minutes,
    number,
    say,
    working_days,
    working_time,
)
from agreements.terms.document import CadenceStep, Handoff, NurturePath, Packet, ReturnReason, Returns, Terms, Trigger

TRIGGERS: dict[str, Promise] = {
    "mql": _("A lead is handed to Sales as soon as it is marketing-qualified."),
    "hand_raise": _("A lead that raises its hand is handed to Sales at once."),
    "manual": _("Marketing may hand over a lead by hand."),
}
STAGES: dict[str, Promise] = {
    "mql": _("MQL"),
    "sal": _("Accepted (SAL)"),
    "sql": _("SQL"),
    "opportunity": _("Opportunity"),
    "nurture": _("Nurture"),
}


def handoff(terms: Terms) -> Iterator[Clause]:
    """What hands a lead over, what travels with it, who gets it and how they hear of it."""
    chapter = terms.handoff
    for trigger in chapter.triggers:
        yield _trigger(trigger)
    for packet in chapter.packet:
        yield _packet(packet)
    yield Clause(
        "routing",
        text("New leads go round robin to the reps who are available."),
        tuple(_on_routing(chapter)),
        _("Routing and acceptance"),
    )


def _on_routing(chapter: Handoff) -> Iterator[SafeString | str]:
    yield say(
        text("The rep is told by {channels}."),
        channels=", ".join({"app": text("the app"), "email": text("e-mail")}[way] for way in chapter.notify),
    )
    if chapter.acceptance.silent_means_accepted:
        yield text("Silence until the acceptance is due counts as accepting; the contact clock keeps running.")
    else:
        yield text("A lead that is not accepted in time stays unaccepted and is flagged.")
    if chapter.live_calendar_days:
        yield say(
            text("An event that comes in more than {days} late counts, but opens no handoff by itself."),
            days=calendar_days(chapter.live_calendar_days),
        )


def _trigger(trigger: Trigger) -> Clause:
    return Clause(trigger.id, str(TRIGGERS[trigger.kind]), (trigger.text,) if trigger.text else ())


def _packet(packet: Packet) -> Clause:
    return Clause(
        packet.id,
        say(
            text("From the stage {stage} on Sales is given: {fields}."),
            stage=STAGES[packet.stage],
            fields=", ".join(field_name(field) for field in packet.fields),
        ),
    )


def returns(terms: Terms) -> Iterator[Clause]:
    """How much is tried before a lead goes back, the reasons, and the rest it is given."""
    chapter = terms.returns
    words = text("“Unable to reach” may be chosen after {attempts} attempts, {calls} of them calls.")
    if chapter.attempts.or_cadence_done:
        words = text(
            "“Unable to reach” may be chosen after {attempts} attempts, {calls} of them calls, "
            "or when the cadence is done."
        )
    limit = say(words, attempts=number(chapter.attempts.min_attempts), calls=number(chapter.attempts.min_calls))
    yield Clause("returns", limit, tuple(_on_attempts(chapter)), _("Before a return"))
    names = {path.id: path.name for path in terms.nurture.paths}
    for reason in chapter.reasons:
        yield _reason(reason, names)
    yield Clause(
        "cool-down",
        say(
            text(
                "A returned lead rests for {days} unless it raises its hand; "
                "after {most} returns a manager looks first."
            ),
            days=calendar_days(chapter.cool_down_calendar_days),
            most=number(chapter.max_returns),
        ),
        heading=_("Rest"),
    )


def _on_attempts(chapter: Returns) -> Iterator[SafeString | str]:
    if chapter.attempts.min_minutes_apart:
        yield say(
            text("Attempts on one channel less than {time} apart count as one."),
            time=minutes(chapter.attempts.min_minutes_apart),
        )
    if chapter.text:
        yield chapter.text


def _reason(reason: ReturnReason, names: dict[str, str]) -> Clause:
    sentence: SafeString | str
    if reason.path:
        sentence = say(text("The lead goes to the nurture path {path}."), path=names.get(reason.path, reason.path))
    else:
        sentence = text("The lead is closed.")
    lines = []
    if reason.requires_attempts:
        lines.append(text("Only after the agreed attempts."))
    if reason.note_required:
        lines.append(text("A note is required."))
    if reason.path and not reason.cool_down:
        lines.append(text("It may be handed over again at once."))
    return Clause(reason.id, sentence, tuple(lines), reason.label)


def nurture(terms: Terms) -> Iterator[Clause]:
    """One clause per path, its steps beneath."""
    for path in terms.nurture.paths:
        yield Clause(path.id, _path(path), tuple(_nurture_steps(path)), path.name)


def _path(path: NurturePath) -> SafeString:
    if path.then:
        return say(text("For the stage {stage}; then {then}."), stage=JOURNEY[path.stage], then=path.then)
    return say(text("For the stage {stage}."), stage=JOURNEY[path.stage])


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
    yield Clause(
        "cadence",
        say(
            text("Sales tries to reach a lead {touches} times within {days}."),
            touches=number(len(chapter.steps)),
            days=working_days(chapter.duration_working_days),
        ),
        (chapter.text,) if chapter.text else (),
    )
    for step in chapter.steps:
        yield Clause(step.id, _step(step), (step.text,) if step.text else ())


def _step(step: CadenceStep) -> SafeString:
    window = working_time(step.window_working_minutes)
    if step.after_working_days:
        return say(
            text("{channel}: {days} after the handoff, within {window}."),
            channel=CHANNELS[step.channel],
            days=working_days(step.after_working_days),
            window=window,
        )
    if step.after_working_minutes:
        return say(
            text("{channel}: {delay} after the handoff, within {window}."),
            channel=CHANNELS[step.channel],
            delay=working_time(step.after_working_minutes),
            window=window,
        )
    return say(text("{channel}: at the handoff, within {window}."), channel=CHANNELS[step.channel], window=window)
