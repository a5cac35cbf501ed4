"""Volumes at every step: back from a goal (rounded up at each step), forward from what enters (rounded down).

All arithmetic is exact, so a goal that divides evenly asks for no lead too many, and what `reverse` asks for is always
enough for `forward` to reach the goal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Literal

from agreements.terms.document import Goal
from agreements.terms.problems import Problem

Step = Literal["visitor", "lead", "mql", "sql", "customer"]
RateName = Literal["visitor_to_lead", "lead_to_mql", "mql_to_sql", "sql_to_customer"]
Volumes = dict[Step, int]

STEPS: tuple[Step, ...] = ("visitor", "lead", "mql", "sql", "customer")
RATES: tuple[RateName, ...] = ("visitor_to_lead", "lead_to_mql", "mql_to_sql", "sql_to_customer")
# Beyond this many visitors a scenario is a slip of the keyboard.
MOST = 10**12
LEVER_POINTS = Fraction(3, 100)


class FunnelInvalid(ValueError):
    """The scenario cannot be calculated; ``problems`` name each value that forbids it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{problem.path}: {problem.message}" for problem in problems))


@dataclass(frozen=True, slots=True)
class Rates:
    """Which share of one step reaches the next: over 0, at most 1."""

    visitor_to_lead: Fraction
    lead_to_mql: Fraction
    mql_to_sql: Fraction
    sql_to_customer: Fraction


@dataclass(frozen=True, slots=True)
class Ask:
    """A goal in money and what it takes: the average deal, Marketing's share of the money (0 to 1), the rates."""

    revenue: Fraction
    deal_amount: Fraction
    marketing_share: Fraction
    rates: Rates


@dataclass(frozen=True, slots=True)
class Lever:
    """What one rate, raised by some points, would save."""

    rate: RateName
    before: Fraction
    after: Fraction
    leads_saved: int


def exact(value: float | Decimal) -> Fraction:
    """The number as it is written: 0.1 is one tenth, not the double next to it."""
    return Fraction(str(value))


@dataclass(frozen=True, slots=True)
class Gain:
    """What one rate, raised by some points, would bring at the same volumes."""

    rate: RateName
    before: Fraction
    after: Fraction
    customers: int


def ask_of(goal: Goal) -> Ask | None:
    """What a goal of the terms asks for; None where it has no plan."""
    plan = goal.plan
    if plan is None:
        return None
    rates = Rates(*(exact(getattr(plan.rates, name)) for name in RATES))
    return Ask(exact(goal.amount), exact(plan.deal_amount), exact(plan.marketing_share), rates)


def reverse(ask: Ask) -> Volumes:
    """What Marketing's share of the goal needs at every step; raises FunnelInvalid."""
    problems = list(_problems(ask))
    if problems:
        raise FunnelInvalid(problems)
    needed = ceil(ask.revenue * ask.marketing_share / ask.deal_amount)
    volumes: Volumes = {"customer": needed}
    for step, name in zip(reversed(STEPS[:-1]), reversed(RATES), strict=True):
        needed = ceil(needed / getattr(ask.rates, name))
        volumes[step] = needed
    if needed > MOST:
        raise FunnelInvalid([Problem("revenue", "volume_beyond_reach", {"most": MOST})])
    return {step: volumes[step] for step in STEPS}


def deals_in_all(ask: Ask) -> int:
    """The deals of the whole goal, those that do not come from Marketing's leads among them."""
    return ceil(ask.revenue / ask.deal_amount)


def forward(rates: Rates, entering: int, at: Step = "visitor") -> Volumes:
    """Where so many at one step end: that step and all after it. Raises FunnelInvalid."""
    problems = list(_rate_problems(rates))
    if not 0 <= entering <= MOST:
        problems.append(Problem("volume", "volume_beyond_reach", {"most": MOST}))
    if problems:
        raise FunnelInvalid(problems)
    first = STEPS.index(at)
    volumes: Volumes = {at: entering}
    for step, name in zip(STEPS[first + 1 :], RATES[first:], strict=True):
        entering = floor(entering * getattr(rates, name))
        volumes[step] = entering
    return volumes


def levers(ask: Ask, points: Fraction = LEVER_POINTS) -> list[Lever]:
    """The rates behind the lead, each raised by the points (at most to 1) alone: which saves the most leads, first."""
    leads = reverse(ask)["lead"]
    found = []
    for name in RATES[1:]:
        before: Fraction = getattr(ask.rates, name)
        after = min(before + points, Fraction(1))
        better = replace(ask, rates=replace(ask.rates, **{name: after}))
        found.append(Lever(name, before, after, leads - reverse(better)["lead"]))
    return sorted(found, key=lambda lever: -lever.leads_saved)


def gains(rates: Rates, entering: int, at: Step = "visitor", points: Fraction = LEVER_POINTS) -> list[Gain]:
    """The rates behind the lead and from a step on, each raised by the points (at most to 1) alone: which brings the
    most customers, first."""
    customers = forward(rates, entering, at)["customer"]
    found = []
    for name in RATES[max(STEPS.index(at), 1) :]:
        before: Fraction = getattr(rates, name)
        after = min(before + points, Fraction(1))
        better = forward(replace(rates, **{name: after}), entering, at)["customer"]
        found.append(Gain(name, before, after, better - customers))
    return sorted(found, key=lambda gain: -gain.customers)


def _problems(ask: Ask) -> Iterator[Problem]:
    for name in ("revenue", "deal_amount"):
        if getattr(ask, name) <= 0:
            yield Problem(name, "amount_not_positive")
    if not 0 < ask.marketing_share <= 1:
        yield Problem("marketing_share", "share_out_of_range")
    yield from _rate_problems(ask.rates)


def _rate_problems(rates: Rates) -> Iterator[Problem]:
    for name in (field.name for field in fields(rates)):
        value = getattr(rates, name)
        if value <= 0:
            yield Problem(f"rates.{name}", "rate_zero")
        elif value > 1:
            yield Problem(f"rates.{name}", "rate_above_one")
