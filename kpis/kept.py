"""How the promises of an agreement were kept in the last thirty days, clause by clause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from agreements.models import Agreement
from leads.models import Commitment

LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Kept:
    """Of the promises under a clause that fell due: how many were decided, and how many of those were kept."""

    clause: str
    met: int
    n: int


def kept_by_clause(agreement: Agreement, at: datetime) -> dict[str, Kept]:
    """Met ÷ (met + breached) of what fell due in the last thirty days; excused, closed and running ones are left out.

    One query over the index of due times, whatever the number of clauses. All versions count: the clause keeps its id.
    """
    due = Commitment.objects.filter(due_at__gt=at - LOOK_BACK, due_at__lte=at, version__agreement=agreement)
    decided = due.filter(Q(breached_at__isnull=False) | Q(met_at__isnull=False), excused_at=None)
    rows = decided.order_by().values_list("clause").annotate(n=Count("pk"), met=Count("pk", filter=Q(breached_at=None)))
    return {clause: Kept(clause, met, n) for clause, n, met in rows}
