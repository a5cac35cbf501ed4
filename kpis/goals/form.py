"""The fields of a scenario: each value checked alone, each mistake beside its field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from agreements.sentences import problem_words
from agreements.terms.funnel import FunnelInvalid, RateName, exact, split
from agreements.terms.funnel.steps import MOST
from kpis.goals.scenario import ROWS, MethodPart, Scenario, TeamPart
from leads.months import Month

MOST_MONEY = Decimal(10) ** 15
MOST_ROWS = 100
TOO_MANY = {
    "team": gettext_noop("A plan has room for %(most)s teams; these are %(n)s."),
    "method": gettext_noop("A plan has room for %(most)s ways to bring leads; these are %(n)s."),
}
MONTHS_BACK, MONTHS_AHEAD = 24, 60


class Money(forms.DecimalField):
    """An amount above nothing."""

    def __init__(self, label: Any, least: Decimal = Decimal("0.01"), most: Decimal = MOST_MONEY) -> None:
        super().__init__(label=label, min_value=least, max_value=most, decimal_places=2)


class Percent(forms.DecimalField):
    """A share above nothing, in per cent."""

    def __init__(self, label: Any) -> None:
        super().__init__(label=label, min_value=Decimal("0.01"), max_value=100, decimal_places=2)


class MonthField(forms.CharField):
    """“2026-10” in the company's zone, not too far from now."""

    this: Month

    def clean(self, value: Any) -> Month:
        month = Month.read(super().clean(value), self.this.timezone)
        if month is None:
            raise forms.ValidationError(_("Give a month as 2026-11."))
        away = (month.first.year - self.this.first.year) * 12 + month.first.month - self.this.first.month
        if not -MONTHS_BACK <= away <= MONTHS_AHEAD:
            raise forms.ValidationError(_("Choose a month nearer to today."))
        return month


