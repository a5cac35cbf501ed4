"""The agreements that a new one starts from: values of the trade, meant to be replaced by your own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from agreements.terms.default import enterprise, short_cycle, small_company
from agreements.terms.default.parts import Chapter, Say
from agreements.terms.document import Terms

TEMPLATES: dict[str, Callable[[Say], dict[str, Chapter | list[Chapter]]]] = {
    "short-cycle": short_cycle.document,
    "enterprise": enterprise.document,
    "small-company": small_company.document,
}


def template_terms(template: str, text: Say, timezone: str | None = None) -> Terms:
    """The document of a template with its texts by ``text``; the calendar in ``timezone``, if one is given.

    KeyError where there is no such template.
    """
    document = TEMPLATES[template](text)
    if timezone is not None:
        document["calendar"] = {**document["calendar"], "timezone": timezone}  # type: ignore[dict-item]
    return Terms.parse(document)


@cache
def default_terms() -> Terms:
    """The template of the short sales cycle, in English."""
    return template_terms("short-cycle", str)
