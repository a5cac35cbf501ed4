"""What was sent back, read into the chapter's plain JSON; values that cannot be read stay as typed and are named."""

from __future__ import annotations

import re
from typing import Any

from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext as text

from agreements.chapter_form.shapes import Shape, chapter_shape, fields_of
from agreements.rule_form import read_rule
from agreements.terms.problems import joined

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_ITEMS = 500
NAMES = ("label", "word", "title", "name", "text", "stage", "kpi", "channel", "kind")


class Reading:
    """Reads one submitted chapter; ``errors`` are (path, message) of what could not be read at all."""

    def __init__(self, sent: QueryDict) -> None:
        self.sent = sent
        self.errors: list[tuple[str, str]] = []
        self.ids = {value for key, value in sent.items() if key.endswith(".id") and value}

    def read(self, name: str, path: str, shape: Shape) -> Any:
        match shape.kind:
            case "group":
                value = self.group(name, path, shape)
                return None if shape.is_optional and _is_blank(value) else value
            case "list":
                return self.items(name, path, shape)
            case "hours":
                return self.hours(name, path)
            case "rule":
                return self.rule(name, path, shape)
            case "choices":
                return self.sent.getlist(name)
            case "check":
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
        values = {}
        for day in DAYS:
            windows = self.windows(self.sent.get(f"{name}.{day}", "").strip(), path)
            if windows:
                values[day] = windows
        return values

    def single(self, sent: str, path: str, shape: Shape) -> Any:
        if shape.kind in {"whole", "decimal"}:
            return self.number(sent, path, shape)
        if shape.kind == "lines":
            return [line.strip() for line in sent.splitlines() if line.strip()]
        if shape.kind == "overrides":
            return self.overrides(sent, path)
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

    def overrides(self, sent: str, path: str) -> dict[str, Any]:
        values = {}
        for line in filter(None, (one.strip() for one in sent.splitlines())):
            day, _colon, rest = line.partition(":")
            values[day.strip()] = self.windows(rest.strip(), path)
        return values

    def windows(self, sent: str, path: str) -> list[list[str]]:
        """“09:00-12:30, 13:30-18:00” as pairs; blank is closed."""
        pairs = []
        for one in filter(None, (part.strip() for part in sent.split(","))):
            parts = [half.strip() for half in re.split(r"[-–—]", one)]
            if len(parts) != 2:
                self.errors.append((path, text("Write hours such as 09:00-12:30, 13:30-18:00.")))
                return []
            pairs.append(parts)
        return pairs


def read_chapter(chapter: str, sent: QueryDict) -> tuple[Any, list[tuple[str, str]]]:
    """The chapter as plain JSON, and what could not be read as (path, message)."""
    reading = Reading(sent)
    value = reading.read(chapter, chapter, chapter_shape(chapter))
    return value, reading.errors


def _is_blank(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_blank, value.values()))
    return value in (None, "", [], False)


def _whole(sent: str) -> int | None:
    return int(sent) if re.fullmatch(r"[0-9]{1,6}", sent) else None
