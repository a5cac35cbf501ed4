"""Databases of the benchmark's own: made beside the configured one, with all tables, and dropped whatever happens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

from django.core.management import call_command
from django.db import connection

# PostgreSQL cuts longer names off.
LONGEST_NAME = 40


@dataclass
class Databases:
    """Makes blank databases as copies of one that was migrated once."""

    blank: str
    _numbers: Iterator[int] = field(default_factory=count)

    @contextmanager
    def new(self) -> Iterator[str]:
        """A blank database for the time of the block; its name."""
        with _database(f"{self.blank}_{next(self._numbers)}", template=self.blank) as name:
            yield name


@contextmanager
def own_databases() -> Iterator[Databases]:
    """Databases beside the configured one; all are gone at the end, also after an error and Ctrl-C."""
    configured = connection.settings_dict["NAME"][:LONGEST_NAME]
    with _database(f"{configured}_benchmark_{os.getpid()}_{uuid4().hex[:4]}") as blank:
        with connected_to(blank):
            call_command("migrate", verbosity=0, interactive=False)
        yield Databases(blank)


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """All of Django's queries go to the database of this name on the configured server."""
    configured = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        run("SET max_parallel_workers_per_gather = 0")
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = configured


def run(statement: str) -> None:
    """Execute one statement outside of any transaction, as VACUUM needs it."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def number(query: str) -> float:
    """The one number that the query gives."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return float(cursor.fetchone()[0])


@contextmanager
def _database(name: str, template: str = "template0") -> Iterator[str]:
    quote = connection.ops.quote_name
    run(f"CREATE DATABASE {quote(name)} TEMPLATE {quote(template)}")
    try:
        yield name
    finally:
        connection.close()
        run(f"DROP DATABASE IF EXISTS {quote(name)} WITH (FORCE)")
