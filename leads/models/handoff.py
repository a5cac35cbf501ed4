"""A pass of a lead to Sales, the attempts to reach it, and its way back."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class HandoffState(models.TextChoices):
    OPEN = "open", _("Waiting for acceptance")
    ACCEPTED = "accepted", _("Accepted")
    QUALIFIED = "qualified", _("Qualified (SQL)")
    CLOSED = "closed", _("Closed")


class Outcome(models.TextChoices):
    """How a pass ended."""

    WON = "won", _("Won")
    LOST = "lost", _("Lost")
    RETURNED = "returned", _("Returned to Marketing")
    # The same person was with Sales already.
    MERGED = "merged", _("Merged with another lead")


class Handoff(models.Model):
    """One pass of a lead from Marketing to Sales; at most one is open per lead."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="handoffs")
    # 1 for the first pass of this lead, then 2, 3 …
    number = models.PositiveSmallIntegerField(default=1)
    version = models.ForeignKey("agreements.AgreementVersion", models.PROTECT, related_name="+")
    # "hand_raise", "score" or "manual".
    trigger = models.CharField(max_length=20)
    event = models.ForeignKey("leads.LeadEvent", models.PROTECT, null=True, related_name="+")
    # What Sales was given at that moment: fields, receipt, recent events. Frozen.
    packet = models.JSONField(default=dict)
    rep = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="handoffs", db_index=False
    )
    state = models.CharField(max_length=12, choices=HandoffState, default=HandoffState.OPEN)
    opened_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    qualified_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    lost_reason = models.CharField(max_length=200, blank=True)
    # The answers to the SQL checklist, by item id.
    checklist = models.JSONField(default=dict)
    first_attempt_at = models.DateTimeField(null=True)
    # Working time from opening to the first attempt, in seconds, by the calendar of this version.
    response_seconds = models.PositiveIntegerField(null=True)
    n_attempts = models.PositiveSmallIntegerField(default=0)
    n_calls = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["lead"], condition=models.Q(closed_at=None), name="one_open_handoff_per_lead"
            ),
            models.UniqueConstraint(fields=["lead", "number"], name="handoff_number_once"),
            models.CheckConstraint(
                condition=models.Q(state="closed", closed_at__isnull=False)
                | (~models.Q(state="closed") & models.Q(closed_at=None)),
                name="closed_handoffs_have_a_time",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Today: what a rep has open.
            models.Index(fields=["rep", "-opened_at"], name="handoff_by_rep"),
            # The round robin: which one a rep was given last.
            models.Index(fields=["rep", "-id"], name="handoff_by_turn"),
            # The dashboard's month.
            models.Index(fields=["opened_at"], name="handoff_by_month"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} #{self.number}"


class Channel(models.TextChoices):
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    VIDEO = "video", _("Video")


class ContactAttempt(models.Model):
    """One try to reach a lead: appended, never changed."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    handoff = models.ForeignKey(Handoff, models.CASCADE, related_name="attempts")
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="attempts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel)
    # One of leads.attempts.OUTCOMES for the channel.
    outcome = models.CharField(max_length=20)
    note = models.TextField(blank=True)
    # The cadence step it fulfilled, by id; blank for an extra attempt.
    step = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()
    logged_at = models.DateTimeField()
    # Given by the form or the program, so that a second click logs nothing twice.
    key = models.UUIDField(default=uuid.uuid4, unique=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["lead", "-at"], name="attempt_of_lead")]

    def __str__(self) -> str:
        return f"{self.channel} {self.outcome}"


class Return(models.Model):
    """A pass that Sales gave back, with the agreed reason."""

    handoff = models.OneToOneField(Handoff, models.CASCADE, related_name="returned")
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="returns")
    reason = models.CharField(max_length=60)
    path = models.CharField(max_length=60, blank=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    # When Marketing chose the path (confirmed the suggested one or picked another).
    path_chosen_at = models.DateTimeField(null=True)
    path_chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            # Marketing's Today: returned leads that wait for a path.
            models.Index(fields=["at"], condition=models.Q(path_chosen_at=None), name="return_without_path"),
            models.Index(fields=["lead", "-at"], name="return_of_lead"),
        ]

    def __str__(self) -> str:
        return self.reason


class Enrollment(models.Model):
    """A lead in a nurture path of the terms."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="enrollments")
    version = models.ForeignKey("agreements.AgreementVersion", models.PROTECT, related_name="+")
    path = models.CharField(max_length=60)
    returned = models.ForeignKey(Return, models.SET_NULL, null=True, related_name="enrollments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    # How many steps of the path are behind the lead, and when the next one is due.
    steps_done = models.PositiveSmallIntegerField(default=0)
    next_step_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # "finished", "qualified", "replaced" or "stopped".
    ended_why = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["lead"], condition=models.Q(ended_at=None), name="one_path_at_a_time")
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The sweep takes the steps that are due.
            models.Index(fields=["next_step_at"], condition=models.Q(ended_at=None), name="enrollment_due")
        ]

    def __str__(self) -> str:
        return self.path
