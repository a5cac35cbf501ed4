"""Writing into the outbox: once per key, and only if the change itself is kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation

from slaportal.accounts.models import User
from slaportal.outbox import services
from slaportal.outbox.models import Notification, OutboxMessage
from slaportal.outbox.texts import text_of

AT = dt.datetime(2026, 3, 4, 10, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def told(person: User, **changes: Any) -> None:
    known = {"recipient": person, "kind": "version.active", "key": "active:1", "facts": {"number": 3}, "at": AT}
    services.notify(**{**known, **changes})


def test_a_message_is_written_once_per_key() -> None:
    for _ in range(2):
        services.send("t", key="k", payload={"a": 1}, at=AT)
    assert OutboxMessage.objects.get().payload == {"a": 1}


def test_a_message_is_gone_when_its_change_is() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        services.send("t", key="k", payload={}, at=AT)
        raise ZeroDivisionError
    assert not OutboxMessage.objects.exists()


def test_a_message_can_wait_for_its_time() -> None:
    later = AT + dt.timedelta(hours=1)
    services.send("t", key="k", payload={}, at=AT, available_at=later)
    assert OutboxMessage.objects.get().available_at == later


def test_a_notification_is_told_in_the_app_and_by_mail(sam: User) -> None:
    told(sam, url="/x/")
    notice = Notification.objects.get()
    assert (notice.recipient, notice.kind, notice.facts, notice.url) == (sam, "version.active", {"number": 3}, "/x/")
    assert OutboxMessage.objects.get(topic="email").payload == {"notification": str(notice.pk)}


def test_the_same_notification_twice_is_told_once(sam: User) -> None:
    told(sam)
    told(sam, facts={"number": 4})
    assert Notification.objects.get().facts == {"number": 3}
    assert OutboxMessage.objects.count() == 1


def test_two_people_may_hear_the_same(sam: User, lena: User) -> None:
    told(sam)
    told(lena)
    assert Notification.objects.count() == OutboxMessage.objects.count() == 2


def test_reading_marks_only_what_is_new_and_ones_own(sam: User, lena: User) -> None:
    told(sam)
    told(sam, key="active:2")
    told(lena)
    first = Notification.objects.get(recipient=sam, dedup_key="active:1")
    assert services.mark_read(by=lena, notification=first, at=AT) == 0
    assert services.mark_read(by=sam, notification=first, at=AT) == 1
    assert services.mark_read(by=sam, at=AT) == 1
    assert services.mark_read(by=sam, at=AT) == 0
    assert Notification.objects.get(read_at=None).recipient == lena


def test_only_a_dead_message_is_replayed_and_only_once() -> None:
    services.send("t", key="k", payload={}, at=AT)
    message = OutboxMessage.objects.get()
    assert not services.replay(message=message, at=AT)
    OutboxMessage.objects.update(dead_at=AT, attempts=5, error="broken")
    assert services.replay(message=message, at=AT)
    assert not services.replay(message=message, at=AT)
    message.refresh_from_db()
    assert (message.attempts, message.dead_at, message.available_at) == (0, None, AT)


def test_facts_of_a_text_are_moments_and_days_and_stay_on_one_line(sam: User) -> None:
    facts = {"agreement": "A\r\nBcc: x@example.com", "number": 3}
    with translation.override("en"):
        text = text_of("version.active", recipient=sam, facts=facts, url="/agreements/")
    assert text.sentence == "Version 3 of “A Bcc: x@example.com” is in force"
    assert text.body.endswith("/agreements/")
    assert "http" in text.body


def test_a_kind_without_words_is_told_by_its_name(sam: User) -> None:
    assert text_of("no.such.kind", recipient=sam, facts={}).sentence == "Notice: no.such.kind"
