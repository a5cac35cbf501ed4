"""What beat starts, and how often: interval seconds only; every task is safe to run twice and expires with its tick."""

from __future__ import annotations

from typing import Any


def every(seconds: int, task: str) -> dict[str, Any]:
    """One entry; a tick that no worker took before the next one is due is worthless and expires."""
    return {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}


BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "drain the outbox": every(5, "outbox.drain"),
    "count the events": every(5, "leads.scores"),
    "apply what HubSpot told": every(5, "leads.hubspot"),
    "seal the audit": every(10, "audit.seal"),
    "heartbeat": every(30, "outbox.heartbeat"),
    "tidy up": every(3600, "outbox.tidy"),
    "bring terms into force": every(60, "agreements.activate"),
    "forget visitors": every(600, "leads.forget"),
    "sweep": every(60, "leads.sweep"),
}
