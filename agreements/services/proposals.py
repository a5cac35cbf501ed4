"""Changes that anybody proposes in words; editors take them into a draft or decline them, and the proposer is told."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from agreements.models import Agreement, Origin, Proposal, ProposalState
from agreements.selectors import open_version
from agreements.services.drafting import start_draft
from agreements.services.shared import digest_of_words, lock, managers, may_edit, tell
from slaportal.audit.services import record
from slaportal.web.refusals import Refused

if TYPE_CHECKING:
    from slaportal.accounts.models import User


def propose_change(
    *,
    agreement: Agreement,
    what: str,
    why: str,
    by: User,
    clause: str = "",
    meeting_on: date | None = None,
    decision: str = "",
    at: datetime | None = None,
) -> Proposal:
    """Propose a change in words: of a clause, from a meeting's decision, or from scratch. Both managers are told."""
    at = at or timezone.now()
    origin = Origin.MEETING if meeting_on else Origin.CLAUSE if clause else Origin.SCRATCH
    with transaction.atomic():
        proposal = Proposal.objects.create(
            agreement=agreement,
            origin=origin,
            clause=clause,
            what=what,
            why=why,
            meeting_on=meeting_on,
            decision=decision,
            by=by,
            at=at,
        )
        on = name_of_proposal(proposal)
        record("proposal.made", by=by, on=on, at=at, clause=clause, origin=origin, said=said_in(proposal))
        facts = {"agreement": agreement.name, "name": by.name, "what": what, "why": why}
        told = [one for one in managers() if one.pk != by.pk]
        tell(told, "proposal.made", f"proposal:{proposal.public_id}", facts, url_of(proposal), at)
    return proposal


def take_proposal(*, proposal: Proposal, by: User, at: datetime | None = None) -> Proposal:
    """Take a proposal into the draft; without one the next is started. The words themselves are then written there."""
    at = at or timezone.now()
    may_edit(by)
    with transaction.atomic():
        lock(proposal.agreement)
        version = open_version(proposal.agreement) or start_draft(agreement=proposal.agreement, by=by, at=at)
        return _decide(proposal, "proposal.taken", by, at, state=ProposalState.TAKEN, version=version)


def decline_proposal(*, proposal: Proposal, reason: str, by: User, at: datetime | None = None) -> Proposal:
    """Decline a proposal, with a reason that its proposer reads."""
    at = at or timezone.now()
    may_edit(by)
    with transaction.atomic():
        return _decide(proposal, "proposal.declined", by, at, state=ProposalState.DECLINED, reason=reason)


def url_of(proposal: Proposal) -> str:
    """Where it stands among the others."""
    return f"/agreements/{proposal.agreement.slug}/proposals/#proposal-{proposal.public_id}"


def _decide(proposal: Proposal, action: str, by: User, at: datetime, **changes: Any) -> Proposal:
    """Conditional on its being open: one decision per proposal."""
    still_open = Proposal.objects.filter(pk=proposal.pk, state=ProposalState.OPEN)
    if not still_open.update(decided_by=by, decided_at=at, **changes):
        raise Refused("proposal_decided")
    proposal.refresh_from_db()
    record(action, by=by, on=name_of_proposal(proposal), at=at, reason=proposal.reason)
    facts = {
        "agreement": proposal.agreement.name,
        "name": by.name,
        "what": proposal.what,
        "reason": proposal.reason,
        "number": proposal.version.number if proposal.version else None,
    }
    if proposal.by_id != by.pk:
        # A discarded draft opens its proposals again: each decision is news of its own.
        tell([proposal.by], action, f"{action}:{proposal.public_id}:{at.isoformat()}", facts, url_of(proposal), at)
    return proposal


def said_in(proposal: Proposal) -> str:
    """The digest of all that its proposer wrote."""
    day = proposal.meeting_on.isoformat() if proposal.meeting_on else ""
    return digest_of_words(what=proposal.what, why=proposal.why, meeting_on=day, decision=proposal.decision)


def name_of_proposal(proposal: Proposal) -> str:
    """The proposal in the audit."""
    return f"proposal:{proposal.agreement.slug}/{proposal.public_id}"
