"""A lead as people type it in: the built-in fields, and any attributes as rows of name and value."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.export import shown_attribute
from leads.forms.attributes import AttributeRows, refusal_words
from leads.intake.editing import EDITABLE
from leads.intake.rows import READERS, LeadRow, RowRejected
from leads.models import Lead


class LeadForm(AttributeRows):
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
        super().__init__(*args, stored=lead.attributes if lead else {}, **kwargs)
        self.values: dict[str, Any] = {}

    def clean(self) -> dict[str, Any]:
        """Read each field and each attribute row as intake reads them; errors stand beside their field."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name in EDITABLE:
            try:
                self.values[name] = READERS[name](given.get(name, ""), name)
            except RowRejected as error:
                self.add_error(name, refusal_words(error))
        self.clean_attributes()
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
    def differences(self) -> list[tuple[str, str, str]]:
        """(name, stored now, typed here) of what a save would change; of a valid form of a lead."""
        typed = self.values.items()
        fields = [(str(self.fields[name].label), getattr(self.lead, name), value) for name, value in typed]
        attributes = [(name, self.stored.get(name, ""), value) for name, value in self.attributes.items()]
        pairs = [(name, shown_attribute(now), shown_attribute(here)) for name, now, here in [*fields, *attributes]]
        return [(name, now, here) for name, now, here in pairs if now != here]

    def row(self) -> LeadRow:
        """A new lead of a valid form."""
        filled = {name: value for name, value in self.attributes.items() if value != ""}
        return LeadRow(**self.values, attributes=filled)
