"""Values in a reader's words: durations, counts, channels, each marked so that it stands out in its sentence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from slaportal.web.formats import reader_locale

CHANNELS: dict[str, Promise] = {
    "phone": _("phone"),
    "email": _("e-mail"),
    "video": _("video"),
    "social": _("social network"),
    "ad": _("advertisement"),
    "event": _("event"),
}
SIDES: dict[str, Promise] = {"marketing": _("Marketing"), "sales": _("Sales")}
PERIODS: dict[str, Promise] = {"month": _("per month"), "quarter": _("per quarter"), "year": _("per year")}
JOURNEY: dict[str, Promise] = {
    "awareness": _("Awareness"),
    "consideration": _("Consideration"),
    "decision": _("Decision"),
}
DAYS: dict[str, Promise] = {
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
}


def pill(value: Any) -> SafeString:
    """A live value of the terms inside its sentence."""
    return format_html('<b class="pill">{}</b>', value)


def say(message: str, **values: Any) -> SafeString:
    """A translated sentence with ``{name}`` places; values are escaped and marked."""
    if not values:
        return format_html("{}", message)
    return format_html(str(message), **{name: pill(value) for name, value in values.items()})


def number(value: float) -> str:
    """A number in the reader's notation, whole where it is whole."""
    return str(format_decimal(value, format="#,##0.###", locale=reader_locale()))


def money(amount: float, currency: str) -> str:
    """An amount with its currency as the reader writes it, without cents where there are none."""
    locale = reader_locale()
    pattern = str(locale.currency_formats["standard"].pattern).replace("0.00", "0.##")
    return str(format_currency(amount, currency, locale=locale, format=pattern, currency_digits=False))


def listed(items: Iterable[Any], style: Literal["standard", "or"] = "standard") -> str:
    """Several values as the reader lists them: all of them, or one of them (`or`)."""
    locale = reader_locale()
    shown = [str(item) for item in items]
    if locale.text_direction == "rtl":  # Latin names among Arabic words keep their own order
        shown = [f"\u2068{item}\u2069" for item in shown]
    return str(format_list(shown, style=style, locale=locale))


def working_time(minutes: int) -> str:
    """Working minutes as hours where they are whole hours."""
    if minutes % 60 == 0:
        hours = minutes // 60
        return ngettext("%(n)s working hour", "%(n)s working hours", hours) % {"n": number(hours)}
    return ngettext("%(n)s working minute", "%(n)s working minutes", minutes) % {"n": number(minutes)}


def minutes(count: int) -> str:
    """Minutes by the clock on the wall."""
    return ngettext("%(n)s minute", "%(n)s minutes", count) % {"n": number(count)}


def working_days(days: int) -> str:
    return ngettext("%(n)s working day", "%(n)s working days", days) % {"n": number(days)}


def calendar_days(days: float) -> str:
    return ngettext("%(n)s day", "%(n)s days", int(days)) % {"n": number(days)}


def points(value: float) -> str:
    """An amount of points, such as a cap or a threshold."""
    return ngettext("%(n)s point", "%(n)s points", int(value)) % {"n": number(value)}


def signed_points(value: float) -> str:
    """Points of a rule with their sign: a reader sees at once what adds and what takes away."""
    sign = "+" if value > 0 else "−"
    whole = ngettext("%(sign)s%(n)s point", "%(sign)s%(n)s points", int(abs(value)))
    return whole % {"sign": sign, "n": number(abs(value))}


def share(value: float, *, with_sign: bool = False) -> str:
    """A share of 1 as per cent with all its decimals, such as 80% or 12.5%; with its sign for a growth."""
    decimals = "#,##0.##" if with_sign else "#,##0.########"
    pattern = str(reader_locale().percent_formats[None].pattern).replace("#,##0", decimals)
    words = str(format_percent(value, format=pattern, locale=reader_locale()))
    return f"+{words}" if with_sign and value > 0 else words


def day_words(day: date | str) -> str:
    """A day such as 25 Dec 2026; a text that is no day stays as it is."""
    try:
        on = date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        return str(day)
    return str(format_date(on, format="medium", locale=reader_locale()))
