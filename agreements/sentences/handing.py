"""Sentences of the handoff and of returns."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _

from agreements.sentences.clause import Clause, aim
from agreements.sentences.rules import field_name
from agreements.sentences.values import calendar_days, listed, minutes, number, say, share
from agreements.terms.document import Escalation, Handoff, Packet, ReturnReason, Returns, Terms, Trigger

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
WAYS: dict[str, Promise] = {"app": _("the app"), "email": _("e-mail")}


def handoff(terms: Terms) -> Iterator[Clause]:
    """What hands a lead over, what travels with it, who gets it, how they hear of it, and what follows silence."""
    chapter = terms.handoff
    yield from aim("handoff", chapter.text)
    for trigger in chapter.triggers:
        yield _trigger(trigger)
    for packet in chapter.packet:
        yield _packet(packet)
    yield _late_events(chapter)
    ways = listed(WAYS[way] for way in chapter.notify)
    yield Clause("notification", say(text("The rep is told by {channels}."), channels=ways), heading=_("Notification"))
    yield Clause("routing", text("New leads go round robin to the reps who are available."), heading=_("Routing"))
    yield _acceptance(chapter)
    yield Clause("escalation", _escalation(chapter.escalation), heading=_("Escalation"))


def _escalation(shares: Escalation) -> SafeString:
    if shares.reassign_at_share is None:
        words = text("A broken promise is told to the manager when {manager} of its time has run.")
        return say(words, manager=share(shares.manager_at_share))
    return say(
        text(
            "A broken promise is told to the manager when {manager} of its time has run; "
            "from {reassign} on, the manager is asked to give the lead to another rep."
        ),
        manager=share(shares.manager_at_share),
        reassign=share(shares.reassign_at_share),
    )


def _late_events(chapter: Handoff) -> Clause:
    sentence: SafeString | str = text("Every event may hand a lead over, no matter when it comes in.")
    if chapter.live_calendar_days:
        sentence = say(
            text("An event that comes in more than {days} late counts, but opens no handoff by itself."),
            days=calendar_days(chapter.live_calendar_days),
        )
    return Clause("late-events", sentence, heading=_("Events that come in late"))


def _acceptance(chapter: Handoff) -> Clause:
    words = text("A lead that is not accepted in time stays unaccepted and is flagged.")
    if chapter.acceptance.silent_means_accepted:
        words = text("Silence until the acceptance is due counts as accepting; the contact clock keeps running.")
    return Clause("acceptance", words, heading=_("Acceptance"))


def _trigger(trigger: Trigger) -> Clause:
    return Clause(
        trigger.id, str(TRIGGERS[trigger.kind]), (trigger.text,) if trigger.text else (), _("What hands over")
    )


def _packet(packet: Packet) -> Clause:
    return Clause(
        packet.id,
        say(
            text("From the stage {stage} on Sales is given: {fields}."),
            stage=STAGES[packet.stage],
            fields=listed(map(field_name, packet.fields)),
        ),
        heading=_("What travels with the lead"),
    )


def returns(terms: Terms) -> Iterator[Clause]:
    """How much is tried before a lead goes back, the reasons with their paths, and the rest it is given."""
    chapter = terms.returns
    yield from aim("returns", chapter.text)
    yield _attempts(chapter)
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


def _attempts(chapter: Returns) -> Clause:
    limit = chapter.attempts
    words = text("“Unable to reach” may be chosen after {attempts} attempts, {calls} of them calls.")
    if limit.or_cadence_done:
        words = text(
            "“Unable to reach” may be chosen after {attempts} attempts, {calls} of them calls, "
            "or when the cadence is done."
        )
    line: SafeString | str = text("Every attempt counts, however soon it follows another.")
    if limit.min_minutes_apart:
        line = say(
            text("Attempts on one channel less than {time} apart count as one."), time=minutes(limit.min_minutes_apart)
        )
    sentence = say(words, attempts=number(limit.min_attempts), calls=number(limit.min_calls))
    return Clause("attempt-limit", sentence, (line,), _("Before a return"))


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
    if not reason.cool_down:
        lines.append(text("It may be handed over again at once."))
    return Clause(reason.id, sentence, tuple(lines), reason.label)
