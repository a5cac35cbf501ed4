"""The whole document as chapters of plain sentences, one per clause, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from agreements.sentences import contacting, handing, hours, measuring, scoring, shared
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
    "nurture": contacting.nurture,
    "cadence": contacting.cadence,
    "commitments": measuring.commitments,
    "kpis": measuring.kpis,
    "review": measuring.review,
    "calendar": hours.calendar,
}


@dataclass(frozen=True)
class ClauseText:
    """One clause: its permanent id, its § today ("" for what a chapter is for), its sentence, and lines beneath it."""

    id: str
    number: str
    heading: str
    sentence: SafeString | str
    lines: tuple[SafeString | str, ...]
    is_card: bool = False


@dataclass(frozen=True)
class ChapterText:
    """One chapter of the readable page."""

    id: str
    number: int
    title: str
    clauses: tuple[ClauseText, ...]


def chapters(terms: Terms) -> list[ChapterText]:
    """All chapters in order; § numbers are places (“4.2”), ids are what links use."""
    return [
        ChapterText(name, place, str(TITLES[name]), tuple(_numbered(place, reader(terms))))
        for place, (name, reader) in enumerate(READERS.items(), start=1)
    ]


def _numbered(place: int, clauses: Iterator[Clause]) -> Iterator[ClauseText]:
    """The clauses with their numbers; what a chapter is for stands before them and has none."""
    n = 0
    for clause in clauses:
        n += not clause.is_aim
        number = "" if clause.is_aim else f"{place}.{n}"
        yield ClauseText(clause.id, number, str(clause.heading), clause.sentence, clause.lines, clause.is_card)


def chapter_titles() -> dict[str, Promise]:
    """Chapter names by id, in document order."""
    return TITLES
