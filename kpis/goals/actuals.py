"""Conversion rates as they are: by cohort, of leads that have had time to go on, with the list behind each.

A cohort are the leads that first came as far as a stage in 90 days; its rate is the share that has come as far as the
next stage by now. The 90 days end as long ago as three of four took that went on within the last year, so that
leads which are still on their way do not count as lost. A lead counts as having passed all stages before its furthest.
Visitors are counted by month, so their rate is that of the last three whole months.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import dropwhile, takewhile
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count
from django.db.models.functions import TruncMonth

from agreements.compile import Sql, sql
from agreements.terms.funnel import RATES, RateName, Step
from kpis.metrics import TOO_FEW
from kpis.visitors import visitors_by_month
from leads.models import Lead
from leads.months import Month
from leads.selectors.cohorts import midnight, stages_from

WINDOW_DAYS = 90
YEAR_DAYS = 365
MONTH_DAYS = Decimal("30.4375")
VISITOR_MONTHS = 3


@dataclass(frozen=True)
class Rate:
    """One step's rate: ``reached`` of the ``n`` that ``since`` … ``until`` (both included) came as far as the step.

    ``wait_days``: the time left to go on. ``waiting``: those that came later, and are not judged yet. ``best``: the
    best month of the last year with enough cases.
    """

    name: RateName
    n: int
    reached: int
    since: date
    until: date
    wait_days: int = 0
    waiting: int = 0
    best: float | None = None

    @property
    def value(self) -> float | None:
        return min(1.0, self.reached / self.n) if self.n else None

    @property
    def is_thin(self) -> bool:
        return self.n < TOO_FEW

    @property
    def list_query(self) -> str:
        """The leads of the cohort; visitors have no list, so there it is the leads that came of them."""
        step = self.name.partition("_to_")[0]
        return f"passed={'lead' if step == 'visitor' else step}&since={self.since}&until={self.until}"

    @property
    def reached_query(self) -> str:
        """Those of the cohort that went on."""
        step, _, following = self.name.partition("_to_")
        return self.list_query if step == "visitor" else f"{self.list_query}&on_to={following}"


@dataclass(frozen=True)
class Deals:
    """What the deals of the last 90 days brought."""

    n: int
    average: Decimal | None
    total: Decimal
    since: date
    until: date

    @property
    def list_query(self) -> str:
        return f"passed=customer&since={self.since}&until={self.until}"


@dataclass(frozen=True)
class Actuals:
    """The funnel as it is: rates by name, deals, and arrivals per month at each step (None: not counted)."""

    rates: dict[RateName, Rate]
    deals: Deals
    per_month: dict[Step, Decimal | None]


@dataclass(frozen=True)
class _Day:
    """The leads that first came as far as a step on one day, and how many of them have gone on."""

    on: date
    n: int
    reached: int


def actuals(zone: str, at: datetime, own: Sql | None = None) -> Actuals:
    """The funnel's figures on the day of ``at`` in the company's zone; ``own`` selects the ids of the leads that count.

    Visitors belong to no agreement: among some leads alone they are not counted. At most six queries.
    """
    today = at.astimezone(ZoneInfo(zone)).date()
    visitors, visitor_rate = _visitors(zone, at, is_counted=own is None)
    rates: dict[RateName, Rate] = {"visitor_to_lead": visitor_rate}
    per_month: dict[Step, Decimal | None] = {"visitor": visitors}
    for name in RATES[1:]:
        days, wait_days = _cohorts(name, zone, today, own)
        rates[name] = rate_of(name, days, wait_days, today)
        step: Step = name.partition("_to_")[0]  # type: ignore[assignment]
        recent = sum(day.n for day in days if today - timedelta(days=WINDOW_DAYS) <= day.on < today)
        per_month[step] = recent / (Decimal(WINDOW_DAYS) / MONTH_DAYS)
    deals = _deals(zone, today, own)
    per_month["customer"] = deals.n / (Decimal(WINDOW_DAYS) / MONTH_DAYS)
    return Actuals(rates, deals, per_month)


def rate_of(name: RateName, days: Iterable[_Day], wait_days: int, today: date) -> Rate:
    """The rate of the 90 days that ended ``wait_days`` ago, from the days of a year."""
    found = list(days)
    until = today - timedelta(days=wait_days + 1)
    since = until - timedelta(days=WINDOW_DAYS - 1)
    cohort = [day for day in found if since <= day.on <= until]
    return Rate(
        name=name,
        n=sum(day.n for day in cohort),
        reached=sum(day.reached for day in cohort),
        since=since,
        until=until,
        wait_days=wait_days,
        waiting=sum(day.n for day in found if day.on > until),
        best=_best([day for day in found if day.on <= until]),
    )


def _best(days: list[_Day]) -> float | None:
    months: dict[date, list[_Day]] = {}
    for day in days:
        months.setdefault(day.on.replace(day=1), []).append(day)
    counts = [(sum(day.n for day in some), sum(day.reached for day in some)) for some in months.values()]
    return max((reached / n for n, reached in counts if n >= TOO_FEW), default=None)


# A lead is a lead from its creation on; every other step begins with the first move that reaches it or passes it.
ENTERED_AS_LEAD = "SELECT id AS lead_id, created_at AS entered_at FROM leads_lead WHERE created_at >= {} AND {}"
ENTERED_BY_MOVE = """
SELECT lead_id, min(at) AS entered_at FROM leads_stagechange
WHERE new = ANY({}) AND lead_id IN (SELECT lead_id FROM leads_stagechange WHERE new = ANY({}) AND at >= {}) AND {}
GROUP BY lead_id HAVING min(at) >= {}
"""
COHORTS_SQL = """
WITH entered AS ({}),
reached AS (
    SELECT entered_at, (
        SELECT min(at) FROM leads_stagechange later WHERE later.lead_id = entered.lead_id AND later.new = ANY({})
    ) AS reached_at
    FROM entered
)
SELECT (entered_at AT TIME ZONE {})::date, count(*), count(reached_at), NULL::float FROM reached GROUP BY 1
UNION ALL
SELECT NULL, 0, 0, percentile_cont(0.75) WITHIN GROUP (
    ORDER BY greatest(extract(epoch FROM reached_at - entered_at), 0))
