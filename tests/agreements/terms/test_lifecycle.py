"""Stages and their moves, and the state of a commitment over time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from agreements.terms.lifecycle import ALLOWED, PATH, Stage, commitment_state, may_move, reached

OPENED = datetime(2026, 6, 1, 9, tzinfo=UTC)


def after(minutes):
    return OPENED + timedelta(minutes=minutes)


def state(minutes, **changes):
    """Tell the state so many minutes after opening: target 30, warning 48, due 60."""
    times = {"opened_at": OPENED, "target_at": None, "warn_at": after(48), "due_at": after(60)}
    return commitment_state(after(minutes), **times | changes)


def test_every_stage_has_its_moves():
    assert set(ALLOWED) == set(Stage)
    assert set(PATH) | {Stage.NURTURE, Stage.DISQUALIFIED} == set(Stage)


def test_the_path_leads_from_contact_to_customer():
    assert all(may_move(old, new) for old, new in pairwise(PATH[1:]))


@pytest.mark.parametrize("accepted", ["sal", "sql", "opportunity"])
@pytest.mark.parametrize("outcome", ["customer", "nurture", "disqualified"])
def test_an_accepted_lead_is_won_returned_or_lost(accepted, outcome):
    assert may_move(accepted, outcome)


@pytest.mark.parametrize(
    ("old", "new", "is_allowed"),
    [
        ("nurture", "mql", True),  # a new pass
        ("contact", "mql", True),  # a hand-raise
        ("mql", "lead", True),  # cooled down before Sales accepted it
        ("mql", "nurture", True),
        ("lead", "customer", True),  # bought without Sales
        ("mql", "customer", False),  # first accepted
        ("mql", "sql", False),
        ("lead", "sal", False),
        ("sal", "mql", False),
        ("disqualified", "mql", False),
        ("disqualified", "lead", True),  # reopened
        ("customer", "lead", False),
        ("lead", "visitor", False),
        ("lead", "lead", False),
        ("nowhere", "lead", False),
        ("lead", "nowhere", False),
    ],
)
def test_moves_are_allowed_or_not(old, new, is_allowed):
    assert may_move(old, new) is is_allowed


def test_moves_take_stages_and_their_words_alike():
    assert may_move(Stage.LEAD, Stage.MQL)
    assert may_move("lead", Stage.MQL)


def test_no_lead_becomes_a_visitor_and_none_is_cut_off_from_the_path():
    assert all(Stage.VISITOR not in onward for onward in ALLOWED.values())
    assert [stage for stage, onward in ALLOWED.items() if not onward] == [Stage.VISITOR, Stage.CUSTOMER]


def test_sales_never_hands_a_lead_back_as_a_plain_lead_once_accepted():
    accepted = (Stage.SAL, Stage.SQL, Stage.OPPORTUNITY)
    assert all(not may_move(stage, earlier) for stage in accepted for earlier in ("contact", "lead", "mql"))


@pytest.mark.parametrize(
    ("history", "passed"),
    [
        (["contact"], ["contact"]),
        (["sql"], ["contact", "lead", "mql", "sal", "sql"]),
        (["contact", "mql", "nurture"], ["contact", "lead", "mql"]),
        (["sal", "disqualified", "lead"], ["contact", "lead", "mql", "sal"]),
        (["nurture"], ["contact"]),
        (["disqualified"], ["contact"]),
        (["visitor"], []),
        ([], []),
    ],
)
def test_a_funnel_counts_the_furthest_stage_and_all_before_it(history, passed):
    assert reached(*history) == tuple(passed)


def test_an_unknown_stage_is_refused():
    with pytest.raises(ValueError, match="nowhere"):
        reached("nowhere")


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (-5, "on_time"),
        (0, "on_time"),
        (47, "on_time"),
        (48, "due_soon"),
        (60, "due_soon"),
        (61, "breached"),
        (90_000, "breached"),
    ],
)
def test_a_running_promise_goes_from_on_time_to_breached(minutes, expected):
    assert state(minutes) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(30, "on_time"), (31, "overdue"), (60, "overdue"), (61, "breached")])
def test_a_missed_target_is_overdue_until_the_promise_is_broken(minutes, expected):
    assert state(minutes, target_at=after(30)) == expected


def test_a_promise_without_warning_is_never_due_soon():
    assert state(59, warn_at=None) == "on_time"


@pytest.mark.parametrize(("met_after", "expected"), [(10, "met"), (60, "met"), (61, "breached")])
def test_a_promise_is_kept_up_to_the_due_time(met_after, expected):
    assert state(500, met_at=after(met_after)) == expected


def test_a_breach_is_permanent():
    assert state(10, breached_at=after(60)) == "breached"
    assert state(500, breached_at=after(60), met_at=after(70)) == "breached"


def test_an_excuse_counts_before_a_breach():
    assert state(500, breached_at=after(60), excused=True) == "excused"


@pytest.mark.parametrize(("closed_after", "expected"), [(20, "returned"), (60, "returned"), (61, "breached")])
def test_a_promise_that_is_no_longer_owed_is_returned_unless_broken_before(closed_after, expected):
    assert state(500, closed_at=after(closed_after)) == expected


def test_a_promise_kept_before_the_return_stays_kept():
    assert state(500, met_at=after(10), closed_at=after(20)) == "met"


@pytest.mark.parametrize(("paused_after", "expected"), [(20, "paused"), (60, "paused"), (61, "breached")])
def test_a_pause_stops_the_clock_where_it_begins(paused_after, expected):
    assert state(500, paused_at=after(paused_after)) == expected


def test_a_planned_step_owes_nothing_before_it_opens():
    assert state(-5, warn_at=after(-10), target_at=after(-10)) == "on_time"
