"""Checks that nobody has changed what must not change: the audit's chain and what other rooms add."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from slaportal.audit import checks


class Command(BaseCommand):
    help = "Verifies the audit chain, the signed terms and all other registered checks; ends with 1 on any problem."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")

    def handle(self, *args: Any, as_json: bool, **options: Any) -> None:
        problems: list[str] = []
        for name, check in checks.registered().items():
            found = list(check())
            problems += found
            self.stdout.write(f"{name}: {'in order' if not found else f'{len(found)} problems'}")
            for problem in found:
                self.stdout.write(f"  {problem}")
        if as_json:
            self.stdout.write(
                json.dumps({"checks": len(checks.registered()), "problems": problems}, ensure_ascii=False)
            )
        if problems:
            raise CommandError(f"{len(problems)} problems were found.")
