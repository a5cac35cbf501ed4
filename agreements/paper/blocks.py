"""Clauses as blocks of plain data that a typesetter can set: paragraphs of runs, and lists of blocks."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser
from typing import Any

from django.utils.safestring import SafeString

from agreements.paper.cleaning import Cleaner

# {"kind": "par", "runs": [{"text", "value"}]} or {"kind": "list", "columns", "items": [[block, …], …]}
Block = dict[str, Any]
# A list of short items stands in columns, as many as its widest item leaves room for: widest item → columns.
WIDTHS = ((24, 3), (42, 2))
FEWEST = 4


def blocks_of(said: SafeString | str, cleaner: Cleaner) -> list[Block]:
    """A sentence (HTML that we made) with its values marked, or a text as somebody wrote it."""
    if not isinstance(said, SafeString):
        return [paragraph(line) for line in cleaner.lines(said)]
    reader = _Reader(cleaner)
    reader.feed(said)
    reader.close()
    for block in reader.lists:
        block["columns"] = _columns(block["items"])
    return reader.top


def paragraph(text: str) -> Block:
    """A paragraph of one plain run."""
    return {"kind": "par", "runs": [{"text": text, "value": False}]}


class _Reader(HTMLParser):
    """Reads the few elements of our sentences: a value is `b`, a list `ul`; of any other element its text."""

    def __init__(self, cleaner: Cleaner) -> None:
        super().__init__(convert_charrefs=True)
        self.cleaner = cleaner
        self.top: list[Block] = []
        self.open: list[list[Block]] = [self.top]
        self.lists: list[Block] = []
        self.value: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "b":
            self.value = []
        elif tag == "ul":
            self.lists.append({"kind": "list", "columns": 1, "items": []})
            self.open[-1].append(self.lists[-1])
        elif tag == "li" and self.open[-1]:
            self.open[-1][-1]["items"].append([])
            self.open.append(self.open[-1][-1]["items"][-1])

    def handle_endtag(self, tag: str) -> None:
        if tag == "b" and self.value is not None:
            self._run("".join(self.value), value=True)
            self.value = None
        elif tag == "li" and len(self.open) > 1:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.value is not None:
            self.value.append(data)
        elif data.strip() or self._in_paragraph():
            self._run(data, value=False)

    def _in_paragraph(self) -> bool:
        return bool(self.open[-1]) and self.open[-1][-1]["kind"] == "par"

    def _run(self, text: str, *, value: bool) -> None:
        if not self._in_paragraph():
            self.open[-1].append({"kind": "par", "runs": []})
        shown = self.cleaner.isolated(text) if value else self.cleaner.clean(text)
        self.open[-1][-1]["runs"].append({"text": shown, "value": value})


def _columns(items: list[list[Block]]) -> int:
    """One column for few, long or nested items."""
    if len(items) < FEWEST or any(len(item) != 1 or item[0]["kind"] != "par" for item in items):
        return 1
    widest = max(sum(_width(run["text"]) for run in item[0]["runs"]) for item in items)
    return next((columns for width, columns in WIDTHS if widest <= width), 1)


def _width(text: str) -> int:
    """In Latin letters; a Han character takes the room of two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
