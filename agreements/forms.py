"""Forms around a version: create, propose, sign."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from slaportal.accounts.guesses import knows_password
from slaportal.accounts.models import User
from slaportal.web.refusals import Refused, words_for


class NewAgreementForm(forms.Form):
    """Name and address of a new agreement."""

    name = forms.CharField(label=_("Name"), max_length=150)
    slug = forms.SlugField(
        label=_("Address"),
        max_length=60,
        help_text=_("Lower-case letters, digits and hyphens; part of the page's address."),
    )


class ProposalForm(forms.Form):
    """Why the change is proposed, and from when it holds."""

    why = forms.CharField(
        label=_("Why?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Both sides read this first."),
    )
    effective_from = forms.DateTimeField(
        label=_("In force from"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("In your time zone. Blank: with the second signature."),
    )


class SignatureForm(forms.Form):
    """A signature: the text and the day that were read, and the password once more."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    effective_from = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("Asked again, because a signature binds your side."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_effective_from(self) -> datetime | None:
        """To the microsecond: the day must be the very one that was proposed."""
        text: str = self.cleaned_data["effective_from"]
        try:
            return datetime.fromisoformat(text) if text else None
        except ValueError:
            raise forms.ValidationError(_("This is not a day that was proposed.")) from None

    def clean_password(self) -> str:
        """Refuse a wrong password, and one guess too many, beside the field."""
        password: str = self.cleaned_data["password"]
        try:
            is_right = knows_password(self.user, password, at=timezone.now())
        except Refused as refused:
            raise forms.ValidationError(words_for(refused), code=refused.code) from refused
        if not is_right:
            raise forms.ValidationError(_("That password is not right. Nothing was signed."), code="wrong_password")
        return password
