"""What people fill in while they work on a handoff: attempts, decisions, returns, reasons."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements.terms.document import NurturePath
from agreements.terms.document.qualification import ChecklistItem
from leads.attempts import OUTCOMES
from leads.models import Channel
from leads.returns import ReasonChoice
from slaportal.accounts.models import User


class AttemptForm(forms.Form):
    """One attempt. An outcome is sent as "channel.outcome", so that one group of radio buttons holds them all."""

    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices, required=False)
    outcome = forms.CharField(label=_("Outcome"), max_length=40, error_messages={"required": _("Choose how it ended.")})
    note = forms.CharField(
        label=_("Note"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """The outcome must be one of the channel that is shown as chosen."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        channel, dot, outcome = given.get("outcome", "").partition(".")
        if not dot:
            return given
        if given.get("channel") not in ("", None, channel) or outcome not in OUTCOMES.get(channel, {}):
            self.add_error("outcome", _("Choose how it ended."))
            return given
        return given | {"channel": channel, "outcome": outcome}

    @property
    def channels(self) -> list[dict[str, Any]]:
        """The channels with their outcomes, as the page offers them; the number is the key that chooses one."""
        chosen, ended = self["channel"].value(), self["outcome"].value()
        return [
            {
                "value": channel.value,
                "label": channel.label,
                "number": number,
                "is_chosen": channel.value == chosen,
                "outcomes": [
                    {"value": value, "label": label, "is_chosen": value == ended}
                    for value, label in _outcomes_of(channel)
                ],
            }
            for number, channel in enumerate(Channel, start=1)
        ]


def _outcomes_of(channel: str) -> list[tuple[str, Any]]:
    return [(f"{channel}.{name}", label) for name, label in OUTCOMES[channel].items()]


def attempt_form(channel: str, handoff: uuid.UUID) -> AttemptForm:
    """An empty form with the cadence's channel chosen and a key of its own; ids differ from handoff to handoff."""
    chosen = channel if channel in OUTCOMES else Channel.PHONE.value
    return AttemptForm(initial={"channel": chosen, "key": uuid.uuid4()}, auto_id=f"attempt-{handoff}-%s")


class QualifyForm(forms.Form):
    """The SQL checklist of the handoff's terms, one box per point."""

    def __init__(self, points: Iterable[ChecklistItem], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.points = list(points)
        for point in self.points:
            self.fields[point.id] = forms.BooleanField(label=point.text, required=False)

    @property
    def answers(self) -> dict[str, bool]:
        return {point.id: bool(self.cleaned_data.get(point.id)) for point in self.points}


class WinForm(forms.Form):
    amount = forms.CharField(
        label=_("Amount of the deal"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": _("Enter the amount of the deal.")},
    )

    def clean_amount(self) -> str:
        """Blanks between thousands are taken away; a lone comma before one or two digits is a decimal point."""
        text = "".join(str(self.cleaned_data["amount"]).split())
        whole, comma, cents = text.rpartition(",")
        if comma and "." not in text and "," not in whole and len(cents) in (1, 2):
            return f"{whole}.{cents}"
        return text.replace(",", "")


class LoseForm(forms.Form):
    reason = forms.CharField(
        label=_("Why was it lost?"),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={"required": _("Say in a few words why the deal was lost.")},
    )


class ReturnForm(forms.Form):
    """An agreed reason; those that are locked are shown, and cannot be chosen."""

    reason = forms.CharField(label=_("Reason"), error_messages={"required": _("Choose a reason.")})
    note = forms.CharField(
        label=_("Note"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    )

    def __init__(self, reasons: Iterable[ReasonChoice], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reasons = list(reasons)

    @property
    def chosen(self) -> str:
        return str(self["reason"].value() or "")


class AssignForm(forms.Form):
    """Another rep; offered are those at work, without the one who has the lead."""

    rep = forms.ModelChoiceField(
        label=_("Give to"),
        queryset=User.objects.none(),
        to_field_name="public_id",
        error_messages={"required": _("Choose a rep."), "invalid_choice": _("Choose a rep from the list.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who may have it is the service's to say: a rep who has just left the list gets its words.
        cast("forms.ModelChoiceField[User]", self.fields["rep"]).queryset = User.objects.filter(is_active=True)


class PathForm(forms.Form):
    """A nurture path of the terms."""

    path = forms.ChoiceField(label=_("Nurture path"), error_messages={"required": _("Choose a path.")})

    def __init__(self, paths: Iterable[NurturePath], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["path"]).choices = [(path.id, path.name) for path in paths]


class BreachForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={"required": _("Say in a few words what happened.")},
    )
