"""A password asked again of somebody who is logged in: checked, but not for as many guesses as somebody likes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction

from slaportal.accounts.models import User
from slaportal.web.refusals import RefusedForNow

MOST_GUESSES = 5
WITHIN = timedelta(minutes=5)


def knows_password(user: User, password: str, *, at: datetime) -> bool:
    """Whether this is the person's password; RefusedForNow("too_many_guesses") after too many wrong ones.

    One check at a time per person: guesses that come at once are counted all the same. Call it outside of a
    transaction that a refusal rolls back, or the count is lost with it.
    """
    key = f"password-guesses:{user.pk}"
    with transaction.atomic():
        held = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        wrong = [guessed_at for guessed_at in cache.get(key, []) if at - guessed_at < WITHIN]
        if len(wrong) >= MOST_GUESSES:
            raise RefusedForNow("too_many_guesses", minutes=WITHIN.seconds // 60)
        is_right = held.check_password(password)
        if not is_right:
            cache.set(key, [*wrong, at], WITHIN.total_seconds())
    return is_right
