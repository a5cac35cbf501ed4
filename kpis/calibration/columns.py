"""Leads as columns: each field's distinct texts once and a code per lead, so that 100,000 leads stay small."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from agreements.terms.rules.values import instant_of, number_of, text_of

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Kind = Literal["number", "date", "text"]

BLANK, RARE = 0, -1
# A text field with more different values than this is free text; later ones are only known to be there.
MOST_LEVELS = 20_000
# So many of the filled cells must read as a number (or a day) for a field to be one.
ALIKE = 0.95


@dataclass
class Texts:
    """The different texts of a field, and what they read as: told once for all parts of the leads."""

    levels: list[str]

    @cached_property
    def kind(self) -> Kind:
        """Numbers and days are told by their cells; a flag of 0 and 1 is a text with two levels."""
        n = len(self.levels)
        if n > 2 and np.isfinite(self.numbers[1:]).sum() >= ALIKE * n:
            return "number"
        dated = sum(instant_of(level) is not None for level in self.levels)
        return "date" if n and dated >= ALIKE * n else "text"

    @cached_property
    def numbers(self) -> Floats:
        """Each text as a number, NaN where it reads as none; the first place is that of blank cells."""
        read = [None, *map(number_of, self.levels)]
        return np.array([float("nan") if number is None else float(number) for number in read])


@dataclass
class Column:
    """One field over all leads, in their order."""

    name: str
    # 0: blank; k: the k-th of the texts; -1: some other text.
    codes: Ints
    texts: Texts

    @property
    def levels(self) -> list[str]:
        return self.texts.levels

    @property
    def kind(self) -> Kind:
        return self.texts.kind

    @property
    def is_filled(self) -> Mask:
        found: Mask = self.codes != BLANK
        return found

    @cached_property
    def counts(self) -> Ints:
        """How many leads have each level; the first is blank."""
        return np.bincount(np.maximum(self.codes, 0), minlength=len(self.levels) + 1).astype(np.int32)

    @cached_property
    def values(self) -> Floats:
        """The number of each lead, NaN where the cell is blank or reads as none."""
        found: Floats = self.texts.numbers[np.maximum(self.codes, 0)]
        return found

    def rows(self, rows: Ints) -> Column:
        """The same field of some of the leads."""
        return Column(self.name, self.codes[rows], self.texts)


@dataclass
class Gatherer:
    """Takes leads one after another and keeps nothing of them but codes."""

    codes: dict[str, array[int]] = field(default_factory=dict)
    levels: dict[str, dict[str, int]] = field(default_factory=dict)
    # By the value as it is stored, before it is read: most cells have been seen before.
    seen: dict[tuple[str, type], dict[Any, int]] = field(default_factory=dict)
    n: int = 0

    def take(self, facts: Mapping[str, Any], left_out: frozenset[str] = frozenset()) -> None:
        """One more lead; a field that is new has been blank so far."""
        for name, value in facts.items():
            if value is None or name in left_out:
                continue
            # 1, 1.0 and true are equal as keys, and different texts.
            seen = self.seen.setdefault((name, type(value)), {}) if isinstance(value, (str, int, float)) else {}
            code = seen.get(value)
            if code is None:
                code = self._code(name, text_of(value))
                if len(seen) < MOST_LEVELS:
                    seen[value] = code
            if code != BLANK:
                codes = self.codes.setdefault(name, array("i"))
                if len(codes) < self.n:
                    codes.extend([BLANK] * (self.n - len(codes)))
                codes.append(code)
        self.n += 1

    def columns(self) -> list[Column]:
        """All fields that any lead had, by name."""
        for codes in self.codes.values():
            codes.extend([BLANK] * (self.n - len(codes)))
        return [
            Column(name, np.array(self.codes[name], dtype=np.int32), Texts(list(self.levels[name])))
            for name in sorted(self.codes)
        ]

    def _code(self, name: str, text: str | None) -> int:
        if text is None:
            return BLANK
        known = self.levels.setdefault(name, {})
        code = known.get(text)
        if code is not None:
            return code
        if len(known) >= MOST_LEVELS and number_of(text) is None:
            return RARE
        known[text] = len(known) + 1
        return len(known)


def gathered(leads: Iterable[Mapping[str, Any]]) -> list[Column]:
    """The columns of leads that are at hand as facts."""
    gatherer = Gatherer()
    for facts in leads:
        gatherer.take(facts)
    return gatherer.columns()
