"""Figures that no lead carries: visitors by day or month and source, and what each source cost in a month."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class VisitorCount(models.Model):
    """How many people visited on a day, or in a month as a whole; the newest word counts.

    Of one source, a word about the whole month wins over those about its days (`kpis.visitors.BY_MONTH`).
    """

    # The month's first day.
    month = models.DateField(_("month"))
    # None: the month as a whole.
    day = models.DateField(_("day"), null=True)
    source = models.CharField(_("source"), max_length=120, blank=True)
    count = models.PositiveIntegerField(_("visitors"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["month", "day", "source"], nulls_distinct=False, name="visitors_once"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="visitors_by_whole_month"),
            models.CheckConstraint(
                condition=models.Q(day=None)
                | models.Q(day__year=models.F("month__year"), day__month=models.F("month__month")),
                name="visitors_of_a_day_of_the_month",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day or format(self.month, '%Y-%m')} {self.count}"


class Spend(models.Model):
    """What a source of leads cost in a month, typed in or sent by a program; the newest word counts."""

    # The month's first day.
    month = models.DateField(_("month"))
    source = models.CharField(_("source"), max_length=120)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, validators=[RegexValidator("^[A-Z]{3}$")])
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["month", "source"], name="spend_once_per_month"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="spend_by_whole_month"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="spend_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.source} {self.amount} {self.currency}"
