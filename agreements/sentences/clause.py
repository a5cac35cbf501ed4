"""What a chapter's reader yields: one clause, before it has its number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Clause:
    """A clause's permanent id, an optional heading, its sentence and lines beneath.

    A card stands beside others; an aim stands before the numbered clauses.
    """

    id: str
    sentence: SafeString | str
    lines: tuple[SafeString | str, ...] = ()
    heading: str | Promise = ""
    is_card: bool = False
    is_aim: bool = False


def aim(chapter: str, text: str) -> Iterator[Clause]:
    """The words that a chapter begins with, where it has any."""
    if text:
        yield Clause(f"{chapter}-aim", text, is_aim=True)
