"""Visitors per month: typed in or sent by a program."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from kpis.models import VisitorCount
from slaportal.audit.services import record
from slaportal.web.refusals import Refused

if TYPE_CHECKING:
    from slaportal.accounts.models import User

MAY_COUNT = {"marketer", "marketing_manager", "sales_manager", "admin"}
MOST = 2_000_000_000


def record_visitors(
    *, month: date, count: int, source: str = "", by: User, at: datetime | None = None
) -> tuple[VisitorCount, bool]:
    """Set the visitors of a month and source; the newest word counts. Returns the row and whether it is new.

    Refused: ``not_a_counter`` (role), ``visitors_out_of_range`` (count), ``month_in_future``.
    """
    at = at or timezone.now()
    first = month.replace(day=1)
    if by.role not in MAY_COUNT:
        raise Refused("not_a_counter")
    if not 0 <= count <= MOST:
        raise Refused("visitors_out_of_range", most=MOST)
    if first > at.date():
        raise Refused("month_in_future")
    with transaction.atomic():
        row, is_new = VisitorCount.objects.update_or_create(
            month=first, source=source.strip()[:120], defaults={"count": count, "by": by, "changed_at": at}
        )
        record("visitors.counted", by=by, on=f"month:{first:%Y-%m}", at=at, source=row.source, count=count)
    return row, is_new
