"""Adds, measures and explains working time in one calendar.

An instant counts iff its local wall time lies in `[open, close)` of its own civil day, that day is no holiday and no
pause covers the instant. A holiday wins over an override. Seconds are real elapsed seconds: an hour that the time zone
skips counts nothing, an hour that it repeats counts twice.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from agreements.terms.calendar.reading import Windows, read
from agreements.terms.calendar.timeline import (
    DAY,
    SECOND,
    SHEET,
    TEN_YEARS,
    NoWorkingTime,
    Pauses,
    Sheet,
    Spans,
    cut,
    date_of,
    day_number,
    duration,
    instant,
    merged_spans,
    micros,
    offset_runs,
)

Why = Literal["open", "override", "holiday", "closed", "pause"]

_KEPT_SHEETS = 64  # about 22 years: more than any open promise, little enough to keep for each calendar


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an explanation: a stretch of one civil day, or a whole day on which nothing counted.

    `opens_at` and `closes_at` (UTC) bound the part of the opening that lies between start and due time; both are None
    for a day that counts nothing. `why`: "open" (regular hours), "override" (dated hours; without times: closed by
    them), "holiday", "closed" (no hours left in the span that day), "pause" (would have counted, but was paused).
    """

    on: date
    opens_at: datetime | None
    closes_at: datetime | None
    counted_seconds: float
    why: Why


