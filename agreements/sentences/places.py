"""Countries, their regions, time zones and currencies in the reader's language."""

from __future__ import annotations

import re
from functools import lru_cache
from zoneinfo import available_timezones

import holidays
from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location

from slaportal.web.formats import reader_locale

Choices = list[tuple[str, str]]
# Names of zones that stand for a place; the others are old spellings and fixed offsets.
_PARTS_OF_THE_WORLD = re.compile(r"(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/")
# What the terms can hold of the regions that are known.
_REGION = re.compile(r"[A-Z0-9]{1,3}")


def country_name(code: str) -> str:
    """A country ("FR") or one of its regions ("DE-BY") by name; an unknown code stays as it is."""
    nation, _, region = code.partition("-")
    name = str(reader_locale().territories.get(nation, nation))
    return f"{name} ({_regions(nation).get(region, region)})" if region else name


def country_choices() -> list[tuple[str, Choices]]:
    """The countries whose public holidays are known, then the regions of each country that has any, by name."""
    return _country_choices(str(reader_locale()))


def zone_choices() -> list[tuple[str, Choices]]:
    """The time zones by part of the world, each with its place in the reader's language."""
    return _zone_choices(str(reader_locale()))


def currency_choices() -> Choices:
    """The currencies of today, by code."""
    names = reader_locale().currencies
    return [(code, f"{code} – {names.get(code, code)}") for code in _currencies()]


@lru_cache(maxsize=16)
def _country_choices(locale: str) -> list[tuple[str, Choices]]:
    names = Locale.parse(locale).territories
    known = sorted((str(names.get(code, code)), code) for code in _countries())
    groups: list[tuple[str, Choices]] = [("", [(code, name) for name, code in known])]
    for name, code in known:
        if regions := sorted((label, region) for region, label in _regions(code).items()):
            groups.append((name, [(f"{code}-{region}", f"{name} ({label})") for label, region in regions]))
    return groups


@lru_cache(maxsize=16)
def _zone_choices(locale: str) -> list[tuple[str, Choices]]:
    groups: dict[str, Choices] = {"": [("UTC", "UTC")]}
    for zone in available_timezones():
        if found := _PARTS_OF_THE_WORLD.match(zone):
            place = get_timezone_location(zone, locale=locale, return_city=True)
            groups.setdefault(found[1], []).append((zone, f"{place} – {zone}"))
    return [(part, sorted(zones, key=lambda one: one[1])) for part, zones in sorted(groups.items())]


@lru_cache(maxsize=1)
def _currencies() -> list[str]:
    uses = [use for uses in get_global("territory_currencies").values() for use in uses]
    return sorted({code for code, _since, until, is_tender in uses if until is None and is_tender})


@lru_cache(maxsize=1)
def _countries() -> dict[str, list[str]]:
    known = holidays.list_supported_countries(include_aliases=False)
    return {code: regions for code, regions in known.items() if len(code) == 2}


@lru_cache(maxsize=300)
def _regions(country: str) -> dict[str, str]:
    """Code → name of a country's regions; only codes that the terms can hold."""
    codes = [code for code in _countries().get(country, []) if _REGION.fullmatch(code)]
    if not codes:
        return {}
    aliases = getattr(holidays, country).get_subdivision_aliases()
    return {code: next(iter(aliases.get(code) or [code])) for code in codes}
