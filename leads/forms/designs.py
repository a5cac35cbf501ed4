"""What people choose about a form of their web site: what it asks, which event it is, where it may stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.forms.sources import FIELD_LABELS, LTR, MOST_LINES, SourceForm, event_type_field
from leads.intake.rows import MAX_ATTRIBUTE_NAME, UNSAFE
from leads.sources.designs import LEAD_FIELDS, MESSAGE, origin_of

ASKED = ("", _("not asked")), ("optional", _("optional")), ("required", _("required"))
CONSENT = ("", _("without")), ("optional", _("optional")), ("required", _("required"))
LABELS = {**FIELD_LABELS, MESSAGE: _("Message")}
CHOSEN = (*LEAD_FIELDS[1:], MESSAGE)
# What most forms ask beside the address.
USUAL = frozenset({"name", "company"})
ATTRIBUTE = "attributes."


def clean_origins(text: str) -> list[str]:
    """The origins of lines; ValidationError for one that is none."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        raise forms.ValidationError(_("At most %(limit)d lines.") % {"limit": MOST_LINES})
    for line in lines:
        if not origin_of(line):
            said = {"line": line[:60]}
            raise forms.ValidationError(_("“%(line)s” is not a site. Write https://www.example.com.") % said)
    return list(dict.fromkeys(origin_of(line) for line in lines))


def origins_field() -> forms.CharField:
    """The sites that may send, one per line."""
    return forms.CharField(
        label=_("Your sites"),
        required=False,
        help_text=_("One per line, like https://www.example.com. Pages of other sites are refused; empty: any site."),
        widget=forms.Textarea(attrs={**LTR, "rows": 2}),
    )


class DesignForm(SourceForm):
    """The design of a form; e-mail is always asked, since nobody could be told again without it."""

    label_email = forms.CharField(label=_("Label of the e-mail field"), max_length=120, initial=_("E-mail"))
    event_type = event_type_field(_("What it means that somebody sends this form."), required=True)
    attributes = forms.CharField(
        label=_("Fields of your own"),
        required=False,
        help_text=_("One per line; a star at its end makes a field required. Rules use it as attributes.NAME."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    consent = forms.ChoiceField(label=_("Consent"), choices=CONSENT, required=False)
    consent_text = forms.CharField(
        label=_("What people agree to"),
        required=False,
        max_length=1000,
        help_text=_("It is kept with the time and the page, word for word, for everybody who agrees."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    button = forms.CharField(label=_("The button"), max_length=60, initial=_("Send"))
    origins = origins_field()
    redirect = forms.URLField(
        label=_("Page to go to afterwards"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=_("On one of your sites. Left empty, a page of ours says thank you."),
    )
    thanks = forms.CharField(label=_("Words of thanks"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in CHOSEN:
            self.fields[f"ask_{name}"] = forms.ChoiceField(
                label=LABELS[name], choices=ASKED, required=False, initial="optional" if name in USUAL else ""
            )
            self.fields[f"label_{name}"] = forms.CharField(
                label=_("Label of “%(field)s”") % {"field": LABELS[name]},
                initial=LABELS[name],
                max_length=120,
                required=False,
                widget=forms.TextInput(attrs={"dir": "auto"}),
            )

    @property
    def pairs(self) -> list[forms.BoundField]:
        """Whether each of our fields is asked, and how it is called there."""
        return [self[f"{part}_{name}"] for name in CHOSEN for part in ("ask", "label")]

    @classmethod
    def initial_of(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """The form's fields as the options of a source fill them."""
        consent = options.get("consent") or {}
        initial = {name: options.get(name, "") for name in ("event_type", "button", "redirect", "thanks")}
        initial |= {"consent_text": consent.get("text", ""), "origins": "\n".join(options.get("origins", []))}
        initial["consent"] = ("required" if consent.get("required") else "optional") if consent else ""
        initial |= {f"ask_{name}": "" for name in CHOSEN}
        own = []
        for one in options.get("fields", []):
            if one["name"] == "email":
                initial["label_email"] = one["label"]
            elif one["name"].startswith(ATTRIBUTE):
                own.append(one["label"] + ("*" if one["required"] else ""))
            else:
                initial[f"ask_{one['name']}"] = "required" if one["required"] else "optional"
                initial[f"label_{one['name']}"] = one["label"]
        return {**initial, "attributes": "\n".join(own)}

    def clean_attributes(self) -> list[dict[str, Any]]:
        """Each line as a field."""
        found: dict[str, dict[str, Any]] = {}
        for line in self.cleaned_data["attributes"].splitlines():
            label = line.strip().rstrip("*").strip()
            if len(label) > MAX_ATTRIBUTE_NAME or UNSAFE.search(label):
                raise forms.ValidationError(_("“%(line)s” is too long for a name.") % {"line": label[:60]})
            if label:
                is_required = line.strip().endswith("*")
                found[label] = {"name": f"{ATTRIBUTE}{label}", "label": label, "required": is_required}
        if len(found) > MOST_LINES:
            raise forms.ValidationError(_("At most %(limit)d lines.") % {"limit": MOST_LINES})
        return list(found.values())

    def clean_origins(self) -> list[str]:
        return clean_origins(self.cleaned_data["origins"])

    def clean(self) -> dict[str, Any]:
        """Consent needs its words, and the page afterwards stands on a site of theirs."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("consent") and not given.get("consent_text", "x").strip():
            self.add_error("consent_text", _("Say what people agree to."))
        redirect = given.get("redirect")
        if redirect and origin_of(redirect) not in given.get("origins", []):
            self.add_error("redirect", _("Add its site to “Your sites”: people are sent nowhere else."))
        return given

    def options(self) -> dict[str, Any]:
        given = self.cleaned_data
        fields = [{"name": "email", "label": given["label_email"], "required": True}]
        for name in CHOSEN:
            if given[f"ask_{name}"]:
                label = given[f"label_{name}"] or str(LABELS[name])
                fields.append({"name": name, "label": label, "required": given[f"ask_{name}"] == "required"})
        consent = {"text": given["consent_text"].strip(), "required": given["consent"] == "required"}
        kept = {name: given[name] for name in ("event_type", "button", "origins", "redirect", "thanks")}
        return {**kept, "fields": [*fields, *given["attributes"]], "consent": consent if given["consent"] else None}
