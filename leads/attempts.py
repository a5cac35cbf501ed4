"""Attempts to reach a lead: logged once, each answers the next step of the cadence and opens the one after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agreements.terms import cadence
from agreements.terms.document import Terms
from leads.commitments import Kind, meet, open_commitment
from leads.handoff.locking import guard_work, locked_handoff
from leads.models import Channel, ContactAttempt, Handoff, HandoffState
from leads.working_time import calendar_for
from slaportal.accounts.models import User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused, RefusedInput


@dataclass(frozen=True)
class Effort:
    """How many attempts of a pass count, how many of those are calls, and how many steps of the cadence are answered.

    The handoff's own ``n_attempts`` and ``n_calls`` are all that were logged.
    """

    n_attempts: int
    n_calls: int
    n_steps: int


# Which outcomes each channel can have, with their words.
OUTCOMES: Mapping[str, Mapping[str, str | Promise]] = {
    Channel.PHONE: {
        "reached": _("Reached"),
        "voicemail": _("Voicemail left"),
        "no_answer": _("No answer"),
        "busy": pgettext_lazy("phone", "Busy"),
        "wrong_number": _("Wrong number"),
    },
    Channel.EMAIL: {
        "sent": _("Sent"),
        "replied": _("Replied"),
        "bounced": _("Bounced"),
    },
    Channel.VIDEO: {
        "sent": _("Sent"),
        "watched": _("Watched"),
        "reached": _("Reached"),
        "no_answer": _("No answer"),
    },
}


def log_attempt(
    *,
    handoff: Handoff,
    by: User,
    channel: str,
    outcome: str,
    note: str = "",
    key: UUID | None = None,
    at: datetime | None = None,
    happened_at: datetime | None = None,
) -> ContactAttempt:
    """Append an attempt to an open pass; the same ``key`` again returns the first attempt and changes nothing.

    ``at`` is when it is logged, ``happened_at`` when it took place (the same unless given; never in the future, never
    before the handoff). Refused: not_yours, handoff_closed, channel_unknown, outcome_unknown, attempt_in_the_future,
    attempt_before_handoff.
    """
    at = at or timezone.now()
    happened_at = happened_at or at
    _check(handoff, channel, outcome, at, happened_at)
    guard_work(handoff, by)
    with transaction.atomic():
        # Replays are looked for before the lock refuses a closed pass: the answer to a lost reply is the same answer.
        replayed = _logged_before(handoff, key)
        if replayed is not None:
            return replayed
        held = locked_handoff(handoff, by)
        replayed = _logged_before(held, key)
        if replayed is not None:
            return replayed
        attempt = _append(held, by, channel, outcome, note, key, at, happened_at)
        _count(held, attempt)
        _answer_promises(held, attempt)
    return attempt


def plan_of(terms: Terms) -> list[cadence.Step]:
    """The cadence of these terms, in its order."""
    return [
        cadence.Step(
            id=step.id,
            channel=cast("cadence.Channel", step.channel),  # the plan treats all channels alike
            after_working_days=step.after_working_days,
            after_working_minutes=step.after_working_minutes,
            window_working_minutes=step.window_working_minutes,
        )
        for step in terms.cadence.steps
    ]


def effort_of(handoff: Handoff) -> Effort:
    """What counts of the attempts of a pass: by its terms, a burst of tries on one channel is one. One query."""
    made: dict[str, list[datetime]] = {}
    n_steps = 0
    for channel, at, step in handoff.attempts.values_list("channel", "at", "step"):
        made.setdefault(channel, []).append(at)
        n_steps += bool(step)
    minutes = handoff.version.document.returns.attempts.min_minutes_apart
    counted = Counter({channel: len(cadence.spaced(times, minutes)) for channel, times in made.items()})
    return Effort(counted.total(), counted[Channel.PHONE], n_steps)


def _check(handoff: Handoff, channel: str, outcome: str, at: datetime, happened_at: datetime) -> None:
    if channel not in OUTCOMES:
        raise RefusedInput("channel_unknown", channel=channel)
    if outcome not in OUTCOMES[channel]:
        raise RefusedInput("outcome_unknown", outcome=outcome)
    if happened_at > at:
        raise RefusedInput("attempt_in_the_future")
    if happened_at < handoff.opened_at:
        raise RefusedInput("attempt_before_handoff")


def _logged_before(handoff: Handoff, key: UUID | None) -> ContactAttempt | None:
    if key is None:
        return None
    attempt = ContactAttempt.objects.filter(key=key).first()
    if attempt is not None and attempt.handoff_id != handoff.pk:
        raise Refused("already_done")
    return attempt


def _append(
    held: Handoff,
    by: User,
    channel: str,
    outcome: str,
    note: str,
    key: UUID | None,
    at: datetime,
    happened_at: datetime,
) -> ContactAttempt:
    step = _step_answered(held, channel, happened_at)
    given = {"key": key} if key else {}
    attempt = ContactAttempt.objects.create(
        handoff=held,
        lead=held.lead,
        by=by,
        channel=channel,
        outcome=outcome,
        note=note.strip(),
        step=step.id if step else "",
        at=happened_at,
        logged_at=at,
        **given,
    )
    facts = {"handoff": held.public_id, "channel": channel, "outcome": outcome, "happened_at": happened_at}
    record("lead.attempted", by=by, on=f"lead:{held.lead.public_id}", at=at, **facts)
    return attempt


def _step_answered(held: Handoff, channel: str, at: datetime) -> cadence.Step | None:
    """The step that an attempt at this time answers; none if it is one of a burst on its channel."""
    minutes = held.version.document.returns.attempts.min_minutes_apart
    made = list(held.attempts.filter(channel=channel).values_list("at", flat=True))
    if len(cadence.spaced([*made, at], minutes)) == len(cadence.spaced(made, minutes)):
        return None
    return cadence.next_step(plan_of(held.version.document), held.attempts.exclude(step="").count())


def _count(held: Handoff, attempt: ContactAttempt) -> None:
    """The handoff's own figures; response time is working time up to the first attempt, in whole seconds."""
    held.n_attempts += 1
    held.n_calls += attempt.channel == Channel.PHONE
    if held.first_attempt_at is None:
        held.first_attempt_at = attempt.at
        held.response_seconds = round(calendar_for(held.version, held.rep).between(held.opened_at, attempt.at))
    held.save(update_fields=["n_attempts", "n_calls", "first_attempt_at", "response_seconds"])


