"""Months as the company counts them: in the time zone of the agreement's calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Month:
    """One calendar month in one zone; half-open as instants."""

    first: date
    timezone: str

    @classmethod
    def of(cls, at: datetime, timezone: str) -> Month:
        """The month in which an instant lies."""
        return cls(at.astimezone(ZoneInfo(timezone)).date().replace(day=1), timezone)

    @classmethod
    def read(cls, text: str, timezone: str) -> Month | None:
        """“2026-11” as a month, or None where the text is none."""
        match = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text)
        if not match or not 1 <= int(match[2]) <= 12 or not 1970 <= int(match[1]) <= 2200:
            return None
        return cls(date(int(match[1]), int(match[2]), 1), timezone)

    @property
    def starts_at(self) -> datetime:
        return datetime(self.first.year, self.first.month, 1, tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        return self.next.starts_at

    @property
    def next(self) -> Month:
        year, month = divmod(self.first.year * 12 + self.first.month, 12)
        return Month(date(year, month + 1, 1), self.timezone)

    @property
    def previous(self) -> Month:
        year, month = divmod(self.first.year * 12 + self.first.month - 2, 12)
        return Month(date(year, month + 1, 1), self.timezone)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"
