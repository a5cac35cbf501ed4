"""The whole document as chapters of plain sentences, one per clause, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from agreements.sentences import handing, measuring, scoring, shared
from agreements.sentences.clause import Clause
from agreements.terms.document import Terms

TITLES: dict[str, Promise] = {
    "goals": _("Shared goals"),
    "definitions": _("Definitions"),
    "profile": _("Ideal customer and personas"),
    "qualification": _("Qualification"),
    "handoff": _("Handoff"),
    "returns": _("Returns to Marketing"),
    "nurture": _("Nurture"),
    "cadence": _("Contact cadence"),
    "commitments": _("Commitments of both sides"),
    "kpis": _("KPI targets"),
    "review": _("Review"),
    "calendar": _("Working calendar"),
}

READERS: dict[str, Callable[[Terms], Iterator[Clause]]] = {
    "goals": shared.goals,
    "definitions": shared.definitions,
    "profile": shared.profile,
    "qualification": scoring.qualification,
    "handoff": handing.handoff,
    "returns": handing.returns,
    "nurture": handing.nurture,
    "cadence": handing.cadence,
    "commitments": measuring.commitments,
    "kpis": measuring.kpis,
    "review": measuring.review,
    "calendar": measuring.calendar,
}


@dataclass(frozen=True)
class ClauseText:
    """One clause: its permanent id, its § today, its sentence, and lines beneath it."""

    id: str
    number: str
    heading: str
    sentence: SafeString | str
    lines: tuple[SafeString | str, ...]


@dataclass(frozen=True)
class ChapterText:
    """One chapter of the readable page."""

    id: str
    number: int
    title: str
    clauses: tuple[ClauseText, ...]


def chapters(terms: Terms) -> list[ChapterText]:
    """All chapters in order; § numbers are places (“4.2”), ids are what links use."""
    texts = []
    for place, (name, reader) in enumerate(READERS.items(), start=1):
        clauses = tuple(
            ClauseText(clause.id, f"{place}.{n}", str(clause.heading), clause.sentence, clause.lines)
            for n, clause in enumerate(reader(terms), start=1)
        )
        texts.append(ChapterText(name, place, str(TITLES[name]), clauses))
    return texts


def chapter_titles() -> dict[str, Promise]:
    """Chapter names by id, in document order."""
    return TITLES
