"""The scenario and its outcome as plain values for programs: the same figures as on the page, unrounded where exact."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from agreements.terms.funnel import RATES, STEPS, Capacity, Slice
from kpis.goals.desk import Desk
from kpis.goals.outcome import Outcome
from kpis.goals.scenario import Scenario


def figures(desk: Desk, scenario: Scenario, outcome: Outcome) -> dict[str, Any]:
    """All of a scenario; shares are parts of 1."""
    return {
        "agreement": desk.agreement.slug,
        "version": desk.version.number if desk.version else None,
        "direction": scenario.direction,
        "goal": _goal(scenario, outcome),
        "deal_amount": scenario.deal,
        "marketing_share": _part(scenario.marketing_share),
        "rates": {name: _rate(desk, scenario, name) for name in RATES},
        "deals_in_all": outcome.deals_in_all,
        "volumes": dict(outcome.volumes),
        "revenue": _money(outcome.revenue),
        "target": _money(outcome.target),
        "working_days": outcome.working_days,
        "months": [_slice(one) for one in outcome.months],
        "weeks": [_slice(one) for one in outcome.weeks],
        "mqls_per_month": outcome.mqls_per_month,
        "teams": [
            {
                "name": one.name,
                "mqls": one.mqls,
                "sqls": one.sqls,
                "deals": one.deals,
                "capacity": _capacity(one.capacity),
            }
            for one in outcome.teams
        ],
        "methods": [{"name": one.name, "leads": one.leads, "cost": _money(one.cost)} for one in outcome.methods],
        "cost": None if outcome.cost is None else _money(outcome.cost),
        "capacity": _capacity(outcome.capacity),
        "levers": [
            {"rate": one.rate, "before": float(one.before), "after": float(one.after), "leads_saved": one.leads_saved}
            for one in outcome.levers
        ],
        "gains": [
            {"rate": one.rate, "before": float(one.before), "after": float(one.after), "customers": one.customers}
            for one in outcome.gains
        ],
        "value": _value(outcome),
        "actual_per_month": {
            step: None if n is None else float(n) for step, n in desk.known.per_month.items() if step in STEPS
        },
    }


def _goal(scenario: Scenario, outcome: Outcome) -> dict[str, Any]:
    return {
        "id": scenario.goal or None,
        "amount": scenario.amount,
        "currency": scenario.currency,
        "period": scenario.period,
        "starts_on": scenario.starts_on,
        "ends_on": outcome.months[-1].ends_on,
    }


def _rate(desk: Desk, scenario: Scenario, name: Any) -> dict[str, Any]:
    known = desk.known.rates[name]
    return {
        "value": _part(getattr(scenario, name)),
        "actual": known.value,
        "n": known.n,
        "reached": known.reached,
        "since": known.since,
        "until": known.until,
        "best": known.best,
    }


def _slice(one: Slice) -> dict[str, Any]:
    return {
        "starts_on": one.starts_on,
        "ends_on": one.ends_on,
        "working_days": one.working_days,
        "volumes": dict(one.volumes),
        "due": dict(one.due),
    }


def _capacity(found: Capacity | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "minutes_per_lead": float(found.minutes_per_lead),
        "leads_per_rep": found.leads_per_rep,
        "open_per_rep": found.open_per_rep,
        "reps": found.reps,
        "workable": found.workable,
        "asked": found.asked,
        "reps_needed": found.reps_needed,
        "is_enough": found.is_enough,
    }


def _value(outcome: Outcome) -> dict[str, Any] | None:
    worth = outcome.worth
    if worth is None:
        return None
    return {
        "target": _money(worth.target),
        "planned": _money(worth.planned),
        "mqls_needed": worth.mqls_needed,
        "segments": [
            {
                "fit": one.id,
                "share": float(one.share),
                "probability": float(one.probability),
                "deal_amount": _money(one.deal_amount),
                "value_per_mql": _money(one.value_per_mql),
            }
            for one in worth.segments
        ],
    }


def _part(percent: Any) -> float:
    return float(percent / 100)


def _money(amount: Fraction) -> float:
    return float(round(amount, 2))
