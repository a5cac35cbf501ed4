"""The default goals, definitions, profile and review meeting."""

from __future__ import annotations

from typing import Any

Chapter = dict[str, Any]


def goals() -> list[Chapter]:
    return [
        {
            "id": "goal-new-revenue",
            "title": "New revenue from shared leads",
            "metric": "revenue",
            "amount": 1_000_000,
            "currency": "EUR",
            "period": "year",
            "text": "One number for both teams: revenue won from leads that Marketing handed over.",
        },
        {
            "id": "goal-qualified-leads",
            "title": "Qualified leads handed over",
            "metric": "mql",
            "amount": 720,
            "unit": "leads",
            "period": "year",
            "text": "What the revenue goal needs at today's conversion rates; revisited every quarter.",
        },
    ]


def definitions() -> list[Chapter]:
    return [
        {
            "id": "definition-contact",
            "word": "Contact",
            "text": "A person whose name or address we hold, with no sign yet that they may buy.",
            "examples": ["A business card from a fair", "A newsletter reader", "A guest of a partner's webinar"],
            "counter_examples": ["An applicant for a job", "A supplier", "An anonymous visitor"],
        },
        {
            "id": "definition-lead",
            "word": "Lead",
            "text": "A contact at a company that could buy and who has shown interest by an act of their own.",
            "examples": ["Downloaded a guide", "Came to our webinar", "Asked a question on the web site"],
            "counter_examples": ["A bought list", "A student writing a thesis", "A competitor's employee"],
        },
        {
            "id": "definition-mql",
            "word": "MQL",
            "text": "A lead in band A1, A2 or B1, or one that asks to be contacted and whose fit is A or B.",
            "examples": [
                "A head of sales who read the pricing page twice this week",
                "A director who asked for a demo",
                "A manager in our market who came to a webinar and opened a form",
            ],
            "counter_examples": [
                "A busy reader outside our market",
                "A perfect company that has been silent for a year",
                "A person who unsubscribed",
            ],
        },
        {
            "id": "definition-sal",
            "word": "SAL",
            "text": "An MQL that a rep has accepted to work on, by saying so or by keeping silent until the due time.",
            "examples": ["Accepted in the portal", "First call logged", "Kept past the due time without objection"],
            "counter_examples": ["Returned as a duplicate", "Still waiting for a rep", "Reassigned and not yet seen"],
        },
        {
            "id": "definition-sql",
            "word": "SQL",
            "text": "A lead with whom a rep has spoken and for whom every point of the checklist is confirmed.",
            "examples": [
                "Need, decision and time are known after a call",
                "A meeting with the buyer is agreed",
                "A budget range was named",
            ],
            "counter_examples": ["A voicemail was left", "Wants a brochure only", "No one there decides about this"],
        },
    ]


def profile() -> Chapter:
    return {
        "text": "Companies of 50 to 5,000 people with a sales team of their own that sell to other companies.",
        "criteria": [
            {"id": "criterion-size", "text": "50 to 5,000 employees"},
            {"id": "criterion-team", "text": "At least five people in sales"},
            {"id": "criterion-need", "text": "Marketing and Sales share leads and argue about their quality"},
        ],
        "personas": [
            {
                "id": "persona-decider",
                "name": "Head of Sales",
                "role": "Sales leadership",
                "seniority": "Director",
                "industry": "Software and services",
                "size": "50–5,000",
                "region": "Europe",
                "buying_role": "decision_maker",
                "text": "Answers for revenue; wants leads worth the team's time.",
            },
            {
                "id": "persona-influencer",
                "name": "Marketing Manager",
                "role": "Demand generation",
                "seniority": "Manager",
                "industry": "Software and services",
                "size": "50–5,000",
                "region": "Europe",
                "buying_role": "influencer",
                "text": "Brings the leads; wants to see what became of them.",
            },
        ],
        "target_accounts": "Both teams keep one list of target accounts and look through it every quarter.",
    }


def review() -> Chapter:
    agenda = [
        ("goals", "Goals: where we stand, in value and in number", 5),
        ("promises", "Both teams' promises: kept, broken, excused", 10),
        ("funnel", "The funnel: conversion and time in each stage", 10),
        ("returns", "Returns by reason, and disputed leads", 10),
        ("causes", "Why promises were broken", 7),
        ("voice", "Voice of Sales: three strong leads, three weak ones", 8),
        ("changes", "Proposed changes, with what they would have done", 7),
        ("decisions", "Decisions: owner, date, measure of success", 3),
    ]
    guidelines = {
        "workflow": [
            "Marketing generates and nurtures leads, and hands over those that qualify, with their packet.",
            "Sales tries each of them by the contact plan, notes every attempt on the lead, and decides or returns it.",
        ],
        "communication": [
            "What concerns one lead is said on that lead, so that the next person finds it; urgent matters by phone.",
            "Marketing tells Sales of a campaign a week before it starts, with what the leads will have been promised.",
        ],
        "feedback": [
            "Each returned lead bears its reason; a doubt about a lead's quality is raised within a week, on the lead.",
            "Marketing answers feedback on a campaign at the next meeting, with what it changes.",
        ],
    }
    return {
        "text": "Both teams meet every month for an hour; the figures are frozen before the meeting.",
        "rhythm": "monthly",
        "day": 5,
        "agenda": [{"id": f"agenda-{name}", "text": text, "minutes": minutes} for name, text, minutes in agenda],
        "guidelines": [
            {"id": f"guideline-{about}-{n}", "about": about, "text": text}
            for about, texts in guidelines.items()
            for n, text in enumerate(texts, start=1)
        ],
    }
