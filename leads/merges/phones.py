"""One form for every way to write a telephone number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache

import phonenumbers
from babel import Locale
from django.db import connection

from slaportal.outbox.ticks import every

# Somebody looked, and it is no number.
UNREADABLE = "-"
CHUNK = 5_000
WITHOUT_KEY = "SELECT id, phone, country FROM leads_lead WHERE phone_key = '' AND phone <> '' ORDER BY id LIMIT %s"
# Only where the number is still the one that was read, in the order of the ids, as everybody locks leads.
FILL = """
WITH locked AS (
    SELECT l.id, r.key FROM leads_lead l JOIN unnest(%s::bigint[], %s::text[], %s::text[]) AS r (id, phone, key)
    ON l.id = r.id AND l.phone = r.phone ORDER BY l.id FOR NO KEY UPDATE OF l
)
UPDATE leads_lead AS l SET phone_key = locked.key FROM locked WHERE l.id = locked.id
"""


def phone_key(phone: str, country: str) -> str:
    """The number in E.164, a national one by the lead's country; UNREADABLE where there is none, "" without a phone."""
    if not phone.strip():
        return ""
    try:
        number = phonenumbers.parse(phone, regions().get(country.strip().lower()))
    except phonenumbers.NumberParseException:
        return UNREADABLE
    if not phonenumbers.is_possible_number(number):
        return UNREADABLE
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@cache
def regions() -> dict[str, str]:
    """{name or code of a country, in lower case: region}."""
    names = {name.lower(): code for code, name in Locale("en").territories.items() if len(code) == 2 and code.isalpha()}
    codes = {code.lower(): code for code in phonenumbers.SUPPORTED_REGIONS}
    return {**names, "uk": "GB", "usa": "US", **codes}


@every(60, name="phones of leads")
def read_phones(at: dt.datetime) -> int:
    """An import leaves its numbers to this: reading one takes 0.1 ms."""
    return fill_phone_keys()


def fill_phone_keys(limit: int = CHUNK) -> int:
    """Read the numbers that nobody has read yet; how many."""
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_KEY, [limit])
        found = cursor.fetchall()
        keep_phone_keys((pk, phone, phone_key(phone, country)) for pk, phone, country in found)
    return len(found)


def keep_phone_keys(keys: Iterable[tuple[int, str, str]]) -> None:
    """Write (lead, number, key)."""
    columns = [list(column) for column in zip(*keys, strict=True)]
    if columns:
        with connection.cursor() as cursor:
            cursor.execute(FILL, columns)
