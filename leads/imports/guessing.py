"""Suggests what the columns of a file mean, from their headers and the first cells below them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leads.accounts.rows import read_domains
from leads.imports.cells import DATE_ORDERS, read_cell
from leads.imports.kinds import kind_of
from leads.imports.mapping import NAME_PARTS
from leads.imports.reading import CsvFile
from leads.imports.systems import System, plain, system_of
from leads.intake.rows import RowRejected
from leads.models import ColumnMap
from leads.models.imports import ImportKind

N_SAMPLES = 100
# Fields whose cells must be readable, else the guess is wrong and the column is kept as an attribute.
STRICT = frozenset({"created_at", "converted_at", "stage", "converted", "deal_amount", "email"})
# Words that exports leave in a cell nobody filled in; offered, never assumed.
LIKELY_BLANKS = ("Select", "N/A", "n/a", "-", "NULL", "null", "None", "(none)")


def samples_of(file: CsvFile) -> list[list[str]]:
    """The cells of the first readable rows."""
    rows: list[list[str]] = []
    for record in file.records():
        if not record.code:
            rows.append([cell.strip() for cell in record.cells])
        if len(rows) == N_SAMPLES:
            break
    return rows


def guess_map(headers: Sequence[str], samples: Sequence[Sequence[str]], kind: str = ImportKind.LEADS) -> dict[str, Any]:
    """The map that these headers and cells suggest; columns it does not know become attributes."""
    system = system_of(headers) if kind == ImportKind.LEADS else None
    columns = _by_header(headers, kind_of(kind).words, system)
    cells = {header: [row[headers.index(header)] for row in samples] for header in columns}
    order = next((order for order in DATE_ORDERS if _dates_fit(columns, cells, order)), "iso")
    fits = {header: name for header, name in columns.items() if _fits(name, header, cells[header], order)}
    return {"columns": fits, "blank": [], "dates": order}


def suggested_map(
    headers: Sequence[str], samples: Sequence[Sequence[str]], kind: str = ImportKind.LEADS
) -> dict[str, Any]:
    """What was used the last time for these headers, else a guess with the blank words that the cells show."""
    remembered = ColumnMap.objects.filter(headers_key=headers_key(headers, kind)).first()
    if remembered:
        return dict(remembered.column_map)
    seen = {cell for row in samples for cell in row}
    return {**guess_map(headers, samples, kind), "blank": [word for word in LIKELY_BLANKS if word in seen]}


def headers_key(headers: Sequence[str], kind: str = ImportKind.LEADS) -> str:
    """What a set of headers is remembered by, whatever their order."""
    mark = [] if kind == ImportKind.LEADS else [f"\n{kind}"]
    return hashlib.sha256("\n".join([*mark, *sorted(headers)]).encode()).hexdigest()


def _by_header(headers: Sequence[str], known: Mapping[str, str], system: System | None) -> dict[str, str]:
    """{header: field}, by the words of the system that the file comes from before those of everybody."""
    if system is not None:
        headers = [header for header in headers if not system.keeps(header)]
        known = {name: f"{system.fields.get(name, '')} {known.get(name, '')}" for name in {**system.fields, **known}}
    bare = system.bare if system is not None else plain
    by_word = {bare(header): header for header in reversed(headers)}
    columns: dict[str, str] = {}
    for name, words in known.items():
        found = (by_word[word] for word in map(plain, words.split()) if word in by_word)
        header = next((header for header in found if header not in columns), None)
        if header is not None:
            columns[header] = name
    if "name" in columns.values():
        columns = {header: name for header, name in columns.items() if name not in NAME_PARTS}
    return columns


def _dates_fit(columns: Mapping[str, str], cells: Mapping[str, Sequence[str]], order: str) -> bool:
    dated = [header for header, name in columns.items() if name in {"created_at", "converted_at"}]
    return all(_share_read(columns[header], cells[header], order) == 1 for header in dated)


def _fits(name: str, header: str, cells: Sequence[str], order: str) -> bool:
    if name == "domains":
        return _says_domain(header) or _share_of(cells, _is_domain) >= 0.5
    return name not in STRICT or _share_read(name, cells, order) >= 0.5


def _says_domain(header: str) -> bool:
    """A column that is called so holds domains, and each cell that is none is told of its row."""
    return re.search("domain(s|name)?$", plain(header)) is not None


def _share_read(name: str, cells: Sequence[str], order: str) -> float:
    return _share_of(cells, lambda cell: _reads(name, cell, order))


def _share_of(cells: Sequence[str], is_fit: Callable[[str], bool]) -> float:
    """The share of the filled cells that fit; 1 where all are blank."""
    filled = [cell for cell in cells if cell and cell not in LIKELY_BLANKS]
    return sum(map(is_fit, filled)) / len(filled) if filled else 1.0


def _is_domain(cell: str) -> bool:
    try:
        return bool(read_domains(cell))
    except RowRejected:
        return False


def _reads(name: str, cell: str, order: str) -> bool:
    try:
        read_cell(name, cell, header="", dates=order)
    except RowRejected:
        return False
    return True
