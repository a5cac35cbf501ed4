"""Links by which a person sets a password: for an invitation or a reset; each works once and ends by itself."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from slaportal.accounts.models import User
from slaportal.audit.services import record
from slaportal.outbox.services import send
from slaportal.web.refusals import Refused

SALT = "slaportal.accounts.links"
TOPIC = "accounts.password_link"
LIFETIMES = {"invitation": timedelta(days=7), "password_reset": timedelta(hours=1)}


def path_for(user: User, purpose: str) -> str:
    """A path with a signed, unguessable token. It ends with its time, a new password, a log-in or a later reset."""
    token = signing.dumps({"user": str(user.public_id), "for": purpose, "state": _state_of(user)}, salt=SALT)
    return reverse("accounts:password-link", args=[token])


def person_of(token: str) -> User | None:
    """Whose link this is; None where it is wrong, too old or used."""
    try:
        said = signing.loads(token, salt=SALT, max_age=max(LIFETIMES.values()))
        signing.loads(token, salt=SALT, max_age=LIFETIMES[said["for"]])
        user = User.objects.get(public_id=said["user"], is_active=True)
    except (signing.BadSignature, User.DoesNotExist):
        return None
    return user if constant_time_compare(said["state"], _state_of(user)) else None


def redeem(*, token: str, password: str, at: datetime | None = None) -> User:
    """Set the password that the link's owner chose; refused (`link_dead`) where the link is used or too old."""
    at = at or timezone.now()
    with transaction.atomic():
        found = person_of(token)
        if found is None:
            raise Refused("link_dead")
        user = User.objects.select_for_update().get(pk=found.pk)
        if person_of(token) is None:
            raise Refused("link_dead")
        user.set_password(password)
        user.save(update_fields=["password"])
        record("person.password_set", by=user, on=f"person:{user.public_id}", at=at)
    return user


def mail_link(user: User, purpose: str, *, at: datetime | None = None) -> None:
    """Have a link mailed; it is made when the mail is sent, so no row of ours holds it."""
    key = f"{TOPIC}:{uuid.uuid4()}"
    send(TOPIC, key=key, payload={"user": user.public_id, "purpose": purpose}, at=at)


def _state_of(user: User) -> str:
    """Changes with the password and with each log-in, so that a used link is dead."""
    last_login = user.last_login.isoformat() if user.last_login else ""
    return salted_hmac(SALT, f"{user.password}{last_login}", algorithm="sha256").hexdigest()
