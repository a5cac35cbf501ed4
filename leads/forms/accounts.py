"""An account as people type it in, and the filters of the account list."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from leads.accounts.rows import READERS, AccountRow
from leads.forms.attributes import AttributeRows, refusal_words
from leads.intake.rows import RowRejected
from leads.models import Account
from slaportal.accounts.models import User

TEXTS = ("name", "country", "industry", "size", "tier")


class AccountForm(AttributeRows):
    """Fields are read as the import reads them, so that what is refused here is refused everywhere."""

    name = forms.CharField(label=_("Name"), widget=forms.TextInput(attrs={"dir": "auto"}))
    domains = forms.CharField(
        label=_("Domains"),
        required=False,
        help_text=_("One per line, the main one first. People who write from there, or from below, belong here."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "ltr", "spellcheck": "false"}),
    )
    country = forms.CharField(label=_("Country"), required=False)
    industry = forms.CharField(label=_("Industry"), required=False, widget=forms.TextInput(attrs={"dir": "auto"}))
    size = forms.CharField(label=_("Size"), required=False)
    tier = forms.CharField(label=_("Tier"), required=False)
    owner = forms.ModelChoiceField(
        label=_("Owner"),
        required=False,
        empty_label=_("Nobody"),
        queryset=User.objects.none(),
        to_field_name="public_id",
    )
    is_target = forms.BooleanField(label=_("Target account"), required=False)
    seen_at = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, account: Account | None = None, **kwargs: Any) -> None:
        self.account = account
        if account is not None:
            kwargs["initial"] = {
                **{name: getattr(account, name) for name in (*TEXTS, "is_target")},
                "domains": "\n".join(account.domains),
                "owner": account.owner.public_id if account.owner else None,
                "seen_at": account.updated_at.isoformat(),
            }
        else:
            kwargs["initial"] = {"is_target": True}
        super().__init__(*args, stored=account.attributes if account else {}, **kwargs)
        owners = User.objects.filter(is_active=True).order_by("name")
        if account is not None and account.owner_id:
            owners = owners | User.objects.filter(pk=account.owner_id)
        cast("forms.ModelChoiceField[User]", self.fields["owner"]).queryset = owners
        self.values: dict[str, Any] = {}

    def clean(self) -> dict[str, Any]:
        """Read each field as the import reads it; errors stand beside their field."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name in (*TEXTS, "domains"):
            try:
                self.values[name] = READERS[name](given.get(name, ""), name)
            except RowRejected as error:
                self.add_error(name, refusal_words(error))
        self.values |= {"is_target": given.get("is_target", False), "owner": given.get("owner")}
        self.clean_attributes()
        return given

    @property
    def seen(self) -> dt.datetime | None:
        """The moment of the account that the editor looked at."""
        try:
            return dt.datetime.fromisoformat(self.cleaned_data["seen_at"])
        except ValueError:
            return None

    def row(self) -> AccountRow:
        """A new account of a valid form."""
        filled = {name: value for name, value in self.attributes.items() if value != ""}
        values = {name: value for name, value in self.values.items() if name != "owner"}
        return AccountRow(**values, attributes=filled)


class AccountFilter(forms.Form):
    """The filters of the list as they stand in its address; what cannot be read is left out."""

    q = forms.CharField(required=False, max_length=200, label=_("Search"))
    target = forms.ChoiceField(
        required=False,
        label=_("Target accounts"),
        choices=[("", pgettext_lazy("filter", "Any")), ("yes", _("Target accounts only")), ("no", _("Others only"))],
    )
    tier = forms.ChoiceField(required=False, label=_("Tier"))

    def __init__(self, *args: Any, tiers: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "filter-%s"
        choices = [("", pgettext_lazy("filter", "Any")), *((tier, tier) for tier in tiers)]
        cast("forms.ChoiceField", self.fields["tier"]).choices = choices

    def asked(self) -> dict[str, str]:
        """The filters that could be read."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in ("q", "target", "tier")}
