"""Pieces of SQL that carry their parameters along, and the map from a rule's fields to columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agreements.terms.rules.tree import OPEN_PREFIXES


@dataclass(frozen=True)
class Sql:
    """A piece of SQL with its parameters, in psycopg's %s style (a literal percent sign in the text is doubled)."""

    text: str
    params: tuple[Any, ...] = ()


def sql(template: str, *parts: Any) -> Sql:
    """Fill the ``{}`` of a template: with pieces of SQL as they are, with anything else as a bound value."""
    pieces = [part if isinstance(part, Sql) else Sql("%s", (part,)) for part in parts]
    params = [value for piece in pieces for value in piece.params]
    return Sql(template.format(*(piece.text for piece in pieces)), tuple(params))


def joined(word: str, pieces: Iterable[Sql], empty: str) -> Sql:
    """The pieces with ``word`` between them, in brackets; ``empty`` if there are none."""
    listed = list(pieces)
    if not listed:
        return Sql(empty)
    text = f" {word} ".join(piece.text for piece in listed)
    return Sql(f"({text})", tuple(value for piece in listed for value in piece.params))


def listed(parts: Iterable[Sql]) -> Sql:
    """The parts with commas between them."""
    pieces = list(parts)
    return Sql(", ".join(piece.text for piece in pieces), tuple(param for piece in pieces for param in piece.params))


@dataclass(frozen=True)
class SqlField:
    """Where a rule's field stands: an expression that gives text, or one that gives a timestamptz."""

    sql: Sql
    kind: Literal["text", "timestamp"] = "text"
    # Where the statement has them worked out already (reading.py): the text without blanks around it, null if empty;
    # the text in small letters; the number, null if it is none.
    trimmed: Sql | None = None
    lowered: Sql | None = None
    number: Sql | None = None


class FieldMap(Mapping[str, SqlField]):
    """Field names → SQL: named columns, and jsonb columns whose keys are fields (``attributes.X``, ``event.path``).

    An open field (``account.X``) without a column for its prefix is missing on every lead, as in Python's facts.
    """

    def __init__(self, columns: Mapping[str, SqlField], json_columns: Mapping[str, str]) -> None:
        """``json_columns``: prefix ("attributes", "event") → SQL of the jsonb column."""
        self.columns = dict(columns)
        self.json_columns = dict(json_columns)

    def __getitem__(self, field: str) -> SqlField:
        if field in self.columns:
            return self.columns[field]
        prefix, _, key = field.partition(".")
        if prefix in self.json_columns:
            return SqlField(Sql(f"({self.json_columns[prefix]} ->> %s)", (key,)))
        if field.startswith(OPEN_PREFIXES):
            return SqlField(Sql("NULL::text"))
        raise KeyError(field)

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)
