"""What a rep decides about a lead: accept it, qualify it to SQL, win or lose it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils import timezone

from leads.commitments import Kind, close_owed, has_silent_acceptance, meet
from leads.handoff.locking import guard_work, locked_handoff
from leads.models import Commitment, Handoff, HandoffState, Lead, Outcome, Stage
from leads.stages import move_stage
from slaportal.accounts.models import User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused, RefusedInput

HIGHEST_AMOUNT = Decimal("999999999999.99")
LONGEST_REASON = 200


def accept_handoff(*, handoff: Handoff, by: User | None, at: datetime | None = None) -> Handoff:
    """Sales takes the lead: MQL → SAL. Refused: not_yours, handoff_closed, already_done.

    Where the terms take silence as acceptance and its time is over, the lead was accepted at that time already.
    """
    at = at or timezone.now()
    guard_work(handoff, by)
    with transaction.atomic():
        held = locked_handoff(handoff, by)
        if held.state != HandoffState.OPEN:
            raise Refused("already_done")
        silent_at = accepted_by_silence_at(held)
        return _accept(held, by, min(at, silent_at) if silent_at else at)


def accept_by_silence(*, handoff: Handoff, at: datetime) -> bool:
    """Accept what nobody answered until the acceptance was due, stamped with that time; whether it was so."""
    with transaction.atomic():
        held = locked_handoff(handoff, None)
        silent_at = accepted_by_silence_at(held)
        if held.state != HandoffState.OPEN or silent_at is None or silent_at >= at:
            return False
        _accept(held, None, silent_at)
    return True


def accepted_by_silence_at(handoff: Handoff) -> datetime | None:
    """When silence counts as acceptance; None where the terms want a word."""
    if not has_silent_acceptance(handoff.version):
        return None
    owed = Commitment.objects.filter(handoff=handoff, kind=Kind.ACCEPTANCE).first()
    return owed.due_at if owed else None


def qualify_handoff(
    *, handoff: Handoff, by: User | None, checklist: Mapping[str, Any], at: datetime | None = None
) -> Handoff:
    """The rep confirms every point of the SQL checklist (id → true or a note): SAL → SQL.

    Refused: not_yours, handoff_closed, not_accepted, already_done, checklist_missing (``missing``: the points' texts,
    ``ids``: their ids).
    """
    at = at or timezone.now()
    guard_work(handoff, by)
    with transaction.atomic():
        held = locked_handoff(handoff, by)
        _must_be_accepted(held)
        if held.state == HandoffState.QUALIFIED:
            raise Refused("already_done")
        held.checklist = _answers(held, checklist)
        held.state, held.qualified_at = HandoffState.QUALIFIED, at
        held.save(update_fields=["checklist", "state", "qualified_at"])
        _move(held, Stage.SQL, "qualified", by, at)
        meet(handoff=held, kind=Kind.DECISION, at=at)
        close_owed(held, at, Kind.FOLLOW_UP)
        _record("lead.qualified", held, by, at)
    return held


def win_handoff(
    *, handoff: Handoff, amount: Decimal | int | str, by: User | None, at: datetime | None = None
) -> Handoff:
    """The deal is won: an accepted or qualified lead becomes a customer. Amount in the company's currency, > 0.

    Refused: amount_not_positive, not_yours, handoff_closed, not_accepted.
    """
    at = at or timezone.now()
    paid = _amount(amount)
    guard_work(handoff, by)
    with transaction.atomic():
        held = locked_handoff(handoff, by)
        _must_be_accepted(held)
        held.amount = paid
        _close(held, Outcome.WON, Stage.CUSTOMER, by, at)
        Lead.objects.filter(pk=held.lead_id).update(converted=True, converted_at=at, deal_amount=paid)
        _record("lead.won", held, by, at, amount=paid)
    return held


def lose_handoff(*, handoff: Handoff, reason: str, by: User | None, at: datetime | None = None) -> Handoff:
    """The deal is lost, for a reason in a few words: the lead is out. Refused: lost_reason_missing, else as won."""
    at = at or timezone.now()
    why = " ".join(reason.split())[:LONGEST_REASON]
    if not why:
        raise RefusedInput("lost_reason_missing")
    guard_work(handoff, by)
    with transaction.atomic():
        held = locked_handoff(handoff, by)
        _must_be_accepted(held)
        held.lost_reason = why
        _close(held, Outcome.LOST, Stage.DISQUALIFIED, by, at)
        _record("lead.lost", held, by, at, reason=why)
    return held


def _accept(held: Handoff, by: User | None, at: datetime) -> Handoff:
    held.state, held.accepted_at = HandoffState.ACCEPTED, at
    held.save(update_fields=["state", "accepted_at"])
    _move(held, Stage.SAL, "accepted" if by else "silence", by, at)
    meet(handoff=held, kind=Kind.ACCEPTANCE, at=at)
    _record("lead.accepted", held, by, at)
    return held


def _close(held: Handoff, outcome: Outcome, stage: Stage, by: User | None, at: datetime) -> None:
    """End the pass: the decision is made, what is still owed is owed no longer."""
    held.state, held.closed_at, held.outcome = HandoffState.CLOSED, at, outcome
    held.save(update_fields=["state", "closed_at", "outcome", "amount", "lost_reason"])
    _move(held, stage, outcome.value, by, at)
    meet(handoff=held, kind=Kind.DECISION, at=at)
    close_owed(held, at)


def _must_be_accepted(held: Handoff) -> None:
    if held.state == HandoffState.OPEN:
        raise Refused("not_accepted")


def _answers(held: Handoff, checklist: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to the points that the terms ask; all must be given (true, or a text that is not blank)."""
    points = held.version.document.qualification.sql.checklist
    answers: dict[str, Any] = {}
    for point in points:
        answer = checklist.get(point.id)
        answers[point.id] = answer.strip() if isinstance(answer, str) else answer is True
    missing = [point for point in points if not answers[point.id]]
    if missing:
        raise RefusedInput(
            "checklist_missing",
            missing=", ".join(f"“{point.text}”" for point in missing),
            ids=[point.id for point in missing],
        )
    return answers


def _amount(amount: Decimal | int | str) -> Decimal:
    try:
        paid = Decimal(str(amount).strip())
        paid = paid.quantize(Decimal("0.01")) if paid.is_finite() and paid <= HIGHEST_AMOUNT else Decimal(0)
    except InvalidOperation:
        paid = Decimal(0)
    if paid <= 0:
        raise RefusedInput("amount_not_positive")
    return paid


def _move(held: Handoff, stage: Stage, why: str, by: User | None, at: datetime) -> None:
    move_stage(lead=held.lead, to=stage, why=why, by=by, at=at, handoff=held, version=held.version)


def _record(action: str, held: Handoff, by: User | None, at: datetime, **facts: Any) -> None:
    record(action, by=by, on=f"lead:{held.lead.public_id}", at=at, handoff=held.public_id, **facts)
