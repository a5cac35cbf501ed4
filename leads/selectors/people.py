"""Finds the lead that somebody means, by its id, its address or words of its name."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from leads.merges.names import lead_by_address, lead_by_id
from leads.models import Lead

MOST = 20


def found_leads(asked: str, *, besides: Lead) -> list[Lead]:
    """The leads that the words may mean, at most twenty; one alone where an id or an address names it."""
    words = asked.strip()
    if not words or "\0" in words:
        return []
    others = Lead.objects.select_related("owner").exclude(pk=besides.pk)
    try:
        named = lead_by_id(UUID(words))
    except ValueError:
        named = lead_by_address(words.lower())
    exact = Q(pk=named.pk) if named else Q(external_id=words)
    found = list(others.filter(exact)[:MOST])
    alike = Q(name__icontains=words) | Q(company__icontains=words) | Q(email__icontains=words)
    return found or list(others.filter(alike).order_by("-created_at", "-pk")[:MOST])