@dataclass(frozen=True)
class WorkCalendar:
    """Regular hours (seven days, Monday first), holidays and dated overrides in one time zone; immutable, hashable."""

    timezone: str
    hours: tuple[Windows, ...]
    holidays: frozenset[date] = frozenset()
    overrides: tuple[tuple[date, Windows], ...] = ()
    _special: dict[int, tuple[Why, Windows]] = field(init=False, repr=False, compare=False, default_factory=dict)
    _sheets: dict[int, Sheet] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._special.update((day_number(on), ("override", windows)) for on, windows in self.overrides)
        self._special.update((day_number(on), ("holiday", ())) for on in self.holidays)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "WorkCalendar":
        """Read {"timezone", "hours", "holidays"?, "overrides"?} as JSON gives it; raises CalendarInvalid."""
        return cls(*read(raw))

    def add(self, start: datetime, working_seconds: float, pauses: Pauses = ()) -> datetime:
        """Return the instant (UTC) at which `working_seconds` have counted since `start`.

        A span that ends exactly at closing is due at closing; zero seconds are due at `start`, open or not.
        Raises NoWorkingTime, NaiveInstant, and ValueError for a negative or endless duration.
        """
        position, remaining = micros(start), duration(working_seconds)
        for paused_from, paused_to in merged_spans(pauses):
            if paused_to <= position:
                continue
            before_pause = self._worked(position, paused_from)
            if remaining <= before_pause:
                break
            remaining -= before_pause
            position = paused_to
        return instant(self._reach(position, remaining))

    def between(self, start: datetime, end: datetime, pauses: Pauses = ()) -> float:
        """Return the working seconds from `start` to `end`; 0 if the end comes first."""
        begin, finish = micros(start), micros(end)
        worked = self._worked(begin, finish)
        for paused_from, paused_to in merged_spans(pauses):
            worked -= self._worked(max(paused_from, begin), min(paused_to, finish))
        return worked / SECOND

    def next_open(self, at: datetime, pauses: Pauses = ()) -> datetime | None:
        """Return the first instant (UTC) at or after `at` that counts, or None if there is none within ten years."""
        opened = self._next_counted(micros(at), merged_spans(pauses))
        return None if opened is None else instant(opened)

    def add_working_days(self, start: datetime, days: int, pauses: Pauses = ()) -> datetime:
        """Return the same local wall time (UTC instant) on the `days`-th later working day.

        The start first moves to the next open instant: a night or a weekend starts like the opening after it, so a
        later start is never due earlier. 0 days is that instant. A working day is a civil day with any counted time.
        Where its hours leave out the wall time (or a pause covers it), the result moves on to the next open instant.
        Raises NoWorkingTime if that takes more than ten years, ValueError for a negative number.
        """
        if days < 0:
            raise ValueError(f"working days must not be negative: {days}")
        merged = merged_spans(pauses)
        begin = self._next_counted(micros(start), merged)
        if begin is None:
            raise NoWorkingTime(f"no working time within ten years of {start.isoformat()}")
        if days == 0:
            return instant(begin)
        wall = instant(begin).astimezone(ZoneInfo(self.timezone))
        on = date_of(self._later_working_day(begin, days, merged))
        opened = self._next_counted(micros(datetime.combine(on, wall.timetz())), merged)
        if opened is None:
            raise NoWorkingTime(f"no working time within ten years of {on.isoformat()}")
        return instant(opened)

    def opens_on(self, on: date) -> bool:
        """Say whether a civil day has any working hours: regular or dated ones, and no holiday."""
        return bool(self._day(day_number(on))[1])

    def explain(self, start: datetime, working_seconds: float, pauses: Pauses = ()) -> tuple[Row, ...]:
        """Account for `add` day by day: every civil day from start to due time; counted_seconds add up to the span."""
        begin, end = micros(start), micros(self.add(start, working_seconds, pauses))
        merged = merged_spans(pauses)
        by_day: dict[int, list[Row]] = {}
        for day, opens, closes in self._openings(begin, end):
            for since, until, is_paused in cut(opens, closes, merged):
                _append(by_day.setdefault(day, []), self._open_row(day, since, until, is_paused))
        days = self._civil_days(begin, end)
        return tuple(row for day in days for row in by_day.get(day) or [self._closed_row(day)])

    # --- the time line in microseconds

    def _worked(self, begin: int, end: int) -> int:
        if end <= begin:
            return 0
        first, last = begin // SHEET, end // SHEET
        worked = self._sheet(last).worked_before(end) - self._sheet(first).worked_before(begin)
        return worked + sum(self._sheet(number).total for number in range(first, last))

    def _reach(self, position: int, remaining: int) -> int:
        while remaining:
            opened = self._next_open(position)
            if opened is None:
                raise NoWorkingTime(f"no working time within ten years of {instant(position).isoformat()}")
            sheet = self._sheet(opened // SHEET)
            target = sheet.worked_before(opened) + remaining
            if target <= sheet.total:
                return sheet.instant_of(target)
            remaining = target - sheet.total
            position = sheet.closes[-1]
        return position

    def _next_open(self, position: int) -> int | None:
        limit = position + TEN_YEARS
        for number in range(position // SHEET, limit // SHEET + 1):
            opened = self._sheet(number).open_from(position)
            if opened is not None:
                return opened if opened <= limit else None
        return None

    def _next_counted(self, position: int, pauses: Spans) -> int | None:
        opened = self._next_open(position)
        for paused_from, paused_to in pauses:
            if opened is not None and paused_from <= opened < paused_to:
                opened = self._next_open(paused_to)
        return opened

    def _openings(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield (day number, opens, closes) in order, clipped to the span."""
        for number in range(begin // SHEET, end // SHEET + 1):
            yield from self._sheet(number).openings(begin, end)

    def _later_working_day(self, begin: int, days: int, pauses: Spans) -> int:
        reached, passed = None, -1
        for day, opens, closes in self._openings(begin, begin + TEN_YEARS):
            is_counted = not all(is_paused for _, _, is_paused in cut(opens, closes, pauses))
            if is_counted and (reached is None or day > reached):
                reached, passed = day, passed + 1
                if passed == days:
                    return day
        raise NoWorkingTime(f"fewer than {days} working days within ten years of {instant(begin).isoformat()}")

    def _civil_days(self, begin: int, end: int) -> Iterable[int]:
        days: dict[int, None] = {}  # an ordered set: a clock set back across midnight visits a day twice
        for number in range(begin // SHEET, end // SHEET + 1):
            for since, until, offset in offset_runs(self.timezone, number):
                first, last = max(since, begin) + offset, min(until, end) + offset - 1
                days.update(dict.fromkeys(range(first // DAY, last // DAY + 1) if first <= last else ()))
        return days

    def _open_row(self, day: int, since: int, until: int, is_paused: bool) -> Row:
        counted = 0.0 if is_paused else (until - since) / SECOND
        return Row(date_of(day), instant(since), instant(until), counted, "pause" if is_paused else self._day(day)[0])

    def _closed_row(self, day: int) -> Row:
        why = self._day(day)[0]
        return Row(date_of(day), None, None, 0.0, "closed" if why == "open" else why)

    def _day(self, day: int) -> tuple[Why, Windows]:
        return self._special.get(day) or ("open", self.hours[(day + 3) % 7])  # day 0, 1 January 1970, was a Thursday

    def _sheet(self, number: int) -> Sheet:
        sheet = self._sheets.get(number)
        if sheet is None:
            sheet = self._write_sheet(number)
            if len(self._sheets) >= _KEPT_SHEETS:
                self._sheets.clear()
            self._sheets[number] = sheet
        return sheet

    def _write_sheet(self, number: int) -> Sheet:
        sheet = Sheet([], [], [], [])
        for since, until, offset in offset_runs(self.timezone, number):
            local_since, local_until = since + offset, until + offset
            for day in range(local_since // DAY, (local_until - 1) // DAY + 1):
                midnight = day * DAY
                for open_second, close_second in self._day(day)[1]:
                    opens = max(midnight + open_second * SECOND, local_since)
                    closes = min(midnight + close_second * SECOND, local_until)
                    if opens < closes:
                        sheet.append(day, opens - offset, closes - offset)
        return sheet


def _append(rows: list[Row], row: Row) -> None:
    """Add a row of the same day; where a sheet or a time-zone change cut the opening in two, join the parts again."""
    last = rows[-1] if rows else None
    if last is not None and last.why == row.why and last.closes_at == row.opens_at:
        counted = last.counted_seconds + row.counted_seconds
        rows[-1] = Row(row.on, last.opens_at, row.closes_at, counted, row.why)
    else:
        rows.append(row)
