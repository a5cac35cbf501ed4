"""Which function delivers which topic or runs which kind of job; rooms register in their `deliveries.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from slaportal.outbox.models import Job, OutboxMessage

Entry = TypeVar("Entry")
Handler = Callable[[OutboxMessage, datetime], object]


class Progress(Protocol):
    """What a run reports by: saves the figures, keeps the lease, and with a checkpoint may end this turn of the run."""

    def __call__(self, done: int, total: int, *, checkpoint: dict[str, Any] | None = None) -> None: ...


Run = Callable[[Job, Progress], dict[str, Any]]


@dataclass(frozen=True)
class Delivery:
    """A topic's handler; `is_outside`: its effect is not in our database, so no transaction is held open for it."""

    handler: Handler
    is_outside: bool


_deliveries: dict[str, Delivery] = {}
_runs: dict[str, Run] = {}


def handles(topic: str, *, outside: bool = False) -> Callable[[Handler], Handler]:
    """Register `fn(message, at)` for a topic. It may be called again after a crash, so it must be safe to repeat.

    Without `outside` it runs in one transaction with the mark "done": its effect happens exactly once.
    With `outside` (mail, HTTP) it runs outside of any transaction: its effect happens at least once.
    """
    return lambda handler: _add(_deliveries, topic, Delivery(handler, outside)).handler


def runs(kind: str) -> Callable[[Run], Run]:
    """Register `run(job, progress) -> result` for a kind of job; it goes on from `job.checkpoint` when called again."""
    return lambda run: _add(_runs, kind, run)


def delivery_of(topic: str) -> Delivery:
    """The topic's handler; LookupError where no room has registered one."""
    return _found(_deliveries, topic)


def run_of(kind: str) -> Run:
    """The run of that kind of job; LookupError where no room has registered one."""
    return _found(_runs, kind)


def _add(registered: dict[str, Entry], name: str, entry: Entry) -> Entry:
    if name in registered:
        raise ValueError(f"“{name}” is already registered.")
    registered[name] = entry
    return entry


def _found(registered: dict[str, Entry], name: str) -> Entry:
    try:
        return registered[name]
    except KeyError:
        raise LookupError(f"Nothing is registered for “{name}”.") from None
