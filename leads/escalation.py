"""What follows a broken promise at the shares that the terms set: managers are told, then asked to give the lead away.

The moments lie ahead, so each is an outbox row that becomes available then; what was done meanwhile is not escalated.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from leads.models import Commitment
from leads.notices import tell_managers_of_breach, tell_of_breaches, tell_of_reassignment_due
from leads.working_time import calendar_for
from slaportal.outbox.models import OutboxMessage
from slaportal.outbox.registry import handles
from slaportal.outbox.services import send

TOPIC = "leads.escalate"
# A moment that was missed by so much is not made up for: Today shows the lead anyway.
STALE = timedelta(hours=1)


def escalate(rows: Iterable[Commitment], at: datetime) -> None:
    """Tell of these fresh breaches now, and plan what the terms want later; in the transaction that stamps them."""
    rows = list(rows)
    early = [row for row in rows if row.version.document.handoff.escalation.manager_at_share <= 1]
    tell_of_breaches(early, at)
    for row in rows:
        shares = row.version.document.handoff.escalation
        if row not in early:
            tell_of_breaches([row], at, managers_too=False)
            _plan(row, "manager", shares.manager_at_share, at)
        if shares.reassign_at_share is not None and row.party == "sales" and row.handoff_id is not None:
            _plan(row, "reassign", shares.reassign_at_share, at)


def moment_of(promise: Commitment, share: float) -> datetime:
    """When this share of the working time from opening to due has run (UTC); 1 is the due time."""
    calendar = calendar_for(promise.version, promise.owner)
    whole = calendar.between(promise.opened_at, promise.due_at)
    return max(promise.due_at, calendar.add(promise.opened_at, round(whole * share)))


@handles(TOPIC)
def deliver(message: OutboxMessage, at: datetime) -> None:
    """Tell the managers, unless the promise was kept or is owed no longer."""
    promise = (
        Commitment.objects.select_related("lead", "owner", "handoff", "version")
        .filter(public_id=message.payload["commitment"], met_at=None, excused_at=None, closed_at=None)
        .first()
    )
    if promise is None:
        return
    if message.payload["step"] == "manager":
        tell_managers_of_breach(promise, at)
    else:
        tell_of_reassignment_due(promise, at)


def _plan(promise: Commitment, step: str, share: float, at: datetime) -> None:
    moment = moment_of(promise, share)
    if moment > at - STALE:
        payload = {"commitment": promise.public_id, "step": step}
        send(TOPIC, key=f"{step}:{promise.public_id}", payload=payload, at=at, available_at=moment)
