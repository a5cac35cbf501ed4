"""What each column of a file means: the map as it was given, checked against the file, and rows read by it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leads.imports.cells import DATE_ORDERS, read_cell, shown, without_guard
from leads.intake.merging import FILLED_ONCE
from leads.intake.rows import LEAD_FIELDS, LeadRow, require_identity
from slaportal.web.refusals import RefusedInput

ATTRIBUTE = "attributes."
# The parts of a name, which many systems keep apart.
NAME_PARTS = ("first_name", "last_name")
# A lead always has these; that the file had no word for them is kept as well.
DEFAULTED = frozenset({"created_at", "stage"})
TARGETS = (*LEAD_FIELDS, *NAME_PARTS)


@dataclass(frozen=True)
class ColumnPlan:
    """A checked map: which cell fills which field or attribute, and which words mean a blank."""

    fields: tuple[tuple[int, str, str], ...]
    attributes: tuple[tuple[int, str, str], ...]
    blank: frozenset[str]
    dates: str
    headers: frozenset[str]
    naming_headers: Mapping[str, str]

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


def load_map(text: bytes) -> dict[str, Any]:
    """The JSON object in a map file."""
    try:
        loaded = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RefusedInput("map_not_json", detail=str(error)) from error
    if not isinstance(loaded, dict):
        raise RefusedInput("map_not_an_object")
    return loaded


def plan_columns(column_map: Any, headers: Sequence[str]) -> ColumnPlan:
    """The plan of a map for a file with these headers; RefusedInput names the wrong column, field or key."""
    if not isinstance(column_map, Mapping) or not isinstance(column_map.get("columns", {}), Mapping):
        raise RefusedInput("map_not_an_object")
    for key in column_map:
        if key not in {"columns", "blank", "dates"}:
            raise RefusedInput("map_unknown_key", name=str(key)[:60])
    columns = {str(header).strip(): target for header, target in column_map.get("columns", {}).items()}
    targets = _targets(columns, headers)
    fields = [(headers.index(header), header, target) for header, target in targets.items() if target in TARGETS]
    attributes = [
        (headers.index(header), header, target.removeprefix(ATTRIBUTE))
        for header, target in targets.items()
        if target.startswith(ATTRIBUTE)
    ]
    if not {"email", "external_id"} & set(targets.values()):
        raise RefusedInput("no_identity_column")
    return ColumnPlan(
        fields=tuple(fields),
        attributes=tuple(attributes),
        blank=_blank_words(column_map),
        dates=_date_order(column_map),
        headers=frozenset(targets),
        naming_headers={target: header for header, target in targets.items() if target in FILLED_ONCE},
    )


def _targets(columns: Mapping[str, Any], headers: Sequence[str]) -> dict[str, str]:
    """{header: field or "attributes.…"} of the columns that are taken, in the order of the file."""
    for header, target in columns.items():
        if header not in headers:
            raise RefusedInput("map_absent_column", column=header[:200])
        if target is not None and not _is_target(target):
            raise RefusedInput("map_unknown_field", column=header, field=str(target)[:60])
    targets = {header: columns.get(header, ATTRIBUTE + header) for header in headers}
    taken = {header: target for header, target in targets.items() if target is not None}
    filled_by: dict[str, str] = {}
    for header, target in taken.items():
        if target in filled_by:
            raise RefusedInput("map_field_twice", first=filled_by[target], second=header, field=target)
        filled_by[target] = header
    return taken


def _is_target(target: Any) -> bool:
    return isinstance(target, str) and (
        target in TARGETS or (target.startswith(ATTRIBUTE) and bool(target.removeprefix(ATTRIBUTE).strip()))
    )


def _blank_words(column_map: Mapping[str, Any]) -> frozenset[str]:
    words = column_map.get("blank", [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise RefusedInput("map_bad_blank")
    return frozenset({"", *(word.strip() for word in words)})


def _date_order(column_map: Mapping[str, Any]) -> str:
    order = column_map.get("dates", "iso")
    if order not in DATE_ORDERS:
        raise RefusedInput("map_bad_dates")
    return str(order)
