"""Where the values of the templates come from: found by their place in the terms or by the clause that says them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from agreements.sources.known import KINDS, SOURCES, Source
from agreements.sources.references import Reference

__all__ = ["KINDS", "SOURCES", "Reference", "Source", "place_of", "source_covering", "source_for", "sources_by_clause"]

# Clauses that stand for a part of the terms and not for one of its clauses: sentences' id → place.
_PARTS = {
    "fit": "qualification.fit",
    "interest": "qualification.interest",
    "bands": "qualification.bands",
    "mql": "qualification.mql",
    "sql": "qualification.sql",
    "late-events": "handoff.live_calendar_days",
    "escalation": "handoff.escalation",
    "attempt-limit": "returns.attempts",
    "cool-down": "returns.cool_down_calendar_days",
    "contact-plan": "cadence",
    "meeting": "review",
}


def source_for(place: str) -> Source | None:
    """What is known about this very place (see ``place_of``), None where nothing stands by it alone."""
    return next((SOURCES[one] for one in _own(place) if one in SOURCES), None)


def source_covering(place: str) -> Source | None:
    """What is known about the place, or else about what it is part of."""
    steps = place.split(".")
    wider = (".".join(steps[:n]) for n in range(len(steps) - 1, 0, -1))
    return source_for(place) or next((SOURCES[one] for one in wider if one in SOURCES), None)


def place_of(path: str, document: dict[str, Any]) -> str:
    """The place of a path: ``commitments[0].working_days`` lies at ``commitments.acceptance.working_days``."""
    steps: list[str] = []
    found: Any = document
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(found, list) and step.isdigit():
            found = found[int(step)] if int(step) < len(found) else None
            if steps in (["commitments"], ["kpis"]) and isinstance(found, dict):
                steps.append(str(found.get("kind") or found.get("kpi") or ""))
            continue
        found = found.get(step) if isinstance(found, dict) else None
        steps.append(step)
    return ".".join(filter(None, steps))


def sources_by_clause(document: dict[str, Any]) -> dict[str, Source]:
    """What is known about each clause of the readable page, by the clause's id."""
    found = {clause: SOURCES[place] for clause, place in _PARTS.items() if place in SOURCES}
    found |= {goal["id"]: SOURCES["goals.plan" if goal.get("plan") else "goals.amount"] for goal in document["goals"]}
    for chapter, key in (("commitments", "kind"), ("kpis", "kpi")):
        places = {one["id"]: f"{chapter}.{one[key]}" for one in document[chapter]}
        found |= {clause: SOURCES[place] for clause, place in places.items() if place in SOURCES}
    for first, place in (
        (document["nurture"]["paths"][:1], "nurture.paths"),
        (document["definitions"][:1], "definitions"),
    ):
        found |= {one["id"]: SOURCES[place] for one in first}
    rules = document["qualification"]["interest"]["rules"]
    fading = next((rule["id"] for rule in rules if rule.get("half_life_days")), None)
    return found | ({fading: SOURCES["qualification.interest.rules.half_life_days"]} if fading else {})


def _own(place: str) -> Iterator[str]:
    """The place, and the same value of promises of any kind."""
    yield place
    steps = place.split(".")
    if steps[0] == "commitments" and len(steps) > 2:
        yield f"{steps[0]}.{steps[-1]}"
