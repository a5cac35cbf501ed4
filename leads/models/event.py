"""What leads did: appended once, counted once."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models


class LeadEvent(models.Model):
    """One thing a lead did, named by its source so that a replay changes nothing."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.CharField(max_length=120)
    external_id = models.CharField(max_length=200)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="events")
    type = models.CharField(max_length=60)
    properties = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "external_id"], name="event_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            # A lead's timeline.
            models.Index(fields=["lead", "-occurred_at"], name="event_of_lead"),
            # Events of the last days, for the matches of an interest rule. They come in about as they happened, so
            # that a few kilobytes tell which pages to read, and writing an event costs no more than before.
            BrinIndex(fields=["occurred_at"], name="event_by_time", pages_per_range=32, autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.external_id}"


class PendingEvent(models.Model):
    """An event whose score is not counted yet; deleted in the transaction that counts it."""

    event = models.OneToOneField(LeadEvent, models.CASCADE, primary_key=True, related_name="pending")
    # Past events (an import's history) are counted but open no handoff.
    is_live = models.BooleanField(default=True)
    # An event that cannot be counted is tried again later, at most five times; it never stops the others.
    attempts = models.PositiveSmallIntegerField(db_default=0)
    available_at = models.DateTimeField(null=True)
    error = models.TextField(db_default="", blank=True)
    # Set aside: no more tries until a person asks for one.
    dead_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.event_id)
