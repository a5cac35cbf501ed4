"""What people type in about themselves and about each other."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from slaportal.accounts.models import Role, Side, Team, User

TOKEN_DAYS = ((30, _("in 30 days")), (90, _("in 90 days")), (365, _("in a year")), ("", _("never")))


@cache
def zone_choices() -> list[tuple[str, str]]:
    """All time zones of a place, by name; the aliases without a place are left out."""
    names = (name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in sorted(names))]


class DateInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class LogInForm(LoginForm):  # type: ignore[misc]
    """Allauth's check in the words of our pages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""


class NewPasswordForm(forms.Form):
    """A password, twice; `user` is who it is for, so that it does not resemble their name."""

    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1024,
        help_text=_("At least 12 characters. A few words that only you would put together are best."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("The same password again"),
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords differ."))
        elif first:
            self._refuse_weak(first)
        return cleaned

    def _refuse_weak(self, password: str) -> None:
        try:
            password_validation.validate_password(password, self._owner())
        except ValidationError as error:
            self.add_error("password1", error)

    def _owner(self) -> User | None:
        return self.user


class SetUpForm(NewPasswordForm):
    """The first admin."""

    name = forms.CharField(label=_("Your full name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)
    field_order = ("name", "email", "timezone", "password1", "password2")

    def _owner(self) -> User:
        return User(name=self.cleaned_data.get("name", ""), email=self.cleaned_data.get("email", ""))


class PersonForm(forms.Form):
    """Who somebody is: for an invitation and for a change."""

    name = forms.CharField(label=_("Full name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.order_by("side", "name"), required=False, to_field_name="public_id"
    )


class AbsenceForm(forms.Form):
    """Days away."""

    starts_on = forms.DateField(label=_("First day"), widget=DateInput)
    ends_on = forms.DateField(label=_("Last day"), widget=DateInput)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class TeamForm(forms.Form):
    """A new team."""

    name = forms.CharField(label=_("Name"), max_length=120)
    side = forms.ChoiceField(label=_("Side"), choices=Side.choices)


class TeamNameForm(forms.Form):
    """Another name for a team."""

    name = forms.CharField(label=_("Name"), max_length=120)


class ProfileForm(forms.Form):
    """What people decide about themselves."""

    name = forms.CharField(label=_("Full name"), max_length=150)
    language = forms.ChoiceField(
        label=_("Language"), choices=lambda: [("", _("As my browser says")), *settings.LANGUAGES], required=False
    )
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [("", _("The company’s")), *zone_choices()],
        required=False,
    )
    shortcuts = forms.BooleanField(label=_("Keyboard shortcuts"), required=False)


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What uses it, so that you know it again: “website forms”.")
    )
    days = forms.TypedChoiceField(
        label=_("It ends"), choices=TOKEN_DAYS, coerce=int, empty_value=None, required=False, initial=90
    )
