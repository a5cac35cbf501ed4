"""Forms around a version: create, propose, discuss, ask for changes, sign."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agreements.sentences.comparison import TEMPLATE_TITLES
from slaportal.accounts.guesses import knows_password
from slaportal.accounts.models import User
from slaportal.web.refusals import Refused, words_for
from slaportal.web.texts import refuse_unseen

# Addresses that differ in case alone would be two agreements.
lower_case = RegexValidator(r"^[a-z0-9-]+\Z", _("Use lower-case letters, digits and hyphens."))
MEETING_YEARS_BACK = 10
WHICH_VERSION = _("The page did not say which version you speak of. Read the clause below and send it again.")


def refuse_odd_meeting(day: date) -> None:
    """What was decided in a meeting is some years old at most; today is tomorrow already east of here."""
    today = timezone.localdate()
    if not today.year - MEETING_YEARS_BACK <= day.year or day > today + timedelta(days=1):
        raise forms.ValidationError(
            _("Choose a day of the last %(years)s years."), code="odd_meeting", params={"years": MEETING_YEARS_BACK}
        )


# Of what a page puts into its forms by itself.
NOT_WHOLE = {"required": _("The form did not arrive whole, so nothing was done. Look at it, then send it again.")}


class NewAgreementForm(forms.Form):
    """What a new agreement starts from, in which language, and its name and address."""

    template = forms.ChoiceField(
        label=_("Start from"), choices=list(TEMPLATE_TITLES.items()), widget=forms.RadioSelect, initial="short-cycle"
    )
    language = forms.ChoiceField(
        label=_("Language of the texts"),
        choices=settings.LANGUAGES,
        help_text=_("Every reader sees the clauses in their own language; what is written freely stays in this one."),
    )
    name = forms.CharField(label=_("Name"), max_length=150)
    slug = forms.SlugField(
        label=_("Address"),
        max_length=60,
        validators=[lower_case],
        help_text=_("Lower-case letters, digits and hyphens; part of the page's address."),
    )


class ReadTextForm(forms.Form):
    """What is decided about a text says which text was seen, by its digest."""

    digest = forms.CharField(
        widget=forms.HiddenInput,
        max_length=64,
        error_messages=NOT_WHOLE,
    )


class ProposalForm(ReadTextForm):
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
    on_older_text = forms.BooleanField(
        label=_("I mean the older text: propose it as it is"),
        required=False,
    )
    in_place_of_waiting = forms.BooleanField(
        label=_("It takes the place of what is signed and waits for its day"),
        required=False,
        help_text=_(
            "If it holds from an earlier day: with both signatures, the waiting version never comes into force."
        ),
    )


class ProposedChangeForm(forms.Form):
    """A change that somebody proposes in words; the clause is one of those that the reader sees."""

    clause = forms.ChoiceField(label=_("Clause"), required=False)
    what = forms.CharField(
        label=_("What should change?"),
        max_length=2000,
        validators=[refuse_unseen],
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    why = forms.CharField(
        label=_("Why?"),
        max_length=2000,
        validators=[refuse_unseen],
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
    meeting_on = forms.DateField(
        label=_("Decided in the meeting of"),
        required=False,
        validators=[refuse_odd_meeting],
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    decision = forms.CharField(
        label=_("The decision"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )

    def __init__(self, *args: Any, clauses: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["clause"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("No particular clause")), *clauses]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("decision") and not self.cleaned_data.get("meeting_on"):
            self.add_error("meeting_on", _("Name the day of the meeting that decided this."))
        return cleaned


class DeclineForm(forms.Form):
    """Why a proposal is not taken."""

    reason = forms.CharField(
        label=_("Why not?"),
        max_length=2000,
        validators=[refuse_unseen],
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )


class CommentForm(forms.Form):
    """Something said about a clause of one version."""

    version = forms.IntegerField(
        widget=forms.HiddenInput,
        min_value=1,
        max_value=100_000,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), WHICH_VERSION),
    )
    text = forms.CharField(
        label=_("Your comment"),
        max_length=5000,
        validators=[refuse_unseen],
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class ChangeRequestForm(ReadTextForm):
    """What has to change before a side signs."""

    text = forms.CharField(
        label=_("What has to change before you sign?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class SignatureForm(ReadTextForm):
    """A signature: the text and the day that were read, and the password once more."""

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
