"""What a scenario comes to: volumes, who owes what by when, cost, levers, capacity, value beside the count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from agreements.terms.calendar import WorkCalendar
from agreements.terms.document import Terms
from agreements.terms.funnel import (
    Capacity,
    FollowUp,
    FunnelInvalid,
    Gain,
    Lever,
    Segment,
    Slice,
    Volumes,
    capacity,
    deals_in_all,
    exact,
    forward,
    gains,
    levers,
    mqls_for_value,
    period_end,
    reverse,
    split,
    spread,
    value_of,
)
from agreements.terms.problems import Problem
from kpis.goals.scenario import Scenario, part_of_one


@dataclass(frozen=True)
class TeamLoad:
    """A team's part of the MQLs and of what follows from them, and whether its reps can work it."""

    name: str
    mqls: int
    sqls: int
    deals: int
    capacity: Capacity | None


@dataclass(frozen=True)
class MethodCost:
    """A method's part of the leads, and what they cost."""

    name: str
    leads: int
    cost: Fraction


@dataclass(frozen=True)
class Worth:
    """The value that Marketing owes beside the count: what the planned MQLs of today's mix are worth."""

    target: Fraction
    segments: Sequence[Segment]
    planned: Fraction
    mqls_needed: int | None

    @property
    def is_reached(self) -> bool:
        return self.planned >= self.target


@dataclass(frozen=True)
class Outcome:
    """The figures of a scenario over its period; ``months`` and ``weeks`` say what is owed by when."""

    volumes: Volumes
    revenue: Fraction
    target: Fraction
    deals_in_all: int
    months: list[Slice]
    weeks: list[Slice]
    working_days: int
    teams: list[TeamLoad]
    methods: list[MethodCost]
    levers: list[Lever]
    gains: list[Gain]
    capacity: Capacity | None
    obstacles: list[Problem]
    worth: Worth | None

    @property
    def cost(self) -> Fraction | None:
        return sum((method.cost for method in self.methods), Fraction(0)) if self.methods else None

    @property
    def cost_per_customer(self) -> Fraction | None:
        customers = self.volumes["customer"]
        return self.cost / customers if self.cost is not None and customers else None

    @property
    def reached(self) -> Fraction:
        """The part of Marketing's share of the goal that the volumes end at."""
        return self.revenue / self.target

    @property
    def mqls_per_month(self) -> int:
        """What the promise of each month has to be."""
        return -(-self.volumes["mql"] // len(self.months))


def outcome_of(scenario: Scenario, terms: Terms, calendar: WorkCalendar, segments: Sequence[Segment] = ()) -> Outcome:
    """Calculate a scenario by the cadence and the working time of the terms; raises FunnelInvalid."""
    ask = scenario.ask
    deals = deals_in_all(ask)
    is_from_goal = scenario.direction == "goal"
    entering = scenario.volume * scenario.n_months
    volumes = reverse(ask) if is_from_goal else forward(ask.rates, entering, scenario.entry)
    last = period_end(scenario.starts_on, scenario.period)
    months = spread(volumes, calendar, scenario.starts_on, last, "month")
    working_days = sum(month.working_days for month in months)
    checked, obstacles = _capacity(scenario, terms, working_days, volumes["mql"])
    target = ask.revenue * ask.marketing_share
    return Outcome(
        volumes=volumes,
        revenue=volumes["customer"] * ask.deal_amount,
        target=target,
        deals_in_all=deals,
        months=months,
        weeks=spread(volumes, calendar, scenario.starts_on, last, "week"),
        working_days=working_days,
        teams=_teams(scenario, terms, volumes, working_days),
        methods=_methods(scenario, volumes),
        levers=levers(ask) if is_from_goal else [],
        gains=[] if is_from_goal else gains(ask.rates, entering, scenario.entry),
        capacity=checked,
        obstacles=obstacles,
        worth=_worth(target, volumes["mql"], segments),
    )


def _follow_up(scenario: Scenario, terms: Terms) -> FollowUp:
    return FollowUp(
        touches_per_lead=len(terms.cadence.steps),
        minutes_per_touch=exact(scenario.minutes_per_touch),
        hours_per_working_day=exact(scenario.hours_per_day),
        duration_working_days=terms.cadence.duration_working_days,
    )


def _capacity(scenario: Scenario, terms: Terms, days: int, mqls: int) -> tuple[Capacity | None, list[Problem]]:
    """All teams together; without reps there is nothing to check."""
    reps = sum(team.reps for team in scenario.teams)
    if not scenario.teams:
        return None, []
    try:
        return capacity(_follow_up(scenario, terms), working_days=days, reps=reps, asked=mqls), []
    except FunnelInvalid as invalid:
        return None, invalid.problems


def _teams(scenario: Scenario, terms: Terms, volumes: Volumes, days: int) -> list[TeamLoad]:
    if not scenario.teams:
        return []
    shares = [part_of_one(team.share) for team in scenario.teams]
    parts = [split(volumes[step], shares) for step in ("mql", "sql", "customer")]
    follow_up = _follow_up(scenario, terms)
    return [
        TeamLoad(
            team.name,
            mqls,
            sqls,
            deals,
            capacity(follow_up, working_days=days, reps=team.reps, asked=mqls) if follow_up.touches_per_lead else None,
        )
        for team, mqls, sqls, deals in zip(scenario.teams, *parts, strict=True)
    ]


def _methods(scenario: Scenario, volumes: Volumes) -> list[MethodCost]:
    """Methods bring leads; a scenario that begins behind the lead has none."""
    if not scenario.methods or "lead" not in volumes:
        return []
    parts = split(volumes["lead"], [part_of_one(method.share) for method in scenario.methods])
    return [
        MethodCost(method.name, leads, leads * exact(method.cost))
        for method, leads in zip(scenario.methods, parts, strict=True)
    ]


def _worth(target: Fraction, mqls: int, segments: Sequence[Segment]) -> Worth | None:
    if not segments:
        return None
    return Worth(target, segments, value_of(mqls, segments), mqls_for_value(target, segments))
