"""What a piece of work costs: wall time, processor time of this process and of its PostgreSQL backend, and WAL."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

from kpis.benchmark.database import number


class ResultsDiffer(Exception):
    """The two sides did not compute the same: their times must not be compared."""


@dataclass
class Cost:
    """Seconds, and bytes of WAL (of the whole server). ``cpu`` is None where the server runs on another machine."""

    wall: float = 0.0
    client: float = 0.0
    backend: float | None = 0.0
    wal: float = 0.0

    @property
    def cpu(self) -> float | None:
        return None if self.backend is None else self.client + self.backend

    @property
    def effort(self) -> float:
        """Processor time, else wall time: what a ratio of efforts is made of."""
        return self.wall if self.cpu is None else self.cpu

    def __add__(self, other: Cost) -> Cost:
        both = None if self.backend is None or other.backend is None else self.backend + other.backend
        return Cost(self.wall + other.wall, self.client + other.client, both, self.wal + other.wal)


@dataclass
class Result:
    """Medians over the rounds: the ratios of the contract, other figures, and what must be said about both."""

    rounds: int
    ratios: dict[str, float]
    figures: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@contextmanager
def measured() -> Iterator[Cost]:
    """The cost of the block; to be read after it."""
    cost = Cost()
    pid = int(number("SELECT pg_backend_pid()"))
    wal, backend = _wal(), backend_seconds(pid)
    client, wall = time.process_time(), time.perf_counter()
    try:
        yield cost
    finally:
        cost.wall, cost.client = time.perf_counter() - wall, time.process_time() - client
        after = backend_seconds(pid)
        cost.backend = None if backend is None or after is None else after - backend
        cost.wal = _wal() - wal


def backend_seconds(pid: int) -> float | None:
    """Processor time that this backend has used; None where it runs on another machine."""
    process = Path("/proc") / str(pid)
    try:
        title = (process / "cmdline").read_bytes()
        spent = (process / "schedstat").read_text().split()[0]
    except OSError:
        return None
    # The process of that number on this machine is our backend only if it names our database.
    return int(spent) / 1e9 if connection.settings_dict["NAME"].encode() in title else None


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def ratio(ours: float, reference: float) -> float:
    """How many times the reference; the reference took some time."""
    return ours / reference if reference else 0.0


def notes_on(cost: Cost) -> list[str]:
    if cost.cpu is None:
        return ["The server's processor time cannot be read from here: ratios of CPU are ratios of wall time."]
    return []


def require_same(what: str, n_different: float) -> None:
    """ResultsDiffer unless nothing differs."""
    if n_different:
        raise ResultsDiffer(f"{what}: {n_different:g} differ.")


def _wal() -> float:
    return number("SELECT pg_current_wal_insert_lsn() - '0/0'")
