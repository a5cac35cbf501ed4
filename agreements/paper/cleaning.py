"""People's text made fit for paper: nothing in it can hide, run off the page or ask for a glyph that no font has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from agreements.paper.coverage import covered

# Overrides and forced directions turn a text around: it could then read otherwise than it was signed.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067")
# Drawn as nothing by every typesetter: joiners, marks of direction, what sets parts apart, variation selectors.
SILENT = re.compile("[\u00ad\u034f\u061c\u200b-\u200f\u2060\u2068\u2069\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
# Han and kana break anywhere; a word of letters may be so long that it would run off the page.
LONG_WORD = re.compile(r"[^\s\u200b\u3000-\u9fff\uff00-\uffef]{25}(?=[^\s\u200b\u3000-\u9fff\uff00-\uffef]{15})")
UNBROKEN = frozenset("\u00a0\u2007\u202f")
ISOLATE, END = "\u2068", "\u2069"


@dataclass
class Cleaner:
    """Cleans text for a paper that is read from right to left or not; `shown` collects what is shown by its number."""

    right_to_left: bool
    shown: set[str] = field(default_factory=set)

    def clean(self, text: str) -> str:
        """The text with each character that cannot be printed as it is replaced by its number, [U+1F600]."""
        shown = "".join(self._character(one) for one in unicodedata.normalize("NFC", text))
        return LONG_WORD.sub(lambda found: f"{found.group()}\u200b", shown)

    def isolated(self, text: str) -> str:
        """The text so that its direction disturbs nothing around it, nor is disturbed."""
        cleaned = self.clean(text)
        if self.right_to_left or any(unicodedata.bidirectional(one) in {"R", "AL", "AN"} for one in cleaned):
            return f"{ISOLATE}{cleaned}{END}"
        return cleaned

    def lines(self, text: str) -> Iterable[str]:
        """The text's own lines, each isolated, empty ones left out."""
        return [self.isolated(line) for line in text.splitlines() if line.strip()]

    def _character(self, one: str) -> str:
        if one in "\n\t\u2028\u2029":
            return " "
        if SILENT.match(one):
            return one
        if unicodedata.category(one) == "Zs" and one != " ":  # narrow and wide blanks that few fonts have
            return "\u00a0" if one in UNBROKEN else " "
        if one in TURNING or unicodedata.category(one) in {"Cc", "Cs", "Co", "Cn", "Cf"} or not covered(one):
            number = f"[U+{ord(one):04X}]"
            self.shown.add(number)
            return number
        return one
