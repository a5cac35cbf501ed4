"""What people fill in for an import: the file, and what each of its columns means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from leads.imports.columns import ATTRIBUTE
from leads.imports.kinds import kind_of
from leads.models import Account, Lead
from leads.models.imports import ImportKind

KEEP, LEAVE_OUT = "attribute", "leave_out"
SAMPLES_SHOWN = 3
ENCODINGS = [
    ("", _("By the file’s mark, else UTF-8")),
    ("cp1252", _("Windows Western (cp1252)")),
    ("latin-1", _("Latin-1 (ISO 8859-1)")),
    ("cp1250", _("Windows Central European (cp1250)")),
    ("cp1251", _("Windows Cyrillic (cp1251)")),
    ("cp1256", _("Windows Arabic (cp1256)")),
    ("shift_jis", _("Japanese (Shift JIS)")),
    ("gb18030", _("Chinese (GB 18030)")),
    ("utf-16-le", _("UTF-16 without mark, little endian")),
    ("utf-16-be", _("UTF-16 without mark, big endian")),
]
DATE_CHOICES = [
    ("iso", _("Year first: 2026-11-21")),
    ("dmy", _("Day first: 21/11/2026")),
    ("mdy", _("Month first: 11/21/2026")),
]
PART_NAMES: dict[str, str | Promise] = {"first_name": _("first name"), "last_name": _("last name")}


def field_name(target: str, kind: str = ImportKind.LEADS) -> str:
    """What people call a field."""
    model = Account if kind == ImportKind.ACCOUNTS else Lead
    return str(PART_NAMES[target] if target in PART_NAMES else model._meta.get_field(target).verbose_name)  # type: ignore[union-attr]


class UploadForm(forms.Form):
    """The file, and its encoding where it is neither marked nor UTF-8."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("Any columns, with their names in the first line. At most 512 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        error_messages={"empty": _("The file is empty.")},
    )
    encoding = forms.ChoiceField(label=_("Encoding"), choices=ENCODINGS, required=False)


class MapForm(forms.Form):
    """One select per column, the words that mean a blank, and how dates are written."""

    blank = forms.CharField(
        label=_("Words that mean a blank"),
        help_text=_("One per line. Such a cell erases nothing."),
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    dates = forms.ChoiceField(label=_("How dates are written"), choices=DATE_CHOICES)

    def __init__(
        self,
        headers: Sequence[str],
        samples: Sequence[Sequence[str]],
        suggested: Mapping[str, Any],
        *args: Any,
        kind: str = ImportKind.LEADS,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.headers, self.samples = headers, samples
        targets = suggested.get("columns", {})
        self.fields["blank"].initial = "\n".join(suggested.get("blank", []))
        self.fields["dates"].initial = suggested.get("dates", "iso")
        if kind == ImportKind.ACCOUNTS:
            # Nothing that an account is made of is a date.
            del self.fields["dates"]
        for place, header in enumerate(headers):
            target = targets.get(header, KEEP)
            choice = LEAVE_OUT if target is None else target
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=header, choices=_choices_with(choice, kind), initial=choice, widget=_select(header)
            )

    @property
    def columns(self) -> list[dict[str, Any]]:
        """Each column with its select and its first filled cells."""
        rows = []
        for place, header in enumerate(self.headers):
            filled = [row[place] for row in self.samples if row[place]]
            shown = list(dict.fromkeys(filled))[:SAMPLES_SHOWN]
            rows.append({"header": header, "field": self[f"column_{place}"], "samples": shown})
        return rows

    def column_map(self) -> dict[str, Any]:
        """The map as JSON, of a valid form."""
        columns: dict[str, str | None] = {}
        for place, header in enumerate(self.headers):
            choice = self.cleaned_data[f"column_{place}"]
            if choice != KEEP:
                columns[header] = None if choice == LEAVE_OUT else choice
        words = [word.strip() for word in self.cleaned_data["blank"].splitlines() if word.strip()]
        return {"columns": columns, "blank": words, "dates": self.cleaned_data.get("dates", "iso")}


def _select(header: str) -> forms.Select:
    """As wide as its longest word, named by its column."""
    return forms.Select(attrs={"class": "input", "aria-label": header})


def _choices_with(choice: str, kind: str) -> list[tuple[str, Any]]:
    choices: list[tuple[str, Any]] = [
        (KEEP, _("Attribute")),
        (LEAVE_OUT, _("Leave out")),
        *((target, capfirst(field_name(target, kind))) for target in kind_of(kind).targets),
    ]
    if choice.startswith(ATTRIBUTE):
        choices.append((choice, choice.removeprefix(ATTRIBUTE)))
    return choices
