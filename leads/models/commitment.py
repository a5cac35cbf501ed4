"""Every promise of either team, with its due time and what became of it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Party(models.TextChoices):
    MARKETING = "marketing", _("Marketing")
    SALES = "sales", _("Sales")


OPEN = models.Q(met_at=None, breached_at=None, excused_at=None, closed_at=None)


class Commitment(models.Model):
    """Who owes what to whom by when under which clause. Breaches are stamped with the due time and are permanent."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    party = models.CharField(max_length=12, choices=Party)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="commitments")
    version = models.ForeignKey("agreements.AgreementVersion", models.PROTECT, related_name="+")
    # The clause's permanent id, and its kind ("first_response", "acceptance", "follow_up" …).
    clause = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    # The cadence step of a follow-up.
    step = models.CharField(max_length=60, blank=True)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, null=True, related_name="commitments")
    handoff = models.ForeignKey("leads.Handoff", models.CASCADE, null=True, related_name="commitments")
    # For promises over a period: the agreement (clause ids are its own), the first day, how many were promised and
    # delivered.
    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, null=True, related_name="+")
    period = models.DateField(null=True)
    promised = models.PositiveIntegerField(null=True)
    delivered = models.PositiveIntegerField(null=True)
    opened_at = models.DateTimeField()
    # From here on it is "due soon".
    warn_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    target_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    # When the sweep saw it; the breach itself is the due time.
    noticed_at = models.DateTimeField(null=True)
    breach_reason = models.TextField(blank=True)
    excused_at = models.DateTimeField(null=True)
    excused_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    excused_why = models.TextField(blank=True)
    # No longer owed (the pass was returned, won, lost): neither kept nor broken.
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(breached_at=None) | models.Q(breached_at=models.F("due_at")),
                name="a_breach_bears_its_due_time",
            ),
            models.CheckConstraint(
                condition=models.Q(target_at=None) | models.Q(target_at__lte=models.F("due_at")),
                name="target_before_due",
            ),
            # A replay opens no promise twice.
            models.UniqueConstraint(
                fields=["handoff", "kind", "step"],
                condition=models.Q(handoff__isnull=False),
                name="one_promise_per_kind_and_step",
            ),
            models.UniqueConstraint(
                fields=["agreement", "clause", "period"],
                condition=models.Q(period__isnull=False),
                name="one_promise_per_period",
            ),
            models.CheckConstraint(
                condition=models.Q(period=None) | models.Q(agreement__isnull=False),
                name="a_period_is_an_agreements",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The sweep: open promises whose time has come.
            models.Index(fields=["due_at", "id"], condition=OPEN, name="commitment_due"),
            models.Index(
                fields=["warn_at", "id"], condition=OPEN & models.Q(warned_at=None), name="commitment_to_warn"
            ),
            # Today: what a person owes, by deadline, broken promises included until they are done.
            models.Index(
                fields=["owner", "due_at", "id"],
                condition=models.Q(met_at=None, excused_at=None, closed_at=None),
                name="commitment_queue",
            ),
            # The month's promises kept and broken, by party.
            models.Index(fields=["due_at", "party"], name="commitment_by_month"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_at:%Y-%m-%d %H:%M}"
