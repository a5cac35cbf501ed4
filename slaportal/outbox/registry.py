"""Which function delivers which topic or runs which kind of job; rooms register in their `deliveries.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from django.utils.functional import Promise

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


@dataclass(frozen=True)
class JobKind:
    """How a kind of job is run, and what it is called on the screen."""

    run: Run
    title: str | Promise


_deliveries: dict[str, Delivery] = {}
_runs: dict[str, JobKind] = {}


def handles(topic: str, *, outside: bool = False) -> Callable[[Handler], Handler]:
    """Register `fn(message, at)` for a topic. It may be called again after a crash, so it must be safe to repeat.

    Without `outside` it runs in one transaction with the mark "done": its effect happens exactly once.
    With `outside` (mail, HTTP) it runs outside of any transaction: its effect happens at least once.
    """
    return lambda handler: _add(_deliveries, topic, Delivery(handler, outside)).handler


def runs(kind: str, *, title: str | Promise = "") -> Callable[[Run], Run]:
    """Register `run(job, progress) -> result` for a kind of job; it goes on from `job.checkpoint` when called again.

    `title` is what people read above its progress. A result with a `url` is linked when the job is done.
    """
    return lambda run: _add(_runs, kind, JobKind(run, title or kind)).run


def delivery_of(topic: str) -> Delivery:
    """The topic's handler; LookupError where no room has registered one."""
    return _found(_deliveries, topic)


def run_of(kind: str) -> Run:
    """The run of that kind of job; LookupError where no room has registered one."""
    return _found(_runs, kind).run


def title_of(kind: str) -> str:
    """What people read above the progress of such a job; its code where no room runs it any more."""
    found = _runs.get(kind)
    return str(found.title) if found else kind


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
