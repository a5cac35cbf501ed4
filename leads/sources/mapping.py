"""Reads somebody else's JSON: which of their fields, named by dotted paths, becomes which of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from leads.intake.rows import TEXT_FIELDS, UNSAFE, RowRejected, shown_short

LEAD_TARGETS = tuple(name for name in TEXT_FIELDS if name != "source")
EVENT_TARGETS = ("type", "occurred_at", "external_id")
MOST_PATHS = 300
LONGEST_PATH = 200


@dataclass(frozen=True)
class FieldPaths:
    """Our field → the path in their JSON; `attributes` and `properties` by the names that they get with us."""

    lead: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    event: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> FieldPaths:
        """As a source's options keep them."""
        kept = options.get("mapping") or {}
        return cls(**{name: kept.get(name) or {} for name in ("lead", "attributes", "event", "properties")})

    def __bool__(self) -> bool:
        return bool(self.lead or self.attributes or self.event or self.properties)

    def applied_to(self, item: Any) -> dict[str, Any]:
        """{"lead": …, "event": …} as our API takes them; the event only where its type is mapped or known."""
        lead, event = _found(item, self.lead, as_text), _found(item, self.event, as_text)
        if attributes := _found(item, self.attributes, as_value):
            lead["attributes"] = attributes
        if properties := _found(item, self.properties, as_value):
            event["properties"] = properties
        return {name: part for name, part in (("lead", lead), ("event", event)) if part}


def _found(item: Any, paths: Mapping[str, str], read: Callable[[Any], Any]) -> dict[str, Any]:
    return {name: read(found) for name, path in paths.items() if (found := at_path(item, path)) is not None}


def at_path(value: Any, path: str) -> Any:
    """What stands at "answers.0.email"; None where there is nothing. A key that holds dots itself is found whole."""
    rest = path
    while rest:
        if isinstance(value, list):
            step, _, rest = rest.partition(".")
            is_place = len(step) <= 6 and step.isascii() and step.isdecimal() and int(step) < len(value)
            value = value[int(step)] if is_place else None
        elif isinstance(value, Mapping):
            step, rest = _step(value, rest)
            value = value.get(step)
        else:
            return None
    return value


def paths_of(value: Any, most: int = MOST_PATHS) -> list[tuple[str, str]]:
    """Each path of a body that leads to a text, number or yes/no, with what stands there, short."""
    found: list[tuple[str, str]] = []
    for path, leaf in _leaves(value, ""):
        if len(found) == most:
            break
        if len(path) <= LONGEST_PATH:
            found.append((path, shown_short(leaf)))
    return found


def as_text(value: Any) -> Any:
    """A number as its digits, since other systems send "42" and 42 alike; the rest is for intake to judge."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def as_value(value: Any) -> Any:
    """An attribute: a list of texts becomes one text, what nests deeper is refused by intake."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return value


def _step(value: Mapping[str, Any], rest: str) -> tuple[str, str]:
    """The key that the path goes by next, the longest that is there, and the rest of the path."""
    parts = rest.split(".")
    for size in range(len(parts), 0, -1):
        key = ".".join(parts[:size])
        if key in value:
            return key, ".".join(parts[size:])
    return parts[0], ".".join(parts[1:])


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _leaves(item, f"{path}.{place}" if path else str(place))
    elif value is not None and path:
        yield path, value


def read_path(text: str, name: str) -> str:
    """A path as a person types it; RowRejected where it cannot be stored."""
    path = text.strip()
    if len(path) > LONGEST_PATH:
        raise RowRejected("text_too_long", name, limit=LONGEST_PATH, length=len(path))
    if UNSAFE.search(path):
        raise RowRejected("bad_character", name)
    return path
