"""Lists of SQL pieces, and running a statement that was put together from pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection

from agreements.compile import Sql, sql


def case(whens: Iterable[tuple[Sql, Any]]) -> Sql:
    """The value of the first condition that holds, null if none does."""
    pieces = [sql("WHEN {} THEN {}", condition, value) for condition, value in whens]
    if not pieces:
        return Sql("NULL")
    text = " ".join(piece.text for piece in pieces)
    return Sql(f"(CASE {text} END)", tuple(param for piece in pieces for param in piece.params))


def filled(template: str, **parts: Sql) -> Sql:
    """The template with each ``{name}`` replaced by the part of that name, as often as it stands there."""
    pieces = template.split("{")
    text, params = pieces[0], list[object]()
    for piece in pieces[1:]:
        name, rest = piece.split("}", 1)
        text += parts[name].text + rest
        params += parts[name].params
    return Sql(text, tuple(params))


# Chooses leads: the condition on a column that holds their ids.
Chosen = Callable[[str], Sql]


def these(ids: Sequence[int]) -> Chosen:
    """The leads with these ids."""
    return lambda column: one_of(column, ids)


def between(first: int, last: int) -> Chosen:
    """The leads with ids from ``first`` to ``last``."""
    return lambda column: sql(f"{column} BETWEEN {{}} AND {{}}", first, last)


def one_of(column: str, ids: Sequence[int]) -> Sql:
    """A condition: the column holds one of the ids."""
    return sql(f"{column} = ANY({{}}::bigint[])", list(ids))


def run(statement: Sql) -> list[tuple[Any, ...]]:
    """Execute the statement; its rows, if it returns any."""
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return cursor.fetchall() if cursor.description else []
