"""What the buttons of a list do before anything is saved: one blank clause more, or two clauses changing places."""

from __future__ import annotations

import re
from typing import Any

from django.http import Http404, QueryDict


def rearrange(value: Any, sent: QueryDict) -> str:
    """Change the chapter's value as the pressed button says; which clause the page comes back to.

    The clause is told as “down returns.reasons.3”. Not found where the button names no list or no clause.
    """
    if added := sent.get("add"):
        clauses = _list_at(value, added)
        clauses.append(_blank(added, value))
        return f"add {added}.{len(clauses) - 1}"
    way, _, name = sent.get("move", "").partition(" ")
    holder, _, place = name.rpartition(".")
    clauses, step = _list_at(value, holder), {"up": -1, "down": 1}.get(way)
    if step is None or not re.fullmatch("[0-9]{1,4}", place) or int(place) >= len(clauses):
        raise Http404
    old, new = int(place), int(place) + step
    if not 0 <= new < len(clauses):
        return f"{way} {name}"
    clauses[old], clauses[new] = clauses[new], clauses[old]
    return f"{way} {holder}.{new}"


def _blank(name: str, value: Any) -> dict[str, Any]:
    """A new clause; a team's hours begin as those of the company."""
    if name != "calendar.teams":
        return {}
    return {key: value[key] for key in ("timezone", "hours", "country") if key in value}


def _list_at(value: Any, name: str) -> list[Any]:
    """The list of clauses called ``name``; not found where none is."""
    target = value
    try:
        for step in name.split(".")[1:]:
            target = target[int(step)] if isinstance(target, list) else target[step]
    except (LookupError, ValueError, TypeError) as wrong:
        raise Http404 from wrong
    if not isinstance(target, list) or (target and not isinstance(target[0], dict)):
        raise Http404
    return target
