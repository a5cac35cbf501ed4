"""Finds out how a file's bytes become text, by its mark, by what was said, else UTF-8; never by guessing."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from slaportal.web.refusals import RefusedInput

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Encodings of whole characters; the escapes and puzzles that Python also calls codecs stay outside.
TEXT_ENCODINGS = re.compile(
    r"ascii|utf-8(-sig)?|utf-(16|32)(-[lb]e)?|iso8859-\d+|latin-1|cp\d+|windows-\d+|koi8-[rtu]|mac-\w+|gbk|gb\w+|big5\w*"
    r"|shift_jis\w*|euc_\w+|iso2022_\w+|johab|hz|ptcp154|tis-620"
)
NOT_TEXT = (
    (b"PK\x03\x04", "file_is_spreadsheet"),
    (b"\xd0\xcf\x11\xe0", "file_is_spreadsheet"),
    (b"%PDF", "file_not_csv"),
    (b"\x89PNG", "file_not_csv"),
    (b"\xff\xd8\xff", "file_not_csv"),
    (b"\x1f\x8b", "file_is_packed"),
    (b"\xfd7zXZ\0", "file_is_packed"),
    (b"7z\xbc\xaf\x27\x1c", "file_is_packed"),
    (b"Rar!\x1a\x07", "file_is_packed"),
    (b"\x28\xb5\x2f\xfd", "file_is_packed"),
)


def open_text(path: Path, said: str = "") -> str:
    """The codec to read the file with; RefusedInput for a file that is empty or no text at all."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise RefusedInput("file_empty")
    for mark, code in NOT_TEXT:
        if head.startswith(mark):
            raise RefusedInput(code)
    for mark, codec in MARKS:
        if head.startswith(mark):
            return codec
    codec = known_encoding(said) if said else "utf-8"
    if codec in {"utf-16", "utf-32"}:
        # Only the mark, which is not there, would tell the order of the bytes.
        raise RefusedInput(f"file_{codec.replace('-', '')}_without_mark")
    if b"\0" in head and not codec.startswith(("utf-16", "utf-32")):
        line = head.count(b"\n", 0, head.index(b"\0")) + 1
        raise RefusedInput("file_utf16_without_mark" if _is_every_other_nul(head) else "file_binary", line=line)
    return codec


def known_encoding(said: str) -> str:
    """Python's name of a text encoding; RefusedInput("unknown_encoding") for anything else."""
    try:
        name = codecs.lookup(said).name
    except (LookupError, ValueError):
        name = ""
    if not TEXT_ENCODINGS.fullmatch(name):
        raise RefusedInput("unknown_encoding", name=said[:40])
    return "utf-8-sig" if name == "utf-8" else name


def line_that_cannot_be_read(path: Path, codec: str) -> int:
    """The number of the line with the first bytes that are not of this encoding."""
    line, decoder = 1, codecs.getincrementaldecoder(codec)()
    with path.open("rb") as file:
        while chunk := file.read(4096):
            state = decoder.getstate()
            try:
                line += decoder.decode(chunk).count("\n")
            except UnicodeDecodeError:
                decoder.setstate(state)
                return line + _newlines_before_fault(decoder, chunk)
    return line


def _newlines_before_fault(decoder: codecs.IncrementalDecoder, chunk: bytes) -> int:
    newlines = 0
    for byte in chunk:
        try:
            newlines += decoder.decode(bytes([byte])).count("\n")
        except UnicodeDecodeError:
            break
    return newlines


def _is_every_other_nul(head: bytes) -> bool:
    """Western text in UTF-16 has a NUL in every second place."""
    half = len(head) // 2
    return max(head[0::2].count(0), head[1::2].count(0)) > half * 0.8
