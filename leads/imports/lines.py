"""The physical lines of a file, each bounded, with a memory of those that the present row took."""

from __future__ import annotations

import re
from collections import deque
from typing import TextIO

from slaportal.web.refusals import RefusedInput

LONGEST_LINE = 1024 * 1024
LONGEST_ROW = 4 * LONGEST_LINE
BLOCK = 64 * 1024
# From inside a quoted cell to the end of the line at which all quotes are closed.
CLOSING = re.compile(r'[^"]*+"(?:[^"\r\n]*+"[^"]*+")*+[^"\r\n]*+(?:\r\n?|\n|\Z)')
LINES = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


class LineTooLong(Exception):
    """A line or a row of many lines is longer than allowed; the rest of the line was passed over."""


class Lines:
    """Feeds csv.reader; can take back lines that a wrong quote swallowed, and pass over what is too long."""

    def __init__(self, text: TextIO) -> None:
        self.text = text
        # How many lines are consumed.
        self.number = 0
        self.taken: list[str] = []
        self.has_ended = False
        self._waiting: deque[str] = deque()
        # Quotes in the parts of the row that are not kept in `taken`, and the length of those that are.
        self._quotes_passed = 0
        self._n_taken = 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._read()
        if not line:
            self.has_ended = True
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        if len(line) >= LONGEST_LINE and line[-1] not in "\r\n":
            self._pass_over_rest()
            raise LineTooLong
        self._n_taken += len(line)
        if self._n_taken > LONGEST_ROW:
            raise LineTooLong
        return line

    def begin_record(self) -> int:
        """Forget the lines of the row before; the number of lines behind us."""
        self.taken.clear()
        self._quotes_passed = self._n_taken = 0
        return self.number

    def first_with_text(self) -> str | None:
        """The next line that is not blank, or None at the end; RefusedInput if it is no line of names at all."""
        try:
            for line in self:
                if line.strip("\ufeff \t\r\n"):
                    return line.lstrip("\ufeff")
        except LineTooLong:
            raise RefusedInput("header_unreadable", line=self.number) from None
        return None

    def again(self) -> None:
        """Give back the last line: it will be read once more, without a byte order mark."""
        if self.taken:
            self._waiting.appendleft(self.taken.pop().lstrip("\ufeff"))
            self.number -= 1

    def skip(self, n_lines: int) -> None:
        for _ in range(n_lines):
            next(self, None)

    def give_back_all_but_first(self) -> str:
        """Let the lines after the row's first one be read again; the first one."""
        first, *rest = self.taken
        self._waiting.extendleft(reversed(rest))
        self.number -= len(rest)
        del self.taken[1:]
        return first

    def skip_open_quote(self) -> bool:
        """Pass over lines until the row's quotes are even; whether that happened before the end of the file."""
        n_quotes = self._quotes_passed + sum(line.count('"') for line in self.taken)
        del self.taken[1:]
        while n_quotes % 2:
            piece = self._waiting.popleft() if self._waiting else self._block()
            if not piece:
                self.has_ended = True
                return False
            # In C: a cell may hold millions of lines.
            closed = CLOSING.match(piece)
            passed = piece[: closed.end()] if closed else piece
            self.number += _line_ends(passed)
            n_quotes += passed.count('"')
            self._waiting.extendleft(reversed(LINES.findall(piece[len(passed) :])))
        return True

    def _block(self) -> str:
        """Many lines at once, the last one whole unless it is far too long; "" at the end."""
        block = self.text.read(BLOCK)
        if block.endswith("\r"):
            block += self.text.read(1)
        if block and block[-1] not in "\r\n":
            block += self.text.readline(LONGEST_LINE)
        if "\0" in block:
            raise RefusedInput("file_binary", line=self.number + _line_ends(block[: block.index("\0")]) + 1)
        return block

    def _read(self) -> str:
        line = self.text.readline(LONGEST_LINE)
        if "\0" in line:
            raise RefusedInput("file_binary", line=self.number + 1)
        return line

    def _pass_over_rest(self) -> None:
        while (piece := self._read()) and piece[-1] not in "\r\n":
            self._quotes_passed += piece.count('"')
        self._quotes_passed += piece.count('"')


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")
