"""What was sent back, read into the chapter's plain JSON; values that cannot be read stay as typed and are named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext as text

from agreements.chapter_form.anchors import ANCHORS
from agreements.chapter_form.shapes import Shape, chapter_shape, fields_of
from agreements.chapter_form.values import percent_value
from agreements.rule_form import read_rule
from agreements.terms.document import CHAPTERS
from agreements.terms.problems import joined

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_ITEMS = 500
# Kinds of values that several controls of one name send.
MANY = {"choices", "lines", "days", "packet_fields", "events"}
NAMES = ("label", "word", "title", "name", "team", "text", "stage", "kpi", "channel", "kind")


class Reading:
    """Reads one submitted chapter; ``errors`` are (path, message) of what could not be read at all."""

    def __init__(self, sent: QueryDict, taken: AbstractSet[str] = frozenset()) -> None:
        self.sent = sent
        self.errors: list[tuple[str, str]] = []
        own = {value for key, value in sent.items() if key.endswith(".id") and value}
        # A new clause must not be called like one of another chapter, nor like one that the page makes itself.
        self.ids = own | taken | set(ANCHORS.values()) | set(CHAPTERS)

    def read(self, name: str, path: str, shape: Shape) -> Any:
        if shape.kind == "group":
            value = self.group(name, path, shape)
            return None if shape.is_optional and _is_blank(value) else value
        if shape.kind in {"list", "rule"}:
            return self.items(name, path, shape) if shape.kind == "list" else self.rule(name, path, shape)
        if shape.kind in {"hours", "overrides"}:
            return self.hours(name, path) if shape.kind == "hours" else self.overrides(name, path)
        if shape.kind in MANY:
            return self.many(name)
        if shape.kind == "check":
            return self.sent.get(name) == "on"
        return self.single(self.sent.get(name, "").replace("\r\n", "\n").strip(), path, shape)

    def group(self, name: str, path: str, shape: Shape) -> dict[str, Any]:
        values = {}
        for key, (_label, inner) in fields_of(shape).items():
            value = self.read(f"{name}.{key}", f"{path}.{key}", inner)
            if value is not None or inner.is_optional:
                values[key] = value
        return values

    def items(self, name: str, path: str, shape: Shape) -> list[dict[str, Any]]:
        """The kept items in their order, and a blank one where “add” was pressed."""
        count = min(_whole(self.sent.get(f"{name}.count", "0")) or 0, MAX_ITEMS)
        kept: list[dict[str, Any]] = []
        for place in range(count):
            if self.sent.get(f"{name}.{place}.removed") == "on":
                continue
            item = self.group(f"{name}.{place}", f"{path}[{len(kept)}]", shape)
            if "id" in item and not item["id"]:
                item["id"] = self.new_id(path, item)
            kept.append(item)
        return kept

    def new_id(self, path: str, item: dict[str, Any]) -> str:
        """A permanent id for a new clause, from its own words."""
        words = next((str(item[key]) for key in NAMES if item.get(key)), "")
        stem = slugify(words)[:40].strip("-") or re.sub(r"[^a-z]+", "-", path.lower()).strip("-") or "clause"
        made, n = stem, 2
        while made in self.ids:
            made, n = f"{stem}-{n}", n + 1
        self.ids.add(made)
        return made

    def hours(self, name: str, path: str) -> dict[str, Any]:
        days = {day: self.windows(f"{name}.{day}", f"{path}.{day}") for day in DAYS}
        return {day: windows for day, windows in days.items() if windows}

    def overrides(self, name: str, path: str) -> dict[str, Any]:
        """The dated rows; one whose date is blank is gone, one without hours is a closed day."""
        count = min(_whole(self.sent.get(f"{name}.count", "0")) or 0, MAX_ITEMS)
        values: dict[str, Any] = {}
        for place in range(count):
            row = f"{name}.{place}"
            day = self.sent.get(f"{row}.on", "").strip()
            windows = self.windows(row, f"{path}.{day}")
            if not day and windows:
                self.errors.append((f"{path}.", text("Say on which day these hours hold.")))
            elif day in values:
                self.errors.append((f"{path}.{day}", text("This day stands here twice.")))
            if day or windows:
                values[day] = windows
        return values

    def windows(self, name: str, path: str) -> list[list[str]]:
        """The pairs of opening and closing times; blank is closed."""
        sent = zip(self.sent.getlist(f"{name}.opens"), self.sent.getlist(f"{name}.closes"), strict=False)
        pairs = [[opens.strip(), closes.strip()] for opens, closes in sent]
        pairs = [pair for pair in pairs if any(pair)]
        if any(not all(pair) for pair in pairs):
            self.errors.append((path, text("Hours need both an opening and a closing time.")))
        return pairs

    def many(self, name: str) -> list[str]:
        """What is ticked or written into one of several controls, and below them one per line; blank ones are gone."""
        ticked = [one.strip() for one in self.sent.getlist(name)]
        others = [one.strip() for one in self.sent.get(f"{name}.other", "").splitlines()]
        return [one for one in (*ticked, *(other for other in others if other not in ticked)) if one]

    def single(self, sent: str, path: str, shape: Shape) -> Any:
        if shape.kind in {"whole", "decimal"}:
            return self.number(sent, path, shape)
        if shape.kind == "percent":
            return self.percent(sent, path)
        return None if not sent and shape.is_optional else sent

    def number(self, sent: str, path: str, shape: Shape) -> Any:
        if not sent:
            return None
        try:
            return int(sent) if shape.kind == "whole" else float(sent.replace(",", "."))
        except ValueError:
            wanted = text("Enter a whole number.") if shape.kind == "whole" else text("Enter a number.")
            self.errors.append((path, wanted))
            return sent

    def rule(self, name: str, path: str, shape: Shape) -> Any:
        tree, errors = read_rule(self.sent, name, shape.scope)
        self.errors += [(joined(path, inner), message) for inner, message in errors]
        return tree

    def percent(self, sent: str, path: str) -> Any:
        value = percent_value(sent) if sent else None
        if sent and value is None:
            self.errors.append((path, text("Enter a number of per cent.")))
            return sent
        return value


def read_chapter(
    chapter: str, sent: QueryDict, document: dict[str, Any] | None = None
) -> tuple[Any, list[tuple[str, str]]]:
    """The chapter as plain JSON, and what could not be read as (path, message).

    ``document`` is the whole text: new clauses get ids that its other chapters do not use.
    """
    others = {key: value for key, value in (document or {}).items() if key != chapter}
    reading = Reading(sent, set(_ids_in(others)))
    value = reading.read(chapter, chapter, chapter_shape(chapter))
    return value, reading.errors


def _ids_in(value: Any) -> Iterator[str]:
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _ids_in(inner)
    if isinstance(value, dict) and isinstance(value.get("id"), str):
        yield value["id"]


def _is_blank(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_blank, value.values()))
    return value in (None, "", [], False)


def _whole(sent: str) -> int | None:
    return int(sent) if re.fullmatch(r"[0-9]{1,6}", sent) else None
