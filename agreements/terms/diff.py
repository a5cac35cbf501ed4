"""What changed between two documents, clause by clause; clauses are matched by their permanent ids, not their place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from agreements.terms.document import CHAPTERS, Terms

# Compared as a whole: half a rule says nothing.
_RULE_KEYS = frozenset({"when", "mql"})


@dataclass(frozen=True)
class Change:
    """One change. ``clause_id``: the nearest enclosing clause, "" if the chapter itself holds the value.

    ``path`` names clauses by id ("commitments.promise-volume.per_month"). ``before`` and ``after`` are plain JSON
    values: whole clauses for added and removed ones, lists of ids where clauses were "reordered".
    """

    clause_id: str
    chapter: str
    path: str
    kind: Literal["added", "removed", "changed", "reordered"]
    before: Any = None
    after: Any = None


def diff(old: Terms, new: Terms) -> list[Change]:
    """All changes from ``old`` to ``new``, in the order of the chapters."""
    before, after = old.as_dict(), new.as_dict()
    return [
        change
        for chapter in CHAPTERS
        for change in _Walk(chapter).compare(chapter, "", before[chapter], after[chapter])
    ]


class _Walk:
    """Compares the values of one chapter."""

    def __init__(self, chapter: str) -> None:
        self.chapter = chapter

    def compare(self, path: str, clause: str, before: Any, after: Any) -> Iterator[Change]:
        if before == after:
            return
        if isinstance(before, dict) and isinstance(after, dict) and not compared_whole(path):
            for key in {**before, **after}:
                yield from self.compare(f"{path}.{key}", clause, before.get(key), after.get(key))
        elif has_ids(before) and has_ids(after):
            yield from self.compare_clauses(path, clause, before, after)
        else:
            yield Change(clause, self.chapter, path, "changed", before, after)

    def compare_clauses(
        self, path: str, clause: str, before: list[dict[str, Any]], after: list[dict[str, Any]]
    ) -> Iterator[Change]:
        old, new = ({one["id"]: one for one in side} for side in (before, after))
        for name in {**old, **new}:
            where = f"{path}.{name}"
            if name not in new:
                yield Change(name, self.chapter, where, "removed", before=old[name])
            elif name not in old:
                yield Change(name, self.chapter, where, "added", after=new[name])
            else:
                yield from self.compare(where, name, old[name], new[name])
        kept_before, kept_after = [name for name in old if name in new], [name for name in new if name in old]
        if kept_before != kept_after:
            yield Change(clause, self.chapter, path, "reordered", kept_before, kept_after)


def compared_whole(path: str) -> bool:
    """Whether the value at this path is a rule."""
    return path.rpartition(".")[2] in _RULE_KEYS


def has_ids(value: Any) -> bool:
    """Whether this is a list of clauses."""
    return isinstance(value, list) and all(isinstance(one, dict) and "id" in one for one in value)
