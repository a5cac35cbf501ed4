"""What an MQL has been worth by its fit: the share of handoffs that were won × the average deal, over the last year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from agreements.compile import Sql, sql
from agreements.terms.funnel import Ask, Segment, exact
from kpis.goals.actuals import YEAR_DAYS, Actuals, among, rows_of
from kpis.metrics import TOO_FEW


@dataclass(frozen=True)
class Kind:
    """The handoffs of one fit band ("" without a score) within a year that have had time to be won."""

    fit: str
    n: int
    won: int
    average: float | None

    @property
    def is_thin(self) -> bool:
        return self.n < TOO_FEW


KINDS_SQL = """
SELECT coalesce(left(packet->'score'->>'band', 1), ''), count(*),
       count(*) FILTER (WHERE outcome = 'won'), avg(amount) FILTER (WHERE outcome = 'won')
FROM leads_handoff WHERE opened_at >= {} AND opened_at < {} AND {} GROUP BY 1 ORDER BY 1
"""


def kinds(known: Actuals, at: datetime, own: Sql | None = None) -> list[Kind]:
    """The handoffs of the last year by fit band; the newest, which have not had time, left out. One query."""
    wait = sum(known.rates[name].wait_days for name in ("mql_to_sql", "sql_to_customer"))
    span = (at - timedelta(days=YEAR_DAYS), at - timedelta(days=wait))
    rows = rows_of(sql(KINDS_SQL, *span, among("lead_id", own)))
    return [Kind(fit, n, won, None if mean is None else float(mean)) for fit, n, won, mean in rows]


def segments(found: Sequence[Kind], ask: Ask) -> list[Segment]:
    """The mix of MQLs as it is, each kind with its own odds; one with too few cases takes the plan's.

    Nothing where there were too few handoffs to say what the mix is.
    """
    total = sum(kind.n for kind in found)
    if total < TOO_FEW:
        return []
    odds = ask.rates.mql_to_sql * ask.rates.sql_to_customer
    return [
        Segment(
            id=kind.fit,
            share=Fraction(kind.n, total),
            probability=odds if kind.is_thin else Fraction(kind.won, kind.n),
            deal_amount=ask.deal_amount if kind.is_thin or not kind.average else exact(round(kind.average, 2)),
        )
        for kind in found
    ]
