"""Looks ahead: what an import would create and change, and which rows it would reject, grouped by what mends them."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

from leads.imports.kinds import Kind, kind_of
from leads.imports.reading import CsvFile, Record, count_rows
from leads.imports.running import CHUNK, Report, rows_of
from leads.intake import RowRejected
from leads.models.imports import ImportKind

LINES_SHOWN = 5


class Check:
    """The figures of a check while it goes on; `as_json` is the job's result."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.counts = dict.fromkeys(("rows", "created", "updated", "unchanged", "rejected"), 0)
        self.problems: dict[tuple[str, str], dict[str, Any]] = {}
        # Whom earlier rows will have created, as hashes: a file of a million leads must fit.
        self._seen: set[int] = set()

    def reject(self, record: Record, error: RowRejected) -> None:
        """Count the row with those that the same repair mends; the first one is the example."""
        self.counts["rejected"] += 1
        group = self.problems.setdefault(
            (error.code, error.field),
            {"code": error.code, "column": error.field, "facts": error.facts, "rows": 0, "lines": []},
        )
        group["rows"] += 1
        if len(group["lines"]) < LINES_SHOWN:
            group["lines"].append(record.line)

    def take(self, rows: Sequence[Any], report_outcomes: Sequence[str | None]) -> None:
        """Count what the look ahead said, but for rows whose lead or account an earlier row of the file creates."""
        for row, outcome in zip(rows, report_outcomes, strict=True):
            names = {hash(name) for name in self.kind.names(row)}
            if outcome == "created" and names & self._seen:
                outcome = "updated"
            if outcome in {"created", "updated"}:
                self._seen |= names
            if outcome is not None:
                self.counts[outcome] += 1

    def as_json(self) -> dict[str, Any]:
        problems = sorted(self.problems.values(), key=lambda group: -group["rows"])
        return {"counts": self.counts, "problems": problems}


def check_import(
    file: CsvFile, column_map: dict[str, Any], *, progress: Report, at: dt.datetime, kind: str = ImportKind.LEADS
) -> dict[str, Any]:
    """{"counts": {rows, created, updated, unchanged, rejected}, "problems": [{code, column, facts, rows, lines}]}.

    Writes nothing. RefusedInput if the file or the map is bad as a whole.
    """
    taker = kind_of(kind)
    plan = taker.plan(column_map, file.headers)
    total, check = count_rows(file), Check(taker)
    records = file.records()
    for chunk in iter(lambda: list(itertools.islice(records, CHUNK)), []):
        good: list[tuple[Record, Any]] = []
        for record, row in rows_of(chunk, plan):
            if isinstance(row, RowRejected):
                check.reject(record, row)
            else:
                good.append((record, row))
        rows = [row for _, row in good]
        report = taker.preview(rows, at)
        for rejection in report.rejected:
            check.reject(good[rejection.index][0], RowRejected(rejection.code, rejection.field, **rejection.facts))
        check.take(rows, report.outcomes)
        check.counts["rows"] += len(chunk)
        progress(check.counts["rows"], total)
    return check.as_json()
