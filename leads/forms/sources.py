"""What people choose about a source: its name, and by kind how it reads what comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.forms.attributes import refusal_words
from leads.intake.events import TYPE
from leads.intake.rows import MAX_ATTRIBUTE_NAME, UNSAFE, RowRejected
from leads.sources.mapping import EVENT_TARGETS, LEAD_TARGETS, read_path

LTR = {"dir": "ltr", "spellcheck": "false", "autocomplete": "off"}
MOST_LINES = 50


class NameForm(forms.Form):
    """The name under which all that comes from a source is known."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("Leads and events carry it as their source, so it stays as it is: “website-contact”."),
    )


def event_type_field(help_text: Any, *, required: bool = False) -> forms.CharField:
    """An event's type as the agreement's rules name it."""
    return forms.RegexField(
        rf"\A(?:{TYPE.pattern})\Z",
        label=_("Event"),
        required=required,
        strip=True,
        help_text=help_text,
        error_messages={"invalid": _("Use small letters, digits, “_”, “-” and “.”, like demo_request.")},
        widget=forms.TextInput(attrs={**LTR, "list": "event-types"}),
    )


class SourceForm(forms.Form):
    """What is chosen about a source of one kind."""

    @classmethod
    def initial_of(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """The form's fields as the options of a source fill them."""
        return dict(options)

    @property
    def pairs(self) -> list[forms.BoundField]:
        """Fields that stand beside each other, two by two."""
        return []

    @property
    def plain(self) -> list[forms.BoundField]:
        """The other fields."""
        beside = {field.name for field in self.pairs}
        return [field for field in self if field.name not in beside]

    def options(self) -> dict[str, Any]:
        """What the source keeps of a valid form."""
        raise NotImplementedError


class WebhookForm(SourceForm):
    """Which event a delivery is, where the sender does not say."""

    event_type = event_type_field(
        _("What a delivery means that names no event itself. Left empty, a lead alone brings no event.")
    )

    def options(self) -> dict[str, Any]:
        return {"event_type": self.cleaned_data["event_type"]}


class MappingForm(forms.Form):
    """Where our fields stand in the sender's JSON, by dotted paths."""

    attributes = forms.CharField(
        label=_("Attributes of the lead"),
        required=False,
        help_text=_("One per line: the attribute’s name, “=”, the path. Rules use it as attributes.NAME."),
        widget=forms.Textarea(attrs={**LTR, "rows": 4}),
    )
    properties = forms.CharField(
        label=_("Properties of the event"),
        required=False,
        help_text=_("One per line: the property’s name, “=”, the path. Rules use it as event.NAME."),
        widget=forms.Textarea(attrs={**LTR, "rows": 4}),
    )

    def __init__(self, *args: Any, kept: Mapping[str, Any], **kwargs: Any) -> None:
        initial: dict[str, Any] = {f"lead_{name}": path for name, path in (kept.get("lead") or {}).items()}
        initial |= {f"event_{name}": path for name, path in (kept.get("event") or {}).items()}
        for name in ("attributes", "properties"):
            initial[name] = "\n".join(f"{ours} = {path}" for ours, path in (kept.get(name) or {}).items())
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        for name in LEAD_TARGETS:
            self.fields[f"lead_{name}"] = path_field(name)
        for name in EVENT_TARGETS:
            self.fields[f"event_{name}"] = path_field(name)

    @property
    def lead_fields(self) -> list[forms.BoundField]:
        """The paths of a lead's own fields."""
        return [self[f"lead_{name}"] for name in LEAD_TARGETS]

    @property
    def event_fields(self) -> list[forms.BoundField]:
        """The paths of an event's own fields."""
        return [self[f"event_{name}"] for name in EVENT_TARGETS]

    def clean_attributes(self) -> dict[str, str]:
        return self._pairs("attributes")

    def clean_properties(self) -> dict[str, str]:
        return self._pairs("properties")

    def mapping(self) -> dict[str, dict[str, str]]:
        """What the source keeps: only what leads somewhere."""
        given = self.cleaned_data
        lead = {name: path for name in LEAD_TARGETS if (path := given[f"lead_{name}"])}
        event = {name: path for name in EVENT_TARGETS if (path := given[f"event_{name}"])}
        return {"lead": lead, "event": event, "attributes": given["attributes"], "properties": given["properties"]}

    def _pairs(self, name: str) -> dict[str, str]:
        lines = [line for line in self.cleaned_data[name].splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(_("At most %(limit)d lines.") % {"limit": MOST_LINES})
        pairs: dict[str, str] = {}
        for line in lines:
            ours, sign, path = (part.strip() for part in line.partition("="))
            if not (ours and sign and path) or len(ours) > MAX_ATTRIBUTE_NAME or UNSAFE.search(ours):
                raise forms.ValidationError(_("“%(line)s” is not a name, “=” and a path.") % {"line": line[:60]})
            try:
                pairs[ours] = read_path(path, name)
            except RowRejected as error:
                raise forms.ValidationError(refusal_words(error)) from None
        return pairs


FIELD_LABELS = {
    "external_id": _("External id"),
    "email": _("E-mail"),
    "name": _("Name"),
    "company": _("Company"),
    "title": _("Job title"),
    "phone": _("Phone"),
    "country": _("Country"),
    "type": _("Event type"),
    "occurred_at": _("Time of the event"),
}


def path_field(name: str) -> forms.CharField:
    """The place of one of our fields in the sender's JSON."""
    return forms.CharField(
        label=FIELD_LABELS[name],
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={**LTR, "list": "sent-paths"}),
    )
