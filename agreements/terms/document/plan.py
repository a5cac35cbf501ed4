"""How a goal in money is to be reached, as agreed: the values of the reverse funnel."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agreements.terms.document.shapes import Count, Id, Line, Part, Rate


class FunnelRates(Part):
    """Which share of one step reaches the next, as agreed for a plan."""

    visitor_to_lead: Rate
    lead_to_mql: Rate
    mql_to_sql: Rate
    sql_to_customer: Rate


class TeamShare(Part):
    """A sales team's share of the MQLs, and its reps who follow them up."""

    id: Id
    name: Line
    share: Rate
    reps: Count


class Method(Part):
    """One way to bring leads: its share of them, and what a lead of it costs in the goal's currency."""

    id: Id
    name: Line
    share: Rate
    cost_per_lead: Annotated[float, Field(ge=0, le=1e9)]


class FollowUpTime(Part):
    """What the capacity check assumes of a rep's day."""

    minutes_per_touch: Annotated[float, Field(gt=0, le=1440)]
    hours_per_working_day: Annotated[float, Field(gt=0, le=24)]


class Plan(Part):
    """How a goal in money is to be reached: what a deal brings, the rates, who takes which share of it."""

    deal_amount: Annotated[float, Field(gt=0, le=1e15)]
    # Of the goal's money, what comes from Marketing's leads.
    marketing_share: Rate
    rates: FunnelRates
    teams: tuple[TeamShare, ...] = ()
    methods: tuple[Method, ...] = ()
    follow_up: FollowUpTime | None = None
