"""Two edits of one text brought together, clause by clause and value by value; what both changed is a conflict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agreements.terms.diff import compared_whole, has_ids
from agreements.terms.document import CHAPTERS

Choice = Literal["mine", "theirs"]
Json = dict[str, Any]


class _Gone:
    """A value or clause that is not there."""

    def __repr__(self) -> str:
        return "GONE"


GONE = _Gone()


@dataclass(frozen=True)
class Conflict:
    """One value that both changed, each differently; None where a clause is not there. ``path`` names clauses by id."""

    path: str
    clause_id: str
    base: Any
    mine: Any
    theirs: Any

    @property
    def chapter(self) -> str:
        return self.path.partition(".")[0]


@dataclass
class Merged:
    """The document with both edits, mine where they conflict, and the conflicts that nobody has decided."""

    document: Json
    conflicts: list[Conflict] = field(default_factory=list)


def merge(base: Json, mine: Json, theirs: Json, choices: Mapping[str, str] | None = None) -> Merged:
    """What ``mine`` and ``theirs`` made of ``base``; ``choices`` decides conflicts by their path."""
    merging = _Merge(choices or {})
    chapters = [chapter for chapter in CHAPTERS if chapter in {**base, **mine, **theirs}]
    document = {
        chapter: merging.value(chapter, "", base.get(chapter, GONE), mine.get(chapter, GONE), theirs.get(chapter, GONE))
        for chapter in chapters
    }
    return Merged({key: value for key, value in document.items() if value is not GONE}, merging.conflicts)


class _Merge:
    """Walks the three documents side by side."""

    def __init__(self, choices: Mapping[str, str]) -> None:
        self.choices = choices
        self.conflicts: list[Conflict] = []

    def value(self, path: str, clause: str, base: Any, mine: Any, theirs: Any) -> Any:
        if mine == theirs or theirs == base:
            return mine
        if mine == base:
            return theirs
        if isinstance(mine, dict) and isinstance(theirs, dict) and not compared_whole(path):
            return self.fields(path, clause, base if isinstance(base, dict) else {}, mine, theirs)
        if has_ids(mine) and has_ids(theirs):
            return self.clauses(path, clause, base if has_ids(base) else [], mine, theirs)
        return self.choose(path, clause, base, mine, theirs)

    def fields(self, path: str, clause: str, base: Json, mine: Json, theirs: Json) -> Json:
        values = {
            key: self.value(f"{path}.{key}", clause, base.get(key, GONE), mine.get(key, GONE), theirs.get(key, GONE))
            for key in {**theirs, **mine}
        }
        return {key: value for key, value in values.items() if value is not GONE}

    def clauses(self, path: str, clause: str, base: list[Json], mine: list[Json], theirs: list[Json]) -> list[Json]:
        old, own, other = ({one["id"]: one for one in side} for side in (base, mine, theirs))
        merged = {
            name: self.value(f"{path}.{name}", name, old.get(name, GONE), own.get(name, GONE), other.get(name, GONE))
            for name in {**other, **own}
        }
        order = self.order(path, clause, list(old), list(own), list(other))
        return [merged[name] for name in order if merged[name] is not GONE]

    def order(self, path: str, clause: str, base: list[str], mine: list[str], theirs: list[str]) -> list[str]:
        """The order that one of them changed; clauses of the other come after the one that they came after there."""
        shared = [name for name in base if name in mine and name in theirs]
        own, other = ([name for name in side if name in shared] for side in (mine, theirs))
        if own == shared:
            return list(_interleaved(theirs, mine))
        if other == shared or own == other:
            return list(_interleaved(mine, theirs))
        chosen = self.choose(path, clause, shared, own, other)
        return list(_interleaved(mine, theirs) if chosen == own else _interleaved(theirs, mine))

    def choose(self, path: str, clause: str, base: Any, mine: Any, theirs: Any) -> Any:
        choice = self.choices.get(path)
        if choice not in {"mine", "theirs"}:
            shown = [None if value is GONE else value for value in (base, mine, theirs)]
            self.conflicts.append(Conflict(path, clause, *shown))
        return theirs if choice == "theirs" else mine


def _interleaved(first: list[str], second: list[str]) -> Iterator[str]:
    """All of ``first`` in its order, and what only ``second`` has behind the one it follows there."""
    followers: dict[str, list[str]] = {}
    known, before = set(first), ""
    for name in second:
        if name in known:
            before = name
        else:
            followers.setdefault(before, []).append(name)
    yield from followers.get("", [])
    for name in first:
        yield name
        yield from followers.get(name, [])
