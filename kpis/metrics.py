"""The month's figures, each with its n and the address of the list behind it.

Period view: a figure counts what happened in the month, whichever month the lead came in. Formulas: conversion =
arrivals in a stage ÷ arrivals in the stage before, both in the month; kept = met ÷ (met + breached) of the promises
that fell due in the month, excused and still running ones left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from leads.months import Month

FUNNEL = ("visitors", "lead", "mql", "sql", "customer")
TOO_FEW = 10
PARTIES = ("marketing", "sales")


@dataclass(frozen=True)
class Step:
    """One step of the funnel: how many arrived, and their share of the step before (None without a base)."""

    key: str
    count: int
    before: int | None
    rate: float | None
    before_rate: float | None
    list_query: str


@dataclass(frozen=True)
class Response:
    """Working time from handoff to the first attempt, in seconds, of the month's handoffs."""

    n_handoffs: int
    n_answered: int
    median: float | None
    p90: float | None
    attempts_per_lead: float | None
    calls_per_lead: float | None


@dataclass(frozen=True)
class Promises:
    """What became of the promises of one party that fell due in the month; rows by kind."""

    party: str
    kind: str
    met: int
    breached: int
    excused: int
    running: int

    @property
    def kept(self) -> float | None:
        """Met ÷ (met + breached); None while nothing has been decided."""
        decided = self.met + self.breached
        return self.met / decided if decided else None

    @property
    def n(self) -> int:
        return self.met + self.breached


FUNNEL_SQL = """
SELECT step, period, count(DISTINCT lead_id) FROM (
    SELECT 'lead' AS step, created_at >= %(start)s AS period, id AS lead_id
    FROM leads_lead WHERE created_at >= %(before)s AND created_at < %(end)s
    UNION ALL
    SELECT new, at >= %(start)s, lead_id
    FROM leads_stagechange
    WHERE new IN ('mql', 'sql', 'customer') AND at >= %(before)s AND at < %(end)s
) arrivals GROUP BY step, period
UNION ALL
SELECT 'visitors', month = %(first)s, sum(count)
FROM kpis_visitorcount WHERE month IN (%(first)s, %(first_before)s) GROUP BY month
"""


def funnel(month: Month) -> list[Step]:
    """Visitors → leads → MQL → SQL → customers in the month, with the month before beside it. One query."""
    facts = {
        "start": month.starts_at,
        "end": month.ends_at,
        "before": month.previous.starts_at,
        "first": month.first,
        "first_before": month.previous.first,
    }
    counts = {(step, bool(now)): int(n or 0) for step, now, n in _rows(FUNNEL_SQL, facts)}
    steps = []
    for place, key in enumerate(FUNNEL):
        earlier = FUNNEL[place - 1] if place else None
        count, base = counts.get((key, True), 0), counts.get((earlier, True)) if earlier else None
        base_before = counts.get((earlier, False)) if earlier else None
        steps.append(
            Step(
                key=key,
                count=count,
                before=base,
                rate=count / base if base else None,
                before_rate=counts.get((key, False), 0) / base_before if base_before else None,
                list_query=_list_query(key, month),
            )
        )
    return steps


RESPONSE_SQL = """
SELECT count(*), count(response_seconds),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY response_seconds),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY response_seconds),
       avg(n_attempts), avg(n_calls)
FROM leads_handoff WHERE opened_at >= %(start)s AND opened_at < %(end)s
"""


def response(month: Month) -> Response:
    """How fast and how often Sales tried the leads handed over in the month. One query."""
    row = _rows(RESPONSE_SQL, {"start": month.starts_at, "end": month.ends_at})[0]
    n, answered, median, p90, attempts, calls = row
    return Response(n, answered, median, p90, _number(attempts), _number(calls))


SPREAD_SQL = """
SELECT width_bucket(response_seconds, ARRAY[900, 1800, 3600, 7200, 14400]) AS bucket, count(*)
FROM leads_handoff
WHERE opened_at >= %(start)s AND opened_at < %(end)s AND response_seconds IS NOT NULL GROUP BY 1
"""


def response_spread(month: Month) -> list[int]:
    """Handoffs by working time to the first attempt: under ¼ h, ½ h, 1 h, 2 h, 4 h, and longer. One query."""
    buckets = dict(_rows(SPREAD_SQL, {"start": month.starts_at, "end": month.ends_at}))
    return [buckets.get(place, 0) for place in range(6)]


PROMISES_SQL = """
SELECT party, kind,
       count(*) FILTER (WHERE breached_at IS NULL AND met_at IS NOT NULL AND excused_at IS NULL),
       count(*) FILTER (WHERE breached_at IS NOT NULL AND excused_at IS NULL),
       count(*) FILTER (WHERE excused_at IS NOT NULL),
       count(*) FILTER (WHERE met_at IS NULL AND breached_at IS NULL AND excused_at IS NULL AND closed_at IS NULL)
FROM leads_commitment WHERE due_at >= %(start)s AND due_at < %(end)s
GROUP BY party, kind ORDER BY party, kind
"""


def promises(month: Month) -> list[Promises]:
    """The promises of both teams that fell due in the month, by kind, in the same layout for both. One query."""
    rows = _rows(PROMISES_SQL, {"start": month.starts_at, "end": month.ends_at})
    return [Promises(*row) for row in rows]


def total_of(rows: list[Promises], party: str) -> Promises:
    """One party's promises of all kinds together."""
    own = [row for row in rows if row.party == party]
    return Promises(
        party,
        "all",
        met=sum(row.met for row in own),
        breached=sum(row.breached for row in own),
        excused=sum(row.excused for row in own),
        running=sum(row.running for row in own),
    )


def _list_query(key: str, month: Month) -> str:
    if key == "visitors":
        return ""
    return f"created={month}" if key == "lead" else f"arrived={key}&month={month}"


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _rows(sql: str, facts: dict[str, datetime | Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return list(cursor.fetchall())
