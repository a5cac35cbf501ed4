"""What an admin fills in for a connection to HubSpot: what comes in, how stages map, what is written back."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.forms.sources import LTR
from leads.hubspot.options import PUSHED, STAGES_IN, STAGES_OUT, Options
from leads.intake.events import TYPE
from leads.models import Stage

FORM_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
PROPERTY = re.compile(r"[a-z0-9_]{1,100}")
MOST_LINES = 100
PUSHED_LABELS = {
    "lifecycle": _("Lifecycle stage"),
    "stage": _("Our stage"),
    "band": _("Band"),
    "fit": _("Fit"),
    "interest": _("Interest"),
}
VERSIONS = [("v1", _("Version 1 (legacy apps; never expires)")), ("v2", _("Version 2 (workflows; never expires)"))]


class SecretsForm(forms.Form):
    """Never shown again; what is left blank stays as it is."""

    secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        max_length=200,
        help_text=_("Of the app that sends the webhooks. Left blank, the one that is kept stays."),
        widget=forms.PasswordInput(attrs={**LTR, "autocomplete": "new-password"}),
    )
    token = forms.CharField(
        label=_("Private app token"),
        required=False,
        max_length=300,
        help_text=_("Begins with pat-. Left blank, the one that is kept stays."),
        widget=forms.PasswordInput(attrs={**LTR, "autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Both go into headers and digests: plain signs only."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("secret", "token"):
            if not re.fullmatch(r"[!-~]*", given.get(name, "")):
                self.add_error(name, _("Copy it as it is: letters, digits and signs without blanks."))
        return given


class ConnectionForm(forms.Form):
    """The choices; mappings have one select for each stage."""

    portal_id = forms.RegexField(
        r"\A\d{1,20}\Z",
        label=_("Portal ID"),
        required=False,
        help_text=_("HubSpot’s number of your account. Events of other portals are then left out."),
        error_messages={"invalid": _("A portal’s number has digits only.")},
        widget=forms.TextInput(attrs={**LTR, "inputmode": "numeric"}),
    )
    allowed_signatures = forms.MultipleChoiceField(
        label=_("Also take older signatures"), choices=VERSIONS, required=False, widget=forms.CheckboxSelectMultiple
    )
    properties = forms.CharField(
        label=_("Properties that become attributes"),
        required=False,
        help_text=_("HubSpot’s internal names, one per line. Rules use them as attributes.NAME."),
        widget=forms.Textarea(attrs={**LTR, "rows": 6}),
    )
    form_types = forms.CharField(
        label=_("Forms to pull"),
        required=False,
        help_text=_("One per line: the form’s id, “=”, the type of event, like demo_request."),
        widget=forms.Textarea(attrs={**LTR, "rows": 4}),
    )
    won_stages = forms.CharField(
        label=_("Deal stages that mean won"),
        required=False,
        help_text=_("HubSpot’s internal names or numbers, one per line."),
        widget=forms.Textarea(attrs={**LTR, "rows": 2}),
    )
    is_pushed = forms.BooleanField(label=_("Write our stages and scores back to HubSpot"), required=False)

    def __init__(self, posted: Any = None, *, options: Options) -> None:
        initial: dict[str, Any] = {
            "portal_id": options.portal_id,
            "allowed_signatures": list(options.allowed_signatures),
            "properties": "\n".join(options.properties),
            "form_types": "\n".join(f"{form} = {kind}" for form, kind in options.forms.items()),
            "won_stages": "\n".join(options.won_stages),
            "is_pushed": options.is_pushed,
        }
        initial |= {f"in_{stage}": ours for stage, ours in options.stages_in.items()}
        initial |= {f"out_{stage}": theirs for stage, theirs in options.stages_out.items()}
        initial |= {f"pushed_{name}": prop for name, prop in options.pushed.items()}
        super().__init__(posted, initial=initial)
        nothing = ("", _("says nothing"))
        for stage in STAGES_IN:
            self.fields[f"in_{stage}"] = _choice(stage, [nothing, *Stage.choices])
        for stage in STAGES_OUT:
            theirs = [("", _("is not written")), *((one, one) for one in STAGES_IN)]
            self.fields[f"out_{stage}"] = _choice(Stage(stage).label, theirs)
        for name in PUSHED:
            self.fields[f"pushed_{name}"] = _property(PUSHED_LABELS[name])

    @property
    def stages_in(self) -> list[Any]:
        return [self[f"in_{stage}"] for stage in STAGES_IN]

    @property
    def stages_out(self) -> list[Any]:
        return [self[f"out_{stage}"] for stage in STAGES_OUT]

    @property
    def pushed(self) -> list[Any]:
        return [self[f"pushed_{name}"] for name in PUSHED]

    def clean_properties(self) -> list[str]:
        """HubSpot's names are small letters, digits and “_”."""
        names = self._lines("properties")
        for name in names:
            if not PROPERTY.fullmatch(name):
                raise forms.ValidationError(_("“%(line)s” is not a property’s internal name.") % {"line": name[:60]})
        return names

    def clean_won_stages(self) -> list[str]:
        return [line[:100] for line in self._lines("won_stages")]

    def clean_form_types(self) -> dict[str, str]:
        """{form's id: type of event}."""
        pairs = {}
        for line in self._lines("form_types"):
            form, _sign, kind = (part.strip() for part in line.partition("="))
            if not FORM_ID.fullmatch(form) or not TYPE.fullmatch(kind or "form_submission"):
                raise forms.ValidationError(_("“%(line)s” is not a form’s id, “=” and a type.") % {"line": line[:60]})
            pairs[form] = kind or "form_submission"
        return pairs

    def options(self) -> dict[str, Any]:
        """What the connection keeps, of a valid form."""
        given = self.cleaned_data
        plain = ("portal_id", "allowed_signatures", "properties", "won_stages", "is_pushed")
        return {name: given[name] for name in plain} | {
            "forms": given["form_types"],
            "stages_in": {stage: given[f"in_{stage}"] for stage in STAGES_IN},
            "stages_out": {stage: given[f"out_{stage}"] for stage in STAGES_OUT},
            "pushed": {name: given[f"pushed_{name}"] for name in PUSHED},
        }

    def _lines(self, name: str) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data[name].splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(_("At most %(limit)d lines.") % {"limit": MOST_LINES})
        return list(dict.fromkeys(lines))


def _choice(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False)


def _property(label: Any) -> forms.CharField:
    return forms.RegexField(
        r"\A[a-z0-9_]{0,100}\Z",
        label=label,
        required=False,
        error_messages={"invalid": _("A property’s internal name has small letters, digits and “_”.")},
        widget=forms.TextInput(attrs=LTR),
    )
