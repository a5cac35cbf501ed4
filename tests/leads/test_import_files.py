"""Files as they come: encodings, separators, quotes, and what is refused as a whole or row by row."""

from __future__ import annotations

import csv
import io
import tracemalloc
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.imports.reading import CsvFile, Record, count_rows, open_csv
from slaportal.web.refusals import RefusedInput, words_for

HEADER = "E-mail,Name,City\n"
GOOD = HEADER + "a@x.example,Aiko,Oslo\nb@x.example,Lea,Zürich\n"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Where the test's file goes."""
    return tmp_path / "leads.csv"


def read(path: Path, content: bytes | str, encoding: str = "") -> tuple[CsvFile, list[Record]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    file = open_csv(path, encoding)
    return file, list(file.records())


def refused(path: Path, content: bytes | str, encoding: str = "") -> RefusedInput:
    with pytest.raises(RefusedInput) as caught:
        read(path, content, encoding)
    return caught.value


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (GOOD.encode(), ""),
        (GOOD.encode(), "utf-8"),
        (GOOD.encode("utf-8-sig"), ""),
        (GOOD.encode("utf-8-sig"), "utf-8"),
        (GOOD.encode("utf-8-sig"), "latin-1"),
        (GOOD.encode("utf-16"), ""),
        (b"\xff\xfe" + GOOD.encode("utf-16-le"), "utf-16"),
        (b"\xfe\xff" + GOOD.encode("utf-16-be"), ""),
        (GOOD.encode("utf-16-le"), "utf-16-le"),
        (GOOD.encode("utf-16-be"), "utf-16-be"),
        (GOOD.encode("latin-1"), "latin-1"),
        (GOOD.encode("cp1252"), "windows-1252"),
        (GOOD.replace("\n", "\r\n").encode(), ""),
        (GOOD.replace("\n", "\r").encode(), ""),
        (GOOD.replace(",", ";").encode(), ""),
        (GOOD.replace(",", "\t").encode(), ""),
        (("sep=;\n" + GOOD.replace(",", ";")).encode(), ""),
        (("\n \n" + GOOD).encode(), ""),
        (GOOD.removesuffix("\n").encode(), ""),
        (GOOD.replace("\n", ",\n").encode(), ""),
        ((GOOD + "\n,,\n \n").encode(), ""),
    ],
)
def test_one_table_in_many_writings_reads_the_same(written: Path, content: bytes, encoding: str) -> None:
    file, records = read(written, content, encoding)
    assert file.headers == ["E-mail", "Name", "City"]
    assert [(record.cells, record.code) for record in records] == [
        (["a@x.example", "Aiko", "Oslo"], ""),
        (["b@x.example", "Lea", "Zürich"], ""),
    ]


@pytest.mark.parametrize(
    ("content", "encoding", "code", "told"),
    [
        (b"", "", "file_empty", ""),
        (b" \n\n", "", "file_empty", ""),
        (b"\xef\xbb\xbf", "", "file_empty", ""),
        (b"PK\x03\x04\x14\x00", "", "file_is_spreadsheet", "CSV"),
        (b"\x1f\x8b\x08\x00", "", "file_is_packed", ""),
        (b"(\xb5/\xfd\x24", "", "file_is_packed", ""),
        (b"Rar!\x1a\x07\x01", "", "file_is_packed", ""),
        (b"\x89PNG\r\n\x1a\n\x00", "", "file_not_csv", ""),
        (b'{"leads": []}', "", "file_not_csv", ""),
        (b"<html><body>", "", "file_not_csv", ""),
        (b"\x00\x01\x02\x03binary", "", "file_binary", "1"),
        (GOOD.encode() + b"c@x.example,\x00,x\n", "", "file_binary", "4"),
        (HEADER.encode() + b"a,b,c\n" * 9000 + b"\0", "", "file_binary", "9002"),
        (GOOD.encode("utf-16-le"), "", "file_utf16_without_mark", "utf-16-le"),
        (GOOD.encode("utf-16-le"), "UTF16", "file_utf16_without_mark", "utf-16-le"),
        (GOOD.encode("utf-32-be"), "utf-32", "file_utf32_without_mark", "utf-32-be"),
        (GOOD.encode("latin-1"), "", "file_wrong_encoding", "3"),
        (HEADER.encode() + b"a,b,c\n" * 9000 + b"\xff,x,y\n", "", "file_wrong_encoding", "9002"),
        (GOOD.encode("utf-16")[:-1], "", "file_wrong_encoding", "utf-16"),
        (GOOD.encode(), "klingon", "unknown_encoding", "klingon"),
        (GOOD.encode(), "unicode_escape", "unknown_encoding", ""),
        (GOOD.encode() + b'c@x.example,"Cut of', "", "quote_never_closed", "4"),
        (HEADER.encode() + b'a@x.example,"open,Oslo\nb@x.example,Lea,Bern\n', "", "quote_never_closed", "2"),
        (HEADER.encode() + b'a@x.example,"' + b"open\n" * 60_000, "", "quote_never_closed", "2"),
        (b'a,"b\nc,d\n', "", "quote_never_closed", "1"),
        (b'a,"b"c,d\n1,2,3\n', "", "header_unreadable", "1"),
        (b"x" * 2_000_000, "", "header_unreadable", "1"),
        (b"a@x.example,Aiko,Oslo\nb@x.example,Lea,Bern\n", "", "header_missing", ""),
        (b"1,2,3\n4,5,6\n", "", "header_missing", ""),
        (b",,\n1,2,3\n", "", "header_missing", ""),
        (b"a,,c\n1,2,3\n", "", "header_blank", "2"),
        (b"a,b,a\n1,2,3\n", "", "header_duplicate", "a"),
        (b"a,b," + b"x" * 201 + b"\n", "", "header_too_long", "3"),
        (",".join(f"c{n}" for n in range(501)).encode(), "", "too_many_columns", "501"),
    ],
)
def test_a_bad_file_is_refused_whole_and_says_where(
    written: Path, content: bytes, encoding: str, code: str, told: str
) -> None:
    refusal = refused(written, content, encoding)
    assert refusal.code == code
    assert told in words_for(refusal)
    assert "%(" not in words_for(refusal)


