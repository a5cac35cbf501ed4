"""Attempts: counted once, answering the first response and the cadence's steps, honest about when they were made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from leads.attempts import OUTCOMES, log_attempt
from leads.handoff import lose_handoff
from leads.models import Channel, Commitment, ContactAttempt, Handoff
from slaportal.accounts.models import User
from slaportal.outbox.models import Notification
from slaportal.web.refusals import Refused
from tests.leads.conftest import OPENED
from tests.leads.test_handoff import at_once, paris


def log(handoff: Handoff, by: User, at: datetime, **changes: Any) -> ContactAttempt:
    return log_attempt(handoff=handoff, by=by, at=at, **{"channel": "phone", "outcome": "voicemail"} | changes)


def promise_of(handoff: Handoff, kind: str, step: str = "") -> Commitment:
    return Commitment.objects.get(handoff=handoff, kind=kind, step=step)


def test_the_first_attempt_is_the_first_response(handed: Handoff, sam: User) -> None:
    attempt = log(handed, sam, paris(4, 14))

    handoff = Handoff.objects.get(pk=handed.pk)
    assert (handoff.first_attempt_at, handoff.response_seconds) == (paris(4, 14), 3 * 3600)
    assert (handoff.n_attempts, handoff.n_calls, attempt.step) == (1, 1, "cadence-call-1")
    assert promise_of(handed, "first_response").met_at == paris(4, 14)


def test_an_attempt_at_the_very_due_time_keeps_the_promise(handed: Handoff, sam: User) -> None:
    log(handed, sam, paris(4, 15))

    assert promise_of(handed, "first_response").breached_at is None


def test_a_late_first_attempt_leaves_the_breach_and_tells_of_it(handed: Handoff, sam: User, maya: User) -> None:
    log(handed, sam, paris(4, 15, 1))

    promise = promise_of(handed, "first_response")
    assert (promise.breached_at, promise.met_at) == (paris(4, 15), paris(4, 15, 1))
    assert Notification.objects.filter(kind="commitment.breached").count() == 2


def test_an_attempt_dated_back_is_marked_and_repairs_no_breach(handed: Handoff, sam: User) -> None:
    attempt = log(handed, sam, paris(4, 16), happened_at=paris(4, 12))

    promise = promise_of(handed, "first_response")
    assert (attempt.at, attempt.logged_at) == (paris(4, 12), paris(4, 16))
    assert (promise.breached_at, promise.met_at) == (paris(4, 15), paris(4, 12))


def test_an_attempt_after_hours_still_counts(handed: Handoff, sam: User) -> None:
    log(handed, sam, paris(4, 12, 45))

    assert Handoff.objects.get(pk=handed.pk).response_seconds == 2.5 * 3600


def test_each_attempt_opens_the_next_step_and_answers_the_one_before(handed: Handoff, sam: User) -> None:
    log(handed, sam, OPENED)
    email = promise_of(handed, "follow_up", "cadence-email-1")
    log(handed, sam, paris(4, 11), channel="email", outcome="sent")

    call = promise_of(handed, "follow_up", "cadence-call-2")
    assert (email.opened_at, email.due_at) == (OPENED, paris(4, 15))
    assert promise_of(handed, "follow_up", "cadence-email-1").met_at == paris(4, 11)
    assert (call.opened_at, call.due_at) == (paris(4, 12), paris(4, 17))


def test_a_late_step_leaves_the_next_one_its_whole_window(handed: Handoff, sam: User) -> None:
    log(handed, sam, paris(4, 17))

    # 240 working minutes after 17:00: one hour that day, three in the next morning.
    assert promise_of(handed, "follow_up", "cadence-email-1").due_at == paris(5, 12)


def test_a_burst_of_calls_answers_one_step(handed: Handoff, sam: User) -> None:
    steps = [log(handed, sam, OPENED + timedelta(minutes=n)).step for n in (0, 1, 29, 30)]

    assert steps == ["cadence-call-1", "", "", "cadence-email-1"]
    owed = Commitment.objects.filter(handoff=handed, kind="follow_up", met_at=None).get()
    assert owed.step == "cadence-call-2"


def test_a_step_that_is_done_early_opens_then(handed: Handoff, sam: User) -> None:
    log(handed, sam, OPENED)
    log(handed, sam, OPENED, channel="email", outcome="sent")
    planned = promise_of(handed, "follow_up", "cadence-call-2").opened_at
    log(handed, sam, paris(4, 11))

    promise = promise_of(handed, "follow_up", "cadence-call-2")
    assert planned == paris(4, 12)
    assert (promise.opened_at, promise.met_at) == (paris(4, 11), paris(4, 11))


def test_after_the_last_step_only_the_decision_is_owed(handed: Handoff, sam: User) -> None:
    for n in range(9):
        log(handed, sam, OPENED + timedelta(minutes=30 * n))

    owed = Commitment.objects.filter(handoff=handed, met_at=None).values_list("kind", flat=True)
    assert sorted(owed) == ["acceptance", "decision"]
    assert ContactAttempt.objects.filter(handoff=handed, step="").count() == 1


def test_the_same_key_logs_once(handed: Handoff, sam: User) -> None:
    key = uuid4()
    first = log(handed, sam, OPENED, key=key)
    second = log(handed, sam, OPENED, key=key, outcome="reached")

    assert first == second
    assert Handoff.objects.get(pk=handed.pk).n_attempts == 1


def test_a_replay_after_the_close_gives_the_same_answer(accepted: Handoff, sam: User) -> None:
    key = uuid4()
    first = log(accepted, sam, OPENED, key=key)
    lose_handoff(handoff=accepted, reason="no", by=sam, at=OPENED)

    assert log(accepted, sam, OPENED, key=key) == first


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"channel": "fax"}, "channel_unknown"),
        ({"outcome": "replied"}, "outcome_unknown"),
        ({"happened_at": OPENED + timedelta(minutes=1)}, "attempt_in_the_future"),
        ({"happened_at": OPENED - timedelta(seconds=1)}, "attempt_before_handoff"),
    ],
)
def test_a_wrong_attempt_is_refused(handed: Handoff, sam: User, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        log(handed, sam, OPENED, **changes)
    assert (refused.value.code, refused.value.status) == (code, 422)
    assert not ContactAttempt.objects.exists()


def test_every_channel_has_outcomes() -> None:
    assert set(OUTCOMES) == set(Channel.values)
    assert all(OUTCOMES.values())


def test_only_the_rep_and_their_manager_log(handed: Handoff, lena: User, maya: User) -> None:
    with pytest.raises(Refused) as refused:
        log(handed, lena, OPENED)
    log(handed, maya, OPENED)
    assert refused.value.code == "not_yours"
    assert ContactAttempt.objects.get().by == maya


def test_a_closed_pass_takes_no_attempt(accepted: Handoff, sam: User) -> None:
    lose_handoff(handoff=accepted, reason="no", by=sam, at=OPENED)
    with pytest.raises(Refused) as refused:
        log(accepted, sam, OPENED)
    assert refused.value.code == "handoff_closed"


@pytest.mark.django_db(transaction=True)
def test_a_double_click_logs_one_attempt(handed: Handoff, sam: User) -> None:
    key = UUID(int=7)
    clicks: list[Callable[[], Any]] = [lambda: log(handed, sam, OPENED, key=key)] * 4

    results = at_once(*clicks)

    assert len({attempt.pk for attempt in results}) == 1
    assert Handoff.objects.get(pk=handed.pk).n_attempts == 1


@pytest.mark.django_db(transaction=True)
def test_attempts_at_once_are_all_counted(handed: Handoff, sam: User) -> None:
    at_once(*[lambda: log(handed, sam, OPENED)] * 5)

    handoff = Handoff.objects.get(pk=handed.pk)
    assert (handoff.n_attempts, handoff.attempts.count(), handoff.first_attempt_at) == (
        5,
        5,
        datetime(2026, 11, 4, 9, tzinfo=UTC),
    )
