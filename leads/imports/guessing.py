"""Suggests what the columns of a file mean, from their headers and the first cells below them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from leads.imports.cells import DATE_ORDERS, read_cell
from leads.imports.mapping import NAME_PARTS
from leads.imports.reading import CsvFile
from leads.intake.rows import RowRejected
from leads.models import ColumnMap

N_SAMPLES = 100
# Headers of well-known exports without blanks and signs, in lower case; of several that fit, the first word wins.
WORDS = {
    "external_id": "external_id record_id prospect_id lead_id contact_id id lead_number lead_pipedrive_system_id"
    " person_pipedrive_system_id",
    "email": "email e_mail email_address e_mail_address mail person_email work_email business_email",
    "name": "name full_name person_name contact_name contact_person lead_name",
    "first_name": "first_name given_name person_first_name",
    "last_name": "last_name surname family_name person_last_name",
    "company": "company company_name organization organisation organization_name account account_name",
    "title": "job_title title position",
    "phone": "phone phone_number telephone person_phone mobile mobile_phone mobile_phone_number",
    "country": "country country_region",
    "source": "lead_source source original_source lead_source_channel person_source",
    "created_at": "created_at create_date created_date created creation_date person_creation_date lead_created",
    "stage": "lifecycle_stage lead_stage stage",
    "converted": "converted is_converted",
    "converted_at": "converted_at converted_date",
    "deal_amount": "deal_amount amount deal_value",
}
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


def guess_map(headers: Sequence[str], samples: Sequence[Sequence[str]]) -> dict[str, Any]:
    """The map that these headers and cells suggest; columns it does not know become attributes."""
    columns = _by_header(headers)
    cells = {header: [row[headers.index(header)] for row in samples] for header in columns}
    order = next((order for order in DATE_ORDERS if _dates_fit(columns, cells, order)), "iso")
    fits = {header: name for header, name in columns.items() if _fits(name, cells[header], order)}
    return {"columns": fits, "blank": [], "dates": order}


def suggested_map(headers: Sequence[str], samples: Sequence[Sequence[str]]) -> dict[str, Any]:
    """What was used the last time for these headers, else a guess with the blank words that the cells show."""
    remembered = ColumnMap.objects.filter(headers_key=headers_key(headers)).first()
    if remembered:
        return dict(remembered.column_map)
    seen = {cell for row in samples for cell in row}
    return {**guess_map(headers, samples), "blank": [word for word in LIKELY_BLANKS if word in seen]}


def headers_key(headers: Sequence[str]) -> str:
    """What a set of headers is remembered by, whatever their order."""
    return hashlib.sha256("\n".join(sorted(headers)).encode()).hexdigest()


def _by_header(headers: Sequence[str]) -> dict[str, str]:
    plain = {_plain(header): header for header in reversed(headers)}
    columns: dict[str, str] = {}
    for name, words in WORDS.items():
        found = (plain[word] for word in map(_plain, words.split()) if word in plain)
        header = next((header for header in found if header not in columns), None)
        if header is not None:
            columns[header] = name
    if "name" in columns.values():
        columns = {header: name for header, name in columns.items() if name not in NAME_PARTS}
    return columns


def _plain(header: str) -> str:
    return re.sub(r"[\W_]", "", header).lower()


def _dates_fit(columns: Mapping[str, str], cells: Mapping[str, Sequence[str]], order: str) -> bool:
    dated = [header for header, name in columns.items() if name in {"created_at", "converted_at"}]
    return all(_share_read(columns[header], cells[header], order) == 1 for header in dated)


def _fits(name: str, cells: Sequence[str], order: str) -> bool:
    return name not in STRICT or _share_read(name, cells, order) >= 0.5


def _share_read(name: str, cells: Sequence[str], order: str) -> float:
    """The share of the filled cells that can be read as this field; 1 where all are blank."""
    filled = [cell for cell in cells if cell and cell not in LIKELY_BLANKS]
    return sum(_reads(name, cell, order) for cell in filled) / len(filled) if filled else 1.0


def _reads(name: str, cell: str, order: str) -> bool:
    try:
        read_cell(name, cell, header="", dates=order)
    except RowRejected:
        return False
    return True
