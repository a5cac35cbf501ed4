"""The month's figures, each with its n and the address of the list behind it.

Period view: a figure counts what happened in the month, whichever month the lead came in. Formulas: conversion =
arrivals in a stage ÷ arrivals in the stage before, both in the month; kept = met ÷ (met + breached) of the promises
that fell due in the month, excused and still running ones left out.

Of one agreement: the leads that its terms score, and what happened under any of its versions. Visitors have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from agreements.models import Agreement
from kpis.visitors import BY_MONTH
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


UNDER = """(%(agreement)s::bigint IS NULL
    OR version_id IN (SELECT id FROM agreements_agreementversion WHERE agreement_id = %(agreement)s))"""

FUNNEL_SQL = f"""
SELECT step, period, count(DISTINCT lead_id) FROM (
    SELECT 'lead' AS step, created_at >= %(start)s AS period, id AS lead_id
    FROM leads_lead WHERE created_at >= %(before)s AND created_at < %(end)s
        AND (%(agreement)s::bigint IS NULL OR id IN (SELECT lead_id FROM leads_leadscore WHERE {UNDER}))
    UNION ALL
    SELECT new, at >= %(start)s, lead_id
    FROM leads_stagechange
    WHERE new IN ('mql', 'sql', 'customer') AND at >= %(before)s AND at < %(end)s AND {UNDER}
) arrivals GROUP BY step, period
UNION ALL
SELECT 'visitors', month = %(first)s, n
FROM ({BY_MONTH}) counted WHERE month IN (%(first)s, %(since)s) AND %(agreement)s::bigint IS NULL
"""  # noqa: S608 - our own words


def funnel(month: Month, agreement: Agreement | None = None) -> list[Step]:
    """Visitors → leads → MQL → SQL → customers in the month, with the month before beside it. One query."""
    facts = {
        "start": month.starts_at,
        "end": month.ends_at,
        "before": month.previous.starts_at,
        "first": month.first,
        "since": month.previous.first,
        "agreement": agreement and agreement.pk,
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
                list_query=_list_query(key, month, agreement),
            )
        )
    return steps


RESPONSE_SQL = f"""
SELECT count(*), count(response_seconds),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY response_seconds),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY response_seconds),
       avg(n_attempts), avg(n_calls)
FROM leads_handoff WHERE opened_at >= %(start)s AND opened_at < %(end)s AND outcome <> 'merged' AND {UNDER}
"""  # noqa: S608 - our own words


def response(month: Month, agreement: Agreement | None = None) -> Response:
    """How fast and how often Sales tried the leads handed over in the month. One query."""
    row = _rows(RESPONSE_SQL, _span(month, agreement))[0]
    n, answered, median, p90, attempts, calls = row
    return Response(n, answered, median, p90, _number(attempts), _number(calls))


SPREAD_SQL = f"""
SELECT width_bucket(response_seconds, ARRAY[900, 1800, 3600, 7200, 14400]) AS bucket, count(*)
FROM leads_handoff
WHERE opened_at >= %(start)s AND opened_at < %(end)s AND response_seconds IS NOT NULL AND {UNDER} GROUP BY 1
"""  # noqa: S608 - our own words


def response_spread(month: Month, agreement: Agreement | None = None) -> list[int]:
    """Handoffs by working time to the first attempt: under ¼ h, ½ h, 1 h, 2 h, 4 h, and longer. One query."""
    buckets = dict(_rows(SPREAD_SQL, _span(month, agreement)))
    return [buckets.get(place, 0) for place in range(6)]


PROMISES_SQL = f"""
SELECT party, kind,
       count(*) FILTER (WHERE breached_at IS NULL AND met_at IS NOT NULL AND excused_at IS NULL),
       count(*) FILTER (WHERE breached_at IS NOT NULL AND excused_at IS NULL),
       count(*) FILTER (WHERE excused_at IS NOT NULL),
       count(*) FILTER (WHERE met_at IS NULL AND breached_at IS NULL AND excused_at IS NULL AND closed_at IS NULL)
FROM leads_commitment WHERE due_at >= %(start)s AND due_at < %(end)s AND {UNDER}
GROUP BY party, kind ORDER BY party, kind
"""  # noqa: S608 - our own words


def promises(month: Month, agreement: Agreement | None = None) -> list[Promises]:
    """The promises of both teams that fell due in the month, by kind, in the same layout for both. One query."""
    rows = _rows(PROMISES_SQL, _span(month, agreement))
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


def _list_query(key: str, month: Month, agreement: Agreement | None) -> str:
    if key == "visitors":
        return ""
    if key == "lead":
        return f"created={month}" + (f"&agreement={agreement.slug}" if agreement else "")
    return f"arrived={key}&month={month}" + under(agreement)


def under(agreement: Agreement | None) -> str:
    """What asks the list for what happened under one agreement."""
    return f"&under={agreement.slug}" if agreement else ""


def _span(month: Month, agreement: Agreement | None) -> dict[str, Any]:
    return {"start": month.starts_at, "end": month.ends_at, "agreement": agreement and agreement.pk}


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _rows(sql: str, facts: dict[str, datetime | Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return list(cursor.fetchall())
