"""The way back: a rep returns a lead with an agreed reason, Marketing chooses the path it takes from there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from agreements.terms import cadence
from agreements.terms.document import ReturnReason
from leads.attempts import effort_of, plan_of
from leads.commitments import Kind, close_owed, meet, open_commitment
from leads.handoff.locking import guard_work, locked_handoff
from leads.models import Enrollment, Handoff, HandoffState, Lead, Outcome, Return, Stage
from leads.notices import tell_of_return
from leads.nurture import path_of, start_path
from leads.stages import move_stage
from slaportal.accounts.models import Role, User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused, RefusedInput

CHOOSERS = {Role.MARKETER, Role.MARKETING_MANAGER}


@dataclass(frozen=True)
class Missing:
    """The agreed attempts and calls (``needed…``) and those made so far that count (``logged…``)."""

    needed: int
    logged: int
    needed_calls: int
    logged_calls: int


@dataclass(frozen=True)
class ReasonChoice:
    """A reason as it is offered: locked while attempts are missing; ``path`` is "" where the lead is closed."""

    id: str
    label: str
    path: str
    path_name: str
    needs_note: bool
    is_locked: bool
    missing: Missing | None


def reasons_for(handoff: Handoff, at: datetime) -> list[ReasonChoice]:
    """The reasons of the handoff's own terms, in their order, each open or locked as things stand at ``at``."""
    terms = handoff.version.document
    choices = []
    for reason in terms.returns.reasons:
        missing = _missing(handoff, reason)
        path = path_of(terms, reason.path) if reason.path else None
        choices.append(
            ReasonChoice(
                id=reason.id,
                label=reason.label,
                path=reason.path or "",
                path_name=path.name if path else "",
                needs_note=reason.note_required,
                is_locked=missing is not None,
                missing=missing,
            )
        )
    return choices


def return_handoff(*, handoff: Handoff, reason: str, by: User, note: str = "", at: datetime | None = None) -> Return:
    """Give a lead back to Marketing: the pass is closed, the lead enters the reason's path, Marketing owes its choice.

    Refused: not_yours, handoff_closed, reason_unknown, note_missing, attempts_missing (needed, logged, needed_calls,
    logged_calls).
    """
    at = at or timezone.now()
    guard_work(handoff, by)
    with transaction.atomic():
        held = locked_handoff(handoff, by)
        agreed = _agreed_reason(held, reason, note)
        meet(handoff=held, kind=Kind.ACCEPTANCE, at=at)
        meet(handoff=held, kind=Kind.DECISION, at=at)
        close_owed(held, at)
        held.state, held.closed_at, held.outcome = HandoffState.CLOSED, at, Outcome.RETURNED
        held.save(update_fields=["state", "closed_at", "outcome"])
        returned = _give_back(held, agreed, by, note, at)
        facts = {"handoff": held.public_id, "reason": agreed.id, "path": agreed.path}
        record("lead.returned", by=by, on=f"lead:{held.lead.public_id}", at=at, **facts)
    return returned


def choose_path(*, returned: Return, path: str, by: User | None, at: datetime | None = None) -> Return:
    """Marketing confirms the suggested path or picks another one of the same terms, once.

    Refused: not_marketing, already_done, with_sales (the lead was handed over again), path_unknown.
    """
    at = at or timezone.now()
    if by is not None and by.role not in CHOOSERS:
        raise Refused("not_marketing")
    with transaction.atomic():
        lead = Lead.objects.select_for_update(no_key=True).get(pk=returned.lead_id)
        held = (
            Return.objects.select_for_update(of=("self",), no_key=True)
            .select_related("handoff__version__agreement")
            .get(pk=returned.pk)
        )
        if Handoff.objects.filter(lead=lead, closed_at=None).exists():
            raise Refused("with_sales")
        if held.path_chosen_at is not None:
            raise Refused("already_done")
        version = held.handoff.version
        if path_of(version.document, path) is None:
            raise RefusedInput("path_unknown", path=path)
        if not Enrollment.objects.filter(
            lead=lead, ended_at=None, path=path, version__agreement=version.agreement_id
        ).exists():
            start_path(lead, path, version=version, by=by, at=at, returned=held)
        held.path, held.path_chosen_at, held.path_chosen_by = path, at, by
        held.save(update_fields=["path", "path_chosen_at", "path_chosen_by"])
        meet(handoff=held.handoff, kind=Kind.CHOOSE_PATH, at=at)
        record("lead.path_chosen", by=by, on=f"lead:{lead.public_id}", at=at, path=path)
    return held


def _agreed_reason(held: Handoff, reason: str, note: str) -> ReturnReason:
    """The reason in the handoff's terms, open as things stand."""
    agreed = next((known for known in held.version.document.returns.reasons if known.id == reason), None)
    if agreed is None:
        raise RefusedInput("reason_unknown", reason=reason)
    missing = _missing(held, agreed)
    if missing is not None:
        raise Refused(
            "attempts_missing",
            needed=missing.needed,
            logged=missing.logged,
            needed_calls=missing.needed_calls,
            logged_calls=missing.logged_calls,
        )
    if agreed.note_required and not note.strip():
        raise RefusedInput("note_missing")
    return agreed


def _missing(handoff: Handoff, reason: ReturnReason) -> Missing | None:
    """What is missing before this reason may be chosen; None where it may."""
    if not reason.requires_attempts:
        return None
    terms = handoff.version.document
    limit = terms.returns.attempts
    made = effort_of(handoff)
    is_done = limit.or_cadence_done and cadence.is_done(plan_of(terms), made.n_steps)
    if cadence.may_return_unreachable(made.n_attempts, made.n_calls, limit.min_attempts, limit.min_calls, is_done):
        return None
    return Missing(limit.min_attempts, made.n_attempts, limit.min_calls, made.n_calls)


def _give_back(held: Handoff, reason: ReturnReason, by: User, note: str, at: datetime) -> Return:
    """The lead's own side of a return: stage, path, Marketing's promise, the news."""
    lead, version = held.lead, held.version
    stage = Stage.NURTURE if reason.path else Stage.DISQUALIFIED
    move_stage(lead=lead, to=stage, why=reason.id, by=by, at=at, handoff=held, version=version)
    Lead.objects.filter(pk=lead.pk).update(owner=None)
    returned = Return.objects.create(
        handoff=held,
        lead=lead,
        reason=reason.id,
        path=reason.path or "",
        note=note.strip(),
        by=by,
        at=at,
        # Where the reason leads nowhere, there is nothing to choose.
        path_chosen_at=None if reason.path else at,
    )
    if reason.path:
        start_path(lead, reason.path, version=version, by=by, at=at, returned=returned)
        clause = version.document.commitment("choose_path")
        open_commitment(handoff=held, clause=clause, kind=Kind.CHOOSE_PATH, at=at)
    path = path_of(version.document, reason.path) if reason.path else None
    tell_of_return(returned, reason.label, path.name if path else "")
    return returned
