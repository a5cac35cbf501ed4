"""Between the text of a cell and the value of a field, both ways."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from leads.intake import rows
from leads.intake.rows import RowRejected

DATE_ORDERS = ("iso", "dmy", "mdy")
DAY_OR_MONTH_FIRST = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm])?)?"
)
# What a spreadsheet would run as a formula, also after blanks and quotes, also in full-width signs.
FORMULA = re.compile(r"[\s\"']*[=+\-@＝＋－＠]|[\t\r\n]")
MONEY_SIGNS = re.compile(r"[\s€$£¥]|^[A-Z]{3}\b|\b[A-Z]{3}$")
SEVERAL_NUMBERS = re.compile(r"[+\d][\d ()./-]{4,}(?:[,;] *[+\d][\d ()./-]{4,})+")
WITH_COMMAS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
WITH_POINTS = re.compile(r"\d{1,3}(\.\d{3})+,\d{1,2}|\d+,\d{1,2}")


def read_cell(name: str, text: str, *, header: str, dates: str) -> Any:
    """The value of a field in a trimmed cell; RowRejected names the column by its header."""
    try:
        if name in {"created_at", "converted_at"}:
            return _read_date(text, dates, name)
        if name == "deal_amount":
            return rows.read_amount(_plain_number(text), name)
        if name in {"first_name", "last_name"}:
            return rows.read_text(text, "name")
        return rows.READERS[name](_first_of(name, text), name)
    except RowRejected as error:
        raise RowRejected(error.code, header, **error.facts) from None


def _first_of(name: str, text: str) -> str:
    """The first of several addresses or numbers in one cell, as Pipedrive joins them; the file's text is kept too."""
    joined = (name == "email" and text.count("@") > 1) or (name == "phone" and SEVERAL_NUMBERS.fullmatch(text))
    return re.split(r"[,;]", text)[0].strip() if joined else text


def shown(name: str, value: Any) -> str:
    """The text by which an export shows the value of a field; reading it again gives the value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def without_guard(text: str) -> str:
    """The text without the apostrophe that our exports put before what a spreadsheet would run."""
    return text[1:] if text[:1] == "'" and FORMULA.match(text[1:]) else text


def _read_date(text: str, order: str, name: str) -> dt.datetime | None:
    if order != "iso" and (match := DAY_OR_MONTH_FIRST.fullmatch(text)):
        try:
            return rows.aware(_of_parts(match, order))
        except (ValueError, OverflowError):
            raise RowRejected("bad_date", name, value=rows.shown_short(text)) from None
    return rows.read_moment(text.replace("/", "-") if text[:4].isdigit() else text, name)


def _of_parts(match: re.Match[str], order: str) -> dt.datetime:
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    day, month = (first, second) if order == "dmy" else (second, first)
    hour = int(match[4] or 0)
    if match[7]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if match[7].lower() == "pm" else 0)
    return dt.datetime(year, month, day, hour, int(match[5] or 0), int(match[6] or 0))  # noqa: DTZ001 - made aware above


def _plain_number(text: str) -> str:
    """ "€ 1,234.50" and "1.234,50" as 1234.50; what is neither stays as it is, to be refused with its own text."""
    bare = MONEY_SIGNS.sub("", text)
    if WITH_COMMAS.fullmatch(bare):
        return bare.replace(",", "")
    if WITH_POINTS.fullmatch(bare):
        return bare.replace(".", "").replace(",", ".")
    return bare
