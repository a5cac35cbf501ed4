"""The filters of the Leads list, as they stand in its address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, cast, get_args
from uuid import UUID

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agreements.models import Agreement
from agreements.terms.document import TermsInvalid
from agreements.terms.document.reading import read_json
from leads.commitments import Kind
from leads.models import Party, Stage
from leads.months import Month
from leads.rules.asking import Asked
from leads.selectors.lists import DEFAULT_SORT, NOBODY, SORTS, VIEWS, Question
from slaportal.accounts.models import User

BANDS = [f"{fit}{interest}" for fit in "ABC" for interest in "123"]
ANY = [("", pgettext_lazy("filter", "Any"))]
ACCOUNTS = [("target", _("Target accounts")), (NOBODY, _("Without an account"))]
KEPT = [("yes", _("kept")), ("no", _("missed")), ("running", _("still running"))]
# What a lead can have come as far as.
ON_THE_PATH = [
    choice for choice in Stage.choices if choice[0] in {"lead", "mql", "sal", "sql", "opportunity", "customer"}
]


class MonthField(forms.CharField):
    """“2026-11” in the company's zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.TextInput(attrs={"type": "month"}), **kwargs)
        self.zone = "UTC"

    def clean(self, value: Any) -> Month | None:
        text = super().clean(value)
        month = Month.read(text, self.zone) if text else None
        if text and month is None:
            raise forms.ValidationError(_("Give a month as 2026-11."))
        return month


class DayField(forms.DateField):
    """“2026-11-21”; days that no lead can lie on are left out like what cannot be read."""

    def __init__(self) -> None:
        bounds = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2200, 1, 1))]
        super().__init__(required=False, input_formats=["%Y-%m-%d"], validators=bounds)


class RuleInAddress(forms.CharField):
    """A rule's JSON, as the rule editor links to the leads that match."""

    def clean(self, value: Any) -> dict[str, Any] | None:
        text = super().clean(value)
        try:
            return read_json(text) if text else None
        except TermsInvalid as invalid:
            raise forms.ValidationError(str(invalid)) from invalid


class FilterForm(forms.Form):
    """All filters; what cannot be read is left out, so that an old link still shows a list."""

    q = forms.CharField(required=False, max_length=200, label=_("Search"))
    stage = forms.ChoiceField(required=False, label=_("Stage"), choices=[*ANY, *Stage.choices])
    owner = forms.ChoiceField(required=False, label=_("Owner"))
    source = forms.CharField(required=False, max_length=120, label=_("Source"), widget=forms.Select)
    band = forms.ChoiceField(
        required=False, label=_("Band"), choices=[*ANY, *((fit, fit) for fit in "ABC"), *((one, one) for one in BANDS)]
    )
    agreement = forms.ChoiceField(required=False, label=_("Agreement"))
    account = forms.ChoiceField(required=False, label=_("Account"), choices=[*ANY, *ACCOUNTS])
    created = MonthField(label=_("Created in"))
    view = forms.ChoiceField(required=False, choices=[(view, view) for view in VIEWS])
    arrived = forms.ChoiceField(required=False, choices=Stage.choices)
    month = MonthField()
    handed = MonthField()
    under = forms.SlugField(required=False)
    promise = forms.ChoiceField(required=False, choices=Party.choices)
    kept = forms.ChoiceField(required=False, choices=KEPT)
    kind = forms.ChoiceField(required=False, choices=Kind.choices)
    passed = forms.ChoiceField(required=False, choices=ON_THE_PATH)
    since = DayField()
    until = DayField()
    on_to = forms.ChoiceField(required=False, choices=ON_THE_PATH)
    rule = RuleInAddress(required=False, max_length=4000)
    rule_scope = forms.ChoiceField(required=False, choices=[(scope, scope) for scope in get_args(Asked)])
    rule_event = forms.CharField(required=False, max_length=60)
    sort = forms.ChoiceField(required=False, choices=[(f"{sign}{name}", name) for name in SORTS for sign in ("", "-")])
    after = forms.UUIDField(required=False)

    def __init__(
        self,
        *args: Any,
        owners: Iterable[User],
        sources: Iterable[str],
        zone: str,
        agreements: Iterable[Agreement] = (),
        **kwargs: Any,
    ) -> None:
        """``agreements``: those in force, if the reader is to choose between them."""
        super().__init__(*args, **kwargs)
        self.auto_id = "filter-%s"
        self.zone = zone
        for name in ("created", "month", "handed"):
            cast("MonthField", self.fields[name]).zone = zone
        named = [(one.slug, one.name) for one in agreements]
        self.agreements = [*named, (NOBODY, _("None"))] if named else []
        cast("forms.ChoiceField", self.fields["agreement"]).choices = [*ANY, *self.agreements]
        people = [(str(owner.public_id), owner.name) for owner in owners]
        self.owners = [(NOBODY, _("Nobody")), *people]
        cast("forms.ChoiceField", self.fields["owner"]).choices = [*ANY, *self.owners]
        cast("forms.Select", self.fields["source"].widget).choices = [*ANY, *((name, name) for name in sources)]

    def question(self) -> Question:
        """The filters that could be read."""
        self.is_valid()
        given: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if value}
        after: UUID | None = given.pop("after", None)
        return Question(**({"view": "all", "sort": DEFAULT_SORT} | given), zone=self.zone, after=after)

    def visible_filters(self) -> list[forms.BoundField]:
        shown = ("stage", "owner", "source", "band", "account", *(("agreement",) if self.agreements else ()), "created")
        return [self[name] for name in shown]
