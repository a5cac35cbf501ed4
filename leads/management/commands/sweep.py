"""`manage.py sweep [--at ISO] [--json]`: does once what the minute's tick does."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from leads.sweep import sweep


class Command(BaseCommand):
    """Warns, marks breaches, accepts by silence, takes nurture steps, counts the month's volume."""

    help = "Do once what is due now (or at a given time): warnings, breaches, silent acceptance, nurture steps."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", help="an ISO 8601 time with its zone, e.g. 2026-11-20T09:00:00+01:00; default now")
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        at = _moment(options["at"]) if options["at"] else timezone.now()
        report = sweep(at).as_dict()
        if options["json"]:
            self.stdout.write(json.dumps({"at": at.isoformat(), **report}))
        else:
            self.stdout.write(", ".join(f"{name} {value}" for name, value in report.items() if name != "failed"))
        if report["failed"]:
            raise CommandError(f"Left for the next sweep: {', '.join(report['failed'])}")


def _moment(text: str) -> datetime:
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    # Years in which no month before or after leaves the calendar.
    if at is None or at.tzinfo is None or not 1900 <= at.year <= 2200:
        raise CommandError(f"“{text}” is not a time with its zone, such as 2026-11-20T09:00:00+01:00.")
    return at
