"""Mails the links by which people set their password."""

from __future__ import annotations

from datetime import datetime

from slaportal.accounts import links
from slaportal.accounts.models import User
from slaportal.outbox.models import OutboxMessage
from slaportal.outbox.registry import handles
from slaportal.outbox.texts import mail_to


@handles(links.TOPIC, outside=True)
def deliver_password_link(message: OutboxMessage, at: datetime) -> None:
    """The link's time begins now, when it is sent."""
    user = User.objects.get(public_id=message.payload["user"])
    if not user.is_active:
        return
    purpose = message.payload["purpose"]
    mail_to(user, f"account.{purpose}", facts={}, url=links.path_for(user, purpose), message_id=message.pk)
