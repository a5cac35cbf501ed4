"""The default rules of the flow: handoff, returns, nurture, cadence, promises, targets, calendar."""

from __future__ import annotations

from typing import Any

Chapter = dict[str, Any]


def handoff() -> Chapter:
    basics = ["name", "email", "phone", "company", "title", "country", "source"]
    return {
        "text": "A lead is handed over the moment it qualifies; the packet shows what Sales needs to start well.",
        "triggers": [
            {"id": "trigger-mql", "kind": "mql", "text": "The lead's scores reach the MQL rule."},
            {"id": "trigger-hand-raise", "kind": "hand_raise", "text": "The lead asks for a demo, a price or a call."},
            {"id": "trigger-manual", "kind": "manual", "text": "A marketer hands over a lead by hand, with a reason."},
        ],
        "packet": [
            {"id": "packet-mql", "stage": "mql", "fields": [*basics, "receipt", "events"]},
            {"id": "packet-sql", "stage": "sql", "fields": [*basics, "receipt", "events", "attempts", "checklist"]},
            {"id": "packet-nurture", "stage": "nurture", "fields": [*basics, "attempts", "return"]},
        ],
        "notify": ["app", "email"],
        "routing": "round_robin",
        "acceptance": {"silent_means_accepted": True},
        "live_calendar_days": 7,
        "escalation": {"manager_at_share": 1, "reassign_at_share": 1.5},
    }


def returns() -> Chapter:
    def reason(name: str, label: str, path: str | None = None, **more: bool) -> Chapter:
        return {"id": f"return-{name}", "label": label, "path": path} | more

    return {
        "text": "Every lead that does not move forward has a reason, and each reason has its way on.",
        "attempts": {"min_attempts": 6, "min_calls": 4, "min_minutes_apart": 30, "or_cadence_done": True},
        "reasons": [
            reason("unreachable", "Unable to reach", "nurture-reawaken", requires_attempts=True),
            reason("wrong-data", "Inaccurate data", "nurture-repair", cool_down=False),
            reason("no-need", "No interest or need", "nurture-awareness"),
            reason("no-budget", "No budget", "nurture-awareness"),
            reason("no-fit", "No fit (size, industry, role, region)", None, note_required=True),
            reason("bad-timing", "Bad timing", "nurture-later"),
            reason("competitor", "Bound to a competitor", "nurture-later", note_required=True),
            reason("duplicate", "Duplicate or existing customer", None),
        ],
        "cool_down_calendar_days": 30,
        "max_returns": 2,
    }


def nurture() -> Chapter:
    def path(name: str, title: str, stage: str, *steps: tuple[int, str], then: str | None = None) -> Chapter:
        return {
            "id": f"nurture-{name}",
            "name": title,
            "stage": stage,
            "then": then,
            "steps": [
                {"id": f"nurture-{name}-{n}", "after_calendar_days": days, "channel": "email", "content": content}
                for n, (days, content) in enumerate(steps, start=1)
            ],
        }

    return {
        "text": "Useful content first, an offer last; Sales sees every step and may start a path by hand.",
        "paths": [
            path(
                "awareness",
                "Awareness",
                "awareness",
                (2, "Guide: why leads get lost between two teams"),
                (21, "Benchmark: conversion rates by stage"),
                (30, "Story of a company like theirs"),
                then="nurture-consideration",
            ),
            path(
                "consideration",
                "Consideration",
                "consideration",
                (14, "Comparison: ways to measure both teams"),
                (21, "Webinar invitation"),
                (21, "Template: our agreement, to copy"),
                then="nurture-decision",
            ),
            path(
                "decision",
                "Decision",
                "decision",
                (7, "Calculator: what faster follow-up is worth"),
                (14, "Invitation to a demo"),
            ),
            path(
                "reawaken",
                "Reawaken",
                "consideration",
                (7, "Sorry that we missed each other"),
                (30, "What is new since then"),
                (53, "A last question: is this still a topic?"),
            ),
            path(
                "later",
                "Later",
                "consideration",
                (30, "A short update"),
                (30, "Is now a better time?"),
                then="nurture-decision",
            ),
            path("repair", "Repair of data", "awareness", (0, "Check address, phone and role; then hand over again")),
        ],
    }


def cadence() -> Chapter:
    steps = [
        ("call-1", "phone", 0, 0, 240),
        ("email-1", "email", 0, 0, 240),
        ("call-2", "phone", 0, 120, 240),
        ("email-2", "email", 1, 0, 480),
        ("call-3", "phone", 3, 0, 480),
        ("video-1", "video", 5, 0, 480),
        ("call-4", "phone", 8, 0, 480),
        ("email-3", "email", 12, 0, 480),
    ]
    return {
        "text": "Eight touches in fifteen working days: four calls, three e-mails, one video message.",
        "steps": [
            {
                "id": f"cadence-{name}",
                "channel": channel,
                "after_working_days": days,
                "after_working_minutes": minutes,
                "window_working_minutes": window,
            }
            for name, channel, days, minutes, window in steps
        ],
        "duration_working_days": 15,
    }


def commitments() -> list[Chapter]:
    def promise(name: str, party: str, kind: str, label: str, **more: int) -> Chapter:
        return {"id": f"promise-{name}", "party": party, "kind": kind, "label": label, "warn_share": 0.8} | more

    return [
        promise(
            "hand-raise",
            "sales",
            "first_response_hand_raise",
            "First response to a raised hand",
            target_working_minutes=5,
            working_minutes=60,
        ),
        promise("first-response", "sales", "first_response", "First response to an MQL", working_minutes=240),
        promise("acceptance", "sales", "acceptance", "Accept or return", working_days=1),
        promise("decision", "sales", "decision", "Decide: qualified or returned", working_days=15),
        promise("follow-up", "sales", "follow_up", "Every step of the cadence within its window"),
        promise("choose-path", "marketing", "choose_path", "Choose a path for a returned lead", working_days=1),
        promise("volume", "marketing", "mql_volume", "Qualified leads each month", per_month=60),
    ]


def kpis() -> list[Chapter]:
    targets = [
        ("lead_to_mql", 0.2, "at_least"),
        ("mql_to_sql", 0.25, "at_least"),
        ("sql_to_customer", 0.2, "at_least"),
        ("acceptance_rate", 0.8, "at_least"),
        ("response_minutes_p50", 60, "at_most"),
        ("attempts_per_lead", 6, "at_least"),
        ("promises_kept_sales", 0.9, "at_least"),
        ("promises_kept_marketing", 0.9, "at_least"),
        ("cost_per_lead", 80, "at_most"),
    ]
    return [
        {"id": "kpi-" + kpi.replace("_", "-"), "kpi": kpi, "target": target, "direction": direction}
        for kpi, target, direction in targets
    ]


def calendar() -> Chapter:
    office = [["09:00", "12:30"], ["13:30", "18:00"]]
    return {
        "timezone": "Europe/Paris",
        "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), office),
        "holidays": [],
        "overrides": {},
        "country": None,
    }