FROM reached WHERE reached_at IS NOT NULL
"""


def _cohorts(name: RateName, zone: str, today: date, own: Sql | None) -> tuple[list[_Day], int]:
    """A year's arrivals by day, and within how many days three of four of those that went on did so."""
    step, _, following = name.partition("_to_")
    start, stages = midnight(today - timedelta(days=YEAR_DAYS), zone), stages_from(step)
    if step == "lead":
        entered = sql(ENTERED_AS_LEAD, start, among("id", own))
    else:
        entered = sql(ENTERED_BY_MOVE, stages, stages, start, among("lead_id", own), start)
    rows = rows_of(sql(COHORTS_SQL, entered, stages_from(following), zone))
    seconds = next((row[3] for row in rows if row[0] is None), None)
    wait_days = min(ceil((seconds or 0) / 86_400), WINDOW_DAYS)
    return [_Day(*row[:3]) for row in rows if row[0] is not None], wait_days


def among(column: str, own: Sql | None) -> Sql:
    """That a lead is one of an agreement's own; ``own`` selects their ids, None leaves nobody out."""
    return Sql("TRUE") if own is None else Sql(f"{column} IN ({own.text})", own.params)


def rows_of(query: Sql) -> list[tuple[Any, ...]]:
    """What the database answers."""
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        return list(cursor.fetchall())


def _visitors(zone: str, at: datetime, *, is_counted: bool) -> tuple[Decimal | None, Rate]:
    """Visitors per month, and the leads that came in meanwhile, in the last whole months that were counted."""
    months = [Month.of(at, zone).previous]
    for _ in range(11):
        months.append(months[-1].previous)
    visitors = visitors_by_month(months[-1].first) if is_counted else {}
    leads = _created(months[-1], months[0]) if visitors else {}
    found = [(month, visitors.get(month.first, 0), leads.get(month.first, 0)) for month in months]
    counted = [one for one in found if one[1]]
    recent = _run(found[:VISITOR_MONTHS])
    first, last = (recent[-1][0], recent[0][0]) if recent else (months[VISITOR_MONTHS - 1], months[0])
    rate = Rate(
        name="visitor_to_lead",
        n=sum(one[1] for one in recent),
        reached=sum(one[2] for one in recent),
        since=first.first,
        until=last.next.first - timedelta(days=1),
        best=max((min(1.0, came / seen) for _month, seen, came in counted if seen >= TOO_FEW), default=None),
    )
    return (Decimal(rate.n) / len(recent) if recent else None), rate


def _run(found: list[tuple[Month, int, int]]) -> list[tuple[Month, int, int]]:
    """The newest months in a row that have visitors."""
    counted = list(dropwhile(lambda one: not one[1], found))
    return list(takewhile(lambda one: one[1], counted))


def _created(first: Month, last: Month) -> dict[date, int]:
    """Leads that came in, by month."""
    leads = Lead.objects.filter(created_at__gte=first.starts_at, created_at__lt=last.ends_at)
    by_month = leads.annotate(month=TruncMonth("created_at", tzinfo=ZoneInfo(first.timezone))).order_by()
    return {month.date(): n for month, n in by_month.values_list("month").annotate(n=Count("id"))}


DEALS_SQL = """
SELECT count(amount), avg(amount), coalesce(sum(amount), 0) FROM leads_handoff
WHERE outcome = 'won' AND closed_at >= {} AND closed_at < {} AND {}
"""


def _deals(zone: str, today: date, own: Sql | None) -> Deals:
    since = today - timedelta(days=WINDOW_DAYS)
    days = (midnight(since, zone), midnight(today, zone))
    n, average, total = rows_of(sql(DEALS_SQL, *days, among("lead_id", own)))[0]
    return Deals(n, average, total, since, today - timedelta(days=1))
