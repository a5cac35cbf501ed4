"""What a chapter's reader yields: one clause, before it has its number."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Clause:
    """A clause's permanent id, an optional heading, its sentence and lines beneath."""

    id: str
    sentence: SafeString | str
    lines: tuple[SafeString | str, ...] = ()
    heading: str | Promise = ""
