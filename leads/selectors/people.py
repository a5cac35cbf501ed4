"""Finds the leads that somebody means, by an id, an address or words of a name."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from leads.merges.names import lead_by_address, lead_by_id
from leads.models import Lead, LeadAddress

MOST = 20
FEW = 1000


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
    return found or list(others.filter(alike(words)).order_by("-created_at", "-pk")[:MOST])


def alike(words: str) -> Q:
    """Leads with these words in their name, company or address, also one of old. One query, on the old addresses."""
    of_old = LeadAddress.objects.filter(email__icontains=words).values_list("lead_id", flat=True)
    # A few by their ids: the planner cannot tell how few a subquery finds, and would read all leads in their order.
    few = list(of_old[: FEW + 1])
    found = Q(name__icontains=words) | Q(company__icontains=words) | Q(email__icontains=words)
    return found | Q(pk__in=few if len(few) <= FEW else of_old)
