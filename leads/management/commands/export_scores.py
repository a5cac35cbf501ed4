"""Write the scores of all leads to a CSV file, for programs that compare or model them."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from leads.export import write_scores


class Command(BaseCommand):
    help = "Export external_id, email, fit, interest, band, stage and each attribute of all leads as CSV."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open("w", encoding="utf-8", newline="") as target:
                n_rows = write_scores(target, at=timezone.now())
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from error
        self.stdout.write(json.dumps({"rows": n_rows}) if options["json"] else f"{n_rows} leads written.")
