"""What each column of a file means: the map as it was given, checked against the file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from leads.imports.cells import DATE_ORDERS
from slaportal.web.refusals import RefusedInput

ATTRIBUTE = "attributes."


@dataclass(frozen=True)
class Columns:
    """A checked map: which cell fills which field or attribute, and which words mean a blank."""

    fields: tuple[tuple[int, str, str], ...]
    attributes: tuple[tuple[int, str, str], ...]
    blank: frozenset[str]
    dates: str
    headers: frozenset[str]

    @classmethod
    def of(
        cls, column_map: Any, headers: Sequence[str], *, targets: Sequence[str], needed: tuple[str, ...], code: str
    ) -> Self:
        """The plan of a map for a file with these headers; RefusedInput names the wrong column, field or key.

        ``targets`` are the fields that a column may fill; Refused(``code``) unless one of ``needed`` is filled.
        """
        if not isinstance(column_map, Mapping) or not isinstance(column_map.get("columns", {}), Mapping):
            raise RefusedInput("map_not_an_object")
        for key in column_map:
            if key not in {"columns", "blank", "dates"}:
                raise RefusedInput("map_unknown_key", name=str(key)[:60])
        columns = {str(header).strip(): target for header, target in column_map.get("columns", {}).items()}
        taken = _targets(columns, headers, targets)
        places = [(headers.index(header), header, target) for header, target in taken.items()]
        if not set(needed) & set(taken.values()):
            raise RefusedInput(code)
        return cls(
            fields=tuple(place for place in places if place[2] in targets),
            attributes=tuple(
                (index, header, target.removeprefix(ATTRIBUTE))
                for index, header, target in places
                if target.startswith(ATTRIBUTE)
            ),
            blank=_blank_words(column_map),
            dates=_date_order(column_map),
            headers=frozenset(taken),
        )


def load_map(text: bytes) -> dict[str, Any]:
    """The JSON object in a map file."""
    try:
        loaded = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RefusedInput("map_not_json", detail=str(error)) from error
    if not isinstance(loaded, dict):
        raise RefusedInput("map_not_an_object")
    return loaded


def _targets(columns: Mapping[str, Any], headers: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """{header: field or "attributes.…"} of the columns that are taken, in the order of the file."""
    for header, target in columns.items():
        if header not in headers:
            raise RefusedInput("map_absent_column", column=header[:200])
        if target is not None and not _is_target(target, known):
            raise RefusedInput("map_unknown_field", column=header, field=str(target)[:60])
    targets = {header: columns.get(header, ATTRIBUTE + header) for header in headers}
    taken = {header: target for header, target in targets.items() if target is not None}
    filled_by: dict[str, str] = {}
    for header, target in taken.items():
        if target in filled_by:
            raise RefusedInput("map_field_twice", first=filled_by[target], second=header, field=target)
        filled_by[target] = header
    return taken


def _is_target(target: Any, known: Sequence[str]) -> bool:
    return isinstance(target, str) and (
        target in known or (target.startswith(ATTRIBUTE) and bool(target.removeprefix(ATTRIBUTE).strip()))
    )


def _blank_words(column_map: Mapping[str, Any]) -> frozenset[str]:
    words = column_map.get("blank", [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise RefusedInput("map_bad_blank")
    return frozenset({"", *(word.strip() for word in words)})


def _date_order(column_map: Mapping[str, Any]) -> str:
    order = column_map.get("dates", "iso")
    if order not in DATE_ORDERS:
        raise RefusedInput("map_bad_dates")
    return str(order)
