"""The form that takes a month's visitors."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kpis.visitors import MOST


class VisitorsForm(forms.Form):
    """How many people visited in the month that is shown."""

    count = forms.IntegerField(label=_("Visitors"), min_value=0, max_value=MOST, widget=forms.NumberInput)
