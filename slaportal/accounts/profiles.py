"""Changes what people decide about themselves."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone as clock

from slaportal.accounts.models import User
from slaportal.audit.services import record


def change_profile(
    *, by: User, name: str, language: str, timezone: str, shortcuts: bool, at: datetime | None = None
) -> User:
    """Only a new name is news for the audit; the rest is taste."""
    at = at or clock.now()
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=by.pk)
        if user.name != name:
            record("person.renamed", by=by, on=f"person:{user.public_id}", at=at, old=user.name, new=name)
        user.name, user.language, user.timezone, user.shortcuts = name, language, timezone, shortcuts
        user.save(update_fields=["name", "language", "timezone", "shortcuts"])
    return user
