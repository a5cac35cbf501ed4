"""Why a promise was broken: the reason in the words of who broke it, given once and kept."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from leads.models import Commitment
from slaportal.accounts.models import Role, User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused, RefusedInput

LONGEST_REASON = 1000


def may_explain(user: User, promise: Commitment) -> bool:
    """Who broke it, and the managers of that side (Sales': of the owner's team)."""
    if promise.owner_id is not None and promise.owner_id == user.pk:
        return True
    if promise.party == "marketing":
        return user.role == Role.MARKETING_MANAGER
    owner = promise.owner
    is_theirs = owner is None or user.team_id is None or owner.team_id == user.team_id
    return user.role == Role.SALES_MANAGER and is_theirs


def explain_breach(*, promise: Commitment, reason: str, by: User, at: datetime | None = None) -> Commitment:
    """Keep the reason of a breach. Refused: not_explainer, reason_missing, not_breached, already_done."""
    at = at or timezone.now()
    words = " ".join(reason.split())[:LONGEST_REASON]
    if not may_explain(by, promise):
        raise Refused("not_explainer")
    if not words:
        raise RefusedInput("reason_missing")
    if promise.breached_at is None:
        raise Refused("not_breached")
    with transaction.atomic():
        waiting = Commitment.objects.filter(pk=promise.pk, breach_reason="")
        if not waiting.update(breach_reason=words):
            raise Refused("already_done")
        record("commitment.explained", by=by, on=f"commitment:{promise.public_id}", at=at, reason=words)
    promise.breach_reason = words
    return promise
