"""A small file of leads with one of each oddity, and its map."""

from __future__ import annotations

import csv
import io
from typing import Any

HEADERS = ["Record ID", "Email", "First Name", "Last Name", "Create Date", "Stage", "Won", "Amount", "City"]
MAP: dict[str, Any] = {
    "columns": {
        "Record ID": "external_id",
        "Email": "email",
        "First Name": "first_name",
        "Last Name": "last_name",
        "Create Date": "created_at",
        "Stage": "stage",
        "Won": "converted",
        "Amount": "deal_amount",
    },
    "blank": ["Select"],
    "dates": "mdy",
}
ROWS = [
    ["1", "AIKO@nordlys.example", "Aiko", "Mori", "10/15/2026 3:45 PM", "Lead", "0", "", "Oslo"],
    ["2", "lea@volta.example", "Lea", "", "2026-10-01", "Customer", "Yes", "$1,200.50", "Select"],
    ["3", "", "Select", "Petit", "", "", "no", "1.200,5", " Pune "],
    ["4", "jo@acme.example", "", "", "2026-10-01T08:00:00+02:00", "subscriber", "Select", "12.00", "=1+1"],
]


def text_of(rows: list[list[str]], headers: list[str] = HEADERS) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([headers, *rows])
    return text.getvalue()
