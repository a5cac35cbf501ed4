"""Times, spans and numbers in the reader's language, always with Western digits and a 24-hour clock."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext


def reader_locale() -> Locale:
    """The locale of the active language; English where Babel has none."""
    try:
        return Locale.parse(translation.to_locale(translation.get_language() or "en"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def short_moment(moment: dt.datetime, *, now: dt.datetime) -> str:
    """Day and time in the reader's zone, "15 Oct, 11:20"; the year only where it is not this one."""
    local = timezone.localtime(moment)
    return _day_and_time(local, "MMMd" if local.year == timezone.localtime(now).year else "yMMMd")


def short_day(moment: dt.datetime) -> str:
    """The day in the reader's zone, "15 Oct"."""
    return str(format_skeleton("MMMd", timezone.localtime(moment), locale=reader_locale()))


def full_moment(moment: dt.datetime) -> str:
    """Weekday, date, time and zone, for the tooltip: no doubt is left."""
    return f"{_day_and_time(timezone.localtime(moment), 'yMMMEd')} ({timezone.get_current_timezone_name()})"


def _day_and_time(local: dt.datetime, day_skeleton: str) -> str:
    locale = reader_locale()
    day = format_skeleton(day_skeleton, local, locale=locale)
    return str(locale.datetime_formats["medium"]).format(local.strftime("%H:%M"), day)


def duration_words(seconds: float | None, *, in_hours: bool = False) -> str:
    """A span in at most two units, "3 h 20 min"; "" for None. Minutes are rounded down.

    From two days on it counts days, unless `in_hours`: working time has no day of 24 hours.
    """
    if seconds is None:
        return ""
    hours, minutes = divmod(int(abs(seconds)) // 60, 60)
    if hours >= 48 and not in_hours:
        days, hours = divmod(hours, 24)
        facts = {"days": days, "hours": hours}
        whole = ngettext("%(days)d day", "%(days)d days", days)
        return (gettext("%(days)d d %(hours)d h") if hours else whole) % facts
    facts = {"hours": hours, "minutes": minutes, "seconds": int(abs(seconds))}
    if hours:
        return (gettext("%(hours)d h %(minutes)d min") if minutes else gettext("%(hours)d h")) % facts
    return (gettext("%(minutes)d min") if minutes else gettext("%(seconds)d s")) % facts


def percent_words(share: float | Decimal | None, digits: int = 0) -> str:
    """A share of 1 as per cent, "91%"; an en dash where there is nothing to divide."""
    if share is None:
        return "–"
    locale = reader_locale()
    pattern = str(locale.percent_formats[None].pattern)
    if digits:
        pattern = pattern.replace("#,##0", "#,##0." + "0" * digits)
    return str(format_percent(share, format=pattern, locale=locale))


def number_words(value: float | Decimal | None) -> str:
    """A number with the locale's separators, at most two decimals; an en dash for None."""
    return "–" if value is None else str(format_decimal(value, format="#,##0.##", locale=reader_locale()))
