"""The goals page put together from the desk: the fields with what is known about each, tables, levers in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _

from agreements.sentences import problem_words
from agreements.sentences.smart import smart_goal
from agreements.sentences.values import money
from agreements.terms.funnel import RATES, STEPS, RateName, Step
from kpis.dashboard import leads_url
from kpis.goals.actuals import Rate
from kpis.goals.benchmarks import BANDS, SLIDER_MOST, Band
from kpis.goals.desk import Desk
from kpis.goals.drafting import planned_goal
from kpis.goals.measured import measured_methods
from kpis.goals.outcome import Outcome
from kpis.goals.scenario import Scenario, is_assumed, part_of_one, query_of

STEP_NAMES: dict[Step, Promise] = {
    "visitor": _("Visitors"),
    "lead": _("Leads"),
    "mql": _("MQLs"),
    "sql": _("SQLs"),
    "customer": _("Deals"),
}
BY_SALES = {"sql", "customer"}
RATE_NAMES: dict[RateName, Promise] = {
    "visitor_to_lead": _("Visitor to lead"),
    "lead_to_mql": _("Lead to MQL"),
    "mql_to_sql": _("MQL to SQL"),
    "sql_to_customer": _("SQL to customer"),
}
# The picture under a slider is this wide, in its own units.
TRACK = 1000


@dataclass(frozen=True)
class RateField:
    """A rate with what is known about it; places are on the slider's track."""

    name: RateName
    field: BoundField
    known: Rate
    # Narrows the lists to the agreement's own leads; "" where it governs all.
    of_agreement: str
    is_assumed: bool
    is_above_best: bool
    most: int
    bands: Sequence[Band]
    marks: list[tuple[int, int]]
    tick: int | None

    @property
    def value(self) -> Any:
        return self.field.value()

    @property
    def list_url(self) -> str:
        return leads_url(self.known.list_query + self.of_agreement)

    @property
    def reached_url(self) -> str:
        return leads_url(self.known.reached_query + self.of_agreement)


@dataclass(frozen=True)
class StepRow:
    """A step of the funnel: its volume, and the rate that leads to or from it (None beside the deals)."""

    step: Step
    name: str | Promise
    side: str
    volume: int | None
    rate: RateField | None


def page_context(desk: Desk) -> dict[str, Any]:
    """What the page shows beside the form itself."""
    rates = {name: _rate_field(desk, name) for name in RATES}
    context: dict[str, Any] = {
        "desk": desk,
        "agreement": desk.agreement,
        "version": desk.version,
        "form": desk.form,
        "direction": desk.form.sent.get("direction", "goal"),
        "steps": _steps(desk, rates),
        "deals": desk.known.deals,
        "deals_url": leads_url(desk.known.deals.list_query + _of_agreement(desk)),
        "selected": ",".join(f"#state-{name}" for name in _states(desk)),
        "currency": desk.form.sent.get("currency", ""),
        "digest": desk.digest,
        "outcome": desk.outcome,
        "scenario": desk.scenario,
    }
    if desk.scenario is not None and desk.outcome is not None:
        context |= _results(desk, desk.scenario, desk.outcome)
    return context


def _of_agreement(desk: Desk) -> str:
    return f"&agreement={desk.agreement.slug}" if desk.is_of_own_leads else ""


def _states(desk: Desk) -> list[str]:
    """The places beside the fields that a new calculation may change."""
    single = ("amount", "currency", "period", "start", "marketing_share", "deal", "entry", "volume")
    rest = ("minutes_per_touch", "hours_per_day", "team", "method", "form", "direction")
    return [*single, *RATES, *rest, *(f"step-{step}" for step in STEPS)]


def _rate_field(desk: Desk, name: RateName) -> RateField:
    known, typed = desk.known.rates[name], desk.form[name]
    value = part_of_one(getattr(desk.scenario, name)) if desk.scenario else None
    shown = [value, known.value, *(band.high for band in BANDS[name])]
    most = 100 if any(one is not None and one * 100 > SLIDER_MOST[name] for one in shown) else SLIDER_MOST[name]

    def place(share: float) -> int:
        return round(min(share * 100 / most, 1) * TRACK)

    return RateField(
        name=name,
        field=typed,
        known=known,
        of_agreement=_of_agreement(desk),
        is_assumed=is_assumed(name, desk.known),
        is_above_best=value is not None and known.best is not None and float(value) > known.best + 0.00005,
        most=most,
        bands=BANDS[name],
        marks=[(place(band.low), place(band.high) - place(band.low)) for band in BANDS[name]],
        tick=None if known.value is None or known.is_thin else place(known.value),
    )


