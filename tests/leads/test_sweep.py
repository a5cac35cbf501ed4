"""The sweep: late, twice, side by side, past a bad row."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from agreements.models import AgreementVersion
from leads import sweep as sweeping
from leads.attempts import log_attempt
from leads.handoff import hand_off, reassign_handoff
from leads.models import Commitment, Enrollment, Handoff, Lead, StageChange
from leads.returns import return_handoff
from leads.sweep import sweep
from slaportal.accounts.models import User
from slaportal.outbox.models import Notification, OutboxMessage
from tests.leads.conftest import OPENED
from tests.leads.test_handoff import at_once, paris

DAYS_LATER = OPENED + timedelta(days=40)


def first_response(handoff: Handoff) -> Commitment:
    return Commitment.objects.get(handoff=handoff, kind="first_response")


def test_nothing_happens_before_its_time(handed: Handoff) -> None:
    report = sweep(paris(4, 14, 11)).as_dict()

    assert {name: report[name] for name in ("accepted", "warned", "breached", "nurtured", "failed")} == {
        "accepted": 0,
        "warned": 0,
        "breached": 0,
        "nurtured": 0,
        "failed": [],
    }


def test_the_owner_is_warned_once_at_the_agreed_share_of_working_time(handed: Handoff, sam: User) -> None:
    reports = [sweep(paris(4, 14, 12)), sweep(paris(4, 14, 13))]

    assert [report.warned for report in reports] == [1, 0]
    assert first_response(handed).warned_at == paris(4, 14, 12)
    assert Notification.objects.filter(recipient=sam, kind="commitment.due_soon").count() == 1


def test_a_promise_is_kept_until_its_due_time_and_broken_after_it(handed: Handoff) -> None:
    assert sweep(paris(4, 15)).breached == 0
    assert sweep(paris(4, 15) + timedelta(microseconds=1)).breached == 1


def test_a_breach_bears_its_due_time_however_late_it_is_seen(handed: Handoff, sam: User, maya: User) -> None:
    sweep(paris(9, 9))

    promise = first_response(handed)
    assert (promise.breached_at, promise.noticed_at) == (paris(4, 15), paris(9, 9))
    told = Notification.objects.filter(kind="commitment.breached", facts__promise="first_response")
    assert {row.recipient for row in told} == {sam, maya}


def test_a_breach_is_flagged_and_told_once_however_often_the_sweep_runs(handed: Handoff, sam: User, maya: User) -> None:
    reports = [sweep(paris(4, 16)), sweep(paris(4, 16)), sweep(paris(4, 17))]

    assert [report.breached for report in reports] == [1, 0, 0]
    assert Notification.objects.filter(kind="commitment.breached").count() == 2
    assert OutboxMessage.objects.filter(dedup_key__contains="breach:").count() == 2


def test_a_kept_promise_is_never_broken(handed: Handoff, sam: User) -> None:
    log_attempt(handoff=handed, by=sam, channel="phone", outcome="reached", at=paris(4, 11))
    sweep(DAYS_LATER)

    assert first_response(handed).breached_at is None


def test_only_the_managers_of_the_reps_team_hear_of_a_breach(
    handed: Handoff, sam: User, maya: User, make_user: Callable[..., User], inside_sales: Any
) -> None:
    other = make_user("Olga Rossi", "sales_manager", inside_sales)
    sweep(paris(4, 16))

    assert not Notification.objects.filter(recipient=other).exists()


def test_silence_accepts_at_the_due_time(handed: Handoff) -> None:
    report = sweep(paris(6, 9))

    handoff = Handoff.objects.get(pk=handed.pk)
    change = StageChange.objects.get(handoff=handed, new="sal")
    promise = Commitment.objects.get(handoff=handed, kind="acceptance")
    assert (report.accepted, handoff.state, handoff.accepted_at) == (1, "accepted", paris(5, 10))
    assert (change.at, change.why, change.by) == (paris(5, 10), "silence", None)
    assert (promise.met_at, promise.breached_at) == (paris(5, 10), None)


def test_where_the_terms_want_a_word_silence_breaks_the_promise(
    handed: Handoff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "has_silent_acceptance", lambda version: False)
    sweep(paris(6, 9))

    assert Handoff.objects.get(pk=handed.pk).state == "open"
    assert Commitment.objects.get(handoff=handed, kind="acceptance").breached_at == paris(5, 10)


def test_many_breaches_seen_late_reach_a_person_in_one_message(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User, maya: User
) -> None:
    for _ in range(10):
        hand_off(lead=make_lead(), trigger="score", at=OPENED)

    sweep(paris(7, 12))

    assert Commitment.objects.filter(breached_at=F("due_at")).count() == 10
    told = Notification.objects.filter(kind__startswith="commitment.")
    assert [(row.kind, row.facts["n"]) for row in told] == [("commitment.many_breached", 10)] * 2


def test_a_bad_row_is_left_and_reported_and_stops_nothing(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    handoffs = [hand_off(lead=make_lead(), trigger="score", at=OPENED) for _ in range(4)]
    bad = first_response(handoffs[1])
    plain = sweeping.record_breaches

    def stumbling(rows: Any, at: Any) -> int:
        if any(row.pk == bad.pk for row in rows):
            raise ValueError("bad row")
        return plain(rows, at)

    monkeypatch.setattr(sweeping, "record_breaches", stumbling)
    report = sweep(paris(4, 16))
    monkeypatch.undo()

    assert (report.breached, report.failed) == (3, [f"commitment:{bad.pk}"])
    assert sweep(paris(4, 17)).breached == 1
    assert first_response(handoffs[1]).breached_at == paris(4, 15)


def test_a_backlog_longer_than_a_batch_is_swept_in_one_go(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 3)
    for _ in range(7):
        hand_off(lead=make_lead(), trigger="score", at=OPENED)

    assert sweep(paris(4, 16)).breached == 7


def test_the_month_has_one_promise_of_volume_due_with_its_last_instant(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User
) -> None:
    hand_off(lead=make_lead(), trigger="score", at=OPENED)
    sweep(paris(5, 10))
    sweep(paris(5, 11))

    promise = Commitment.objects.get(kind="mql_volume")
    assert (promise.party, promise.promised, promise.delivered) == ("marketing", 60, 1)
    assert promise.due_at + timedelta(microseconds=1) == paris(30, 24)
    assert (promise.opened_at, str(promise.period)) == (paris(1, 0), "2026-11-01")


def test_the_volume_is_kept_with_the_last_promised_lead(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], mia: User
) -> None:
    sweep(paris(5, 10))
    Commitment.objects.filter(kind="mql_volume").update(promised=2)
    for n in range(3):
        hand_off(lead=make_lead(), trigger="score", at=OPENED + timedelta(hours=n))
    sweep(paris(5, 12))

    promise = Commitment.objects.get(kind="mql_volume")
    assert (promise.met_at, promise.delivered) == (OPENED + timedelta(hours=1), 3)


def test_a_missed_volume_is_marketings_breach_and_the_next_month_opens(
    active_terms: AgreementVersion, mia: User
) -> None:
    sweep(paris(5, 10))
    sweep(DAYS_LATER)

    november, december = Commitment.objects.filter(kind="mql_volume").order_by("period")
    assert (november.breached_at, november.noticed_at) == (november.due_at, DAYS_LATER)
    assert december.breached_at is None
    assert Notification.objects.get(recipient=mia, kind="commitment.breached").facts["promise"] == "mql_volume"


def test_a_sweep_after_days_does_it_all_at_once(handed: Handoff, sam: User, maya: User) -> None:
    report = sweep(DAYS_LATER)

    assert (report.accepted, report.breached, report.failed) == (1, 2, [])
    assert not Commitment.objects.exclude(breached_at=None).exclude(breached_at=F("due_at")).exists()


def test_nurture_steps_are_swept_too(handed: Handoff, sam: User) -> None:
    return_handoff(handoff=handed, reason="return-no-need", by=sam, at=OPENED)

    assert sweep(OPENED + timedelta(days=2)).nurtured == 1
    assert sweep(OPENED + timedelta(days=2)).nurtured == 0
    assert Enrollment.objects.get().steps_done == 1


@pytest.mark.django_db(transaction=True)
def test_sweeps_side_by_side_flag_and_tell_each_breach_once(
    active_terms: AgreementVersion,
    make_lead: Callable[..., Lead],
    sam: User,
    maya: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 5)
    for _ in range(20):
        hand_off(lead=make_lead(), trigger="score", at=OPENED)

    reports = at_once(*[lambda: sweep(paris(4, 15, 30))] * 4)

    assert sum(report.breached for report in reports) == 20
    assert [report.failed for report in reports] == [[]] * 4
    assert Notification.objects.filter(kind="commitment.breached").count() == 40


@pytest.mark.django_db(transaction=True)
def test_a_sweep_and_an_attempt_at_once_agree_on_the_breach(handed: Handoff, sam: User) -> None:
    at_once(
        lambda: sweep(paris(4, 16)),
        lambda: log_attempt(handoff=handed, by=sam, channel="phone", outcome="reached", at=paris(4, 16)),
    )

    promise = first_response(handed)
    assert (promise.breached_at, promise.met_at) == (paris(4, 15), paris(4, 16))
    assert Notification.objects.filter(recipient=sam, kind="commitment.breached").count() == 1


@pytest.mark.django_db(transaction=True)
def test_silence_and_a_return_at_once_never_wait_for_each_other(handed: Handoff, sam: User) -> None:
    results = at_once(
        lambda: sweep(paris(6, 9)),
        lambda: return_handoff(handoff=handed, reason="return-no-need", by=sam, at=paris(6, 9)),
    )

    assert results[0].failed == []
    assert Handoff.objects.get(pk=handed.pk).outcome == "returned"


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "marketer"}])
def test_managers_hear_each_day_of_leads_with_somebody_who_takes_none_any_more(
    handed: Handoff, sam: User, lena: User, maya: User, change: dict[str, Any]
) -> None:
    assert sweep(OPENED).left == 0
    User.objects.filter(pk=sam.pk).update(**change)
    told = Notification.objects.filter(kind="lead.rep_left", recipient=maya)

    assert [sweep(OPENED + timedelta(hours=n)).left for n in (0, 1, 24)] == [1, 1, 1]
    assert [notice.facts for notice in told] == [{"name": "Sam Okoro", "n": 1}] * 2

    reassign_handoff(handoff=handed, rep=lena, by=maya, at=OPENED)
    assert sweep(OPENED + timedelta(hours=48)).left == 0
    assert told.count() == 2


def test_the_command_prints_one_json_object(handed: Handoff, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("sweep", "--at", "2026-11-04T16:00:00+01:00", "--json")

    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (report["breached"], report["failed"]) == (1, [])


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-11-04", "2026-11-04T16:00:00", "2026-13-44T16:00:00Z", "0001-01-01T00:00:00Z"]
)
def test_the_command_refuses_what_is_no_moment(db: None, text: str) -> None:
    with pytest.raises(CommandError, match="is not a time with its zone"):
        call_command("sweep", "--at", text)
