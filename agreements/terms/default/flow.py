"""The rules of the flow that all templates share: handoff, reasons, paths, promises, targets, calendar."""

from __future__ import annotations

from typing import Any

from agreements.terms.default.parts import Chapter, Say, path

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


def handoff(text: Say, words: str, *, reassign_at_share: float | None) -> Chapter:
    basics = ["name", "email", "phone", "company", "title", "country", "source"]
    return {
        "text": words,
        "triggers": [
            {"id": "trigger-mql", "kind": "mql", "text": text("The lead's scores reach the MQL rule.")},
            {
                "id": "trigger-hand-raise",
                "kind": "hand_raise",
                "text": text("The lead asks for a demo, a price or a call."),
            },
            {
                "id": "trigger-manual",
                "kind": "manual",
                "text": text("A marketer hands over a lead by hand, with a reason."),
            },
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
        "escalation": {"manager_at_share": 1, "reassign_at_share": reassign_at_share},
    }


def reasons(text: Say) -> dict[str, Chapter]:
    """Every reason for a return by name; a template chooses among them and names the path of each."""
    return {
        "unreachable": {"label": text("Unable to reach"), "requires_attempts": True},
        "wrong-data": {"label": text("Inaccurate data"), "cool_down": False},
        "wrong-person": {"label": text("Right company, wrong person"), "note_required": True, "cool_down": False},
        "no-need": {"label": text("No interest or need")},
        "no-budget": {"label": text("No budget")},
        "no-fit": {"label": text("No fit (size, industry, role, region)"), "note_required": True},
        "bad-timing": {"label": text("Bad timing")},
        "competitor": {"label": text("Bound to a competitor"), "note_required": True},
        "duplicate": {"label": text("Duplicate or existing customer")},
    }


def returns(text: Say, *, paths: dict[str, str | None], attempts: Chapter, cool_down: int, most: int) -> Chapter:
    """Reasons in the order of ``paths``, each with the nurture path that takes the lead (None closes it)."""
    known = reasons(text)
    return {
        "text": text("Every lead that does not move forward has a reason, and each reason has its way on."),
        "attempts": attempts,
        "reasons": [
            {"id": f"return-{name}", "path": taken and f"nurture-{taken}"} | known[name]
            for name, taken in paths.items()
        ],
        "cool_down_calendar_days": cool_down,
        "max_returns": most,
    }


def repair(text: Say) -> Chapter:
    words = text("Check address, phone and role; then hand over again")
    return path("repair", text("Repair of data"), "awareness", (0, "email", words))


def reawaken(text: Say, *days: int) -> Chapter:
    contents = (
        text("Sorry that we missed each other"),
        text("What is new since then"),
        text("A last question: is this still a topic?"),
    )
    steps = [(after, "email", words) for after, words in zip(days, contents, strict=True)]
    return path("reawaken", text("Reawaken"), "consideration", *steps)


def later(text: Say, *days: int, then: str | None) -> Chapter:
    contents = (text("A short update"), text("Is now a better time?"))
    steps = [(after, "email", words) for after, words in zip(days, contents, strict=True)]
    return path("later", text("Later"), "consideration", *steps, then=then)


def cadence(words: str, days: int, *steps: Chapter) -> Chapter:
    return {"text": words, "steps": list(steps), "duration_working_days": days}


def commitments(
    text: Say,
    *,
    hand_raise: Chapter,
    first_response: Chapter,
    acceptance_days: int,
    decision_days: int,
    choose_path_days: int,
    mqls_per_month: int,
) -> list[Chapter]:
    """What both sides promise; the two responses bring their own time, in minutes or in days."""

    def promise(name: str, party: str, kind: str, label: str, **more: Any) -> Chapter:
        return {"id": f"promise-{name}", "party": party, "kind": kind, "label": label, "warn_share": 0.8} | more

    to_raised_hand = text("First response to a raised hand")
    volume = text("Qualified leads each month")
    follow_up = text("Every step of the cadence within its window")
    decide = text("Decide: qualified or returned")
    choose = text("Choose a path for a returned lead")
    return [
        promise("hand-raise", "sales", "first_response_hand_raise", to_raised_hand, **hand_raise),
        promise("first-response", "sales", "first_response", text("First response to an MQL"), **first_response),
        promise("acceptance", "sales", "acceptance", text("Accept or return"), working_days=acceptance_days),
        promise("decision", "sales", "decision", decide, working_days=decision_days),
        promise("follow-up", "sales", "follow_up", follow_up),
        promise("choose-path", "marketing", "choose_path", choose, working_days=choose_path_days),
        promise("volume", "marketing", "mql_volume", volume, per_month=mqls_per_month),
    ]


def kpis(**targets: float) -> list[Chapter]:
    """Targets by the KPI's name; minutes and costs are to stay below, everything else above."""
    below = {"response_minutes_p50", "cost_per_lead"}
    return [
        {
            "id": "kpi-" + kpi.replace("_", "-"),
            "kpi": kpi,
            "target": target,
            "direction": "at_most" if kpi in below else "at_least",
        }
        for kpi, target in targets.items()
    ]


def calendar(*windows: tuple[str, str]) -> Chapter:
    """The same hours from Monday to Friday; no country's holidays until one is named."""
    return {
        "timezone": "Europe/Paris",
        "hours": {day: [list(window) for window in windows] for day in WEEKDAYS},
        "holidays": [],
        "overrides": {},
        "country": None,
    }
