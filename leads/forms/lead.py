"""A lead as people type it in: the built-in fields, and any attributes as rows of name and value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.export import shown_attribute
from leads.intake.editing import EDITABLE
from leads.intake.rows import READERS, LeadRow, RowRejected, clean_attributes
from leads.models import Lead
from slaportal.web.refusals import RefusedInput, words_for

EMPTY_ROWS = 3
MOST_ROWS = 400


class LeadForm(forms.Form):
    """Fields are read by intake's own rules, so that what is refused here is refused everywhere."""

    email = forms.CharField(label=_("E-mail"), required=False, widget=forms.EmailInput)
    name = forms.CharField(label=_("Name"), required=False, widget=forms.TextInput(attrs={"dir": "auto"}))
    company = forms.CharField(label=_("Company"), required=False, widget=forms.TextInput(attrs={"dir": "auto"}))
    title = forms.CharField(label=_("Job title"), required=False, widget=forms.TextInput(attrs={"dir": "auto"}))
    phone = forms.CharField(label=_("Phone"), required=False, widget=forms.TextInput(attrs={"type": "tel"}))
    country = forms.CharField(label=_("Country"), required=False)
    source = forms.CharField(label=_("Source"), required=False, help_text=_("Where the lead came from."))
    external_id = forms.CharField(
        label=_("External id"), required=False, help_text=_("The lead’s number in the system it came from.")
    )
    seen_at = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, lead: Lead | None = None, **kwargs: Any) -> None:
        self.lead = lead
        if lead is not None:
            kwargs["initial"] = {
                **{name: getattr(lead, name) for name in EDITABLE},
                "seen_at": lead.updated_at.isoformat(),
            }
        super().__init__(*args, **kwargs)
        self.values: dict[str, Any] = {}
        self.attributes: dict[str, Any] = {}

    def clean(self) -> dict[str, Any]:
        """Read each field and each attribute row as intake reads them; errors stand beside their field."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name in EDITABLE:
            try:
                self.values[name] = READERS[name](given.get(name, ""), name)
            except RowRejected as error:
                self.add_error(name, _words(error))
        self._clean_attributes()
        if not self.errors and not (self.values["email"] or self.values["external_id"] or self.values["phone"]):
            self.add_error("email", _("Give an e-mail address, a phone number or an external id."))
        return given

    @property
    def seen(self) -> dt.datetime | None:
        """The moment of the lead that the editor looked at."""
        try:
            return dt.datetime.fromisoformat(self.cleaned_data["seen_at"])
        except ValueError:
            return None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The attributes as rows: those of the lead or as typed, then some empty ones."""
        if self.is_bound:
            return [
                {"place": place, "name": name, "value": value, "is_known": self._is_known(name)}
                for place, (name, value) in enumerate(self._typed())
            ]
        known = [(name, shown_attribute(value)) for name, value in self._stored().items()]
        return [
            {"place": place, "name": name, "value": value, "is_known": bool(name)}
            for place, (name, value) in enumerate([*known, *[("", "")] * EMPTY_ROWS])
        ]

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """(name, stored now, typed here) of what a save would change; of a valid form of a lead."""
        typed = self.values.items()
        fields = [(str(self.fields[name].label), getattr(self.lead, name), value) for name, value in typed]
        stored = self._stored()
        attributes = [(name, stored.get(name, ""), value) for name, value in self.attributes.items()]
        pairs = [(name, shown_attribute(now), shown_attribute(here)) for name, now, here in [*fields, *attributes]]
        return [(name, now, here) for name, now, here in pairs if now != here]

    def row(self) -> LeadRow:
        """A new lead of a valid form."""
        filled = {name: value for name, value in self.attributes.items() if value != ""}
        return LeadRow(**self.values, attributes=filled)

    def _clean_attributes(self) -> None:
        stored = self._stored()
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
            self.add_error(None, _words(error))

    def _typed(self) -> list[tuple[str, str]]:
        """Names and values of the rows in the order of the page."""
        typed = []
        for place in range(MOST_ROWS):
            name, value = self.data.get(f"attribute_name_{place}"), self.data.get(f"attribute_value_{place}")
            if name is None and value is None:
                break
            typed.append(((name or "").strip(), (value or "").strip()))
        return typed

    def _stored(self) -> Mapping[str, Any]:
        return self.lead.attributes if self.lead else {}

    def _is_known(self, name: str) -> bool:
        return name in self._stored()


def _words(error: RowRejected) -> str:
    return words_for(RefusedInput(error.code, **error.facts))
