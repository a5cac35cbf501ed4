"""``manage.py rescore``: score all leads by the terms in force, here and now, with progress."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from leads.scoring import governing, rescore
from leads.scoring.rescoring import Passed


class Command(BaseCommand):
    help = "Score all leads by the terms in force."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        in_force = governing()
        if not in_force:
            raise CommandError(_("No agreement is in force: there are no terms to score by."))
        start = time.perf_counter()
        passed = rescore(at=timezone.now(), report=self.report)
        seconds = round(time.perf_counter() - start, 2)
        versions = ", ".join(map(str, in_force.versions))
        if options["json"]:
            result = {"version": versions, "leads": passed.leads, "written": passed.written, "seconds": seconds}
            self.stdout.write(json.dumps(result | {"is_superseded": passed.is_superseded}))
        else:
            words = _("%(leads)d leads scored by %(version)s, %(written)d scores changed, %(seconds).2f s.")
            facts = {"leads": passed.leads, "version": versions, "written": passed.written, "seconds": seconds}
            self.stdout.write(words % facts)

    def report(self, passed: Passed, total: int) -> None:
        self.stderr.write(f"{passed.leads} / {total}")
