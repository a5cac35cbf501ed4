"""The benchmarks by the names that the command knows; another one is a module with ``measure`` and a line here."""

from __future__ import annotations

from collections.abc import Callable

from kpis.benchmark import decay, imports, ingest, rescore
from kpis.benchmark.database import Databases
from kpis.benchmark.measuring import Result

# (databases, leads, rounds) → result.
BENCHMARKS: dict[str, Callable[[Databases, int, int], Result]] = {
    "rescore": rescore.measure,
    "ingest": ingest.measure,
    "decay": decay.measure,
    "import": imports.measure,
}
