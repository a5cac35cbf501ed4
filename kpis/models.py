"""Figures that no lead carries: visitors counted by month and source."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class VisitorCount(models.Model):
    """How many people visited in a month, typed in or sent by a program; the newest word counts."""

    # The month's first day.
    month = models.DateField(_("month"))
    source = models.CharField(_("source"), max_length=120, blank=True)
    count = models.PositiveIntegerField(_("visitors"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["month", "source"], name="visitors_once_per_month"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="visitors_by_whole_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.count}"