def _steps(desk: Desk, rates: dict[RateName, RateField]) -> list[StepRow]:
    """From the deals back to the visitors, or the other way round."""
    volumes = desk.outcome.volumes if desk.outcome else {}
    rows = [
        StepRow(step, STEP_NAMES[step], "sales" if step in BY_SALES else "marketing", volumes.get(step), rate)
        for step, rate in zip(STEPS, [*rates.values(), None], strict=True)
    ]
    if desk.form.sent.get("direction") != "today":
        return rows[::-1]
    entering = [None, *rates.values()]
    return [StepRow(row.step, row.name, row.side, row.volume, rate) for row, rate in zip(rows, entering, strict=True)]


def _results(desk: Desk, scenario: Scenario, outcome: Outcome) -> dict[str, Any]:
    currency = scenario.currency
    cost, each = outcome.cost, outcome.cost_per_customer
    goal, goals = planned_goal(desk.terms, scenario, outcome)
    return {
        "query": query_of(scenario),
        "other_query": query_of(_turned(scenario)),
        "goal_text": money(float(scenario.amount), currency),
        "target_text": money(float(outcome.target), currency),
        "revenue_text": money(float(round(outcome.revenue)), currency),
        "as_goal_query": query_of(_as_goal(scenario, outcome)),
        "step_names": [STEP_NAMES[step] for step in STEPS if step in outcome.volumes],
        "months": _rows(outcome.months),
        "weeks": _rows(outcome.weeks),
        "methods": [(one, money(float(round(one.cost)), currency)) for one in outcome.methods],
        "measured": measured_methods(desk, scenario),
        "cost_text": "" if cost is None else money(float(round(cost)), currency),
        "each_text": "" if each is None else money(float(round(each)), currency),
        "return_share": None if not cost else float(outcome.revenue / cost),
        "minutes_per_lead": None if outcome.capacity is None else float(outcome.capacity.minutes_per_lead),
        "obstacles": [problem_words(problem) for problem in outcome.obstacles],
        "levers": _levers(outcome, currency),
        "worth": _worth(desk, outcome, currency),
        "first": outcome.months[0].starts_on,
        "last": outcome.months[-1].ends_on,
        "reached": float(outcome.reached),
        "smart": smart_goal(goal, goals) if scenario.direction == "goal" else None,
    }


def _turned(scenario: Scenario) -> Scenario:
    return replace(scenario, direction="today" if scenario.direction == "goal" else "goal")


def _as_goal(scenario: Scenario, outcome: Outcome) -> Scenario:
    """A goal that today's volumes would just reach."""
    whole = outcome.revenue / part_of_one(scenario.marketing_share)
    return replace(scenario, direction="goal", amount=max(Decimal(int(whole)), Decimal(1)))


def _rows(slices: Any) -> list[dict[str, Any]]:
    """Each month or week with what is owed in it and by its end, step by step."""
    return [
        {
            "slice": one,
            "cells": [(STEP_NAMES[step], one.volumes[step], one.due[step]) for step in STEPS if step in one.due],
        }
        for one in slices
    ]


def _levers(outcome: Outcome, currency: str) -> list[dict[str, Any]]:
    """Each rate, three points higher: the leads it saves with their cost, or the deals it brings."""
    each = outcome.cost / outcome.volumes["lead"] if outcome.cost and outcome.volumes.get("lead") else None
    saving = [
        {
            "name": RATE_NAMES[one.rate],
            "before": float(one.before),
            "after": float(one.after),
            "n": one.leads_saved,
            "money": money(float(round(one.leads_saved * each)), currency) if each else "",
        }
        for one in outcome.levers
    ]
    deal = outcome.revenue / outcome.volumes["customer"] if outcome.volumes["customer"] else None
    bringing = [
        {
            "name": RATE_NAMES[one.rate],
            "before": float(one.before),
            "after": float(one.after),
            "n": one.customers,
            "money": money(float(round(one.customers * deal)), currency) if deal else "",
        }
        for one in outcome.gains
    ]
    return saving + bringing


def _worth(desk: Desk, outcome: Outcome, currency: str) -> dict[str, Any] | None:
    worth = outcome.worth
    if worth is None:
        return None

    def shown(amount: Fraction) -> str:
        return money(float(round(amount)), currency)

    found = {kind.fit: kind for kind in desk.kinds}
    names = {"": text("without a score")}
    return {
        "worth": worth,
        "target": shown(worth.target),
        "planned": shown(worth.planned),
        "rows": [
            {
                "name": names.get(one.id) or text("Fit %(band)s") % {"band": one.id},
                "n": found[one.id].n,
                "won": found[one.id].won,
                "is_thin": found[one.id].is_thin,
                "share": float(one.share),
                "probability": float(one.probability),
                "deal": shown(one.deal_amount),
                "value": shown(one.value_per_mql),
            }
            for one in worth.segments
        ],
    }
