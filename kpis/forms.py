"""The forms that take a month's visitors and what a source cost."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kpis.visitors import MOST


class VisitorsForm(forms.Form):
    """How many people visited in the month that is shown."""

    count = forms.IntegerField(
        label=_("Visitors"),
        min_value=0,
        max_value=MOST,
        widget=forms.NumberInput,
        help_text=_("Those that no source counted: what programs sent of sources is added."),
    )


class SpendForm(forms.Form):
    """What a source cost in the month that is shown."""

    source = forms.CharField(
        label=_("Source"),
        max_length=120,
        help_text=_("As the leads name it."),
        widget=forms.TextInput(attrs={"list": "lead-sources"}),
    )
    amount = forms.DecimalField(label=_("Cost"), min_value=0, max_digits=14, decimal_places=2)
    currency = forms.CharField(label=_("Currency"), max_length=3, help_text=_("Three letters, such as EUR."))

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"].upper()
        return currency
