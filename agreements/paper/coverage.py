"""Which characters the fonts of the paper can draw, read from their own tables."""

from __future__ import annotations

import struct
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path

from agreements.paper.fonts import font_files

Span = tuple[int, int]


def covered(character: str) -> bool:
    """Whether any font has this character."""
    starts, ends = _spans()
    place = bisect_right(starts, ord(character)) - 1
    return place >= 0 and ord(character) <= ends[place]


@lru_cache(maxsize=1)
def _spans() -> tuple[list[int], list[int]]:
    """The characters of all fonts as sorted, joined spans."""
    joined: list[list[int]] = []
    for first, last in sorted(span for path in font_files() for span in spans_of(path)):
        if joined and first <= joined[-1][1] + 1:
            joined[-1][1] = max(joined[-1][1], last)
        else:
            joined.append([first, last])
    return [first for first, _last in joined], [last for _first, last in joined]


def spans_of(path: Path) -> list[Span]:
    """What one font file (of a collection, its first font) can draw."""
    data = path.read_bytes()
    font = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
    n_tables = struct.unpack_from(">H", data, font + 4)[0]
    tables = [struct.unpack_from(">4sIII", data, font + 12 + 16 * n) for n in range(n_tables)]
    start = next(offset for tag, _sum, offset, _size in tables if tag == b"cmap")
    n_subtables = struct.unpack_from(">H", data, start + 2)[0]
    places = {start + struct.unpack_from(">HHI", data, start + 4 + 8 * n)[2] for n in range(n_subtables)}
    by_format = {struct.unpack_from(">H", data, place)[0]: place for place in places}
    if 12 in by_format:
        return _wide(data, by_format[12])
    return _narrow(data, by_format[4]) if 4 in by_format else []


def _wide(data: bytes, place: int) -> list[Span]:
    """Format 12: groups of (first, last, glyph)."""
    n_groups = struct.unpack_from(">I", data, place + 12)[0]
    return [struct.unpack_from(">II", data, place + 16 + 12 * n) for n in range(n_groups)]


def _narrow(data: bytes, place: int) -> list[Span]:
    """Format 4: all last characters, then all first ones; the closing 0xFFFF is none."""
    n = struct.unpack_from(">H", data, place + 6)[0] // 2
    lasts = struct.unpack_from(f">{n}H", data, place + 14)
    firsts = struct.unpack_from(f">{n}H", data, place + 16 + 2 * n)
    return [span for span in zip(firsts, lasts, strict=True) if span[1] != 0xFFFF]
