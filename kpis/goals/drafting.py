"""Puts a scenario into the draft: the goal with its plan, Marketing's monthly promise, and the goal counted in MQLs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.text import slugify
from django.utils.translation import gettext as _

from agreements.models import Agreement, AgreementVersion
from agreements.terms.document import Goal, Terms
from agreements.terms.funnel import RATES
from agreements.terms.funnel.shares import MONTHS
from kpis.drafting import Raw, free_id, ids_in, write_draft
from kpis.goals.outcome import Outcome
from kpis.goals.scenario import Scenario

if TYPE_CHECKING:
    from decimal import Decimal

    from slaportal.accounts.models import User

# A goal that is measured by these counts what the plan asks Marketing for.
IN_MQLS = {"MQL", "MQLS"}


def put_in_draft(
    *,
    agreement: Agreement,
    base: Terms,
    scenario: Scenario,
    outcome: Outcome,
    seen_digest: str,
    by: User | None,
    at: datetime,
) -> AgreementVersion:
    """Write the scenario into the open draft, or start one with it. Twice changes nothing more.

    ``seen_digest``: the draft that the reader saw, "" where there was none; ``base``: the terms that the page showed.
    Refused: ``draft_changed`` (somebody else was faster, or opened a draft), ``version_is_signed``,
    ``not_an_editor``. Raises TermsInvalid.
    """
    return write_draft(
        agreement=agreement,
        base=base,
        planned=lambda terms: planned_terms(terms, scenario, outcome),
        seen_digest=seen_digest,
        by=by,
        at=at,
    )


def planned_terms(base: Terms, scenario: Scenario, outcome: Outcome) -> Raw:
    """The document with the scenario in it, not yet checked."""
    document = base.as_dict()
    taken = ids_in(document)
    place = _place_of_goal(base, scenario)
    if place is None:
        document["goals"].append(_new_goal(taken))
        place = len(document["goals"]) - 1
    goal = document["goals"][place]
    goal |= {
        "amount": _number(scenario.amount),
        "currency": scenario.currency,
        "period": scenario.period,
        "starts_on": scenario.starts_on.isoformat(),
        "plan": _plan(scenario, taken, goal.get("plan") or {}),
    }
    _promise(document, outcome.mqls_per_month, taken)
    for other in document["goals"]:
        if other["metric"].strip().upper() in IN_MQLS and not other.get("currency"):
            other["amount"] = outcome.mqls_per_month * MONTHS[other["period"]]
    return document


def planned_goal(base: Terms, scenario: Scenario, outcome: Outcome) -> tuple[Goal, tuple[Goal, ...]]:
    """The goal as the draft would have it, and all goals beside it."""
    goals = Terms.stored({"goals": planned_terms(base, scenario, outcome)["goals"]}).goals
    place = _place_of_goal(base, scenario)
    return goals[-1 if place is None else place], goals


def goal_in_money(terms: Terms, asked: str = "") -> Goal | None:
    """The goal that a scenario is about: the asked one if it is in money, else the first that is."""
    in_money = [goal for goal in terms.goals if goal.currency]
    return next((goal for goal in in_money if goal.id == asked), in_money[0] if in_money else None)


def _place_of_goal(terms: Terms, scenario: Scenario) -> int | None:
    goal = goal_in_money(terms, scenario.goal)
    return terms.goals.index(goal) if goal else None


def _new_goal(taken: set[str]) -> Raw:
    name = free_id("goal-new-revenue", taken)
    return {"id": name, "title": _("New revenue from shared leads"), "metric": "revenue", "text": ""}


def _plan(scenario: Scenario, taken: set[str], before: Raw) -> Raw:
    ids = {part["name"]: part["id"] for part in [*before.get("teams", ()), *before.get("methods", ())]}

    def named(kind: str, name: str) -> Raw:
        known = ids.pop(name, None)
        return {"id": known or free_id(f"{kind}-{slugify(name)[:40]}".strip("-"), taken), "name": name}

    return {
        "deal_amount": _number(scenario.deal),
        "marketing_share": _share(scenario.marketing_share),
        "rates": {name: _share(getattr(scenario, name)) for name in RATES},
        "teams": [
            named("team", team.name) | {"share": _share(team.share), "reps": team.reps} for team in scenario.teams
        ],
        "methods": [
            named("method", method.name) | {"share": _share(method.share), "cost_per_lead": _number(method.cost)}
            for method in scenario.methods
        ],
        "follow_up": {
            "minutes_per_touch": _number(scenario.minutes_per_touch),
            "hours_per_working_day": _number(scenario.hours_per_day),
        },
    }


def _promise(document: Raw, per_month: int, taken: set[str]) -> None:
    """Marketing's promise of the month becomes what the plan asks for; it is added where there was none."""
    for promise in document["commitments"]:
        if promise["kind"] == "mql_volume":
            promise["per_month"] = per_month
            return
    new = {"id": free_id("promise-volume", taken), "party": "marketing", "kind": "mql_volume", "per_month": per_month}
    document["commitments"].append(new | {"label": _("Qualified leads each month")})


def _number(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


def _share(percent: Decimal) -> int | float:
    return _number(percent / 100)
