"""How many leads the reps can work by the cadence, against how many a plan hands them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from agreements.terms.funnel.steps import FunnelInvalid
from agreements.terms.problems import Problem


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What following up one lead takes by the cadence, and the hours that a rep gives to it on a working day."""

    touches_per_lead: int
    minutes_per_touch: Fraction
    hours_per_working_day: Fraction
    duration_working_days: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """``workable``: leads that all reps together can follow up in the period; ``asked``: what the plan hands them.

    ``open_per_rep``: the leads that a fully busy rep has in the cadence at once. ``load``: asked ÷ workable.
    """

    minutes_per_lead: Fraction
    leads_per_rep: int
    open_per_rep: int
    reps: int
    workable: int
    asked: int
    reps_needed: int

    @property
    def load(self) -> Fraction | None:
        return Fraction(self.asked, self.workable) if self.workable else None

    @property
    def is_enough(self) -> bool:
        return self.asked <= self.workable


def capacity(follow_up: FollowUp, *, working_days: int, reps: int, asked: int) -> Capacity:
    """What the reps can work in so many working days; raises FunnelInvalid where a lead takes no time at all."""
    problems = list(_problems(follow_up, working_days))
    if problems:
        raise FunnelInvalid(problems)
    minutes_per_lead = follow_up.touches_per_lead * follow_up.minutes_per_touch
    leads_per_day = follow_up.hours_per_working_day * 60 / minutes_per_lead
    leads_per_rep = leads_per_day * working_days
    return Capacity(
        minutes_per_lead=minutes_per_lead,
        leads_per_rep=floor(leads_per_rep),
        open_per_rep=ceil(leads_per_day * follow_up.duration_working_days),
        reps=reps,
        workable=floor(leads_per_rep * reps),
        asked=asked,
        reps_needed=ceil(asked / leads_per_rep),
    )


def _problems(follow_up: FollowUp, working_days: int) -> Iterator[Problem]:
    if follow_up.touches_per_lead < 1:
        yield Problem("cadence.steps", "no_cadence")
    if follow_up.minutes_per_touch <= 0:
        yield Problem("minutes_per_touch", "time_not_positive")
    if follow_up.hours_per_working_day <= 0:
        yield Problem("hours_per_working_day", "time_not_positive")
    if working_days < 1:
        yield Problem("period", "no_working_days")
