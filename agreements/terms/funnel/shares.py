"""Parts of a volume: by team or method, and by working days over months and weeks; the parts always add up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Literal

from agreements.terms.calendar import WorkCalendar
from agreements.terms.funnel.steps import FunnelInvalid, Volumes
from agreements.terms.problems import Problem

MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Slice:
    """A month or week of the period: what is owed in it, and in all by its last day (both days included)."""

    starts_on: date
    ends_on: date
    working_days: int
    volumes: Volumes
    due: Volumes


def split(total: int, shares: Sequence[Fraction]) -> list[int]:
    """Whole parts of a total that add up to it, each less than one away from its exact share; larger rests first.

    Raises FunnelInvalid unless the shares are not negative and add up to 1.
    """
    if any(share < 0 for share in shares):
        raise FunnelInvalid([Problem("shares", "share_out_of_range")])
    if sum(shares) != 1:
        raise FunnelInvalid([Problem("shares", "shares_not_one", {"percent": float(sum(shares) * 100)})])
    parts = [floor(total * share) for share in shares]
    rests = [total * share - part for share, part in zip(shares, parts, strict=True)]
    order = sorted(range(len(shares)), key=lambda place: (-rests[place], place))
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts


def due_by(total: int, days_gone: int, days: int) -> int:
    """How much of a total is owed when so many of the working days have gone: never behind an even pace."""
    return ceil(Fraction(total * days_gone, days))


def period_end(first: date, period: Literal["month", "quarter", "year"]) -> date:
    """The last day of the period that begins with a month's first day."""
    year, month = divmod(first.year * 12 + first.month - 1 + MONTHS[period], 12)
    return date(year, month + 1, 1) - timedelta(days=1)


def spread(
    volumes: Volumes, calendar: WorkCalendar, first: date, last: date, by: Literal["month", "week"]
) -> list[Slice]:
    """The volumes over the period's months or weeks (Monday to Sunday), evenly by working day.

    Raises FunnelInvalid where the period has no working day.
    """
    spans = list(_spans(first, last, by))
    counts = [_working_days(calendar, *span) for span in spans]
    if not sum(counts):
        raise FunnelInvalid([Problem("period", "no_working_days")])
    slices: list[Slice] = []
    gone, before = 0, dict.fromkeys(volumes, 0)
    for (starts_on, ends_on), count in zip(spans, counts, strict=True):
        gone += count
        due = {step: due_by(total, gone, sum(counts)) for step, total in volumes.items()}
        slices.append(Slice(starts_on, ends_on, count, {step: due[step] - before[step] for step in due}, due))
        before = due
    return slices


def _spans(first: date, last: date, by: Literal["month", "week"]) -> Iterator[tuple[date, date]]:
    while first <= last:
        end = (
            period_end(first.replace(day=1), "month") if by == "month" else first + timedelta(days=6 - first.weekday())
        )
        yield first, min(end, last)
        first = end + timedelta(days=1)


def _working_days(calendar: WorkCalendar, first: date, last: date) -> int:
    return sum(calendar.opens_on(first + timedelta(days=n)) for n in range((last - first).days + 1))
