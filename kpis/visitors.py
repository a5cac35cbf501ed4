"""Visitors per day or month: typed in, sent by a program, or counted by our own script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone

from kpis.keeping import Report, keep_newest, read_day, read_each, read_month, read_source
from kpis.models import VisitorCount
from leads.intake import RowRejected
from slaportal.audit.services import record
from slaportal.web.refusals import Refused, RefusedRole

if TYPE_CHECKING:
    from slaportal.accounts.models import User

MAY_COUNT = {"marketer", "marketing_manager", "sales_manager", "admin"}
MOST = 2_000_000_000
FIELDS = frozenset({"month", "day", "source", "count"})
KEY, SAID = ("month", "day", "source"), ("count",)

# Visitors by month. Of one source, what is said of the whole month wins over what is said of its days, and that over
# what our own script counted on the same day; sources are added up.
BY_MONTH = """
SELECT month, sum(n) AS n FROM (
    SELECT month, source, coalesce(max(n) FILTER (WHERE day IS NULL), sum(n)) AS n FROM (
        SELECT month, source, day, count::bigint AS n FROM kpis_visitorcount WHERE month >= %(since)s
        UNION ALL
        SELECT date_trunc('month', v.day)::date, v.source, v.day, sum(v.count) FROM leads_sitevisits v
        WHERE v.day >= %(since)s
          AND NOT EXISTS (SELECT 1 FROM kpis_visitorcount c WHERE c.day = v.day AND c.source = v.source)
        GROUP BY v.day, v.source
    ) told GROUP BY month, source
) by_source GROUP BY month
"""


def record_visitors(
    *, month: date, count: int, source: str = "", by: User, at: datetime | None = None
) -> tuple[VisitorCount, bool]:
    """Set the visitors of a whole month and source; the newest word counts. Returns the row and whether it is new.

    Refused: ``not_a_counter`` (role), ``visitors_out_of_range`` (count), ``month_in_future``.
    """
    at = at or timezone.now()
    first = month.replace(day=1)
    if by.role not in MAY_COUNT:
        raise RefusedRole("not_a_counter")
    if not 0 <= count <= MOST:
        raise Refused("visitors_out_of_range", most=MOST)
    if first > at.date():
        raise Refused("month_in_future")
    with transaction.atomic():
        row, is_new = VisitorCount.objects.update_or_create(
            month=first, day=None, source=source.strip()[:120], defaults={"count": count, "by": by, "changed_at": at}
        )
        record("visitors.counted", by=by, on=f"month:{first:%Y-%m}", at=at, source=row.source, count=count)
    return row, is_new


def save_visitors(rows: Sequence[Any], *, by: User, at: datetime) -> Report:
    """Set the visitors of days or months, {"day" or "month", "source", "count"}; bad rows are refused alone."""
    if by.role not in MAY_COUNT:
        raise RefusedRole("not_a_counter")

    def read(given: Mapping[str, Any]) -> VisitorCount:
        day = read_day(given["day"], "day", at) if given.get("day") is not None else None
        if (day is None) == (given.get("month") is None):
            raise RowRejected("month_or_day", "day")
        month = day.replace(day=1) if day else read_month(given["month"], "month", at)
        source = read_source(given.get("source"))
        return VisitorCount(month=month, day=day, source=source, count=_count(given.get("count")), by=by, changed_at=at)

    report = read_each(rows, read, FIELDS)
    with transaction.atomic():
        keep_newest(report, key=KEY, said=SAID)
        if report.created or report.updated:
            months = sorted({f"{row.month:%Y-%m}" for row in report.rows if row})
            facts = {"created": report.created, "updated": report.updated, "months": months}
            record("visitors.received", by=by, on="visitors", at=at, **facts)
    return report


def visitors_by_month(since: date) -> dict[date, int]:
    """Visitors of all sources by month (its first day), from the month ``since`` on."""
    with connection.cursor() as cursor:
        cursor.execute(BY_MONTH, {"since": since})
        return {month: int(n) for month, n in cursor.fetchall()}


def said_of_month(month: date) -> int | None:
    """What was said of the month as a whole without a source; None where nobody did."""
    said = VisitorCount.objects.filter(month=month, day=None, source="")
    return said.values_list("count", flat=True).first()


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise RowRejected("visitors_out_of_range", "count", most=MOST)
    return value