BIG = "x" * 10_000_000
MANY_LINES = "many lines\n" * 900_000
QUOTES_INSIDE = 'a ""quote"" per line\n' * 20_000


@pytest.mark.parametrize(
    ("row", "code"),
    [
        pytest.param("short@x.example,Aiko\n", "row_too_short", id="short"),
        pytest.param("long@x.example,Aiko,Oslo,more\n", "row_too_long", id="long"),
        pytest.param('"quoted"x,Aiko,Oslo\n', "quotes_out_of_place", id="text after a quote"),
        pytest.param('q@x.example,"He said "hi" to me",Oslo\n', "quotes_out_of_place", id="quotes in quotes"),
        pytest.param(f"big@x.example,{BIG[:131_073]},Oslo\n", "cell_too_long", id="one character too many"),
        pytest.param(f"big@x.example,{BIG},Oslo\n", "cell_too_long", id="10 MB"),
        pytest.param(f'big@x.example,"{BIG}",Oslo\n', "cell_too_long", id="10 MB in quotes"),
        pytest.param(f'big@x.example,"{MANY_LINES}",Oslo\n', "cell_too_long", id="10 MB of lines"),
        pytest.param(f'big@x.example,"{QUOTES_INSIDE}",Oslo\n', "cell_too_long", id="lines with quotes"),
        pytest.param("," * 2_000_000 + "\n", "cell_too_long", id="two million columns"),
        pytest.param("," * 900_000 + "x\n", "row_too_long", id="900,000 columns"),
    ],
)
def test_a_bad_row_is_told_alone_and_the_next_one_is_read(written: Path, row: str, code: str) -> None:
    _, records = read(written, GOOD + row + "last@x.example,Mia,Bern\n")
    assert [(record.line, record.code) for record in records[:3]] == [(2, ""), (3, ""), (4, code)]
    assert [record.cells for record in records[3:]] == [["last@x.example", "Mia", "Bern"]]
    assert sum(map(len, records[2].cells)) < 210_000


def test_a_missing_quote_swallows_no_more_than_its_own_row(written: Path) -> None:
    text = HEADER + 'a@x.example,"Aiko,Oslo\nb@x.example,Lea,Bern\nc@x.example,"Mia",Rome\nd@x.example,Jo,Lima\n'
    _, records = read(written, text)
    assert [(record.line, record.code, record.cells[0][:11]) for record in records] == [
        (2, "quotes_out_of_place", "a@x.example"),
        (3, "", "b@x.example"),
        (4, "", "c@x.example"),
        (5, "", "d@x.example"),
    ]


def test_odd_quotes_inside_a_cell_are_part_of_its_text(written: Path) -> None:
    _, records = read(written, HEADER + 'a@x.example,5" pipe,"say ""hi"", then\nleave"\n')
    assert records[0].cells == ["a@x.example", '5" pipe', 'say "hi", then\nleave']


def test_lines_are_counted_through_cells_of_several_lines(written: Path) -> None:
    _, records = read(written, HEADER + 'a@x.example,"two\nlines",Oslo\n\nb@x.example,Lea\n')
    assert [(record.line, record.code) for record in records] == [(2, ""), (5, "row_too_short")]


def test_rows_are_counted_without_keeping_them(written: Path) -> None:
    written.write_text(HEADER + "someone@x.example,Some Body,Some Town\n" * 50_000)
    file = open_csv(written)
    tracemalloc.start()
    assert count_rows(file) == 50_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_huge_cell_takes_little_memory(written: Path) -> None:
    written.write_text(HEADER + f'a@x.example,"{"x" * 30_000_000}",Oslo\n')
    file = open_csv(written)
    tracemalloc.start()
    assert [record.code for record in file.records()] == ["cell_too_long"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(cells, min_size=3, max_size=3).filter(lambda row: "".join(row).strip()), max_size=5),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_csv_writer_wrote_is_read_back(
    written: Path, rows: list[list[str]], delimiter: str, end: str, encoding: str
) -> None:
    text = io.StringIO()
    # With a bare "\n" the writer would leave "\r" in a cell without quotes.
    quoting: Literal[0, 1] = csv.QUOTE_MINIMAL if end == "\r\n" else csv.QUOTE_ALL
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([["E-mail", "Name", "City"], *rows])
    _, records = read(written, text.getvalue().encode(encoding))
    assert [record.cells for record in records] == rows
