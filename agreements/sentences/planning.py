"""A goal's plan in sentences: the agreed rates, what they ask for, and who takes which share of it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from django.utils.safestring import SafeString
from django.utils.translation import gettext as text

from agreements.sentences.values import PERIODS, money, say
from agreements.terms.document import Goal, Plan
from agreements.terms.funnel import FunnelInvalid, Volumes, ask_of, exact, reverse, split
from slaportal.web.formats import number_words, percent_words


def plan_lines(goal: Goal) -> Iterator[SafeString | str]:
    """The lines under a goal that has a plan; none where it has not."""
    ask, plan = ask_of(goal), goal.plan
    if ask is None or plan is None or goal.currency is None:
        return
    yield say(
        text("{share} of it comes from Marketing's leads; a deal brings {deal} on average."),
        share=_percent(plan.marketing_share),
        deal=money(plan.deal_amount, goal.currency),
    )
    yield say(
        text(
            "Of the visitors {lead} become leads, of the leads {mql} MQLs, of the MQLs {sql} SQLs, "
            "and of the SQLs {customer} customers."
        ),
        lead=_percent(plan.rates.visitor_to_lead),
        mql=_percent(plan.rates.lead_to_mql),
        sql=_percent(plan.rates.mql_to_sql),
        customer=_percent(plan.rates.sql_to_customer),
    )
    try:
        volumes = reverse(ask)
    except FunnelInvalid:
        # A goal of nothing asks for nothing.
        return
    yield say(
        text(
            "That asks Marketing for {leads} leads and {mqls} MQLs, "
            "and Sales for {sqls} SQLs and {deals} deals {period}."
        ),
        leads=number_words(volumes["lead"]),
        mqls=number_words(volumes["mql"]),
        sqls=number_words(volumes["sql"]),
        deals=number_words(volumes["customer"]),
        period=PERIODS[goal.period],
    )
    yield from _shares(plan, volumes, goal.currency)


def _shares(plan: Plan, volumes: Volumes, currency: str) -> Iterator[SafeString]:
    parts = _split(volumes["lead"], [exact(method.share) for method in plan.methods])
    for method, n in zip(plan.methods, parts, strict=True):
        yield say(
            text("{method} brings {share} of the leads, {n}, at {cost} each."),
            method=method.name,
            share=_percent(method.share),
            n=number_words(n),
            cost=money(method.cost_per_lead, currency),
        )
    parts = _split(volumes["mql"], [exact(team.share) for team in plan.teams])
    for team, n in zip(plan.teams, parts, strict=True):
        yield say(
            text("{team} follows up {share} of the MQLs, {n}, with a team of {reps}."),
            team=team.name,
            share=_percent(team.share),
            n=number_words(n),
            reps=number_words(team.reps),
        )
    if plan.follow_up:
        yield say(
            text("A rep gives {hours} hours of each working day to follow-up, {minutes} minutes to each attempt."),
            hours=number_words(plan.follow_up.hours_per_working_day),
            minutes=number_words(plan.follow_up.minutes_per_touch),
        )


def _split(whole: int, shares: list[Fraction]) -> list[int]:
    """Whole parts that add up; where the shares do not (a text that was never checked), each by itself."""
    try:
        return split(whole, shares) if shares else []
    except FunnelInvalid:
        return [round(whole * share) for share in shares]


def _percent(share: float) -> str:
    """As exact as it was agreed, and no more digits than that."""
    hundredths = exact(share) * 100
    digits = next((n for n in range(3) if (hundredths * 10**n).denominator == 1), 2)
    return percent_words(share, digits)
