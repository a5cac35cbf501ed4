"""Which fields the data hold, for those who write rules; the room that keeps the data registers how to look."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from django.utils.functional import Promise

from agreements.terms.document.terms import UnknownField
from agreements.terms.problems import Problem
from agreements.terms.rules.tree import OPEN_PREFIXES

Kind = Literal["text", "number", "date", "flag"]
NEAREST = 3


@dataclass(frozen=True)
class Known:
    """A value that occurs, in the reader's words where it has some."""

    value: str
    label: str | Promise = ""


@dataclass(frozen=True)
class KnownField:
    """A field that occurs: what its values read as, how many rows have it (share of 1), its most frequent values."""

    name: str
    kind: Kind = "text"
    share: float | None = None
    values: tuple[Known, ...] = ()


@dataclass(frozen=True)
class Source:
    """How to look at the data.

    ``lead_fields()`` are those to offer; ``event_fields()`` the same by type of event, the most frequent type first;
    ``missing(names)`` those open fields that nobody has brought, and only where data are there to tell. ``matches``
    names the view that counts what a rule matches.
    """

    lead_fields: Callable[[], list[KnownField]]
    event_fields: Callable[[], dict[str, list[KnownField]]]
    missing: Callable[[frozenset[str]], frozenset[str]]
    matches: str


_NO_DATA = Source(list, dict, lambda _names: frozenset(), "")
_source = _NO_DATA


def register_fields(source: Source) -> None:
    """Say where the fields come from; called from an AppConfig.ready()."""
    global _source  # noqa: PLW0603 - one registry for the process, filled while it starts
    _source = source


class Fields:
    """The fields of one page: looked up when the first rule needs them, and once for all its rules."""

    @cached_property
    def of_leads(self) -> dict[str, KnownField]:
        return {field.name: field for field in _source.lead_fields()}

    @cached_property
    def of_events(self) -> dict[str, list[KnownField]]:
        return _source.event_fields()

    def of(self, scope: str, event: str) -> dict[str, KnownField]:
        """The fields to offer to a rule of this scope; of one type's events where those are known."""
        if scope != "event":
            return self.of_leads
        types = [event] if event in self.of_events else list(self.of_events)
        return {field.name: field for one in types for field in self.of_events[one]}


def matches_view() -> str:
    return _source.matches


def missing_fields(names: Iterable[str]) -> frozenset[str]:
    """Those of the names that are open fields which no lead has; none where there are no data to judge by."""
    asked = frozenset(name for name in names if name.startswith(OPEN_PREFIXES))
    return _source.missing(asked) if asked else frozenset()


def nearest_fields(name: str) -> list[str]:
    """Fields that occur and are spelt much like this one."""
    known = [field.name for field in _source.lead_fields() if field.name.startswith(OPEN_PREFIXES)]
    folded = {one.casefold(): one for one in known}
    return [folded[one] for one in difflib.get_close_matches(name.casefold(), folded, NEAREST, 0.75)]


def missing_problem(path: str, name: str) -> Problem:
    """What is wrong with looking at a field that nobody has brought."""
    nearest = nearest_fields(name)
    if nearest:
        return Problem(path, "field_not_in_data_near", {"field": name, "nearest": ", ".join(nearest)})
    return Problem(path, "field_not_in_data", {"field": name})


def as_problems(unknown: Iterable[UnknownField]) -> list[Problem]:
    return [missing_problem(one.path, one.field) for one in unknown]
