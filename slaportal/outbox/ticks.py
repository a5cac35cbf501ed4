"""What happens again and again: rooms register their ticks here, the sweeper and Celery's tasks call them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from slaportal.outbox.models import Heartbeat

logger = logging.getLogger(__name__)

TickFunction = Callable[[datetime], object]


@dataclass(frozen=True)
class Tick:
    """A function to call every so many seconds; safe to call twice and side by side."""

    name: str
    seconds: int
    call: TickFunction


_ticks: dict[str, Tick] = {}


def every(seconds: int, *, name: str = "") -> Callable[[TickFunction], TickFunction]:
    """Register `fn(at)`; the module must be imported by its app's ready(). A failing tick never stops the others."""

    def register(call: TickFunction) -> TickFunction:
        tick = Tick(name or f"{call.__module__}.{call.__qualname__}", seconds, call)
        if tick.name in _ticks:
            raise ValueError(f"“{tick.name}” already ticks.")
        _ticks[tick.name] = tick
        return call

    return register


def registered() -> list[Tick]:
    """All ticks, the most frequent first."""
    return sorted(_ticks.values(), key=lambda tick: tick.seconds)


def run_due(last_runs: dict[str, datetime], at: datetime) -> list[str]:
    """Call the ticks whose interval has passed and note it in `last_runs`; the names of those that failed."""
    failed = []
    for tick in registered():
        last = last_runs.get(tick.name)
        if last is not None and at - last < timedelta(seconds=tick.seconds):
            continue
        last_runs[tick.name] = at
        try:
            tick.call(at)
        except Exception:
            logger.exception("tick “%s” failed; it is due again in %s s", tick.name, tick.seconds)
            failed.append(tick.name)
    return failed


def beat(name: str, *, at: datetime) -> None:
    """Note that a background process is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at})
