"""Import a CSV file of leads from the command line, score the new and changed ones, and say how it went."""

from __future__ import annotations

import json
import resource
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from agreements.selectors import active_version
from leads.handoff import hand_off_many
from leads.imports.columns import load_map
from leads.imports.guessing import guess_map, samples_of
from leads.imports.kinds import kind_of
from leads.imports.reading import CsvFile, count_rows, open_csv
from leads.imports.running import counts_of, run_import
from leads.imports.storing import import_of_path
from leads.imports.undoing import may_be_undone, undo_import
from leads.models import LeadImport
from leads.models.imports import ImportKind
from leads.scoring import governing, qualified_leads, score_dirty
from slaportal.web.refusals import Refused, RefusedInput, words_for

REJECTED_SHOWN = 20


class Command(BaseCommand):
    help = "Import leads from a CSV file with any columns; importing it twice changes nothing."
    kind = ImportKind.LEADS

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument(
            "--map", type=Path, help="JSON file: what each column means (default: guessed from the headers)"
        )
        parser.add_argument("--agreement", default="", help="slug of the agreement whose terms must be in force")
        parser.add_argument("--encoding", default="", help="encoding of the file (default: by its mark, else UTF-8)")
        parser.add_argument("--handoff", action="store_true", help="hand over the leads that qualify")
        if self.kind == ImportKind.LEADS:
            parser.add_argument("--undo", metavar="ID", help="take this import of the last seven days back")
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        if options.get("undo"):
            self._report(self._undo(options["undo"]), options)
            return
        if options["file"] is None:
            raise CommandError("Say which file to import.")
        if options["agreement"] and active_version(options["agreement"]) is None:
            raise CommandError(f"No version of an agreement “{options['agreement']}” is in force.")
        started = time.monotonic()
        try:
            lead_import = self._import(options)
        except Refused as refused:
            raise CommandError(f"{options['file']}: {words_for(refused)}") from refused
        report: dict[str, Any] = {"import": str(lead_import.public_id), **counts_of(lead_import)}
        report["seconds"] = round(time.monotonic() - started, 2)
        report["peak_mb"] = round(peak_mb(), 1)
        self._show_rejected(lead_import)
        self._report(report | self._score(hand_over=options["handoff"]), options)

    def _report(self, report: dict[str, Any], options: dict[str, Any]) -> None:
        shown = (
            json.dumps(report) if options["json"] else ", ".join(f"{name} {value}" for name, value in report.items())
        )
        self.stdout.write(shown)

    def _undo(self, public_id: str) -> dict[str, Any]:
        """Take an import back; run again after a crash, it goes on with the rest."""
        try:
            lead_import = LeadImport.objects.filter(public_id=UUID(public_id)).first()
        except ValueError:
            lead_import = None
        refused = may_be_undone(lead_import, timezone.now()) if lead_import else Refused("no_such_import", id=public_id)
        if lead_import is None or refused is not None:
            raise CommandError(words_for(refused or Refused("no_such_import", id=public_id)))
        return dict(undo_import(lead_import, by=None, progress=self._undo_progress))

    def _undo_progress(self, done: int, total: int, *, checkpoint: dict[str, Any] | None = None) -> None:
        self._progress(done, total)

    def _import(self, options: dict[str, Any]) -> LeadImport:
        path = options["file"]
        if not path.is_file():
            raise RefusedInput("file_absent", path=str(path))
        file = open_csv(path, options["encoding"])
        column_map = self._map(options["map"], file)
        # All that is wrong with the file or the map as a whole shows before the first row is written.
        kind_of(self.kind).plan(column_map, file.headers)
        total = count_rows(file)
        lead_import = import_of_path(path, file, column_map=column_map, by=None, at=timezone.now(), kind=self.kind)
        run_import(lead_import, file, progress=self._progress, at=timezone.now(), total=total)
        return lead_import

    def _map(self, path: Path | None, file: CsvFile) -> dict[str, Any]:
        if path is None:
            return guess_map(file.headers, samples_of(file), self.kind)
        if not path.is_file():
            raise RefusedInput("file_absent", path=str(path))
        return load_map(path.read_bytes())

    def _progress(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done} of {total} rows", ending="\n" if done == total else "")

    def _show_rejected(self, lead_import: LeadImport) -> None:
        for row in lead_import.rejected_rows.order_by("line")[:REJECTED_SHOWN]:
            where = f"line {row.line}, {row.column}" if row.column else f"line {row.line}"
            self.stderr.write(f"{where}: {words_for(RefusedInput(row.code, **row.facts))}")
        if lead_import.n_rejected > REJECTED_SHOWN:
            self.stderr.write(f"… and {lead_import.n_rejected - REJECTED_SHOWN} more rejected rows.")

    def _score(self, *, hand_over: bool) -> dict[str, Any]:
        """Score what the import changed; hand over what qualifies only when asked."""
        started, scored = time.monotonic(), 0
        while taken := score_dirty(timezone.now()):
            scored += taken
        in_force = governing()
        if not in_force:
            return {"scored": 0, "qualified": 0, "handed_over": 0, "scoring_seconds": 0.0}
        qualified = qualified_leads(in_force, timezone.now())
        n_qualified = qualified.count()
        opened = len(hand_off_many(leads=list(qualified), by=None)) if hand_over else 0
        seconds = round(time.monotonic() - started, 2)
        return {"scored": scored, "qualified": n_qualified, "handed_over": opened, "scoring_seconds": seconds}


def peak_mb() -> float:
    """The most memory this process ever held, in MB; macOS counts bytes, Linux KiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 / 1024 if sys.platform == "darwin" else peak / 1024
