"""The door through which views get leads and handoffs: who may read, work on and assign them."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from leads.merges.names import lead_by_id
from leads.models import Account, Handoff, Lead, LeadImport, LeadMerge
from leads.routing import is_rep
from slaportal.accounts.models import Role, User

To = Literal["read", "work", "assign"]


def may_work(user: User, handoff: Handoff) -> bool:
    """The handoff's own rep, and the sales managers of the rep's team; while no rep has it, every sales manager."""
    if handoff.rep_id is not None and handoff.rep_id == user.pk:
        return True
    return user.role == Role.SALES_MANAGER and _is_in_their_team(user, handoff)


def may_assign(user: User, handoff: Handoff) -> bool:
    """The sales managers of the rep's team (while no rep has it: all of them) and admins."""
    return user.role == Role.ADMIN or (user.role == Role.SALES_MANAGER and _is_in_their_team(user, handoff))


def handoff_for(user: User, public_id: UUID | str, *, to: To = "read") -> Handoff:
    """The handoff, if this person may do that with it; everyone who is logged in may read."""
    handoff = (
        Handoff.objects.select_related("lead", "rep__team", "version__agreement").filter(public_id=public_id).first()
    )
    if handoff is None or not user.is_active:
        raise Http404
    if (to == "work" and not may_work(user, handoff)) or (to == "assign" and not may_assign(user, handoff)):
        raise PermissionDenied
    return handoff


def lead_for(user: User, public_id: UUID | str, *, to: To = "read") -> Lead:
    """The lead, if this person may do that with it: to work on it or assign it, its open handoff must be theirs.

    The id of a lead that was merged leads to the one that took it in.
    """
    lead = lead_by_id(public_id)
    if lead is None or not user.is_active:
        raise Http404
    if to != "read":
        handoff = Handoff.objects.select_related("rep").filter(lead=lead, closed_at=None).first()
        may = may_work if to == "work" else may_assign
        if handoff is None or not may(user, handoff):
            raise PermissionDenied
    return lead


def may_edit(user: User, lead: Lead) -> bool:
    """Reps correct the leads that they own; everybody else corrects all."""
    return user.role != Role.REP or lead.owner_id == user.pk


def lead_to_edit(user: User, public_id: UUID | str) -> Lead:
    """The lead, if this person may correct its fields."""
    lead = lead_for(user, public_id)
    if not may_edit(user, lead):
        raise PermissionDenied
    return lead


def import_for(user: User, public_id: UUID | str) -> LeadImport:
    """The import: whoever may import sees everybody's, since leads belong to no one importer."""
    found = LeadImport.objects.select_related("by", "job", "undo_job").filter(public_id=public_id).first()
    if found is None or not user.is_active:
        raise Http404
    return found


def merge_for(user: User, public_id: UUID | str) -> LeadMerge:
    """The merge; everyone who is logged in may read."""
    found = LeadMerge.objects.select_related("kept").filter(public_id=public_id).first()
    if found is None or not user.is_active:
        raise Http404
    return found


def account_for(user: User, public_id: UUID | str) -> Account:
    """The account; everyone who is logged in may read."""
    found = Account.objects.select_related("owner").filter(public_id=public_id).first()
    if found is None or not user.is_active:
        raise Http404
    return found


def _is_in_their_team(user: User, handoff: Handoff) -> bool:
    if handoff.rep is None or not is_rep(handoff.rep):
        return True
    return user.team_id is not None and handoff.rep.team_id == user.team_id
