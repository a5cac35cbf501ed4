"""The contact plan: times of the steps, late attempts, pauses, and the evidence for "unable to reach"."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.terms.cadence import (
    MissingAttempts,
    Step,
    due_times,
    is_done,
    may_return_unreachable,
    missing_attempts,
    next_step,
    spaced,
)
from agreements.terms.calendar import NoWorkingTime, WorkCalendar

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WorkCalendar.from_dict(
    {
        "timezone": "Europe/Berlin",
        "hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        "holidays": ["2026-06-08"],
    }
)
STEPS = [  # 8 touches in 15 working days: 4 calls, 3 e-mails, 1 video
    Step("call-1", "phone", 0, 0, 60),
    Step("email-1", "email", 0, 0, 240),
    Step("call-2", "phone", 0, 120, 240),
    Step("email-2", "email", 1, 0, 480),
    Step("call-3", "phone", 3, 0, 480),
    Step("video-1", "video", 5, 0, 480),
    Step("call-4", "phone", 8, 0, 480),
    Step("email-3", "email", 12, 0, 480),
]


def berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def local(moment):
    return moment.astimezone(BERLIN).strftime("%m-%d %H:%M")


MONDAY = berlin("2026-06-01T10:00")


def test_the_default_rhythm_falls_on_its_working_days():
    plan = due_times(OFFICE, MONDAY, STEPS)
    assert Counter(planned.step.channel for planned in plan) == {"phone": 4, "email": 3, "video": 1}
    assert [(local(planned.opens_at), local(planned.due_at)) for planned in plan] == [
        ("06-01 10:00", "06-01 11:00"),
        ("06-01 10:00", "06-01 14:00"),
        ("06-01 12:00", "06-01 16:00"),
        ("06-02 10:00", "06-03 10:00"),
        ("06-04 10:00", "06-05 10:00"),
        ("06-09 10:00", "06-10 10:00"),  # Monday the 8th is a holiday
        ("06-12 10:00", "06-15 10:00"),
        ("06-18 10:00", "06-19 10:00"),
    ]


def test_a_pass_that_starts_at_the_weekend_begins_at_the_next_opening():
    first, _, third, *_ = due_times(OFFICE, berlin("2026-06-06T23:00"), STEPS)
    assert (local(first.opens_at), local(first.due_at)) == ("06-09 09:00", "06-09 10:00")
    assert local(third.opens_at) == "06-09 11:00"


def test_minutes_that_end_at_closing_open_the_next_morning():
    third = due_times(OFFICE, berlin("2026-06-01T15:00"), STEPS)[2]
    assert local(third.opens_at) == "06-02 09:00"


def test_a_pause_moves_what_comes_after_it():
    pause = [(berlin("2026-06-02T00:00"), berlin("2026-06-04T00:00"))]
    plan = due_times(OFFICE, MONDAY, STEPS, pauses=iter(pause))
    assert [local(planned.opens_at) for planned in plan[:5]] == [
        "06-01 10:00",
        "06-01 10:00",
        "06-01 12:00",
        "06-04 10:00",
        "06-09 10:00",
    ]


def test_a_late_attempt_gives_the_next_step_its_window_and_leaves_the_rest():
    planned = due_times(OFFICE, MONDAY, STEPS)
    late = due_times(OFFICE, MONDAY, STEPS, done_at=[berlin("2026-06-01T16:00")])
    assert (local(late[1].opens_at), local(late[1].due_at)) == ("06-01 16:00", "06-02 12:00")
    assert late[2:] == planned[2:]


def test_an_early_attempt_changes_nothing():
    done_at = [MONDAY, MONDAY + timedelta(minutes=1), MONDAY + timedelta(minutes=2), MONDAY + timedelta(minutes=3)]
    plan = due_times(OFFICE, MONDAY, STEPS, done_at=done_at)
    assert plan[4:] == due_times(OFFICE, MONDAY, STEPS)[4:]


def test_attempts_after_hours_open_the_next_step_in_the_morning():
    plan = due_times(OFFICE, MONDAY, STEPS, done_at=[berlin("2026-06-01T20:00")])
    assert (local(plan[1].opens_at), local(plan[1].due_at)) == ("06-02 09:00", "06-02 13:00")


def test_more_attempts_than_steps_are_no_fault():
    plan = due_times(OFFICE, MONDAY, STEPS[:1], done_at=[MONDAY, MONDAY])
    assert plan == due_times(OFFICE, MONDAY, STEPS[:1])
    assert due_times(OFFICE, MONDAY, [], done_at=[MONDAY]) == []


def test_a_calendar_without_hours_can_hold_no_plan():
    empty = WorkCalendar.from_dict({"timezone": "UTC", "hours": {}})
    with pytest.raises(NoWorkingTime):
        due_times(empty, MONDAY, STEPS)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 20 * 24 * 60), max_size=8).map(sorted))
def test_late_attempts_never_shorten_a_window_or_the_plan(minutes):
    done_at = [MONDAY + timedelta(minutes=minute) for minute in minutes]
    planned, moved = due_times(OFFICE, MONDAY, STEPS), due_times(OFFICE, MONDAY, STEPS, done_at=done_at)
    assert all(after.due_at >= before.due_at for before, after in zip(planned, moved, strict=True))
    assert moved[len(done_at) + 1 :] == planned[len(done_at) + 1 :]
    assert all(OFFICE.between(step.opens_at, step.due_at) >= step.step.window_working_minutes * 60 for step in moved)


@pytest.mark.parametrize(("attempts_made", "step_id"), [(0, "call-1"), (1, "email-1"), (7, "email-3")])
def test_the_next_attempt_answers_the_next_step(attempts_made, step_id):
    assert next_step(STEPS, attempts_made).id == step_id
    assert not is_done(STEPS, attempts_made)


@pytest.mark.parametrize("attempts_made", [8, 9])
def test_a_plan_is_done_when_every_step_is_answered(attempts_made):
    assert next_step(STEPS, attempts_made) is None
    assert is_done(STEPS, attempts_made)


def test_a_plan_without_steps_is_never_done():
    assert next_step([], 0) is None
    assert not is_done([], 0)


@pytest.mark.parametrize(
    ("n_attempts", "n_calls", "cadence_done", "missing"),
    [
        (0, 0, False, (6, 4)),
        (5, 4, False, (1, 0)),
        (5, 3, False, (1, 1)),
        (6, 3, False, (1, 1)),  # enough attempts, but a call is missing, and a call is an attempt
        (6, 4, False, (0, 0)),
        (9, 9, False, (0, 0)),
        (8, 0, True, (0, 0)),
    ],
)
def test_unreachable_needs_the_agreed_attempts_or_the_whole_plan(n_attempts, n_calls, cadence_done, missing):
    evidence = (n_attempts, n_calls, 6, 4, cadence_done)
    assert missing_attempts(*evidence) == MissingAttempts(*missing)
    assert may_return_unreachable(*evidence) is (missing == (0, 0))


@pytest.mark.parametrize(
    ("minutes_past", "counted"),
    [
        ([], []),
        ([0, 0, 0, 0], [0]),
        ([0, 29, 30, 59, 60], [0, 30, 60]),
        ([45, 0, 20], [0, 45]),
        ([0, 20, 40, 60, 80], [0, 40, 80]),
    ],
)
def test_tries_in_a_burst_count_as_one(minutes_past, counted):
    times = [MONDAY + timedelta(minutes=n) for n in minutes_past]
    assert spaced(times, 30) == [MONDAY + timedelta(minutes=n) for n in counted]
    assert len(spaced(times, 0)) == len(times)


def test_the_space_between_tries_is_real_time_also_in_the_night_of_a_clock_change():
    before, after = berlin("2026-10-25T02:50"), berlin("2026-10-25T02:10").replace(fold=1)
    assert len(spaced([before, after], 20)) == 2
    assert len(spaced([before, after], 21)) == 1
