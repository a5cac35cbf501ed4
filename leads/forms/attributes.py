"""Any attributes as rows of name and value, below the fields of what has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.export import shown_attribute
from leads.intake.rows import RowRejected, clean_attributes
from slaportal.web.refusals import RefusedInput, words_for

EMPTY_ROWS = 3
MOST_ROWS = 400


class AttributeRows(forms.Form):
    """Names and values in fields attribute_name_0, attribute_value_0 …; `attributes` holds them once clean."""

    def __init__(self, *args: Any, stored: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = stored
        self.attributes: dict[str, Any] = {}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The attributes as rows: those stored or as typed, then some empty ones."""
        if self.is_bound:
            return [
                {"place": place, "name": name, "value": value, "is_known": self._is_known(name)}
                for place, (name, value) in enumerate(self._typed())
            ]
        known = [(name, shown_attribute(value)) for name, value in self.stored.items()]
        return [
            {"place": place, "name": name, "value": value, "is_known": bool(name)}
            for place, (name, value) in enumerate([*known, *[("", "")] * EMPTY_ROWS])
        ]

    def clean_attributes(self) -> None:
        """Fill `attributes`; the form's own clean calls it."""
        stored = self.stored
        said: dict[str, Any] = {}
        for name, text in self._typed():
            if not name and text:
                self.add_error(None, _("An attribute with a value needs a name."))
            elif name in said:
                self.add_error(None, _("Two attributes have the same name."))
            elif name:
                # A number or a yes that nobody touched keeps its kind.
                said[name] = stored[name] if name in stored and shown_attribute(stored[name]) == text else text
        try:
            self.attributes = clean_attributes(said, keep_blanks=True)
        except RowRejected as error:
            self.add_error(None, refusal_words(error))

    def _typed(self) -> list[tuple[str, str]]:
        """Names and values of the rows in the order of the page."""
        typed = []
        for place in range(MOST_ROWS):
            name, value = self.data.get(f"attribute_name_{place}"), self.data.get(f"attribute_value_{place}")
            if name is None and value is None:
                break
            typed.append(((name or "").strip(), (value or "").strip()))
        return typed

    def _is_known(self, name: str) -> bool:
        return name in self.stored


def refusal_words(error: RowRejected) -> str:
    """Why a value cannot be taken."""
    return words_for(RefusedInput(error.code, **error.facts))
