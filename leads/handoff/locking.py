"""The lock that every step of a pass takes first: the lead, then its handoff, then (by the step) its promises."""

from __future__ import annotations

from leads.access import may_work
from leads.models import Handoff, HandoffState, Lead
from slaportal.accounts.models import User
from slaportal.web.refusals import Refused


def guard_work(handoff: Handoff, by: User | None) -> None:
    """Refuse those whose handoff this is not; nobody (a command, a sweep) may do everything."""
    if by is not None and not may_work(by, handoff):
        raise Refused("not_yours")


def _held_lead(handoff: Handoff) -> Lead:
    """The lead of the handoff: another one than the caller knows, where they were merged meanwhile."""
    for _tries in range(3):
        lead_id = Handoff.objects.values_list("lead_id", flat=True).get(pk=handoff.pk)
        lead = Lead.objects.select_for_update(no_key=True).filter(pk=lead_id).first()
        if lead is not None:
            return lead
    raise Refused("merge_gone")


def locked_handoff(handoff: Handoff, by: User | None) -> Handoff:
    """The handoff as it is now, held until the transaction ends, if it is this person's and still open.

    Lead before handoff, always: the next handoff of the same lead waits for the lead, not for us in a ring. No key
    lock, so that rows which only name the lead can be written meanwhile. The guard is asked again under the lock,
    because the lead may just have been given to somebody else.
    """
    lead = _held_lead(handoff)
    held = (
        Handoff.objects.select_for_update(of=("self",), no_key=True)
        .select_related("rep__team", "version__agreement")
        .get(pk=handoff.pk)
    )
    held.lead = lead
    guard_work(held, by)
    if held.state == HandoffState.CLOSED:
        raise Refused("handoff_closed")
    return held
