"""The time line below the clock, in whole microseconds since 1970 UTC.

Datetimes that share a ZoneInfo subtract wrongly, so all arithmetic is done on integers. The line is cut into *sheets*
of 128 days: a sheet lists the opening intervals in it with the working time up to the end of each. A calendar writes
a sheet once; after that, a question is a binary search.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

Pauses = Iterable[tuple[datetime, datetime]]  # (from, to): aware, any order, may overlap; one that ends first is empty
Spans = list[tuple[int, int]]  # the same in microseconds, in order and merged

SECOND = 1_000_000
DAY = 86_400 * SECOND
SHEET = 128 * DAY
TEN_YEARS = 3_653 * DAY

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)
# The first and last year of datetime can't be shifted into every zone; nothing counts there.
_FIRST_SHEET = (datetime(2, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND // SHEET + 1
_LAST_SHEET = (datetime(9999, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND // SHEET - 1


class NaiveInstant(ValueError):
    """A datetime without a time zone names no instant."""


class NoWorkingTime(ValueError):
    """The calendar has no working time within ten years of where the search began."""


class Sheet(NamedTuple):
    """The opening intervals in 128 days, in order and disjoint; `worked` is the working time up to the end of each."""

    opens: list[int]
    closes: list[int]
    worked: list[int]
    days: list[int]  # the civil day of each interval, as days since 1970

    @property
    def total(self) -> int:
        return self.worked[-1] if self.worked else 0

    def append(self, day: int, opens: int, closes: int) -> None:
        self.worked.append(self.total + closes - opens)
        self.opens.append(opens)
        self.closes.append(closes)
        self.days.append(day)

    def worked_before(self, position: int) -> int:
        n = bisect_right(self.opens, position) - 1
        return self.worked[n] - max(0, self.closes[n] - position) if n >= 0 else 0

    def open_from(self, position: int) -> int | None:
        n = bisect_right(self.closes, position)
        return max(self.opens[n], position) if n < len(self.closes) else None

    def openings(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield (day number, opens, closes) in order, clipped to begin and end."""
        for n in range(bisect_right(self.closes, begin), bisect_left(self.opens, end)):
            yield self.days[n], max(self.opens[n], begin), min(self.closes[n], end)

    def instant_of(self, worked: int) -> int:
        # bisect_left: work that fills an interval exactly ends at its closing, not at the next opening.
        n = bisect_left(self.worked, worked)
        return self.closes[n] - (self.worked[n] - worked)


@lru_cache(maxsize=4096)
def offset_runs(timezone: str, number: int) -> tuple[tuple[int, int, int], ...]:
    """Cut a sheet into (since, until, offset from UTC) runs of constant offset, all in microseconds.

    Zones tell their offset only at one instant, so it is compared day by day, and where it differs the second of the
    change is searched for. No zone has changed twice within a week since 1970.
    """
    if not _FIRST_SHEET <= number <= _LAST_SHEET:
        return ()
    zone = ZoneInfo(timezone)
    since = number * SHEET
    offset = _offset(zone, since)
    runs = []
    for day_end in range(since + DAY, since + SHEET + 1, DAY):
        later_offset = _offset(zone, day_end)
        if later_offset != offset:
            low, high = day_end - DAY, day_end
            while high - low > SECOND:
                middle = (low + high) // 2 // SECOND * SECOND
                low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
            runs.append((since, high, offset))
            since, offset = high, later_offset
    runs.append((since, (number + 1) * SHEET, offset))
    return tuple(run for run in runs if run[0] < run[1])


def _offset(zone: ZoneInfo, position: int) -> int:
    return (instant(position).astimezone(zone).utcoffset() or timedelta()) // _MICROSECOND


def micros(at: datetime) -> int:
    try:
        return (at - _EPOCH) // _MICROSECOND
    except TypeError:
        raise NaiveInstant(f"expected a datetime with a time zone, got {at!r}") from None


def instant(position: int) -> datetime:
    return _EPOCH + timedelta(microseconds=position)


def duration(working_seconds: float) -> int:
    if not math.isfinite(working_seconds) or working_seconds < 0:
        raise ValueError(f"working seconds must be zero or more: {working_seconds}")
    return round(working_seconds * SECOND)


def day_number(on: date) -> int:
    return on.toordinal() - _EPOCH_ORDINAL


def date_of(day: int) -> date:
    return date.fromordinal(day + _EPOCH_ORDINAL)


def merged_spans(pauses: Pauses) -> Spans:
    merged: Spans = []
    for since, until in sorted((micros(since), micros(until)) for since, until in pauses):
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until))
        elif since < until:
            merged.append((since, until))
    return merged


def cut(opens: int, closes: int, pauses: Spans) -> Iterator[tuple[int, int, bool]]:
    """Yield (since, until, is_paused) pieces that make up the opening."""
    for paused_from, paused_to in pauses:
        since, until = max(paused_from, opens), min(paused_to, closes)
        if since < until:
            if opens < since:
                yield opens, since, False
            yield since, until, True
            opens = until
    if opens < closes:
        yield opens, closes, False
