"""Lists of SQL pieces, and running a statement that was put together from pieces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from agreements.compile import Sql, sql


def listed(parts: Iterable[Sql]) -> Sql:
    """The parts with commas between them."""
    pieces = list(parts)
    return Sql(", ".join(piece.text for piece in pieces), tuple(param for piece in pieces for param in piece.params))


def case(whens: Iterable[tuple[Sql, Any]]) -> Sql:
    """The value of the first condition that holds, null if none does."""
    pieces = [sql("WHEN {} THEN {}", condition, value) for condition, value in whens]
    if not pieces:
        return Sql("NULL")
    text = " ".join(piece.text for piece in pieces)
    return Sql(f"(CASE {text} END)", tuple(param for piece in pieces for param in piece.params))


def one_of(column: str, ids: Sequence[int]) -> Sql:
    """A condition: the column holds one of the ids."""
    return sql(f"{column} = ANY({{}}::bigint[])", list(ids))


def between(column: str, first: int, last: int) -> Sql:
    """A condition: the column holds an id from ``first`` to ``last``."""
    return sql(f"{column} BETWEEN {{}} AND {{}}", first, last)


def run(statement: Sql) -> list[tuple[Any, ...]]:
    """Execute the statement; its rows, if it returns any."""
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return cursor.fetchall() if cursor.description else []
