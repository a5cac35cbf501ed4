"""A form of a web site as its visitor filled it in, by the design that its source keeps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.forms.attributes import refusal_words
from leads.intake.rows import READERS, RowRejected, clean_attribute, shown_short
from leads.sources.designs import HIDDEN, MESSAGE, TRAP, Asked, FormDesign

LONGEST_HIDDEN = 500


class SubmittedForm(forms.Form):
    """Its fields are those that were chosen; values are read as every other source's are."""

    def __init__(self, *args: Any, design: FormDesign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.design = design
        for asked in design.asked:
            self.fields[asked.name] = _field(asked)
        if design.consent:
            self.fields["consent"] = forms.BooleanField(
                label=design.consent,
                required=design.is_consent_required,
                error_messages={"required": _("Please agree to this, or leave the page without sending.")},
            )
        for name in (*HIDDEN, TRAP):
            self.fields[name] = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields that a person sees."""
        return [field for field in self if not field.is_hidden]

    @property
    def is_of_a_robot(self) -> bool:
        """Whether the field that nobody sees was filled in."""
        return bool(str(self.data.get(TRAP) or "").strip())

    def clean(self) -> dict[str, Any]:
        """Read each entry strictly; what is wrong stands beside its field."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for asked in self.design.asked:
            if asked.name in given:
                try:
                    given[asked.name] = _read(asked.name, given[asked.name])
                except RowRejected as error:
                    self.add_error(asked.name, refusal_words(error))
        return given

    def entries(self) -> dict[str, str]:
        """What a person entered, without blanks."""
        given = self.cleaned_data
        return {asked.name: given[asked.name] for asked in self.design.asked if given[asked.name]}

    def about(self) -> dict[str, str]:
        """Where it was sent from, as the script says, cut to a bearable length."""
        given = self.cleaned_data
        return {name: given[name][:LONGEST_HIDDEN] for name in HIDDEN if name != "visitor" and given[name]}

    def browser(self) -> UUID | None:
        """The browser whose owner agreed to be known, if the script says so."""
        try:
            return UUID(self.cleaned_data["visitor"])
        except ValueError:
            return None


def _field(asked: Asked) -> forms.CharField:
    attrs = {"autocomplete": asked.autocomplete, "dir": "auto"}
    widget: forms.Widget = forms.TextInput(attrs={**attrs, "type": asked.type})
    if asked.name == MESSAGE:
        widget = forms.Textarea(attrs={**attrs, "rows": 5})
    return forms.CharField(label=asked.label, required=asked.is_required, max_length=asked.limit, widget=widget)


def _read(name: str, value: str) -> str:
    text: str = READERS[name](value, name) if name in READERS else clean_attribute(value, name)
    if name == "phone" and text and not any(sign.isdecimal() for sign in text):
        raise RowRejected("phone_without_digits", name, value=shown_short(text))
    return text
