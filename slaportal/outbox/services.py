"""Writes messages into the outbox, in the transaction of the change that they tell of."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from slaportal.outbox.models import Notification, OutboxMessage

if TYPE_CHECKING:
    from slaportal.accounts.models import User


def send(
    topic: str, *, key: str, payload: dict[str, Any], at: datetime | None = None, available_at: datetime | None = None
) -> None:
    """Write one message; the same `key` again writes nothing. Call it inside the transaction of the change.

    `payload` holds ids rather than copies, and never a secret. `available_at` postpones the delivery.
    """
    at = at or timezone.now()
    OutboxMessage.objects.bulk_create([_message(topic, key, payload, at, available_at)], ignore_conflicts=True)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What one person is to be told, as `notify` says."""

    recipient: User
    kind: str
    key: str
    facts: dict[str, Any]
    url: str = ""
    by_email: bool = True


def notify(
    *,
    recipient: User,
    kind: str,
    key: str,
    facts: dict[str, Any],
    url: str = "",
    by_email: bool = True,
    at: datetime | None = None,
) -> None:
    """Tell one person something in the app and, unless told otherwise, by e-mail; the same `key` again tells nothing.

    The words come from templates/notifications/<kind>.txt and are made when it is read or mailed. A fact whose name
    ends in `_at` is a datetime in the template, one that ends in `_on` a date. `url` is a path of this installation.
    """
    notice = Notice(recipient=recipient, kind=kind, key=key, facts=facts, url=url, by_email=by_email)
    notify_all([notice], at=at or timezone.now())


def notify_all(notices: Sequence[Notice], *, at: datetime) -> None:
    """Tell all of this, in one statement for the app and one for the e-mails."""
    told = [
        Notification(
            id=uuid.uuid4(),
            recipient=notice.recipient,
            dedup_key=notice.key,
            kind=notice.kind,
            facts=plain(notice.facts),
            url=notice.url,
            created_at=at,
        )
        for notice in notices
    ]
    mails = [
        _message("email", f"email:{row.recipient_id}:{row.dedup_key}", {"notification": row.pk}, at)
        for row, notice in zip(told, notices, strict=True)
        if notice.by_email
    ]
    with transaction.atomic():
        Notification.objects.bulk_create(told, ignore_conflicts=True)
        OutboxMessage.objects.bulk_create(mails, ignore_conflicts=True)


def mark_read(*, by: User, notification: Notification | None = None, at: datetime | None = None) -> int:
    """Mark one of a person's notifications as read, or all; returns how many were new."""
    unread = Notification.objects.filter(recipient=by, read_at=None)
    if notification is not None:
        unread = unread.filter(pk=notification.pk)
    return unread.update(read_at=at or timezone.now())


def replay(*, message: OutboxMessage, at: datetime | None = None) -> bool:
    """Offer a dead message anew with fresh attempts; False where it is not dead (any more)."""
    at = at or timezone.now()
    return bool(
        OutboxMessage.objects.filter(pk=message.pk, done_at=None)
        .exclude(dead_at=None)
        .update(dead_at=None, attempts=0, locked_until=None, available_at=at)
    )


def _message(
    topic: str, key: str, payload: dict[str, Any], at: datetime, available_at: datetime | None = None
) -> OutboxMessage:
    return OutboxMessage(
        topic=topic, dedup_key=key, payload=plain(payload), created_at=at, available_at=available_at or at
    )


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """The values as JSON holds them: dates as ISO 8601, UUIDs, decimals and lazy translations as text."""
    return json.loads(json.dumps(values, cls=DjangoJSONEncoder))  # type: ignore[no-any-return]
