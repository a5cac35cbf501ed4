"""What one text changes in another, chapter by chapter and clause by clause, in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agreements.chapter_form.labels import LABELS
from agreements.models import DraftEdit
from agreements.sentences import ClauseText, chapter_titles, chapters
from agreements.terms.diff import Change, diff
from agreements.terms.document import Terms
from agreements.views.marks import MarkedLine, marked_lines


@dataclass(frozen=True)
class ClauseChange:
    """One clause before and after; None where it did not exist or no longer does."""

    chapter: str
    title: str
    before: ClauseText | None
    after: ClauseText | None
    # The clause that names the change: as it will be, or as it was.
    shown: ClauseText

    @property
    def kind(self) -> str:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def lines(self) -> list[MarkedLine]:
        """The clause's heading where it changed, its sentence and lines, with what changed marked word by word."""
        headings = {side.heading for side in (self.before, self.after) if side}
        skipped = 1 if self.before and self.after and len(headings) == 1 and self.shown.heading else 0
        return marked_lines(_said(self.before)[skipped:], _said(self.after)[skipped:])


@dataclass(frozen=True)
class ValueChange:
    """A value that no sentence says: what it is called, before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class ChapterChanges:
    """All that changes in one chapter."""

    id: str
    title: str
    clauses: tuple[ClauseChange, ...]
    reordered: tuple[str, ...]
    values: tuple[ValueChange, ...]


def changes_between(old: Terms, new: Terms) -> list[ClauseChange]:
    """The clauses that read differently, in the new document's order, removed ones at their chapter's end."""
    before = {(chapter.id, clause.id): clause for chapter in chapters(old) for clause in chapter.clauses}
    changes = []
    for chapter in chapters(new):
        after = {clause.id: clause for clause in chapter.clauses}
        gone = [clause for (place, key), clause in before.items() if place == chapter.id and key not in after]
        for key, clause in after.items():
            old_clause = before.get((chapter.id, key))
            if old_clause is None or _words(old_clause) != _words(clause):
                changes.append(ClauseChange(chapter.id, chapter.title, old_clause, clause, clause))
        changes += [ClauseChange(chapter.id, chapter.title, clause, None, clause) for clause in gone]
    return changes


def changes_by_chapter(old: Terms, new: Terms) -> list[ChapterChanges]:
    """Everything that differs: sentences, the order of clauses, and values that no sentence says."""
    said, found = changes_between(old, new), diff(old, new)
    names = _names(old) | _names(new)
    changed = []
    for chapter, title in chapter_titles().items():
        clauses = tuple(change for change in said if change.chapter == chapter)
        here = [change for change in found if change.chapter == chapter]
        reordered = tuple(
            ", ".join(names.get(one, one) for one in change.after) for change in here if change.kind == "reordered"
        )
        values = tuple(_value(change, names) for change in here if not _is_said(change, here, clauses))
        if clauses or reordered or values:
            changed.append(ChapterChanges(chapter, str(title), clauses, reordered, values))
    return changed


@dataclass(frozen=True)
class SavedEdit:
    """What one saved edit of a draft changed, by whom and when."""

    edit: DraftEdit
    changed: list[ChapterChanges]


def saved_edits(edits: list[DraftEdit], text_of: Callable[[str], Terms]) -> list[SavedEdit]:
    """Each edit with its changes in words."""
    return [SavedEdit(edit, changes_by_chapter(text_of(edit.old), text_of(edit.new))) for edit in edits]


def n_changes(changed: list[ChapterChanges]) -> int:
    """How many clauses, orders and single values differ."""
    return sum(len(one.clauses) + len(one.reordered) + len(one.values) for one in changed)


def as_said(value: Any) -> str:
    """A plain value of the terms for a reader: texts and numbers as they are, whole clauses by their words."""
    if isinstance(value, dict):
        named = next((value[key] for key in ("title", "label", "word", "name", "text") if value.get(key)), None)
        return str(named) if named else json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return ", ".join(as_said(one) for one in value) or "–"
    return "–" if value in (None, "") else str(value)


def label_of(path: str, names: dict[str, str]) -> str:
    """What the value at this path is called: its clause's words and its own label."""
    parts = path.split(".")[1:] or path.split(".")
    words = [names.get(part) or str(LABELS.get(part, part.replace("_", " "))) for part in parts]
    return " · ".join(words[-2:])


def clause_names(*documents: Terms) -> dict[str, str]:
    """The words that each clause of these documents is known by, by its id."""
    names: dict[str, str] = {}
    for document in documents:
        names |= _names(document)
    return names


def _is_said(change: Change, here: list[Change], clauses: tuple[ClauseChange, ...]) -> bool:
    """Whether a sentence (or the line about the order) tells of this change already."""
    if change.kind == "reordered":
        return True
    said, places = {clause.shown.id for clause in clauses}, set(change.path.split("."))
    own = {part for one in here for part in one.path.split(".")}
    # A value of the chapter itself is said by a clause that bears another name.
    return bool(said & places) or (not change.clause_id and bool(said - own))


def _value(change: Change, names: dict[str, str]) -> ValueChange:
    return ValueChange(label_of(change.path, names), as_said(change.before), as_said(change.after))


def _names(terms: Terms) -> dict[str, str]:
    names: dict[str, str] = {}
    _collect(terms.as_dict(), names)
    return names


def _collect(value: Any, names: dict[str, str]) -> None:
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(one, dict) and isinstance(one.get("id"), str):
            names[one["id"]] = as_said(one)[:80] if as_said(one)[:1] != "{" else one["id"]
        _collect(one, names)


def _said(clause: ClauseText | None) -> list[str]:
    if clause is None:
        return []
    return [part for part in (clause.heading, clause.sentence, *clause.lines) if part]


def _words(clause: ClauseText) -> tuple[str, str, tuple[str, ...]]:
    """What a reader reads: the § number may move without a change."""
    return str(clause.heading), str(clause.sentence), tuple(str(line) for line in clause.lines)
