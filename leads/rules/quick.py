"""Statements that somebody waits for: whoever takes longer is stopped, and the page says so instead of hanging."""

from __future__ import annotations

from typing import Any

from django.db import OperationalError, connection, transaction

from agreements.compile import Sql

CANCELLED = "57014"
LIMIT = "statement_timeout"


class TooSlow(Exception):
    """The database did not answer in time."""


def ask(statement: Sql, *, most_ms: int) -> list[tuple[Any, ...]]:
    """The rows of a statement that only reads; TooSlow after ``most_ms``."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT current_setting('{LIMIT}'), set_config('{LIMIT}', %s, TRUE)", [str(most_ms)])
            limit, _most = cursor.fetchone()
            cursor.execute(statement.text, statement.params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            # Within a transaction of the caller the limit must not outlast this statement.
            cursor.execute(f"SELECT set_config('{LIMIT}', %s, TRUE)", [limit])
            return rows
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != CANCELLED:
            raise
        raise TooSlow from error
