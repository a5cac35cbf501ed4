"""Engagement sums and scores; narrow rows, so that scoring never touches the lead."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class EngagementSlot(models.Model):
    """Which place of the sums belongs to which class of events (type, condition, half-life)."""

    # 1-based, as PostgreSQL counts array places.
    place = models.PositiveSmallIntegerField(primary_key=True)
    key = models.CharField(max_length=64, unique=True)
    event = models.CharField(max_length=60)
    when = models.JSONField()
    half_life_days = models.FloatField(null=True)
    epoch = models.DateTimeField()
    # Null until past events have been counted in every lead's sum.
    filled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.place}: {self.event}"


class LeadEngagement(models.Model):
    """Σ 2^((t − epoch) / half-life) per slot; changes only when an event arrives."""

    lead = models.OneToOneField("leads.Lead", models.CASCADE, primary_key=True, related_name="engagement")
    sums = ArrayField(models.FloatField(), default=list)
    n_events = models.PositiveIntegerField(default=0)
    last_event_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.lead_id)


class LeadScore(models.Model):
    """Fit, and interest as of ``scored_at``; the instants tell when interest will have faded below each band."""

    lead = models.OneToOneField("leads.Lead", models.CASCADE, primary_key=True, related_name="score")
    version = models.ForeignKey("agreements.AgreementVersion", models.PROTECT, related_name="+")
    fit = models.PositiveSmallIntegerField()
    fit_band = models.CharField(max_length=1)
    interest = models.FloatField()
    # Interest is in band 1 until the first instant, in band 2 until the second; null: not now.
    band_1_until = models.DateTimeField(null=True)
    band_2_until = models.DateTimeField(null=True)
    is_mql = models.BooleanField(default=False)
    scored_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            # The hottest leads; null for all that are cold, so that most updates stay within the page.
            models.Index(fields=["-band_2_until"], condition=models.Q(band_2_until__isnull=False), name="score_hottest")
        ]

    def __str__(self) -> str:
        return f"{self.fit_band} {self.fit} · {self.interest:.1f}"


class DirtyLead(models.Model):
    """A lead whose score must be computed anew; written in the transaction of the change, deleted in the score's."""

    lead = models.OneToOneField("leads.Lead", models.CASCADE, primary_key=True, related_name="dirty")
    marked_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.lead_id)
