"""Which clause of the readable page a value without an id of its own belongs to."""

from __future__ import annotations

ANCHORS: dict[str, str] = {
    "profile.text": "ideal-customer",
    "profile.target_accounts": "target-accounts",
    "qualification.text": "qualification-aim",
    "qualification.fit": "fit",
    "qualification.interest": "interest",
    "qualification.bands": "bands",
    "qualification.mql": "mql",
    "qualification.sql": "sql",
    "handoff.text": "handoff-aim",
    "handoff.notify": "notification",
    "handoff.routing": "routing",
    "handoff.acceptance": "acceptance",
    "handoff.live_calendar_days": "late-events",
    "handoff.escalation": "escalation",
    "returns.text": "returns-aim",
    "returns.attempts": "attempt-limit",
    "returns.cool_down_calendar_days": "cool-down",
    "nurture.text": "nurture-aim",
    "cadence.text": "cadence-aim",
    "cadence.duration_working_days": "contact-plan",
    "review.text": "review-aim",
    "review.rhythm": "meeting",
    "review.agenda": "agenda",
    "calendar.hours": "working-hours",
    "calendar.holidays": "closed-days",
}
