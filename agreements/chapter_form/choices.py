"""What a control offers: fixed words, places of the world, and clauses that stand elsewhere in the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from agreements.sentences.events import EVENTS, event_name
from agreements.sentences.kpi_words import KPIS, kpi_name
from agreements.sentences.places import country_choices, country_name, currency_choices, zone_choices
from agreements.sentences.rules import field_name
from slaportal.accounts.models import Team

Options = list[tuple[str, str | Promise]]
# Groups of options under a heading; "" for those without one.
Grouped = list[tuple[str, Options]]
Document = dict[str, Any]

PACKET_FIELDS = (
    *("name", "email", "phone", "company", "title", "country", "source", "created_at"),
    *("receipt", "events", "attempts", "checklist", "return"),
)
SELECTS = {"zone", "country", "currency", "path", "fit_group", "interest_group", "kpi", "team"}
PICKS = {"packet_fields", "events"}


def select_options(kind: str, value: Any, document: Document) -> Grouped:
    """The options of a select; what stands there now is among them, even if nobody offers it any more."""
    grouped = _SELECTS[kind](document)
    known = {key for _heading, options in grouped for key, _label in options}
    if value and value not in known:
        name = {"country": country_name, "kpi": kpi_name}.get(kind, str)
        grouped = [*grouped, ("", [(value, name(value))])]
    return grouped


def blank_option(kind: str) -> str:
    """What it means to choose nothing."""
    return {
        "path": _("None: it ends here"),
        "country": _("No public holidays"),
        "currency": _("None: counted, not in money"),
        "fit_group": _("No group"),
        "interest_group": _("No group"),
    }.get(kind, "")


def pick_options(kind: str, chosen: list[str]) -> Options:
    """The boxes to tick: what is ticked in the order of the document, then the others that are known."""
    name, known = (field_name, PACKET_FIELDS) if kind == "packet_fields" else (event_name, tuple(EVENTS))
    return [(one, name(one)) for one in dict.fromkeys([*chosen, *known])]


def suggestions(kind: str) -> Options:
    """What is offered while someone types; anything else may be typed too."""
    return list(EVENTS.items()) if kind == "event" else []


def _paths(document: Document) -> Grouped:
    return [("", list(_named(document.get("nurture", {}).get("paths"), "name")))]


def _groups(side: str) -> Callable[[Document], Grouped]:
    def options(document: Document) -> Grouped:
        chapter = document.get("qualification", {}).get(side, {})
        return [("", list(_named(chapter.get("groups"), "label")))]

    return options


def _named(clauses: Any, key: str) -> Iterator[tuple[str, str]]:
    for clause in clauses or []:
        if clause.get("id"):
            yield clause["id"], clause.get(key) or clause["id"]


def _teams(document: Document) -> Grouped:
    return [("", [(name, name) for name in Team.objects.order_by("name").values_list("name", flat=True)])]


_SELECTS: dict[str, Callable[[Document], Grouped]] = {
    "zone": lambda _document: [(part, [*zones]) for part, zones in zone_choices()],
    "country": lambda _document: [(name, [*countries]) for name, countries in country_choices()],
    "currency": lambda _document: [("", [*currency_choices()])],
    "kpi": lambda _document: [("", list(KPIS.items()))],
    "path": _paths,
    "fit_group": _groups("fit"),
    "interest_group": _groups("interest"),
    "team": _teams,
}
