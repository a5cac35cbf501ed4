"""Delivers the outbox's own topic: a notification, as an e-mail."""

from __future__ import annotations

from datetime import datetime

from slaportal.outbox.models import Notification, OutboxMessage
from slaportal.outbox.registry import handles
from slaportal.outbox.texts import mail_to


@handles("email", outside=True)
def deliver_email(message: OutboxMessage, at: datetime) -> None:
    """Mail a notification; nothing is sent to people who have left."""
    notice = Notification.objects.select_related("recipient").get(pk=message.payload["notification"])
    if notice.recipient.is_active:
        mail_to(notice.recipient, notice.kind, facts=notice.facts, url=notice.url, message_id=message.pk)
