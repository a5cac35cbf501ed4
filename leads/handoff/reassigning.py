"""A lead in Sales' hands goes to another rep, with all that is owed on it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from leads.access import may_assign
from leads.commitments import pass_to
from leads.handoff.locking import locked_handoff
from leads.models import Handoff, Lead
from leads.notices import tell_of_reassignment
from leads.routing import reps_at_work
from slaportal.accounts.models import User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused


def reassign_handoff(*, handoff: Handoff, rep: User, by: User | None, at: datetime | None = None) -> Handoff:
    """Give the lead to a rep who is at work; the clocks go on, the new rep owes what is owed.

    Refused: not_assigner, handoff_closed, rep_unavailable, already_theirs.
    """
    at = at or timezone.now()
    _guard(handoff, by)
    with transaction.atomic():
        held = locked_handoff(handoff, None)
        _guard(held, by)
        old = held.rep
        if old is not None and old.pk == rep.pk:
            raise Refused("already_theirs", name=rep.name)
        if not reps_at_work(at, held.version.document.calendar.timezone).filter(pk=rep.pk).exists():
            raise Refused("rep_unavailable", name=rep.name)
        held.rep = rep
        held.save(update_fields=["rep"])
        Lead.objects.filter(pk=held.lead_id).update(owner=rep)
        pass_to(held, rep)
        tell_of_reassignment(held, old, by, at)
        record(
            "lead.reassigned",
            by=by,
            on=f"lead:{held.lead.public_id}",
            at=at,
            handoff=held.public_id,
            old=old.public_id if old else None,
            new=rep.public_id,
        )
    return held


def _guard(handoff: Handoff, by: User | None) -> None:
    if by is not None and not may_assign(by, handoff):
        raise Refused("not_assigner")
