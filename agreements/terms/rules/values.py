"""How a fact is read before it is compared: as text, as a number, as an instant; the SQL judge uses the same tables."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any

# What trimming takes away, in both judges: ASCII blanks, no-break space, ideographic space, byte-order mark.
BLANKS = " \t\n\r\x0b\x0c\u00a0\u3000\ufeff"

# One grammar for both judges, written so that Python's and PostgreSQL's expressions mean the same. A fraction needs
# digits on both sides; thousands commas and exponents are text, not numbers.
NUMBER = r"[+-]?[0-9]+(?:[.][0-9]+)?"
# Longer is text. (Bounds within the expression would make PostgreSQL several times slower.)
MAX_NUMBER_LENGTH = 60

_LEAP = r"(?:[12][0-9](?:0[48]|[2468][048]|[13579][26])|(?:1[26]|2[048])00)"
_DAY = (
    r"(?:[12][0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    rf"|{_LEAP}-02-29)"
)
_TIME = r"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,6})?)?"
# ISO 8601 days and times of the years 1000 to 2999; the expression alone decides that a day exists, because a cast in
# PostgreSQL would stop the whole query for a 30th of February.
LOCAL_INSTANT = rf"{_DAY}(?:{_TIME})?"
ZONED_INSTANT = rf"{_DAY}{_TIME}(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"

TRUE_WORDS = ("true", "yes", "1")

_NUMBER = re.compile(NUMBER)
_LOCAL = re.compile(LOCAL_INSTANT)
_ZONED = re.compile(ZONED_INSTANT)


def text_of(value: Any) -> str | None:
    """The fact as trimmed text, None if missing or empty: the same text as ``->>`` gives for a stored JSON value."""
    if value is None:
        return None
    return _written(value).strip(BLANKS) or None


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return as_instant(value).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return json_text(value)


def json_text(value: Any) -> str:
    """JSON as PostgreSQL prints a stored ``jsonb``: plain decimals, object keys by length, a blank after , and :."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return plain_number(value)
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return "{" + ", ".join(f"{_quoted(key)}: {json_text(value[key])}" for key in keys) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(json_text(item) for item in value) + "]"
    return "null" if value is None else _quoted(str(value))


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(c, c if c >= " " else f"\\u{ord(c):04x}") for c in text) + '"'


def plain_number(value: int | float | Decimal) -> str:
    """A number without exponent, as PostgreSQL's numeric writes it (it knows no negative zero)."""
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    return format(abs(number) if number.is_zero() else number, "f")


def number_of(value: Any) -> Decimal | None:
    """The fact as an exact number, None if it does not read as one."""
    text = text_of(value)
    if text is None or len(text) > MAX_NUMBER_LENGTH or not _NUMBER.fullmatch(text):
        return None
    return Decimal(text)


def instant_of(value: Any) -> datetime | None:
    """The fact as an aware UTC instant, None if it does not read as one; a day is its first instant in UTC."""
    if isinstance(value, datetime):
        return as_instant(value)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    text = text_of(value)
    if text is None or not (_LOCAL.fullmatch(text) or _ZONED.fullmatch(text)):
        return None
    return as_instant(datetime.fromisoformat(text))


def as_instant(moment: datetime) -> datetime:
    """The moment in UTC; without a zone it is taken to be UTC already."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def folded(text: str) -> str:
    """The text in lower case, letter by letter, so that its length stays and both judges agree.

    The table is ours, not the database's: PostgreSQL's ``lower()`` differs with version, provider and locale. Letters
    outside ASCII that would become ASCII (Kelvin sign, dotted capital I) stay as they are.
    """
    return text.lower() if text.isascii() else text.translate(_lower_table())


def case_variants(letter: str) -> str:
    """All letters that fold to the same as this one, itself included (one letter: it has no case)."""
    low = folded(letter)
    if low.isascii():
        return low if low == low.upper() else low + low.upper()
    return low + _upper_letters().get(low, "")


@cache
def _lower_table() -> dict[int, int]:
    table = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
    for code in range(0x80, 0x1E944):  # no cased letter lies above Adlam
        low = chr(code).lower()
        if len(low) == 1 and ord(low) not in (code, *range(0x80)):
            table[code] = ord(low)
    table[ord("ς")] = ord("σ")  # the same letter at the end of a word
    return table


@cache
def _upper_letters() -> dict[str, str]:
    uppers: dict[str, str] = {}
    for code, low in _lower_table().items():
        uppers[chr(low)] = uppers.get(chr(low), "") + chr(code)
    return uppers
