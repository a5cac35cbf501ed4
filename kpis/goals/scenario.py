"""A scenario as it stands in an address: read with every mistake named, and written back as short as it can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal
from urllib.parse import urlencode

from django.http import QueryDict

from agreements.terms.document import Goal
from agreements.terms.funnel import RATES, STEPS, Ask, RateName, Rates, Step, exact, split
from agreements.terms.funnel.shares import MONTHS
from kpis.goals.actuals import Actuals
from kpis.goals.benchmarks import ASSUMED, ASSUMED_DEAL
from leads.months import Month

Direction = Literal["goal", "today"]
Period = Literal["month", "quarter", "year"]
ROWS = {"team": ("team", "team_share", "team_reps"), "method": ("method", "method_share", "method_cost")}
# A touch and what a rep writes about it; the rest of the day belongs to meetings and open deals.
ASSUMED_MINUTES, ASSUMED_HOURS = "6", "3"
Values = dict[str, str]


@dataclass(frozen=True)
class TeamPart:
    """A team, its share of the MQLs in per cent, and its reps."""

    name: str
    share: Decimal
    reps: int


@dataclass(frozen=True)
class MethodPart:
    """A way to bring leads, its share of them in per cent, and what one costs."""

    name: str
    share: Decimal
    cost: Decimal


@dataclass(frozen=True)
class Scenario:
    """Everything a reader may change; money in ``currency``, rates and shares in per cent as they were typed."""

    goal: str
    direction: Direction
    amount: Decimal
    currency: str
    period: Period
    start: Month
    deal: Decimal
    marketing_share: Decimal
    visitor_to_lead: Decimal
    lead_to_mql: Decimal
    mql_to_sql: Decimal
    sql_to_customer: Decimal
    minutes_per_touch: Decimal
    hours_per_day: Decimal
    entry: Step
    volume: int
    teams: tuple[TeamPart, ...]
    methods: tuple[MethodPart, ...]

    @property
    def ask(self) -> Ask:
        """What the core calculates with."""
        rates = Rates(*(part_of_one(getattr(self, name)) for name in RATES))
        return Ask(exact(self.amount), exact(self.deal), part_of_one(self.marketing_share), rates)

    @property
    def starts_on(self) -> date:
        return self.start.first

    @property
    def n_months(self) -> int:
        return MONTHS[self.period]


def part_of_one(percent: Decimal) -> Fraction:
    """60 (per cent) as 3/5."""
    return exact(percent) / 100


def percent_text(share: float | Decimal | None) -> str:
    """0.6 as "60": a share as the fields show it, to hundredths of a per cent."""
    return "" if share is None else plain(round(Decimal(str(share)) * 100, 2))


def plain(value: float | Decimal) -> str:
    """A number without exponent and needless zeros, as an address and a number field take it."""
    text = f"{Decimal(str(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def starting_values(goal: Goal | None, known: Actuals, this: Month, teams: Mapping[str, int]) -> QueryDict:
    """What the fields hold before anybody changed them: the plan of the terms, else what was measured, else a guess.

    ``teams``: the sales teams by name with their reps.
    """
    values = _measured_values(known, this) | (_goal_values(goal, this) if goal else {})
    rows: dict[str, list[str]] = {"team": list(teams), "team_reps": [str(reps) for reps in teams.values()]}
    rows["team_share"] = _equal_parts(list(teams.values()))
    if goal and goal.plan:
        values |= _plan_values(goal)
        rows = _plan_rows(goal) | ({} if goal.plan.teams or not teams else rows)
    query = QueryDict(mutable=True)
    query.update(values)
    for name, cells in rows.items():
        query.setlist(name, cells)
    return query


def query_of(scenario: Scenario) -> str:
    """The scenario as the short query of a link."""
    pairs = [
        (name, plain(value) if isinstance(value, Decimal) else str(value))
        for name, value in vars(scenario).items()
        if name not in {"teams", "methods"}
    ]
    for team in scenario.teams:
        pairs += [("team", team.name), ("team_share", plain(team.share)), ("team_reps", str(team.reps))]
    for method in scenario.methods:
        pairs += [("method", method.name), ("method_share", plain(method.share)), ("method_cost", plain(method.cost))]
    return urlencode(pairs)


def is_assumed(name: RateName, known: Actuals) -> bool:
    """Whether there are too few cases to say what this rate is."""
    return known.rates[name].is_thin or not known.rates[name].reached


def _measured_values(known: Actuals, this: Month) -> Values:
    entry: Step = next((step for step in STEPS[:3] if known.per_month[step]), "lead")
    volume = known.per_month[entry] or Decimal(100)
    rates: Values = {
        name: ASSUMED[name] if is_assumed(name, known) else percent_text(known.rates[name].value) for name in RATES
    }
    return {
        "goal": "",
        "direction": "goal",
        "amount": "100000",
        "currency": "EUR",
        "period": "quarter",
        "start": str(_next_start("quarter", this)),
        "deal": plain(round(known.deals.average, 0)) if known.deals.average else ASSUMED_DEAL,
        "marketing_share": "100",
        **rates,
        "minutes_per_touch": ASSUMED_MINUTES,
        "hours_per_day": ASSUMED_HOURS,
        "entry": entry,
        "volume": plain(round(volume, 0)),
    }


def _next_start(period: Period, this: Month) -> Month:
    """The first month of the next whole period: a plan is for what is still to come."""
    month = this.next
    while (month.first.month - 1) % MONTHS[period]:
        month = month.next
    return month


def _goal_values(goal: Goal, this: Month) -> Values:
    values = {"goal": goal.id, "amount": plain(goal.amount), "period": str(goal.period)}
    values["start"] = str(_next_start(goal.period, this))
    if goal.currency:
        values["currency"] = goal.currency
    if goal.starts_on:
        values["start"] = goal.starts_on[:7]
    return values


def _plan_values(goal: Goal) -> Values:
    plan = goal.plan
    if plan is None:
        return {}
    values = {"deal": plain(plan.deal_amount), "marketing_share": percent_text(plan.marketing_share)}
    values |= {name: percent_text(getattr(plan.rates, name)) for name in RATES}
    if plan.follow_up:
        values["minutes_per_touch"] = plain(plan.follow_up.minutes_per_touch)
        values["hours_per_day"] = plain(plan.follow_up.hours_per_working_day)
    return values


def _plan_rows(goal: Goal) -> dict[str, list[str]]:
    plan: Any = goal.plan
    return {
        "team": [team.name for team in plan.teams],
        "team_share": [percent_text(team.share) for team in plan.teams],
        "team_reps": [str(team.reps) for team in plan.teams],
        "method": [method.name for method in plan.methods],
        "method_share": [percent_text(method.share) for method in plan.methods],
        "method_cost": [plain(method.cost_per_lead) for method in plan.methods],
    }


def _equal_parts(weights: list[int]) -> list[str]:
    """Shares in whole per cent by weight (equal ones where nothing weighs) that add up to 100."""
    total = sum(weights)
    shares = [Fraction(weight, total) if total else Fraction(1, len(weights)) for weight in weights]
    return [str(part) for part in split(100, shares)] if shares else []
