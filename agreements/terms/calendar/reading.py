"""Reads a calendar as JSON gives it, and names the place and the fault of what it refuses."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import available_timezones

Windows = tuple[tuple[int, int], ...]  # (open, close) in wall-clock seconds after midnight, in order, not overlapping

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class CalendarInvalid(ValueError):
    """A calendar that can't be read: `path` names the place ("hours.mon.0"), `code` the fault, `message` says it."""

    def __init__(self, path: str, code: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path, self.code, self.message = path, code, message


class Parts(NamedTuple):
    """What a calendar is made of, checked; `hours` has seven entries, Monday first."""

    timezone: str
    hours: tuple[Windows, ...]
    holidays: frozenset[date]
    overrides: tuple[tuple[date, Windows], ...]


def read(raw: Mapping[str, Any]) -> Parts:
    _refuse_unknown_keys(raw, "", {"timezone", "hours", "holidays", "overrides"})
    for key in ("timezone", "hours"):
        if key not in raw:
            raise CalendarInvalid(key, "missing", "this entry is required")
    holidays = _expect(raw.get("holidays", []), (list, tuple), "holidays", "a list of dates")
    return Parts(
        timezone=_zone_name(raw["timezone"]),
        hours=_regular_hours(raw["hours"]),
        holidays=frozenset(_date(text, f"holidays.{n}") for n, text in enumerate(holidays)),
        overrides=_overrides(raw.get("overrides", {})),
    )


def _zone_name(raw: object) -> str:
    name: str = _expect(raw, str, "timezone", "the name of a time zone")
    if name not in _known_zones():
        raise CalendarInvalid("timezone", "unknown_zone", f"there is no time zone {name!r}")
    return name


@lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _regular_hours(raw: object) -> tuple[Windows, ...]:
    by_weekday = _expect(raw, Mapping, "hours", "an object of weekdays")
    _refuse_unknown_keys(by_weekday, "hours", set(WEEKDAYS))
    return tuple(_windows(by_weekday.get(weekday, []), f"hours.{weekday}") for weekday in WEEKDAYS)


def _overrides(raw: object) -> tuple[tuple[date, Windows], ...]:
    by_date = _expect(raw, Mapping, "overrides", "an object of dates")
    return tuple(
        sorted(
            (_date(text, f"overrides.{text}"), _windows(rows, f"overrides.{text}")) for text, rows in by_date.items()
        )
    )


def _windows(raw: object, path: str) -> Windows:
    rows = _expect(raw, (list, tuple), path, "a list of [open, close] pairs")
    windows = sorted((_window(row, f"{path}.{n}"), n) for n, row in enumerate(rows))
    for (earlier, _), (later, n) in zip(windows, windows[1:], strict=False):
        if later[0] < earlier[1]:
            raise CalendarInvalid(f"{path}.{n}", "overlap", "this window overlaps another one of the day")
    return tuple(window for window, _ in windows)


def _window(raw: object, path: str) -> tuple[int, int]:
    pair = _expect(raw, (list, tuple), path, "an [open, close] pair")
    if len(pair) != 2:
        raise CalendarInvalid(path, "not_a_pair", f"expected [open, close], got {len(pair)} entries")
    opens, closes = (_second_of_day(text, f"{path}.{n}") for n, text in enumerate(pair))
    if opens == closes:
        raise CalendarInvalid(path, "empty_window", "the window closes when it opens")
    if opens > closes:
        raise CalendarInvalid(
            path, "crosses_midnight", "a window must not cross midnight: end it at 24:00, add a second"
        )
    return opens, closes


def _second_of_day(raw: object, path: str) -> int:
    text: str = _expect(raw, str, path, "a time such as 09:30")
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?|24:00(?::00)?", text)
    if found is None:
        raise CalendarInvalid(path, "bad_time", f"expected HH:MM or HH:MM:SS from 00:00 to 24:00, got {text!r}")
    if found[1] is None:
        return 86_400
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)


def _date(raw: object, path: str) -> date:
    text: str = _expect(raw, str, path, "a date such as 2026-12-25")
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):  # fromisoformat alone also takes week dates
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise CalendarInvalid(path, "bad_date", f"there is no date {text!r}; write it as 2026-12-25")


def _refuse_unknown_keys(raw: object, path: str, known: set[str]) -> None:
    for key in _expect(raw, Mapping, path, "an object"):
        if key not in known:
            raise CalendarInvalid(f"{path}.{key}" if path else str(key), "unknown_key", f"unknown entry {key!r}")


def _expect(raw: object, kind: Any, path: str, what: str) -> Any:
    if not isinstance(raw, kind):
        raise CalendarInvalid(path, "wrong_type", f"expected {what}, got {type(raw).__name__}")
    return raw
