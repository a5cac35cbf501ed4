"""Looks ahead: what an import would create and change, and which rows it would reject, grouped by what mends them."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Sequence
from typing import Any

from leads.imports.kinds import Kind, kind_of
from leads.imports.reading import CsvFile, Record, count_rows
from leads.imports.running import CHUNK, Report, rows_of
from leads.intake import RowRejected
from leads.models.imports import ImportKind

LINES_SHOWN = 5
FORMULA_SIGNS = tuple("=+-@\t\r＝＋－＠")
PLAIN_NUMBER = re.compile(r"[+-]?[\d .,()/-]+%?")
CONFLICTS = frozenset({"email_of_another_lead", "domains_of_two_accounts", "account_name_of_several"})


class Check:
    """The figures of a check while it goes on; `as_json` is the job's result."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.counts = dict.fromkeys(("rows", "created", "updated", "unchanged", "rejected"), 0)
        self.problems: dict[tuple[str, str], dict[str, Any]] = {}
        # Rows that are taken, and worth a look all the same.
        self.warnings: dict[tuple[str, str], dict[str, Any]] = {}
        # Whom earlier rows will have created, as hashes: a file of a million leads must fit.
        self._seen: set[int] = set()

    def reject(self, record: Record, error: RowRejected) -> None:
        """Count the row with those that the same repair mends; the first one is the example."""
        self.counts["rejected"] += 1
        _add(self.problems, error.code, error.field, error.facts, record.line)

    def warn_of_formulas(self, record: Record, headers: Sequence[str]) -> None:
        """A spreadsheet would run these cells; here they are text, and exports make them harmless."""
        for header, cell in zip(headers, record.cells, strict=True):
            if cell[:1] in FORMULA_SIGNS and not PLAIN_NUMBER.fullmatch(cell.strip()):
                _add(self.warnings, "formula_cell", header, {}, record.line)

    def take(self, good: Sequence[tuple[Record, Any]], report_outcomes: Sequence[str | None]) -> None:
        """Count what the look ahead said, but for rows whose lead or account an earlier row of the file creates."""
        for (record, row), outcome in zip(good, report_outcomes, strict=True):
            names = {hash(name) for name in self.kind.names(row)}
            if outcome is not None and names & self._seen:
                outcome = "updated" if outcome == "created" else outcome
                _add(self.warnings, "row_again", "", {}, record.line)
            if outcome in {"created", "updated"}:
                self._seen |= names
            if outcome is not None:
                self.counts[outcome] += 1

    def as_json(self) -> dict[str, Any]:
        conflicts = sum(group["rows"] for group in self.problems.values() if group["code"] in CONFLICTS)
        problems, warnings = (
            sorted(groups.values(), key=lambda group: -group["rows"]) for groups in (self.problems, self.warnings)
        )
        return {"counts": self.counts, "conflicts": conflicts, "problems": problems, "warnings": warnings}


def _add(
    groups: dict[tuple[str, str], dict[str, Any]], code: str, column: str, facts: dict[str, Any], line: int
) -> None:
    """Count the row with those of the same kind; the first one is the example."""
    group = groups.setdefault((code, column), {"code": code, "column": column, "facts": facts, "rows": 0, "lines": []})
    group["rows"] += 1
    if len(group["lines"]) < LINES_SHOWN:
        group["lines"].append(line)


def check_import(
    file: CsvFile, column_map: dict[str, Any], *, progress: Report, at: dt.datetime, kind: str = ImportKind.LEADS
) -> dict[str, Any]:
    """{"counts": {rows, created, updated, unchanged, rejected}, "problems": [{code, column, facts, rows, lines}],
    "conflicts": rejected rows that speak of two leads or accounts, "warnings": as problems, of rows that are taken}.

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
                check.warn_of_formulas(record, file.headers)
        rows = [row for _, row in good]
        report = taker.preview(rows, at)
        for rejection in report.rejected:
            check.reject(good[rejection.index][0], RowRejected(rejection.code, rejection.field, **rejection.facts))
        check.take(good, report.outcomes)
        check.counts["rows"] += len(chunk)
        progress(check.counts["rows"], total)
    return check.as_json()
