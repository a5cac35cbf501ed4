"""Reads a CSV file of any size in flat memory; says which line is at fault, and whether the file or the row is."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from leads.imports.encodings import line_that_cannot_be_read, open_text
from leads.imports.lines import Lines, LineTooLong
from leads.intake.rows import MAX_ATTRIBUTE_NAME, MAX_CELL
from slaportal.web.refusals import RefusedInput

# As many attributes as a lead may have; a Salesforce export of a large company has 400 columns.
MAX_COLUMNS = 500
DELIMITERS = (",", ";", "\t", "|")
# What is kept of a row that could not be read at all.
KEPT_OF_A_CELL = 1_000
QUOTED = re.compile(r'"(?:[^"]|"")*"')
DELIMITER_HINT = re.compile(r"sep=(.)\s*", re.IGNORECASE)
NUMBER_LIKE = re.compile(r"[-+]?[\d.,/:\s-]+")
EMAIL_LIKE = re.compile(r"[^@\s]+@[^@\s]+\.\w+")


@dataclass(slots=True)
class Record:
    """One row of the file: its cells, or why they could not be read. `line` is where it starts, from 1."""

    line: int
    cells: list[str]
    code: str = ""
    facts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CsvFile:
    """A file with a header that was found good; its rows are read anew at each call of `records`."""

    path: Path
    encoding: str
    delimiter: str
    headers: list[str]
    # Unnamed columns at the right end are dropped, but each row must have their (blank) cells.
    width: int
    header_line: int

    def records(self) -> Iterator[Record]:
        """The rows below the header; blank lines and rows of nothing but blanks are passed over.

        RefusedInput for what makes the whole file unusable: another encoding, NUL, a quote that is never closed.
        """
        with _opened(self.path, self.encoding) as lines:
            lines.skip(self.header_line)
            for record in _records(lines, self.delimiter):
                if not record.code:
                    if not any(map(str.strip, record.cells)):
                        continue
                    self._check_width(record)
                yield record

    def _check_width(self, record: Record) -> None:
        n_cells = len(record.cells)
        if n_cells != self.width:
            record.code = "row_too_short" if n_cells < self.width else "row_too_long"
            record.facts = {"cells": n_cells, "columns": self.width}
            record.cells = _kept(record.cells)
        else:
            del record.cells[len(self.headers) :]


def open_csv(path: Path, encoding: str = "") -> CsvFile:
    """The file, once its encoding, its separator and its header are found good; RefusedInput otherwise."""
    text_encoding = open_text(path, encoding)
    with _opened(path, text_encoding) as lines:
        first = lines.first_with_text()
        if first is None:
            raise RefusedInput("file_empty")
        if first.lstrip()[0] in "{[<":
            raise RefusedInput("file_not_csv")
        delimiter = _delimiter_of(first)
        if DELIMITER_HINT.fullmatch(first):
            lines.first_with_text()
        lines.again()
        header_line = lines.number
        record = next(_records(lines, delimiter), None)
        if record is None:
            raise RefusedInput("file_empty")
        end_of_header = lines.number
    if record.code:
        raise RefusedInput("header_unreadable", line=header_line + 1)
    headers = checked_headers(record.cells)
    return CsvFile(path, text_encoding, delimiter, headers, len(record.cells), end_of_header)


def count_rows(file: CsvFile) -> int:
    """How many rows there are, after a walk through the whole file: a file that is bad at its end is refused here."""
    return sum(1 for _ in file.records())


def checked_headers(cells: list[str]) -> list[str]:
    """The trimmed names of the columns; RefusedInput where a name is missing or comes twice."""
    headers = [cell.strip() for cell in cells]
    while headers and not headers[-1]:
        headers.pop()
    if len(headers) > MAX_COLUMNS:
        raise RefusedInput("too_many_columns", columns=len(headers), limit=MAX_COLUMNS)
    if _looks_like_data(headers):
        raise RefusedInput("header_missing")
    for number, name in enumerate(headers, start=1):
        if not name:
            raise RefusedInput("header_blank", column=number)
        if len(name) > MAX_ATTRIBUTE_NAME:
            raise RefusedInput("header_too_long", column=number, limit=MAX_ATTRIBUTE_NAME)
    twice = [name for name, count in Counter(headers).items() if count > 1]
    if twice:
        raise RefusedInput("header_duplicate", name=twice[0])
    return headers


def _looks_like_data(headers: list[str]) -> bool:
    """An address among the names, or nothing but numbers and dates (or nothing at all)."""
    has_address = any(EMAIL_LIKE.fullmatch(name) for name in headers)
    return has_address or all(NUMBER_LIKE.fullmatch(name) for name in headers)


def _delimiter_of(line: str) -> str:
    if hint := DELIMITER_HINT.fullmatch(line):
        return hint[1]
    bare = QUOTED.sub("", line)
    return max(DELIMITERS, key=bare.count)


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[Lines]:
    """The file's lines; a line in another encoding is found and named."""
    with path.open(encoding=encoding, newline="") as text:
        try:
            yield Lines(text)
        except UnicodeDecodeError as error:
            line = line_that_cannot_be_read(path, encoding)
            raise RefusedInput("file_wrong_encoding", line=line, encoding=encoding) from error


def _records(lines: Lines, delimiter: str) -> Iterator[Record]:
    """Rows as the csv module reads them, strictly; after a bad row it goes on with the next one."""
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.begin_record() + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except LineTooLong:
            _skip_to_the_end(lines, line)
            yield Record(line, _kept(lines.taken), "cell_too_long", {"limit": MAX_CELL})
        except csv.Error as error:
            yield _unreadable(lines, line, error)
        else:
            if cells:
                yield Record(line, cells)


def _unreadable(lines: Lines, line: int, error: csv.Error) -> Record:
    if lines.has_ended:
        raise RefusedInput("quote_never_closed", line=line) from error
    if "field larger" in str(error):
        _skip_to_the_end(lines, line)
        return Record(line, _kept(lines.taken[:1]), "cell_too_long", {"limit": MAX_CELL})
    # A quote is out of place; it may have swallowed the lines below, so these are read again by themselves.
    first = lines.give_back_all_but_first()
    return Record(line, _kept([first.rstrip("\r\n")]), "quotes_out_of_place")


def _skip_to_the_end(lines: Lines, line: int) -> None:
    if not lines.skip_open_quote():
        raise RefusedInput("quote_never_closed", line=line)


def _kept(cells: list[str]) -> list[str]:
    return [cell[:KEPT_OF_A_CELL] for cell in cells[: MAX_COLUMNS + 1]]
