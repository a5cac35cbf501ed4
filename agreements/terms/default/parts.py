"""What the starting templates are written with: the translator of their texts, and a clause in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Chapter = dict[str, Any]
# Gives a text in the language of the new agreement; what it is called with is collected for translation.
Say = Callable[[str], str]


def definition(name: str, word: str, meaning: str, examples: list[str], counter_examples: list[str]) -> Chapter:
    """An agreed word with the cases that are meant and those that are not."""
    cases = {"examples": examples, "counter_examples": counter_examples}
    return {"id": f"definition-{name}", "word": word, "text": meaning} | cases


def path(name: str, title: str, stage: str, *steps: tuple[int, str, str], then: str | None = None) -> Chapter:
    """A nurture path of (days after the step before, channel, content)."""
    return {
        "id": f"nurture-{name}",
        "name": title,
        "stage": stage,
        "then": then,
        "steps": [
            {"id": f"nurture-{name}-{n}", "after_calendar_days": days, "channel": channel, "content": content}
            for n, (days, channel, content) in enumerate(steps, start=1)
        ],
    }


def step(name: str, channel: str, days: int, minutes: int, window: int, text: str = "") -> Chapter:
    """A touch of the cadence, so many working days or minutes after the handoff."""
    return {
        "id": f"cadence-{name}",
        "channel": channel,
        "after_working_days": days,
        "after_working_minutes": minutes,
        "window_working_minutes": window,
        "text": text,
    }


def contains(field: str, words: str) -> Chapter:
    """A rule: the field holds one of the words, which stand between commas and so are translated together."""
    return {"any": [{"field": field, "op": "contains", "value": word.strip()} for word in words.split(",")]}
