"""Leads that turned out to be one person: what was merged, addresses of old, and pairs that somebody should look at."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from leads.models.lead import Lead


class LeadMerge(models.Model):
    """Two leads that became one, with all that it takes to part them again."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kept = models.ForeignKey(Lead, models.CASCADE, related_name="merges")
    # Whom it was merged into at that time; `kept` follows later merges.
    into_public_id = models.UUIDField()
    gone_public_id = models.UUIDField()
    # The row of the lead that went, and what the merge changed in the kept one: {column: [before, after]}.
    gone = models.JSONField()
    changed = models.JSONField()
    # What was moved, closed and renumbered (leads.merges.joining).
    moved = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # The id of a lead that went leads to one that is here.
            models.UniqueConstraint(fields=["gone_public_id"], condition=models.Q(undone_at=None), name="merged_once")
        ]

    def __str__(self) -> str:
        return f"{self.gone_public_id} → {self.into_public_id}"


class LeadAddress(models.Model):
    """An e-mail address by which a lead is known beside its own: that of a lead that was merged into it."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="other_addresses")
    email = models.CharField(max_length=254, unique=True)

    def __str__(self) -> str:
        return self.email


class DoubtfulPair(models.Model):
    """Two leads that may be one person; once somebody said that they are not, nobody is asked again."""

    first = models.ForeignKey(Lead, models.CASCADE, related_name="+")
    second = models.ForeignKey(Lead, models.CASCADE, related_name="+")
    # What they share: "phone", "name", "mailbox", "address".
    why = ArrayField(models.CharField(max_length=10), default=list)
    found_at = models.DateTimeField()
    declined_at = models.DateTimeField(null=True)
    declined_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["first", "second"], name="doubtful_pair_once"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="doubtful_pair_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id}"
