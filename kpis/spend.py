"""What sources of leads cost by month, and what a lead, an MQL and a customer of each came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from agreements.selectors import PLAIN_CURRENCY
from kpis.keeping import Report, keep_newest, read_currency, read_each, read_month, read_source
from kpis.models import Spend
from kpis.visitors import MAY_COUNT
from leads.intake import RowRejected
from leads.intake.rows import read_amount
from leads.months import Month
from slaportal.audit.services import record
from slaportal.web.refusals import RefusedRole

if TYPE_CHECKING:
    from slaportal.accounts.models import User

FIELDS = frozenset({"month", "source", "amount", "currency"})
KEY, SAID = ("month", "source"), ("amount", "currency")

# Leads that came in in the months, and leads that became MQL or customer in them, by the source of the lead.
COSTS_SQL = """
WITH paid AS (
    SELECT source, currency, sum(amount) AS amount FROM kpis_spend
    WHERE month >= %(first)s AND month <= %(last)s GROUP BY source, currency
), came AS (
    SELECT source, count(*) AS n FROM leads_lead
    WHERE created_at >= %(start)s AND created_at < %(end)s AND source IN (SELECT source FROM paid) GROUP BY source
), moved AS (
    SELECT l.source, count(DISTINCT l.id) FILTER (WHERE c.new = 'mql') AS mql,
           count(DISTINCT l.id) FILTER (WHERE c.new = 'customer') AS customer
    FROM leads_stagechange c JOIN leads_lead l ON l.id = c.lead_id
    WHERE c.new IN ('mql', 'customer') AND c.at >= %(start)s AND c.at < %(end)s
      AND l.source IN (SELECT source FROM paid)
    GROUP BY l.source
)
SELECT source, currency, amount, coalesce(n, 0), coalesce(mql, 0), coalesce(customer, 0)
FROM paid LEFT JOIN came USING (source) LEFT JOIN moved USING (source) ORDER BY amount DESC, source, currency
"""


@dataclass(frozen=True)
class Cost:
    """What was spent on a source, and what came of it: leads that came in, and leads that became MQL or customer."""

    source: str
    currency: str
    amount: Decimal
    leads: int
    mqls: int
    customers: int

    @property
    def per_lead(self) -> Decimal | None:
        return _each(self.amount, self.leads)

    @property
    def per_mql(self) -> Decimal | None:
        return _each(self.amount, self.mqls)

    @property
    def per_customer(self) -> Decimal | None:
        return _each(self.amount, self.customers)


def save_spend(rows: Sequence[Any], *, by: User, at: datetime, currency: str = PLAIN_CURRENCY) -> Report:
    """Set what sources cost, {"month", "source", "amount", "currency"}; bad rows are refused alone.

    ``currency`` is meant where a row names none. Refused: ``not_a_spender`` (role).
    """
    if by.role not in MAY_COUNT:
        raise RefusedRole("not_a_spender")

    def read(given: Mapping[str, Any]) -> Spend:
        source, amount = read_source(given.get("source")), read_amount(given.get("amount"), "amount")
        if not source:
            raise RowRejected("field_missing", "source")
        if amount is None:
            raise RowRejected("field_missing", "amount")
        return Spend(
            month=read_month(given.get("month"), "month", at),
            source=source,
            amount=amount,
            currency=read_currency(given.get("currency"), "currency") or currency,
            by=by,
            changed_at=at,
        )

    report = read_each(rows, read, FIELDS)
    with transaction.atomic():
        keep_newest(report, key=KEY, said=SAID)
        if report.created or report.updated:
            said = [f"{row.month:%Y-%m} {row.source} {row.amount} {row.currency}" for row in report.rows if row]
            facts = {"created": report.created, "updated": report.updated, "rows": said[:100]}
            record("spend.received", by=by, on="spend", at=at, **facts)
    return report


def costs(first: Month, last: Month) -> list[Cost]:
    """What each source cost from one month to another, both included, the dearest first. One query."""
    facts: dict[str, date | datetime] = {
        "first": first.first,
        "last": last.first,
        "start": first.starts_at,
        "end": last.ends_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(COSTS_SQL, facts)
        return [Cost(*row) for row in cursor.fetchall()]


def total_of(found: Sequence[Cost]) -> Cost | None:
    """All sources together; None without any, and where they were paid in several currencies."""
    if len({one.currency for one in found}) != 1:
        return None
    return Cost(
        source="",
        currency=found[0].currency,
        amount=sum((one.amount for one in found), Decimal(0)),
        leads=sum(one.leads for one in found),
        mqls=sum(one.mqls for one in found),
        customers=sum(one.customers for one in found),
    )


def _each(amount: Decimal, n: int) -> Decimal | None:
    return (amount / n).quantize(Decimal("0.01")) if n else None
