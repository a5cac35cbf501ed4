"""Finds a lead by what it is called, or was called before it was merged into another."""

from __future__ import annotations

from uuid import UUID

from leads.models import Lead


def lead_by_id(public_id: UUID | str) -> Lead | None:
    """The lead of this id, or the one that took it in."""
    leads = Lead.objects.select_related("owner", "account")
    return (
        leads.filter(public_id=public_id).first()
        or leads.filter(merges__gone_public_id=public_id, merges__undone_at=None).first()
    )


def lead_by_address(email: str) -> Lead | None:
    """The lead that has this address, or that took in the one that had it."""
    if not email:
        return None
    return Lead.objects.filter(email=email).first() or Lead.objects.filter(other_addresses__email=email).first()
