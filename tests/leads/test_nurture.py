"""Nurture: entering a path, its steps in calendar days, the path that follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from agreements.models import AgreementVersion
from leads.handoff import hand_off
from leads.models import Enrollment, Handoff, Lead
from leads.nurture import enroll
from leads.sweep import sweep
from slaportal.accounts.models import User
from slaportal.audit.models import AuditEntry
from slaportal.web.refusals import Refused
from tests.leads.conftest import OPENED
from tests.leads.test_handoff import at_once, paris


def days(n: int) -> timedelta:
    return timedelta(days=n)


@pytest.fixture
def lead(active_terms: AgreementVersion, make_lead: Callable[..., Lead]) -> Lead:
    return make_lead()


def test_an_enrolled_lead_has_its_next_step_planned(lead: Lead, sam: User) -> None:
    enrollment = enroll(lead=lead, path="nurture-consideration", by=sam, at=OPENED)

    assert (enrollment.steps_done, enrollment.next_step_at, enrollment.by) == (0, OPENED + days(14), sam)


def test_a_step_is_noted_at_its_planned_time_and_the_next_counts_from_there(lead: Lead, mina: User) -> None:
    enroll(lead=lead, path="nurture-consideration", by=mina, at=OPENED)
    sweep(OPENED + days(20))

    enrollment = Enrollment.objects.get()
    assert (enrollment.steps_done, enrollment.next_step_at) == (1, OPENED + days(14 + 21))
    assert AuditEntry.objects.get(action="lead.nurtured").at == OPENED + days(14)


def test_behind_the_last_step_the_following_path_begins(lead: Lead, mina: User) -> None:
    enroll(lead=lead, path="nurture-later", by=mina, at=OPENED)
    sweep(OPENED + days(60))

    first, second = Enrollment.objects.order_by("pk")
    assert (first.ended_at, first.ended_why, first.steps_done) == (OPENED + days(60), "finished", 2)
    assert (second.path, second.next_step_at, second.ended_at) == ("nurture-decision", OPENED + days(67), None)


def test_a_sweep_after_months_takes_every_step_once(lead: Lead, mina: User) -> None:
    enroll(lead=lead, path="nurture-awareness", by=mina, at=OPENED)
    report = sweep(OPENED + days(400))

    assert report.nurtured == 3 + 3 + 2
    assert [row.ended_why for row in Enrollment.objects.order_by("pk")] == ["finished"] * 3
    assert AuditEntry.objects.filter(action="lead.nurtured").count() == 8


def test_a_step_keeps_its_local_hour_over_the_change_of_clocks(lead: Lead, mina: User) -> None:
    # From 4 March (winter time) 30 days lead into summer time: 10:00 in Paris is an hour earlier in UTC.
    enrollment = enroll(lead=lead, path="nurture-later", by=mina, at=OPENED + days(120))

    assert enrollment.next_step_at == OPENED + days(150) - timedelta(hours=1)


def test_another_path_replaces_the_running_one(lead: Lead, mina: User) -> None:
    enroll(lead=lead, path="nurture-later", by=mina, at=OPENED)
    enroll(lead=lead, path="nurture-decision", by=mina, at=OPENED + days(1))

    old, new = Enrollment.objects.order_by("pk")
    assert (old.ended_why, old.ended_at, old.next_step_at) == ("replaced", OPENED + days(1), None)
    assert new.ended_at is None


def test_a_handoff_ends_the_path(lead: Lead, mina: User, sam: User) -> None:
    enroll(lead=lead, path="nurture-later", by=mina, at=OPENED)
    hand_off(lead=lead, trigger="hand_raise", at=paris(5, 9))

    assert Enrollment.objects.get().ended_why == "qualified"
    assert sweep(OPENED + days(60)).nurtured == 0


def test_a_lead_with_sales_and_an_unknown_path_are_refused(handed: Handoff, lead: Lead, mina: User) -> None:
    with pytest.raises(Refused) as busy:
        enroll(lead=handed.lead, path="nurture-later", by=mina, at=OPENED)
    with pytest.raises(Refused) as unknown:
        enroll(lead=lead, path="nurture-nowhere", by=mina, at=OPENED)
    assert (busy.value.code, unknown.value.code) == ("with_sales", "path_unknown")


def test_an_admin_enrolls_nobody(lead: Lead, ada: User) -> None:
    with pytest.raises(Refused) as refused:
        enroll(lead=lead, path="nurture-later", by=ada, at=OPENED)
    assert refused.value.code == "not_marketing"


def test_without_terms_in_force_there_is_no_path(make_lead: Callable[..., Lead], mina: User) -> None:
    with pytest.raises(Refused) as refused:
        enroll(lead=make_lead(), path="nurture-later", by=mina, at=OPENED)
    assert refused.value.code == "no_active_terms"


@pytest.mark.django_db(transaction=True)
def test_a_lead_is_in_one_path_at_a_time(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], mina: User
) -> None:
    lead = make_lead()
    at_once(*[lambda: enroll(lead=lead, path="nurture-later", by=mina, at=OPENED)] * 4)

    assert Enrollment.objects.filter(ended_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_step_and_a_handoff_at_once_never_wait_for_each_other(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], mina: User, sam: User
) -> None:
    lead = make_lead()
    enroll(lead=lead, path="nurture-decision", by=mina, at=OPENED - days(30))

    results = at_once(lambda: sweep(OPENED), lambda: hand_off(lead=lead, trigger="hand_raise", at=OPENED))

    assert results[0].failed == []
    assert isinstance(results[1], Handoff)
    assert not Enrollment.objects.filter(ended_at=None).exists()
