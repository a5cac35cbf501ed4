"""What a draft changes, clause by clause, in words."""

from __future__ import annotations

from dataclasses import dataclass

from agreements.sentences import ClauseText, chapters
from agreements.terms.document import Terms


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


def _words(clause: ClauseText) -> tuple[str, str, tuple[str, ...]]:
    """What a reader reads: the § number may move without a change."""
    return str(clause.heading), str(clause.sentence), tuple(str(line) for line in clause.lines)
