"""The choices of a condition's two selects: fields grouped by where they come from, comparisons that fit the field."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from agreements.rule_fields import KnownField
from agreements.rule_form.words import DATE_OPERATORS, OPERATORS, fitting
from agreements.sentences.rules import FIELDS, field_name
from agreements.terms.rules.tree import LEAD_FIELDS
from slaportal.web.formats import percent_words

ANOTHER = "?"


def field_choices(scope: str, fields: Iterable[KnownField]) -> SafeString:
    """All fields as options, none selected: the same text for every condition of a rule."""
    groups: dict[str, list[tuple[str, str]]] = {}
    if scope != "event":
        own = [name for name in FIELDS if name in LEAD_FIELDS]
        groups[_("Lead")] = [(name, field_name(name)) for name in own]
    for field in fields:
        if field.name not in LEAD_FIELDS:
            groups.setdefault(_group_of(field.name), []).append((field.name, _label(field)))
    listed = [
        format_html('<optgroup label="{}">{}</optgroup>', title, format_html_join("", _OPTION, choices))
        for title, choices in groups.items()
    ]
    return format_html("{}{}", mark_safe("".join(listed)), format_html(_OPTION, ANOTHER, _("Another field…")))  # noqa: S308 - escaped piece by piece


def selected(choices: SafeString, field: str) -> SafeString:
    """The options with this one selected; added where it is none of them."""
    option = f'<option value="{conditional_escape(field)}"'
    if option + ">" in choices:
        return mark_safe(choices.replace(option + ">", option + " selected>", 1))  # noqa: S308 - our own markup
    label = field if field else _("Choose a field…")
    return format_html('<option value="{}" selected>{}</option>{}', field, label, choices)


def operator_options(field: str, op: str, scope: str) -> list[tuple[str, str | Promise]]:
    """The comparisons that fit, and the one that stands there even if it does not."""
    fit = fitting(field, scope) | {op}
    words = OPERATORS | DATE_OPERATORS if field == "created_at" else OPERATORS
    return [(one, label) for one, label in words.items() if one in fit]


_OPTION = '<option value="{}">{}</option>'


def _group_of(name: str) -> str:
    prefix = name.partition(".")[0]
    return {"attributes": _("Attributes"), "account": _("Account"), "event": _("Event")}.get(prefix, prefix)


def _label(field: KnownField) -> str:
    """The field's own name, and how many have it."""
    name = FIELDS[field.name] if field.name in FIELDS else field.name.partition(".")[2]
    return f"{name} · {percent_words(field.share)}" if field.share is not None else str(name)
