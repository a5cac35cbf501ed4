"""How many of the leads that are there a rule matches: one statement, stopped if it takes too long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agreements.compile import Sql, sql
from agreements.terms.rules import Rule
from leads.rules.asking import DAYS, Asked, matching_leads
from leads.rules.quick import TooSlow, ask
from slaportal.web.refusals import Refused

MOST_MS = 1500

COUNT = """
SELECT count(*), count(*) FILTER (WHERE is_won), {},
    (SELECT count(*) FROM leads_lead), (SELECT count(*) FROM leads_lead WHERE stage = 'customer')
FROM ({}) matching
"""


@dataclass(frozen=True)
class Matches:
    """Leads that match, of all; customers among both; of an interest rule its events, and in how many days."""

    leads: int
    of_leads: int
    customers: int
    of_customers: int
    events: int | None = None
    days: int | None = None

    @property
    def share(self) -> float | None:
        return self.leads / self.of_leads if self.of_leads else None


def count_matches(rule: Rule, scope: Asked, at: datetime, event: str = "") -> Matches:
    """Refused: ``rule_too_slow``, ``rule_without_event``, ``rule_without_scores``."""
    is_event = scope == "event"
    n_events = Sql("coalesce(sum(n), 0)::bigint" if is_event else "NULL::bigint")
    try:
        [(leads, customers, events, of_leads, of_customers)] = ask(
            sql(COUNT, n_events, matching_leads(rule, scope, at, event)), most_ms=MOST_MS
        )
    except TooSlow as slow:
        raise Refused("rule_too_slow") from slow
    return Matches(leads, of_leads, customers, of_customers, events, DAYS if is_event else None)
