"""Delivering: at least once, our own effects exactly once, and poison stops after five attempts."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from slaportal.accounts.models import User
from slaportal.outbox import services
from slaportal.outbox.drain import ATTEMPTS, LEASE, drain, pause_after
from slaportal.outbox.models import Heartbeat, Notification, OutboxMessage
from slaportal.outbox.ticks import beat

AT = dt.datetime(2026, 3, 4, 10, tzinfo=dt.UTC)
Topic = Callable[..., None]
pytestmark = pytest.mark.django_db


def waiting(key: str = "k", topic: str = "t", **changes: Any) -> OutboxMessage:
    services.send(topic, key=key, payload={"key": key}, at=AT)
    OutboxMessage.objects.filter(dedup_key=key).update(**changes)
    return OutboxMessage.objects.get(dedup_key=key)


def failing(message: OutboxMessage, at: datetime) -> None:
    raise ConnectionError("the server is away")


def test_what_is_due_is_delivered_oldest_first(topic: Topic) -> None:
    seen: list[str] = []
    topic("t", lambda message, at: seen.append(message.payload["key"]))
    waiting("second", available_at=AT - dt.timedelta(minutes=1))
    waiting("first", available_at=AT - dt.timedelta(minutes=2))
    waiting("later", available_at=AT + dt.timedelta(seconds=1))
    assert drain(at=AT) == 2
    assert seen == ["first", "second"]
    assert OutboxMessage.objects.filter(done_at=AT, attempts=1, locked_until=None).count() == 2


def test_draining_twice_delivers_once(topic: Topic) -> None:
    seen: list[str] = []
    topic("t", lambda message, at: seen.append(message.payload["key"]))
    waiting()
    assert [drain(at=AT), drain(at=AT)] == [1, 0]
    assert seen == ["k"]


def test_a_drain_takes_no_more_than_its_limit(topic: Topic) -> None:
    topic("t", lambda message, at: None)
    for n in range(3):
        waiting(str(n))
    assert drain(at=AT, limit=2) == 2
    assert OutboxMessage.objects.filter(done_at=None).count() == 1


def test_a_failed_delivery_rests_and_tells_why(topic: Topic) -> None:
    topic("t", failing)
    message = waiting()
    drain(at=AT)
    message.refresh_from_db()
    assert message.error == "ConnectionError: the server is away"
    assert (message.attempts, message.locked_until, message.done_at, message.dead_at) == (1, None, None, None)
    assert message.available_at == AT + dt.timedelta(seconds=5)


def test_the_pause_doubles_up_to_an_hour() -> None:
    assert [pause_after(n).total_seconds() for n in (1, 2, 3, 4, 20)] == [5, 10, 20, 40, 3600]


def test_a_failed_effect_of_ours_is_undone(topic: Topic) -> None:
    def half_done(message: OutboxMessage, at: datetime) -> None:
        beat("half", at=at)
        raise ValueError

    topic("t", half_done)
    waiting()
    drain(at=AT)
    assert not Heartbeat.objects.filter(name="half").exists()


def test_a_message_dies_after_five_attempts_and_lives_again_by_replay(topic: Topic) -> None:
    topic("t", failing)
    message = waiting()
    for n in range(10):
        drain(at=AT + dt.timedelta(hours=n))
    message.refresh_from_db()
    assert message.attempts == ATTEMPTS
    assert message.dead_at is not None
    services.replay(message=message, at=AT + dt.timedelta(days=1))
    drain(at=AT + dt.timedelta(days=1))
    message.refresh_from_db()
    assert (message.attempts, message.dead_at) == (1, None)


def test_one_bad_message_does_not_hold_up_the_others(topic: Topic) -> None:
    topic("bad", failing)
    topic("t", lambda message, at: None)
    waiting("bad", topic="bad", available_at=AT - dt.timedelta(hours=1))
    waiting("good")
    drain(at=AT)
    assert OutboxMessage.objects.get(dedup_key="good").done_at == AT


def test_a_topic_that_nobody_handles_ends_among_the_dead() -> None:
    message = waiting(topic="nobody")
    for n in range(10):
        drain(at=AT + dt.timedelta(hours=n))
    message.refresh_from_db()
    assert message.dead_at is not None
    assert "nobody" in message.error


def test_the_lease_of_a_killed_worker_is_taken_over_when_it_ends(topic: Topic) -> None:
    topic("t", lambda message, at: None)
    message = waiting(attempts=1, locked_until=AT + LEASE)
    assert drain(at=AT) == 0
    assert drain(at=AT + LEASE) == 1
    message.refresh_from_db()
    assert (message.attempts, message.done_at) == (2, AT + LEASE)


def test_a_message_that_killed_five_workers_is_not_tried_again(topic: Topic) -> None:
    seen: list[str] = []
    topic("t", lambda message, at: seen.append("tried"))
    message = waiting(attempts=ATTEMPTS, locked_until=AT)
    drain(at=AT)
    message.refresh_from_db()
    assert (message.dead_at, message.attempts) == (AT, ATTEMPTS)
    assert seen == []


def test_an_effect_of_ours_is_undone_when_the_claim_was_lost_meanwhile(topic: Topic) -> None:
    def overtaken(message: OutboxMessage, at: datetime) -> None:
        beat("overtaken", at=at)
        OutboxMessage.objects.filter(pk=message.pk).update(attempts=message.attempts + 1)

    topic("t", overtaken)
    message = waiting()
    drain(at=AT)
    message.refresh_from_db()
    assert message.done_at is None
    assert not Heartbeat.objects.filter(name="overtaken").exists()


def test_a_handler_for_the_outside_runs_in_no_transaction_of_the_drain(topic: Topic) -> None:
    depths: dict[str, int] = {}
    topic("in", lambda message, at: depths.update(inside=len(connection.savepoint_ids)))
    topic("out", lambda message, at: depths.update(outside=len(connection.savepoint_ids)), outside=True)
    waiting("1", topic="in")
    waiting("2", topic="out")
    drain(at=AT)
    assert depths["inside"] == depths["outside"] + 1


@pytest.mark.django_db(transaction=True)
def test_two_drains_at_once_deliver_each_message_once(topic: Topic) -> None:
    seen: list[str] = []
    start = threading.Barrier(3)
    topic("t", lambda message, at: seen.append(message.payload["key"]))
    for n in range(40):
        waiting(str(n))

    def one_drain() -> None:
        start.wait()
        drain(at=AT)
        connection.close()

    drains = [threading.Thread(target=one_drain) for _ in range(3)]
    for thread in drains:
        thread.start()
    for thread in drains:
        thread.join()
    assert sorted(seen, key=int) == [str(n) for n in range(40)]
    assert OutboxMessage.objects.filter(done_at=AT, attempts=1).count() == 40


def test_a_notice_is_mailed_in_the_language_of_its_reader(sam: User) -> None:
    facts = {"agreement": "Main", "number": 2}
    services.notify(recipient=sam, kind="version.active", key="a", facts=facts, url="/agreements/main/", at=AT)
    drain(at=AT)
    sent = mail.outbox[0]
    message = OutboxMessage.objects.get(topic="email")
    assert sent.to == [sam.email]
    assert sent.subject == "Version 2 of “Main” is in force"
    assert "/agreements/main/" in sent.body
    assert sent.extra_headers["Message-ID"].startswith(f"<{message.pk}@")


def test_people_who_have_left_get_no_mail(sam: User) -> None:
    services.notify(recipient=sam, kind="version.active", key="a", facts={}, at=AT)
    User.objects.update(is_active=False)
    drain(at=AT)
    assert mail.outbox == []
    assert Notification.objects.count() == 1
    assert OutboxMessage.objects.get(topic="email").done_at == AT
