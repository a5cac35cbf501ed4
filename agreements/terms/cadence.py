"""The contact plan of one pass: when each step opens and falls due, which comes next, and when "unreachable" is earned.

Steps are done in their order. The plan counts from the start of the pass, so a late attempt neither stalls the steps
after it nor moves the end; yet no step falls due before its own window has run since the step before it was done.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from agreements.terms.calendar import Pauses, WorkCalendar

Channel = Literal["phone", "email", "video"]


@dataclass(frozen=True, slots=True)
class Step:
    """One agreed attempt: opens so long after the start of the pass, and is due at the end of its window."""

    id: str
    channel: Channel
    after_working_days: int
    after_working_minutes: int
    window_working_minutes: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A step with its times (UTC)."""

    step: Step
    opens_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class MissingAttempts:
    """What a rep still has to do before "unable to reach"; `n_calls` of the attempts, or more, must be by phone."""

    n_attempts: int
    n_calls: int


def due_times(
    calendar: WorkCalendar,
    started_at: datetime,
    steps: Sequence[Step],
    pauses: Pauses = (),
    done_at: Sequence[datetime] = (),
) -> list[Planned]:
    """Plan every step of a pass that began at `started_at`; `done_at[n]` is when step n was done, as far as known.

    A step opens on its working day at the wall time of the start (`WorkCalendar.add_working_days`), plus its working
    minutes, moved to the next open instant, and is due when its window of working time has run. After step n was done,
    step n + 1 opens no earlier than that, and is due at max(planned due, done_at[n] + its window).
    Raises NoWorkingTime where the calendar is too empty for the plan.
    """
    paused = tuple(pauses)
    plan = [_planned(calendar, started_at, step, paused) for step in steps]
    for n, previous_at in enumerate(done_at[: max(len(steps) - 1, 0)], start=1):
        plan[n] = _not_before(calendar, plan[n], previous_at, paused)
    return plan


def spaced(times: Iterable[datetime], minutes: int) -> list[datetime]:
    """Return the times that count, in order (UTC): each so many minutes after the one that counted before it, or more.

    A burst of tries is one try, however often it is written down; 0 minutes let each count.
    """
    counted: list[datetime] = []
    for at in sorted(time.astimezone(UTC) for time in times):
        if not counted or at - counted[-1] >= timedelta(minutes=minutes):
            counted.append(at)
    return counted


def next_step(steps: Sequence[Step], attempts_made: int) -> Step | None:
    """Return the step that the next attempt answers; each that counts, by whatever channel, answers one in order."""
    return steps[attempts_made] if attempts_made < len(steps) else None


def is_done(steps: Sequence[Step], attempts_made: int) -> bool:
    """Say whether all steps are answered; a plan without steps proves no attempt, so it is never done."""
    return bool(steps) and attempts_made >= len(steps)


def may_return_unreachable(
    n_attempts: int, n_calls: int, min_attempts: int, min_calls: int, cadence_done: bool
) -> bool:
    """Say whether a lead may go back as "unable to reach": enough attempts and enough calls, or the whole plan done."""
    return missing_attempts(n_attempts, n_calls, min_attempts, min_calls, cadence_done) == MissingAttempts(0, 0)


def missing_attempts(
    n_attempts: int, n_calls: int, min_attempts: int, min_calls: int, cadence_done: bool
) -> MissingAttempts:
    """Return how many attempts, and how many calls among them, are missing: never fewer attempts than calls."""
    if cadence_done:
        return MissingAttempts(0, 0)
    n_missing_calls = max(0, min_calls - n_calls)
    return MissingAttempts(max(0, min_attempts - n_attempts, n_missing_calls), n_missing_calls)


def _planned(calendar: WorkCalendar, started_at: datetime, step: Step, pauses: Pauses) -> Planned:
    on_its_day = calendar.add_working_days(started_at, step.after_working_days, pauses)
    # Minutes that end at closing end there as a due time, but a step opens when people are at work again.
    after_minutes = calendar.add(on_its_day, step.after_working_minutes * 60, pauses)
    opens_at = calendar.add_working_days(after_minutes, 0, pauses)
    return Planned(step, opens_at, calendar.add(opens_at, step.window_working_minutes * 60, pauses))


def _not_before(calendar: WorkCalendar, planned: Planned, previous_at: datetime, pauses: Pauses) -> Planned:
    opens_at = max(planned.opens_at, calendar.add_working_days(previous_at, 0, pauses))
    window = planned.step.window_working_minutes * 60
    return Planned(planned.step, opens_at, max(planned.due_at, calendar.add(previous_at, window, pauses)))
