"""What a lead may buy or bought, as the sales system tells it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class DealStatus(models.TextChoices):
    OPEN = "open", _("Open")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class Deal(models.Model):
    """A deal of another system; the newest word about it counts."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.CharField(max_length=120)
    external_id = models.CharField(max_length=200)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="deals")
    name = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=4, choices=DealStatus, default=DealStatus.OPEN)
    # In the company's currency unless another one is told.
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    # When it was won or lost.
    closed_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "external_id"], name="deal_once"),
            models.CheckConstraint(
                condition=models.Q(status="open", closed_at=None)
                | (~models.Q(status="open") & models.Q(closed_at__isnull=False)),
                name="closed_deals_have_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.external_id
