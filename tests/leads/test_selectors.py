"""What the pages read: whose turn a promise is, what a strip shows, how a month stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agreements.models import AgreementVersion
from agreements.terms.calendar import WorkCalendar
from leads.clauses import clause_place
from leads.clock_band import strip_of
from leads.handoff import hand_off
from leads.models import Commitment, Handoff, Lead
from leads.months import Month
from leads.selectors.promises import Budget, month_so_far, unexplained_breaches
from leads.selectors.queue import most_urgent, queue_of, queue_of_team
from leads.sweep import sweep
from slaportal.accounts.models import User
from tests.leads.conftest import OPENED

OFFICE = WorkCalendar.from_dict(
    {
        "timezone": "Europe/Paris",
        "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), [["09:00", "12:30"], ["13:30", "18:00"]]),
        "holidays": ["2026-11-05"],
    }
)


def promise(kind: str, *, opened: int, due: int, warn: int | None = None) -> Commitment:
    """Times in hours from now."""
    warn_at = None if warn is None else OPENED + timedelta(hours=warn)
    return Commitment(
        pk=due,
        kind=kind,
        opened_at=OPENED + timedelta(hours=opened),
        due_at=OPENED + timedelta(hours=due),
        warn_at=warn_at,
    )


@pytest.mark.parametrize(
    ("promises", "turn"),
    [
        ([("first_response", -1, 3, None), ("acceptance", -1, 8, None)], "first_response"),
        ([("follow_up", -1, 4, None), ("decision", -1, 2, 5)], "follow_up"),
        ([("follow_up", -1, 4, None), ("decision", -1, 2, -1)], "decision"),
        ([("follow_up", 5, 9, None), ("decision", -1, 99, 80)], None),
        ([("decision", -1, 99, 80)], "decision"),
        ([("follow_up", -9, -1, -2), ("acceptance", -1, 8, None)], "follow_up"),
        ([], None),
    ],
)
def test_whose_turn_it_is(promises: list[Any], turn: str | None) -> None:
    rows = [promise(kind, opened=opened, due=due, warn=warn) for kind, opened, due, warn in promises]
    found = most_urgent(rows, OPENED)

    assert (found.kind if found else None) == turn


def paris(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC)


def test_a_strip_hatches_what_does_not_count() -> None:
    strip = strip_of(OFFICE, paris(4, 11, 30), paris(4, 14, 30), paris(4, 13), [paris(4, 12), paris(4, 15)])

    assert strip.closed == [(333.3, 333.4)]
    assert (strip.now, strip.ticks) == (500.0, [166.7])
    assert (strip.used_seconds, strip.total_seconds) == (3600, 7200)


def test_a_strip_names_the_days_off_and_ends_with_the_deadline() -> None:
    strip = strip_of(OFFICE, paris(4, 17), paris(6, 10), paris(7, 10))

    assert [day.isoformat() for day in strip.skipped] == ["2026-11-05"]
    assert (strip.now, strip.elapsed) == (None, 1000.0)


def test_a_strip_of_what_has_not_opened_is_empty() -> None:
    strip = strip_of(OFFICE, paris(4, 17), paris(6, 10), paris(4, 10))

    assert (strip.now, strip.elapsed, strip.used_seconds) == (0.0, 0.0, 0)


def test_a_strip_of_no_length_does_not_break() -> None:
    assert strip_of(OFFICE, paris(4, 10), paris(4, 10), paris(4, 11)).closed == []


def test_the_team_of_a_manager_is_theirs_and_nobody_elses(
    active_terms: AgreementVersion,
    make_lead: Callable[..., Lead],
    make_user: Callable[..., User],
    sam: User,
    otto: User,
    maya: User,
    inside_sales: Any,
) -> None:
    olaf = make_user("Olaf Outside", "sales_manager", inside_sales)
    for _ in range(2):
        hand_off(lead=make_lead(), trigger="score", at=OPENED)

    owners = {user.name: {step.handoff.rep for step in queue_of_team(user, OPENED).steps} for user in (maya, olaf)}

    assert owners == {maya.name: {sam}, olaf.name: {otto}}
    assert len(queue_of(sam, OPENED).steps) == 1


def test_closed_handoffs_and_marketings_promises_are_not_in_the_queue(handed: Handoff, sam: User) -> None:
    Handoff.objects.update(state="closed", closed_at=OPENED, outcome="lost")

    assert queue_of(sam, OPENED).steps == []


def test_a_month_counts_misses_by_their_due_time_and_leaves_out_what_is_excused(
    handed: Handoff, active_terms: AgreementVersion, sam: User
) -> None:
    later = OPENED + timedelta(days=2)
    sweep(later)
    before = month_so_far([active_terms], "Europe/Paris", later)
    Commitment.objects.filter(kind="first_response").update(excused_at=later, excused_by=sam)

    assert before.budgets[0] == Budget("sales", used=1, allowed=6)
    assert month_so_far([active_terms], "Europe/Paris", later).budgets[0].used == 0
    assert month_so_far([active_terms], "Europe/Paris", later + timedelta(days=40)).budgets[0].used == 0


def test_the_months_promise_says_how_many_are_missing_and_expected(
    handed: Handoff, active_terms: AgreementVersion
) -> None:
    sweep(OPENED)
    pace = month_so_far([active_terms], "Europe/Paris", OPENED).pace

    assert pace is not None
    assert (pace.promised, pace.delivered, pace.missing, pace.expected) == (60, 1, 59, 6)
    assert pace.is_behind


@pytest.mark.parametrize(
    ("used", "allowed", "marks", "left", "over"),
    [(1, 3, [True, False, False], 2, 0), (4, 3, [True] * 4, 0, 1), (30, 6, [], 0, 24), (2, None, [], 0, 2)],
)
def test_a_budget_can_be_counted(used: int, allowed: int | None, marks: list[bool], left: int, over: int) -> None:
    budget = Budget("sales", used, allowed)

    assert (budget.marks, budget.left, budget.over) == (marks, left, over)


def test_breaches_of_long_ago_are_no_longer_asked_about(handed: Handoff, sam: User) -> None:
    sweep(OPENED + timedelta(days=1))

    assert unexplained_breaches(sam, OPENED + timedelta(days=1)).count() == 1
    assert unexplained_breaches(sam, OPENED + timedelta(days=120)).count() == 0


def test_a_clause_has_its_place_and_an_unknown_one_none(active_terms: AgreementVersion) -> None:
    place = clause_place(active_terms, "promise-first-response")

    assert place is not None
    assert (place.number, place.url) == ("9.2", "/agreements/default/v/1/#promise-first-response")
    assert clause_place(active_terms, "promise-nothing") is None


@pytest.mark.parametrize(
    ("text", "starts_at"),
    [
        ("2026-11", datetime(2026, 10, 31, 23, tzinfo=UTC)),
        ("2026-01", datetime(2025, 12, 31, 23, tzinfo=UTC)),
        ("2026-13", None),
        ("2026-1", None),
        ("", None),
        ("９９９９-01", None),
    ],
)
def test_a_month_is_read_in_the_company_zone(text: str, starts_at: datetime | None) -> None:
    month = Month.read(text, "Europe/Paris")

    assert (month.starts_at if month else None) == starts_at
