"""The account list, and what its page shows of each account: how many leads, how many with Sales, how warm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from leads.accounts.names import name_key
from leads.models import Account, Handoff, Lead
from leads.scoring import band_expression

PAGE = 50


@dataclass(frozen=True)
class AccountRow:
    """An account with its figures now; ``band`` is the best of its leads, "" while none is scored."""

    account: Account
    n_leads: int
    n_open: int
    band: str


def asked_accounts(*, q: str = "", target: str = "", tier: str = "") -> QuerySet[Account]:
    """By name; ``target`` is "yes", "no" or "" for all."""
    found = Account.objects.order_by("name_key", "id")
    if q:
        found = found.filter(Q(name__icontains=q) | Q(name_key__contains=name_key(q)) | Q(domains__icontains=q.lower()))
    if target:
        found = found.filter(is_target=target == "yes")
    return found.filter(tier=tier) if tier else found


def account_rows(accounts: Sequence[Account], at: datetime) -> list[AccountRow]:
    """The accounts with their figures, in three queries for all of them."""
    of_these = Q(account__in=[account.pk for account in accounts])
    leads = dict(Lead.objects.filter(of_these).values_list("account").annotate(n=Count("pk")))
    bands = dict(
        Lead.objects.filter(of_these, score__isnull=False)
        .annotate(band=band_expression(at, "score__"))
        .values_list("account")
        .annotate(best=Min("band"))
    )
    handoffs = Handoff.objects.filter(closed_at=None, lead__account__in=[account.pk for account in accounts])
    n_open = dict(handoffs.values_list("lead__account").annotate(n=Count("pk")))
    return [AccountRow(one, leads.get(one.pk, 0), n_open.get(one.pk, 0), bands.get(one.pk, "")) for one in accounts]


def tiers() -> list[str]:
    """The tiers that accounts have, at most 100."""
    names = Account.objects.exclude(tier="").order_by("tier").values_list("tier", flat=True).distinct()
    return list(names[:100])
