"""The benchmark command at a tiny size: what it prints, that both sides agree, and that it leaves nothing behind."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from kpis.benchmark import decay, ingest, measuring
from kpis.benchmark.database import Databases
from kpis.management.commands import benchmark

RATIOS = {
    "rescore": {"cpu_vs_update", "speedup_vs_bulk_update", "longest_transaction_share"},
    "ingest": {"cpu_vs_copy", "speedup_vs_orm", "replayed_rows"},
    "decay": {"rows_rewritten", "hot_list_growth"},
    "import": {"memory_growth"},
}


END_OTHER_SESSIONS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def copies_of(blank: str) -> list[str]:
    """The databases that were made from this one and are still there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ ('^' || %s || '_[0-9]+$')", [blank])
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture
def run(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The command with copies of the tests' own blank tables, one round of small batches; its JSON."""
    # To migrate another database takes longest.
    databases = Databases(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        # What programs of earlier tests left open: only a database that nobody else is in can be copied.
        cursor.execute(END_OTHER_SESSIONS)

    @contextmanager
    def made_already() -> Iterator[Databases]:
        yield databases

    def run_command(name: str, leads: int = 300) -> dict[str, Any]:
        out = io.StringIO()
        call_command("benchmark", name, "--leads", str(leads), "--json", stdout=out)
        found: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
        return found

    monkeypatch.setattr(benchmark, "own_databases", made_already)
    monkeypatch.setattr(benchmark, "ROUNDS", 1)
    monkeypatch.setattr(ingest, "BATCH", 100)
    monkeypatch.setattr(ingest, "BATCHES_PER_ROUND", 1)
    monkeypatch.setattr(ingest, "SAMPLE", 5)
    monkeypatch.setattr(decay, "DAYS", 4)
    yield run_command
    # Gone, also after an error.
    assert copies_of(databases.blank) == []


@pytest.mark.parametrize("name", RATIOS)
def test_it_prints_the_agreed_ratios(run: Any, name: str) -> None:
    found = run(name)
    assert (found["name"], found["leads"], found["rounds"]) == (name, 300, 1)
    assert found["ratios"].keys() == RATIOS[name]
    # A replay adds nothing, and time rewrites nothing; everything else takes some time or memory.
    at_rest = {"replayed_rows", "rows_rewritten"} & RATIOS[name]
    assert {key for key, value in found["ratios"].items() if value == 0} == at_rest
    assert all(value >= 0 for value in found["ratios"].values())


def test_sides_that_differ_are_no_comparison(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kpis.benchmark.rescore.DIFFERENT", "SELECT 3")
    with pytest.raises(CommandError, match="3 differ"):
        run("rescore")


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(CommandError, match="rescore, ingest, decay, import"):
        call_command("benchmark", "speed")


def test_too_few_leads_are_refused() -> None:
    with pytest.raises(CommandError, match="at least 10"):
        call_command("benchmark", "rescore", "--leads", "3")


def test_without_the_servers_processor_time_wall_time_counts() -> None:
    cost = measuring.Cost(wall=2.0, client=0.5, backend=None)
    assert (cost.cpu, cost.effort) == (None, 2.0)
    assert "wall time" in measuring.notes_on(cost)[0]
