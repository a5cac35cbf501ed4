"""Rows of leads, read by what each column of their file means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from leads.imports.cells import read_cell, shown, without_guard
from leads.imports.columns import Columns
from leads.intake.merging import FILLED_ONCE
from leads.intake.rows import LEAD_FIELDS, LeadRow, require_identity

# The parts of a name, which many systems keep apart.
NAME_PARTS = ("first_name", "last_name")
# A lead always has these; that the file had no word for them is kept as well.
DEFAULTED = frozenset({"created_at", "stage"})
TARGETS = (*LEAD_FIELDS, *NAME_PARTS)


@dataclass(frozen=True)
class ColumnPlan(Columns):
    """The columns of a file of leads."""

    @cached_property
    def naming_headers(self) -> Mapping[str, str]:
        """Which columns hold source and external id."""
        return {name: header for _, header, name in self.fields if name in FILLED_ONCE}

    @property
    def name_header(self) -> str:
        """The column that an unusable name is blamed on."""
        parts = {name: header for _, header, name in self.fields}
        return parts.get("last_name", parts.get("first_name", ""))

    def row_of(self, cells: Sequence[str]) -> LeadRow:
        """The row in these cells; RowRejected names the column at fault."""
        row = LeadRow(headers=self.headers, naming_headers=self.naming_headers)
        names = {}
        for index, header, name in self.fields:
            text = cells[index].strip()
            if text in self.blank:
                if text or name in DEFAULTED:
                    row.as_read[header] = text
                continue
            value = read_cell(name, without_guard(text), header=header, dates=self.dates)
            if name in NAME_PARTS:
                names[name] = value
            else:
                setattr(row, name, value)
            if name in NAME_PARTS or shown(name, value) != text:
                row.as_read[header] = text
        if names:
            row.name = read_cell("name", full_name(names), header=self.name_header, dates="")
        self._read_attributes(row, cells)
        require_identity(row)
        return row

    def _read_attributes(self, row: LeadRow, cells: Sequence[str]) -> None:
        for index, header, name in self.attributes:
            text = cells[index].strip()
            if not text:
                continue
            if text in self.blank:
                row.as_read[header] = text
            else:
                row.attributes[name] = value = without_guard(text)
                if value != text:
                    row.as_read[header] = text


def full_name(parts: Mapping[str, str]) -> str:
    return " ".join(part for part in (parts.get(name, "") for name in NAME_PARTS) if part)


def plan_columns(column_map: Any, headers: Sequence[str]) -> ColumnPlan:
    """The plan of a map for a file of leads with these headers; RefusedInput names what is wrong with it."""
    return ColumnPlan.of(
        column_map, headers, targets=TARGETS, needed=("email", "external_id"), code="no_identity_column"
    )
