"""Write all leads to a CSV file, in the columns of the import they came by."""

from __future__ import annotations

import contextlib
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from leads.export import latest_import, write_leads
from leads.models import LeadImport
from leads.models.imports import ImportKind, ImportState


class Command(BaseCommand):
    help = "Export all leads as CSV: in the columns of the latest import (or --like), else every field and attribute."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--like", default="", help="id, sha256 or file name of the import whose columns to use")
        parser.add_argument(
            "--plain", action="store_true", help="every field and every attribute, whatever was imported"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        like = None if options["plain"] else self._import(options["like"])
        try:
            with options["file"].open("w", encoding="utf-8", newline="") as target:
                report = {"rows": write_leads(target, like=like), "like": str(like.public_id) if like else None}
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from error
        self.stdout.write(json.dumps(report) if options["json"] else f"{report['rows']} leads written.")

    def _import(self, named: str) -> LeadImport | None:
        if not named:
            return latest_import()
        done = LeadImport.objects.filter(kind=ImportKind.LEADS, state=ImportState.DONE).order_by("-finished_at")
        found = done.filter(sha256=named).first() or done.filter(file_name=named).first()
        with contextlib.suppress(ValueError):
            found = found or done.filter(public_id=UUID(named)).first()
        if found is None:
            raise CommandError(f"There is no finished import “{named}”.")
        return found
