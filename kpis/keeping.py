"""Rows that people type and programs send: read strictly, each refused alone, the newest word kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model

from leads.intake import Rejection, RowRejected
from leads.intake.rows import read_text, shown_short
from leads.months import Month

Row = TypeVar("Row", bound=Model)
Clean = TypeVar("Clean")
CURRENCY = re.compile("[A-Z]{3}")
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
# The company's day may have begun before that of UTC.
EARLIEST_DAY = timedelta(hours=14)


@dataclass
class Report:
    """What became of the rows: `rows` those that stand now, in their order (None where one was refused)."""

    rows: list[Any]
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return self.created + self.updated + self.unchanged


def read_each(given: Sequence[Any], read: Callable[[Mapping[str, Any]], Clean], fields: Collection[str]) -> Report:
    """The rows that can be taken, as ``read`` makes them, and those that cannot."""
    report = Report(rows=[None] * len(given))
    for index, one in enumerate(given):
        try:
            report.rows[index] = read(_named(one, fields))
        except RowRejected as error:
            report.rejected.append(Rejection(index, error.code, error.field, error.facts))
    return report


def keep_newest(report: Report, *, key: Sequence[str], said: Sequence[str]) -> None:
    """Store the rows, one per ``key``, the later one of two; what says nothing new is not written.

    The caller holds the transaction. Written in the order of their keys: two callers wait for each other one way only.
    """
    rows = [row for row in report.rows if row is not None]
    if not rows:
        return
    newest = {_key(row, key): row for row in rows}
    model = type(rows[0])
    known = {_key(row, key): row for row in model.objects.filter(month__in={row.month for row in rows})}
    changed = [row for name, row in sorted(newest.items()) if name not in known or not _same(row, known[name], said)]
    model.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=list(key), update_fields=[*said, "by", "changed_at"]
    )
    report.created = sum(_key(row, key) not in known for row in changed)
    report.updated = len(changed) - report.created
    report.unchanged = len(rows) - len(changed)


def read_month(value: Any, name: str, at: datetime) -> date:
    """The first day of “2026-11”, which has begun."""
    month = Month.read(value, "UTC") if isinstance(value, str) else None
    if month is None:
        raise RowRejected("bad_month", name, value=shown_short(value))
    if month.first > (at + EARLIEST_DAY).date():
        raise RowRejected("month_in_future", name)
    return month.first


def read_day(value: Any, name: str, at: datetime) -> date:
    """The day “2026-11-04”, which has begun."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and DAY.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None or not 1970 <= day.year <= 2200:
        raise RowRejected("bad_day", name, value=shown_short(value))
    if day > (at + EARLIEST_DAY).date():
        raise RowRejected("day_in_future", name)
    return day


def read_currency(value: Any, name: str) -> str:
    """Three capital letters; "" where nothing is said."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not CURRENCY.fullmatch(value):
        raise RowRejected("bad_currency", name, value=shown_short(value))
    return value


def read_source(value: Any) -> str:
    return read_text(value, "source")


def _named(given: Any, fields: Collection[str]) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise RowRejected("row_not_an_object")
    for name in given:
        if name not in fields:
            raise RowRejected("unknown_field", str(name)[:100], name=str(name)[:100])
    return given


def _key(row: Model, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(getattr(row, name)) for name in names)


def _same(row: Model, other: Model, names: Iterable[str]) -> bool:
    return all(getattr(row, name) == getattr(other, name) for name in names)
