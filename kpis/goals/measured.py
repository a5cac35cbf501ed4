"""The ways to bring leads as they are: sources with costs, offered to the plan in place of typed-in methods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from agreements.sentences.values import money
from kpis.goals.desk import Desk
from kpis.goals.scenario import MethodPart, Scenario, query_of
from kpis.spend import Cost, costs
from leads.months import Month

MONTHS_BACK = 3


@dataclass(frozen=True)
class Measured:
    """What a lead of each source cost in the last whole months, and the address of the plan with these methods."""

    rows: list[tuple[Cost, str]]
    first: Month
    last: Month
    query: str


def measured_methods(desk: Desk, scenario: Scenario) -> Measured | None:
    """The sources with leads, and costs in the plan's currency, in the last three whole months; None without any."""
    last = Month.of(desk.at, desk.terms.calendar.timezone).previous
    first = last
    for _step in range(MONTHS_BACK - 1):
        first = first.previous
    found = [one for one in costs(first, last) if one.leads and one.currency == scenario.currency]
    if not found:
        return None
    rows = [(one, money(float(one.per_lead or 0), one.currency)) for one in found]
    return Measured(rows, first, last, query_of(replace(scenario, methods=_methods(found))))


def _methods(found: list[Cost]) -> tuple[MethodPart, ...]:
    """Each source with its share of the leads in per cent; the largest takes what rounding leaves."""
    found = sorted(found, key=lambda one: one.leads)
    total = sum(one.leads for one in found)
    shares = [max(Decimal("0.01"), (Decimal(100 * one.leads) / total).quantize(Decimal("0.01"))) for one in found]
    shares[-1] = Decimal(100) - sum(shares[:-1], Decimal(0))
    parts = zip(found, shares, strict=True)
    return tuple(MethodPart(one.source, share, one.per_lead or Decimal(0)) for one, share in parts)[::-1]