def _answer_promises(held: Handoff, attempt: ContactAttempt) -> None:
    """The first attempt is the first response; each answers the step that is owed, and the next one opens."""
    meet(handoff=held, kind=Kind.FIRST_RESPONSE, at=attempt.logged_at, met_at=attempt.at)
    if attempt.step:
        meet(handoff=held, kind=Kind.FOLLOW_UP, at=attempt.logged_at, met_at=attempt.at, step=attempt.step)
    if held.state != HandoffState.QUALIFIED:
        _open_next_step(held)


def _open_next_step(held: Handoff) -> None:
    """Promise the next step of the cadence, with its window; a follow-up clause with its own time counts from there."""
    steps = plan_of(held.version.document)
    clause = held.version.document.commitment("follow_up")
    done_at = list(held.attempts.exclude(step="").order_by("at", "pk").values_list("at", flat=True))
    if clause is None or cadence.is_done(steps, len(done_at)) or not steps:
        return
    calendar = calendar_for(held.version, held.rep)
    planned = cadence.due_times(calendar, held.opened_at, steps, done_at=done_at)[len(done_at)]
    has_own_time = clause.working_minutes is not None or clause.working_days is not None
    open_commitment(
        handoff=held,
        clause=clause,
        kind=Kind.FOLLOW_UP,
        at=planned.opens_at,
        due_at=None if has_own_time else planned.due_at,
        step=planned.step.id,
    )
