"""``manage.py benchmark NAME``: our path beside the best reference, on data of its own, in databases of its own."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kpis.benchmark.database import own_databases
from kpis.benchmark.measuring import Result, ResultsDiffer
from kpis.benchmark.names import BENCHMARKS

ROUNDS = 5


class Command(BaseCommand):
    help = "Measure our path beside its reference; makes databases of its own and drops them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help=f"one of {', '.join(BENCHMARKS)}")
        parser.add_argument("--leads", type=int, default=100_000, help="how many leads (default: %(default)s)")
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        name, n_leads = options["name"], options["leads"]
        if name not in BENCHMARKS:
            raise CommandError(f"There is no benchmark “{name}”. There are: {', '.join(BENCHMARKS)}.")
        if n_leads < 10:
            raise CommandError("--leads must be at least 10.")
        try:
            with own_databases() as databases:
                result = BENCHMARKS[name](databases, n_leads, ROUNDS)
        except ResultsDiffer as error:
            raise CommandError(f"The two sides differ, so their times say nothing. {error}") from error
        self._show(name, n_leads, result)
        if options["json"]:
            figures = {key: round(value, 4) for key, value in result.figures.items()}
            ratios = {key: round(value, 4) for key, value in result.ratios.items()}
            whole = {"name": name, "leads": n_leads, "rounds": result.rounds, "ratios": ratios, "figures": figures}
            self.stdout.write(json.dumps(whole))

    def _show(self, name: str, n_leads: int, result: Result) -> None:
        self.stdout.write(f"{name}: {n_leads:,} leads, medians of {result.rounds} rounds")
        for key, value in (result.ratios | result.figures).items():
            mark = "*" if key in result.ratios else " "
            self.stdout.write(f" {mark} {key:28}{value:16,.3f}")
        for note in result.notes:
            self.stdout.write(f"   {note}")
