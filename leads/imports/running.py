"""Runs an import in short transactions: each saves its rows, their counts and where to go on, all or nothing."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any, Protocol

from django.db import transaction
from django.db.models import F

from leads.imports.kinds import Plan, kind_of
from leads.imports.reading import CsvFile, Record, count_rows, open_csv
from leads.imports.storing import file_of
from leads.intake import RowRejected
from leads.models import LeadImport, RejectedRow
from leads.models.imports import ImportState
from slaportal.audit.services import record as record_in_audit
from slaportal.web.refusals import Refused

CHUNK = 500


class Report(Protocol):
    """Hears how many rows of how many are done, after each transaction."""

    def __call__(self, done: int, total: int) -> None: ...


def run_import(
    lead_import: LeadImport, file: CsvFile, *, progress: Report, at: dt.datetime, total: int | None = None
) -> None:
    """Take the rows from where an earlier run stopped to the end; RefusedInput before anything if the file is bad.

    Killed at any moment, the next call goes on: `n_rows` counts the rows of finished transactions. `total` is what
    `count_rows` said, if it was asked already.
    """
    plan = kind_of(lead_import.kind).plan(lead_import.column_map, file.headers)
    total = count_rows(file) if total is None else total
    rest = itertools.islice(file.records(), lead_import.n_rows, None)
    for chunk in iter(lambda: list(itertools.islice(rest, CHUNK)), []):
        with transaction.atomic():
            _lock(lead_import)
            _take(lead_import, chunk, plan, at)
        progress(lead_import.n_rows, total)
    with transaction.atomic():
        finished = LeadImport.objects.filter(pk=lead_import.pk, finished_at=None)
        if finished.update(state=ImportState.DONE, finished_at=at):
            lead_import.refresh_from_db()
            on = f"import:{lead_import.public_id}"
            record_in_audit(f"{lead_import.kind}.imported", by=lead_import.by, on=on, at=at, **counts_of(lead_import))


def counts_of(lead_import: LeadImport) -> dict[str, int]:
    """The figures of an import by their names in reports."""
    return {
        "rows": lead_import.n_rows,
        "created": lead_import.n_created,
        "updated": lead_import.n_updated,
        "unchanged": lead_import.n_unchanged,
        "rejected": lead_import.n_rejected,
    }


def rows_of(records: list[Record], plan: Plan) -> Iterator[tuple[Record, Any]]:
    """Each record with its row, or with the RowRejected that says why there is none."""
    for record in records:
        if record.code:
            yield record, RowRejected(record.code, "", **record.facts)
            continue
        try:
            yield record, plan.row_of(record.cells)
        except RowRejected as error:
            yield record, error


def reopened(lead_import: LeadImport) -> CsvFile:
    """The stored file of an import, opened in the encoding it was found good in."""
    return open_csv(file_of(lead_import), lead_import.encoding)


def _lock(lead_import: LeadImport) -> None:
    """Only one run at a time goes on from the same row; another one ends here."""
    here = LeadImport.objects.select_for_update(no_key=True).filter(pk=lead_import.pk, n_rows=lead_import.n_rows)
    if not here.exists():
        raise Refused("import_is_running")


def _take(lead_import: LeadImport, chunk: list[Record], plan: Plan, at: dt.datetime) -> None:
    good: list[tuple[Record, Any]] = []
    bad: list[tuple[Record, RowRejected]] = []
    for record, row in rows_of(chunk, plan):
        if isinstance(row, RowRejected):
            bad.append((record, row))
        else:
            good.append((record, row))
    kind = kind_of(lead_import.kind)
    report = kind.save([row for _, row in good], lead_import.by, at)
    if kind.trace is not None:
        kind.trace(lead_import, report, at)
    for rejection in report.rejected:
        column = next((header for _, header, name in plan.fields if name == rejection.field), "")
        bad.append((good[rejection.index][0], RowRejected(rejection.code, column, **rejection.facts)))
    RejectedRow.objects.bulk_create(_rejected_row(lead_import, record, error) for record, error in bad)
    LeadImport.objects.filter(pk=lead_import.pk).update(
        n_rows=F("n_rows") + len(chunk),
        n_created=F("n_created") + report.created,
        n_updated=F("n_updated") + report.updated,
        n_unchanged=F("n_unchanged") + report.unchanged,
        n_rejected=F("n_rejected") + len(bad),
    )
    lead_import.refresh_from_db(fields=["n_rows", "n_created", "n_updated", "n_unchanged", "n_rejected"])


def _rejected_row(lead_import: LeadImport, record: Record, error: RowRejected) -> RejectedRow:
    return RejectedRow(
        lead_import=lead_import,
        line=record.line,
        cells=record.cells,
        code=error.code,
        column=error.field[:200],
        facts=error.facts,
    )
