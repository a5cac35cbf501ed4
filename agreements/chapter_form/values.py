"""The document's values as controls show them, and as controls send them back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from agreements.sentences.values import DAYS

# A day has room for hours before and after a break; more windows are shown where there are more.
WINDOWS = 2
# Examples and counter-examples: three are wanted, and there is always room for one more.
LINES = 3
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")


def as_text(kind: str, value: Any) -> Any:
    """A document's value as its control shows it."""
    if kind == "rule":
        return value
    if kind == "lines":
        lines = list(value or [])
        return lines + [""] * max(LINES - len(lines), 1)
    if kind == "days":
        return [*(value or []), ""]
    if kind in {"choices", "packet_fields", "events"}:
        return list(value or [])
    if kind == "check":
        return bool(value)
    if kind == "percent":
        return percent_text(value)
    return "" if value is None else value


def percent_text(value: Any) -> Any:
    """A share of 1 as the number of per cent, exactly; what is no number stays as it was typed."""
    if value is None or isinstance(value, (str, bool)):
        return value or ""
    return f"{(Decimal(str(value)) * 100).normalize():f}"


def percent_value(sent: str) -> float | None:
    """The share of 1; None for what is no number."""
    try:
        share = Decimal(sent.replace(",", ".").rstrip("% ")) / 100
    except InvalidOperation:
        return None
    return float(share)


def day_nodes(kind: str, name: str, path: str, value: dict[str, Any]) -> Iterator[tuple[str, str, str, Any, str, Any]]:
    """The rows of a calendar's days: name, path, kind, label, help and value of a node each."""
    if kind == "hours":
        for day, label in DAYS.items():
            yield f"{name}.{day}", f"{path}.{day}", "windows", label, "", _rows(value.get(day, []))
        return
    for place, (day, windows) in enumerate([*value.items(), ("", [])]):
        yield f"{name}.{place}", f"{path}.{day}", "override", "", "", (day, _rows(windows))


def _rows(windows: Any) -> list[tuple[str, str, str]]:
    """Opening, closing, and the control that can show both: a clock has no 24:00."""
    rows = [(str(opens), str(closes)) for opens, closes in windows]
    rows += [("", "")] * (WINDOWS - len(rows))
    return [(opens, closes, "time" if _fits(opens) and _fits(closes) else "text") for opens, closes in rows]


def _fits(clock: str) -> bool:
    return not clock or _CLOCK.fullmatch(clock) is not None