class ScenarioForm(forms.Form):
    """The single values; what an address leaves out keeps its starting value."""

    goal = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    direction = forms.ChoiceField(
        label=_("Direction"), choices=[("goal", "goal"), ("today", "today")], widget=forms.HiddenInput
    )
    amount = Money(_("Goal"))
    currency = forms.CharField(
        label=_("Currency"),
        validators=[RegexValidator("^[A-Z]{3}$", _("Give the currency in three letters, such as EUR."))],
    )
    period = forms.ChoiceField(
        label=_("Period"), choices=[("month", _("one month")), ("quarter", _("a quarter")), ("year", _("a year"))]
    )
    start = MonthField(label=_("From"))
    marketing_share = Percent(_("Of it from Marketing's leads"))
    deal = Money(_("Average deal"))
    sql_to_customer = Percent(_("SQL to customer (win rate)"))
    mql_to_sql = Percent(_("MQL to SQL"))
    lead_to_mql = Percent(_("Lead to MQL"))
    visitor_to_lead = Percent(_("Visitor to lead"))
    minutes_per_touch = forms.DecimalField(
        label=_("Minutes for each attempt"), min_value=Decimal("0.1"), max_value=1440, decimal_places=1
    )
    hours_per_day = forms.DecimalField(
        label=_("Hours a day for follow-up"), min_value=Decimal("0.1"), max_value=24, decimal_places=1
    )
    entry = forms.ChoiceField(
        label=_("Start with"), choices=[("visitor", _("visitors")), ("lead", _("leads")), ("mql", _("MQLs"))]
    )
    volume = forms.IntegerField(label=_("Each month"), min_value=0, max_value=MOST // 12)

    def __init__(self, asked: QueryDict, starting: QueryDict, this: Month) -> None:
        """``asked`` is what the address says; a field that it does not name keeps the value of ``starting``."""
        data = starting.copy()
        for name in self.base_fields:
            if name in asked:
                data[name] = asked.get(name, "")
        for fields in ROWS.values():
            if any(name in asked for name in fields):
                for name in fields:
                    data.setlist(name, asked.getlist(name))
        # Whoever calculates again after a goal that is gone goes on with the one that is there.
        self.goal_is_gone = bool(data.get("goal")) and data["goal"] != starting.get("goal", "")
        data["goal"] = starting.get("goal", "")
        super().__init__(data)
        self.sent = data
        month: Any = self.fields["start"]
        month.this = this
        month.widget = forms.Select(choices=_month_choices(this, data.get("start", "")))
        for one in self.fields.values():
            if isinstance(one, forms.DecimalField | forms.IntegerField):
                one.widget.attrs |= {"inputmode": "decimal", "step": "any"}
        self.fields["currency"].widget.attrs |= {"maxlength": "3", "autocapitalize": "characters", "size": "3"}
        self.teams = Rows("team", data, team_fields())
        self.methods = Rows("method", data, method_fields())

    def clean_goal(self) -> str:
        if self.goal_is_gone:
            raise forms.ValidationError(_("The agreement has no such goal in money."))
        goal: str = self.cleaned_data["goal"]
        return goal

    def errors_unseen(self) -> list[str]:
        """The mistakes in what has no control on the page."""
        return [*self.errors.get("goal", ()), *self.errors.get("direction", ())]

    def is_valid(self) -> bool:
        """All fields, and all rows."""
        return super().is_valid() and not self.teams.has_errors and not self.methods.has_errors

    def scenario(self) -> Scenario:
        """The values of a valid form."""
        teams = (TeamPart(*row.cleaned) for row in self.teams.filled)
        methods = (MethodPart(*row.cleaned) for row in self.methods.filled)
        return Scenario(**self.cleaned_data, teams=tuple(teams), methods=tuple(methods))

    def messages(self) -> dict[str, list[str]]:
        """All mistakes by field; those of rows under the row's name."""
        found = {name: [str(error) for error in errors] for name, errors in self.errors.items()}
        return found | self.teams.messages() | self.methods.messages()

    def rate(self, name: RateName) -> forms.BoundField:
        return self[name]


@dataclass
class Cell:
    """One control of a row."""

    name: str
    label: str | Promise
    value: str
    control_id: str
    is_number: bool
    error: str = ""


@dataclass
class Row:
    """One team or method; a blank one is no row."""

    cells: list[Cell]
    cleaned: list[Any] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        return not any(cell.value.strip() for cell in self.cells)


class Rows:
    """The teams or methods as they were sent, with a blank row at the end, and whether their shares add up."""

    def __init__(self, kind: str, sent: QueryDict, fields: Sequence[tuple[str | Promise, forms.Field]]) -> None:
        self.kind, self.error = kind, ""
        names = ROWS[kind]
        columns = [sent.getlist(name) for name in names]
        self.rows: list[Row] = []
        for place, values in enumerate(zip_longest(*columns, fillvalue="")):
            self.rows.append(self._row(place, list(values), fields))
        self.rows = [row for row in self.rows if not row.is_blank]
        self.filled = list(self.rows)
        for row in self.filled:
            _clean(row, [one for _label, one in fields])
        if len(self.filled) > MOST_ROWS:
            self.error = gettext(TOO_MANY[kind]) % {"most": MOST_ROWS, "n": len(self.filled)}
        self._check_sum()
        if len(self.rows) < MOST_ROWS:
            self.rows.append(self._row(len(self.rows), [""] * len(names), fields))

    @property
    def has_errors(self) -> bool:
        return bool(self.error) or any(cell.error for row in self.rows for cell in row.cells)

    def messages(self) -> dict[str, list[str]]:
        """The mistakes by name and place of their field ("team_share.0"), the sum's under the kind."""
        found = {
            f"{cell.name}.{n}": [cell.error] for n, row in enumerate(self.rows) for cell in row.cells if cell.error
        }
        return found | ({self.kind: [self.error]} if self.error else {})

    def _row(self, place: int, values: list[str], fields: Sequence[tuple[str | Promise, forms.Field]]) -> Row:
        return Row(
            [
                Cell(name, label, value, f"id_{name}_{place}", not isinstance(one, forms.CharField))
                for name, value, (label, one) in zip(ROWS[self.kind], values, fields, strict=True)
            ]
        )

    def _check_sum(self) -> None:
        if self.filled and not self.has_errors:
            try:
                split(0, [exact(row.cleaned[1]) / 100 for row in self.filled])
            except FunnelInvalid as invalid:
                self.error = problem_words(invalid.problems[0])


def _clean(row: Row, fields: list[forms.Field]) -> None:
    for cell, one in zip(row.cells, fields, strict=True):
        try:
            row.cleaned.append(one.clean(cell.value))
        except forms.ValidationError as wrong:
            cell.error = " ".join(wrong.messages)


def team_fields() -> list[tuple[str | Promise, forms.Field]]:
    return [
        (_("Team"), forms.CharField(max_length=120)),
        (_("Share of the MQLs, %"), Percent("")),
        (_("Reps"), forms.IntegerField(min_value=0, max_value=100_000)),
    ]


def method_fields() -> list[tuple[str | Promise, forms.Field]]:
    return [
        (_("Method"), forms.CharField(max_length=120)),
        (_("Share of the leads, %"), Percent("")),
        (_("Cost per lead"), Money("", least=Decimal(0), most=Decimal(10) ** 9)),
    ]


def _month_choices(this: Month, chosen: str) -> Iterator[tuple[str, str]]:
    """From the quarter's first month on for a year and a half, and the chosen one wherever it lies."""
    month = this
    while month.first.month % 3 != 1:
        month = month.previous
    months = [month]
    for _step in range(17):
        months.append(months[-1].next)
    read = Month.read(chosen, this.timezone)
    if read and read not in months:
        months.append(read)
    for one in sorted(months, key=lambda one: one.first):
        yield str(one), date_format(one.first, "YEAR_MONTH_FORMAT")
