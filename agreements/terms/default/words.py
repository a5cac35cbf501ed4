"""The words that all templates share: goals, definitions, personas and the points of the review."""

from __future__ import annotations

from typing import Any

from agreements.terms.default.parts import Chapter, Say, definition


def goals(text: Say, *, revenue: int, revenue_text: str, plan: Chapter, leads: int) -> list[Chapter]:
    """The revenue goal with the plan that leads to it, and the yearly number of MQLs that the plan asks for."""
    return [
        {
            "id": "goal-new-revenue",
            "title": text("New revenue from shared leads"),
            "metric": text("revenue"),
            "amount": revenue,
            "currency": "EUR",
            "period": "year",
            "text": revenue_text,
            "plan": plan,
        },
        {
            "id": "goal-qualified-leads",
            "title": text("Qualified leads handed over"),
            "metric": text("MQL"),
            "amount": leads,
            "unit": text("leads"),
            "period": "year",
            "text": text("What the revenue goal needs at today's conversion rates; revisited every quarter."),
        },
    ]


def plan(
    text: Say,
    *,
    deal: int,
    rates: tuple[float, float, float],
    reps: int,
    minutes_per_touch: int,
    hours_per_day: int,
    methods: list[tuple[str, str, float, int]],
) -> Chapter:
    """What a deal brings, the rates from lead to customer, and methods as (name, label, share, cost per lead)."""
    lead_to_mql, mql_to_sql, sql_to_customer = rates
    return {
        "deal_amount": deal,
        "marketing_share": 1,
        "rates": {
            "visitor_to_lead": 0.02,
            "lead_to_mql": lead_to_mql,
            "mql_to_sql": mql_to_sql,
            "sql_to_customer": sql_to_customer,
        },
        "teams": [{"id": "plan-team-sales", "name": text("Sales"), "share": 1, "reps": reps}],
        "methods": [
            {"id": f"plan-{name}", "name": label, "share": share, "cost_per_lead": cost}
            for name, label, share, cost in methods
        ],
        "follow_up": {"minutes_per_touch": minutes_per_touch, "hours_per_working_day": hours_per_day},
    }


def contact(text: Say) -> Chapter:
    return definition(
        "contact",
        text("Contact"),
        text("A person whose name or address we hold, with no sign yet that they may buy."),
        [text("A business card from a fair"), text("A newsletter reader"), text("A guest of a partner's webinar")],
        [text("An applicant for a job"), text("A supplier"), text("An anonymous visitor")],
    )


def lead(text: Say) -> Chapter:
    return definition(
        "lead",
        text("Lead"),
        text("A contact at a company that could buy and who has shown interest by an act of their own."),
        [text("Downloaded a guide"), text("Came to our webinar"), text("Asked a question on the web site")],
        [text("A bought list"), text("A student writing a thesis"), text("A competitor's employee")],
    )


def mql(text: Say, meaning: str, examples: list[str]) -> Chapter:
    """Each template says in words what its own MQL rule says."""
    counter_examples = [
        text("A busy reader without a say, at a company that does not fit"),
        text("A perfect company that has been silent for a year"),
        text("A person who unsubscribed and did nothing since"),
    ]
    return definition("mql", text("MQL"), meaning, examples, counter_examples)


def sal(text: Say) -> Chapter:
    return definition(
        "sal",
        text("SAL"),
        text("An MQL that a rep has accepted to work on, by saying so or by keeping silent until the due time."),
        [
            text("Accepted in the portal"),
            text("First call logged"),
            text("Kept past the due time without objection"),
        ],
        [
            text("Returned as a duplicate"),
            text("Still waiting for a rep"),
            text("Reassigned and not yet seen"),
        ],
    )


def sql(text: Say) -> Chapter:
    return definition(
        "sql",
        text("SQL"),
        text("A lead with whom a rep has spoken and for whom every point of the checklist is confirmed."),
        [
            text("Need, decision and time are known after a call"),
            text("A meeting with the buyer is agreed"),
            text("Every open point was settled in a second call"),
        ],
        [
            text("A voicemail was left"),
            text("Wants a brochure only"),
            text("No one there decides about this"),
        ],
    )


def persona(name: str, words: dict[str, Any], *, buying_role: str) -> Chapter:
    return {"id": f"persona-{name}", "buying_role": buying_role} | words


def agenda(text: Say) -> list[tuple[str, str, int]]:
    """An hour for both teams: first what was, then what changes."""
    return [
        ("goals", text("Goals: where we stand, in value and in number"), 5),
        ("promises", text("Both teams' promises: kept, broken, excused"), 10),
        ("funnel", text("The funnel: conversion and time in each stage"), 10),
        ("returns", text("Returns by reason, and disputed leads"), 10),
        ("causes", text("Why promises were broken"), 7),
        ("voice", text("Voice of Sales: three strong leads, three weak ones"), 8),
        ("changes", text("Proposed changes, with what they would have done"), 7),
        ("decisions", text("Decisions: owner, date, measure of success"), 3),
    ]


def guidelines(text: Say) -> dict[str, list[str]]:
    """How the teams work, talk and answer each other."""
    return {
        "workflow": [
            text("Marketing generates and nurtures leads, and hands over those that qualify, with their packet."),
            text(
                "Sales tries each of them by the contact plan, notes every attempt on the lead, "
                "and decides or returns it."
            ),
        ],
        "communication": [
            text(
                "What concerns one lead is said on that lead, so that the next person finds it; "
                "urgent matters by phone."
            ),
            text(
                "Marketing tells Sales of a campaign a week before it starts, "
                "with what the leads will have been promised."
            ),
        ],
        "feedback": [
            text(
                "Each returned lead bears its reason; a doubt about a lead's quality is raised within a week, "
                "on the lead."
            ),
            text("Marketing answers feedback on a campaign at the next meeting, with what it changes."),
        ],
    }


def review(
    words: str, rhythm: str, day: int, points: list[tuple[str, str, int]], together: dict[str, list[str]]
) -> Chapter:
    return {
        "text": words,
        "rhythm": rhythm,
        "day": day,
        "agenda": [{"id": f"agenda-{name}", "text": point, "minutes": minutes} for name, point, minutes in points],
        "guidelines": [
            {"id": f"guideline-{about}-{n}", "about": about, "text": line}
            for about, lines in together.items()
            for n, line in enumerate(lines, start=1)
        ],
    }
