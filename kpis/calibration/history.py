"""Reads the leads that teach into columns, and for which of them each rule of the terms in force holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from agreements.compile import Sql, compile_event_class, sql
from agreements.models import AgreementVersion
from agreements.terms.document import InterestRule, Terms
from agreements.terms.rules import holds
from agreements.terms.scoring import event_class
from kpis.calibration.columns import Column, Gatherer, Ints, Mask
from kpis.calibration.lift import HeldRule
from kpis.calibration.outcomes import OPEN, Outcomes
from leads.field_map import COUNTED_AT, EVENT_FIELDS, facts_of
from leads.models import Lead
from leads.scoring.fragments import run

CHUNK = 2000
# The stage is the outcome itself; when a lead came in tells of the past alone.
NOT_READ = frozenset({"stage", "created_at"})
FIELDS = (*("email", "name", "company", "title", "phone", "country", "source", "stage"), "created_at", "attributes")

EVENTS = """
SELECT e.lead_id, min({}) FROM leads_leadevent e WHERE {} GROUP BY e.lead_id
"""


@dataclass(frozen=True)
class History:
    """The leads in the order of their outcomes."""

    columns: list[Column]
    outcome: Ints
    rules: list[HeldRule]

    @property
    def decided(self) -> Mask:
        found: Mask = self.outcome != OPEN
        return found


def read_history(version: AgreementVersion, outcomes: Outcomes, at: datetime, report: Callable[[int], None]) -> History:
    """The fields as they are now; ``report`` hears how many leads are read."""
    terms = version.document
    gatherer, held = Gatherer(), {rule.id: bytearray() for rule in terms.qualification.fit.rules}
    for lead in _leads(outcomes.ids, report):
        facts = facts_of(lead)
        for rule in terms.qualification.fit.rules:
            held[rule.id].append(holds(rule.when, facts, at))
        gatherer.take(facts, NOT_READ)
    outcome = np.array(outcomes.ends, dtype=np.int32)
    return History(gatherer.columns(), outcome, _held_rules(terms, held, outcomes))


def _leads(ids: list[int], report: Callable[[int], None]) -> Iterator[Lead]:
    found = Lead.objects.select_related("account").only(*FIELDS, "account").order_by("pk")
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        # A lead that was merged away meanwhile still has its place.
        by_id = found.in_bulk(chunk)
        yield from (by_id.get(lead_id) or Lead() for lead_id in chunk)
        report(start + len(chunk))


def _held_rules(terms: Terms, held: dict[str, bytearray], outcomes: Outcomes) -> list[HeldRule]:
    """The decided leads alone: what the rules say of the others teaches nothing."""
    decided = np.array(outcomes.ends) != OPEN
    fit = [
        HeldRule(rule.id, rule.label, "fit", rule.points, np.frombuffer(held[rule.id], dtype=bool)[decided])
        for rule in terms.qualification.fit.rules
    ]
    interest = [
        HeldRule(rule.id, rule.label, "interest", rule.points, _has_event(rule, outcomes)[decided])
        for rule in terms.qualification.interest.rules
    ]
    return [*fit, *interest]


def _has_event(rule: InterestRule, outcomes: Outcomes) -> Mask:
    """Whether each lead did such a thing, for wins before they were won: what came later taught nobody."""
    where = compile_event_class(event_class(rule), EVENT_FIELDS)
    first = dict(run(sql(EVENTS, Sql(COUNTED_AT), where)))
    found = [
        lead_id in first and not (lead_id in outcomes.won_at and first[lead_id] > outcomes.won_at[lead_id])
        for lead_id in outcomes.ids
    ]
    return np.array(found, dtype=bool)
