"""A file of leads through the very command that takes it in: rows per second, and memory as the file grows."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

from django.conf import settings
from django.utils import timezone

from kpis.benchmark.database import Databases, connected_to, number
from kpis.benchmark.measuring import Result, median, ratio, require_same
from kpis.benchmark.terms import Points, agreed
from kpis.benchmark.world import COUNTRIES, DOMAINS, INDUSTRIES, TITLES

HEADERS = ("external_id", "source", "email", "name", "company", "title", "phone", "country", "created_at", "industry")
FURTHER = ("employees", "revenue", "uses", "newsletter", "campaign")
# Memory hardly differs from run to run, and a million rows take minutes.
ROWS_FOR_ALL_ROUNDS = 200_000


@dataclass
class Run:
    """One import in a process of its own: the most memory it ever held, and its rows per second without scoring."""

    peak_mb: float
    rows_per_second: float
    scored_per_second: float


def measure(databases: Databases, n_leads: int, rounds: int) -> Result:
    """A file of the leads and one of a tenth of them, each into an empty database, in turn."""
    sizes = (max(1, n_leads // 10), n_leads)
    rounds = rounds if n_leads <= ROWS_FOR_ALL_ROUNDS else 1
    with tempfile.TemporaryDirectory() as folder:
        files = [_written(Path(folder) / f"{size}.csv", size) for size in sizes]
        turns = [
            [_imported(databases, file, size) for file, size in zip(files, sizes, strict=True)] for _ in range(rounds)
        ]
    return Result(
        rounds=rounds,
        ratios={"memory_growth": median(ratio(large.peak_mb, small.peak_mb) for small, large in turns)},
        figures={
            "peak_mb": max(large.peak_mb for _, large in turns),
            "peak_mb_at_a_tenth": max(small.peak_mb for small, _ in turns),
            "rows_per_second": median(large.rows_per_second for _, large in turns),
            "scored_per_second": median(large.scored_per_second for _, large in turns),
        },
        notes=["Memory is what import_leads says of its own process, before it scores the leads."],
    )


def _written(path: Path, n_rows: int) -> Path:
    chance = Random(7)  # noqa: S311 - a load, not a secret
    with path.open("w", newline="") as text:
        rows = csv.writer(text)
        rows.writerow((*HEADERS, *FURTHER))
        for n in range(n_rows):
            employees = int(5 / (chance.random() + 1e-4) ** 0.9)
            rows.writerow(
                (
                    f"L{n}", "import", f"p{n}@{chance.choice(DOMAINS)}", f"Person {n}", f"Company {n // 3}",
                    chance.choice(TITLES), f"+44 20 {n:07}", chance.choice(COUNTRIES), f"2026-0{1 + n % 9}-11",
                    chance.choice(INDUSTRIES), employees, employees * 90_000, "CRM and mail", "yes", f"c{n % 40}",
                )
            )  # fmt: skip
    return path


def _imported(databases: Databases, file: Path, n_rows: int) -> Run:
    with databases.new() as name:
        with connected_to(name):
            agreed(Points(), timezone.now())
        report = _run_command(name, file)
        with connected_to(name):
            require_same("Rows of the file and leads", abs(number("SELECT count(*) FROM leads_lead") - n_rows))
            require_same("Leads and their scores", abs(number("SELECT count(*) FROM leads_leadscore") - n_rows))
    return Run(report["peak_mb"], ratio(n_rows, report["seconds"]), ratio(n_rows, report["scoring_seconds"]))


def _run_command(database: str, file: Path) -> dict[str, float]:
    """What the command reports.

    Linux takes the memory of the process that starts another one for that one's too: a shell, which is small, does.
    """
    # The library's own way to put a URL together loses slashes where no host stands in it (a socket's, behind the “?”).
    base, question, options = os.environ["DATABASE_URL"].partition("?")
    url = f"{base.rpartition('/')[0]}/{database}{question}{options}"
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "import_leads", str(file), "--json"]
    done = subprocess.run(  # noqa: S603 - our own command
        ["/bin/sh", "-c", '"$@"; exit $?', "sh", *command],
        env=os.environ | {"DATABASE_URL": url}, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    report: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return report
