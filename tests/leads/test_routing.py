"""Round-robin among reps at work, the door to leads and handoffs, and moves between stages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from agreements.models import AgreementVersion
from leads.access import handoff_for, lead_for
from leads.handoff import hand_off
from leads.models import DirtyLead, Handoff, Lead, StageChange
from leads.routing import RoundRobin, reps_at_work
from leads.selectors.queue import queue_of_team
from leads.stages import move_stage
from slaportal.accounts.models import Absence, User
from slaportal.web.refusals import Refused
from tests.leads.conftest import OPENED

ZONE = "Europe/Paris"
MakeLead = Callable[..., Lead]


def test_only_reps_are_routed_to(sam: User, maya: User, mina: User, ada: User) -> None:
    assert list(reps_at_work(OPENED, ZONE)) == [sam]


def test_where_there_is_no_rep_the_sales_managers_are(maya: User, mina: User, ada: User) -> None:
    assert list(reps_at_work(OPENED, ZONE)) == [maya]


def test_a_rep_who_is_away_does_not_make_the_manager_one(sam: User, maya: User) -> None:
    User.objects.filter(pk=sam.pk).update(is_available=False)
    assert list(reps_at_work(OPENED, ZONE)) == []


def test_the_manager_of_the_smallest_team_sees_and_works_on_the_lead(
    active_terms: AgreementVersion, make_lead: MakeLead, maya: User
) -> None:
    handoff = hand_off(lead=make_lead(), trigger="manual", by=None, at=OPENED)

    assert handoff is not None
    assert handoff.rep == maya
    assert [step.has_rep for step in queue_of_team(maya, OPENED + timedelta(hours=1)).steps] == [True]


def test_who_never_had_a_lead_comes_first(
    active_terms: AgreementVersion, make_lead: MakeLead, sam: User, lena: User
) -> None:
    Handoff.objects.create(lead=make_lead(), version=active_terms, trigger="score", rep=sam, opened_at=OPENED)

    assert RoundRobin(OPENED).next_rep(ZONE) == lena


def test_the_longest_wait_is_told_by_the_order_of_turns_whatever_their_times(
    active_terms: AgreementVersion, make_lead: MakeLead, sam: User, lena: User, otto: User
) -> None:
    for rep, hours in ((otto, 1), (sam, 3), (lena, 3)):
        at = OPENED - timedelta(hours=hours)
        Handoff.objects.create(lead=make_lead(), version=active_terms, trigger="score", rep=rep, opened_at=at)

    assert RoundRobin(OPENED).next_rep(ZONE) == otto


@pytest.mark.parametrize(
    ("at", "is_there"),
    [
        (datetime(2026, 11, 4, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 4, 23, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 6, 22, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 6, 23, 0, tzinfo=UTC), True),
    ],
)
def test_an_absence_lasts_whole_days_of_the_company(sam: User, at: datetime, is_there: bool) -> None:
    Absence.objects.create(user=sam, starts_on="2026-11-05", ends_on="2026-11-06")

    assert reps_at_work(at, ZONE).exists() is is_there


@pytest.mark.parametrize(
    ("person", "read", "work", "assign"),
    [
        ("sam", True, True, False),
        ("lena", True, False, False),
        ("otto", True, False, False),
        ("maya", True, True, True),
        ("mina", True, False, False),
        ("mia", True, False, False),
        ("ada", True, False, True),
    ],
)
def test_the_door_lets_everyone_read_and_few_do(
    handed: Handoff, request: pytest.FixtureRequest, person: str, read: bool, work: bool, assign: bool
) -> None:
    user = request.getfixturevalue(person)

    def opens(to: str) -> bool:
        try:
            return handoff_for(user, handed.public_id, to=to) == handed and bool(
                lead_for(user, handed.lead.public_id, to=to)
            )
        except PermissionDenied:
            return False

    assert (opens("read"), opens("work"), opens("assign")) == (read, work, assign)


def test_a_lead_that_nobody_has_is_every_sales_managers(
    active_terms: AgreementVersion, make_lead: MakeLead, make_user: Callable[..., User]
) -> None:
    handoff = hand_off(lead=make_lead(), trigger="score", at=OPENED)
    olga = make_user("Olga Rossi", "sales_manager")

    assert handoff_for(olga, handoff.public_id, to="assign") == handoff


def test_what_is_not_there_is_not_found(sam: User, make_lead: MakeLead) -> None:
    with pytest.raises(Http404):
        handoff_for(sam, uuid4())
    with pytest.raises(Http404):
        lead_for(sam, uuid4())
    with pytest.raises(PermissionDenied):
        lead_for(sam, make_lead().public_id, to="work")


def test_a_move_is_kept_once(make_lead: MakeLead) -> None:
    lead = make_lead()
    change = move_stage(lead=lead, to="mql", why="score", by=None, at=OPENED)

    assert (change.old, change.new, Lead.objects.get().stage_at) == ("lead", "mql", OPENED)
    assert move_stage(lead=lead, to="mql", why="score", by=None, at=OPENED) is None
    assert StageChange.objects.filter(new="mql").count() == 1
    assert DirtyLead.objects.get().lead == lead


def test_a_move_that_the_lifecycle_does_not_know_is_refused(make_lead: MakeLead) -> None:
    with pytest.raises(Refused) as refused:
        move_stage(lead=make_lead(stage="customer"), to="mql", why="score", by=None, at=OPENED)
    assert refused.value.code == "stage_move"


def test_a_move_from_a_stage_that_was_left_meanwhile_is_refused(make_lead: MakeLead) -> None:
    lead = make_lead()
    Lead.objects.filter(pk=lead.pk).update(stage="nurture")
    with pytest.raises(Refused) as refused:
        move_stage(lead=lead, to="mql", why="score", by=None, at=OPENED)
    assert refused.value.code == "already_done"
