"""Engagement sums and scores; narrow rows, so that scoring never touches the lead."""

from __future__ import annotations

from datetime import UTC
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
    # Only the events of so many last days are in the sum, each as 1.
    window_days = models.PositiveIntegerField(null=True)
    epoch = models.DateTimeField()
    # Null until past events have been counted in every lead's sum.
    filled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.place}: {self.event}"


class LeadEngagement(models.Model):
    """Σ 2^((t − epoch) / half-life) per slot, or a count; changes only when an event arrives, or leaves a window."""

    lead = models.OneToOneField("leads.Lead", models.CASCADE, primary_key=True, related_name="engagement")
    sums = ArrayField(models.FloatField(), default=list)
    n_events = models.PositiveIntegerField(default=0)
    last_event_at = models.DateTimeField(null=True)
    # When the next event leaves the window of its rule; null without such rules, so that nothing is rewritten by time.
    next_change_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            # The sweep of what leaves a window.
            models.Index(
                fields=["next_change_at"],
                condition=models.Q(next_change_at__isnull=False),
                name="engagement_next_change",
            )
        ]

    def __str__(self) -> str:
        return str(self.lead_id)


class LeadScore(models.Model):
    """Fit, and interest as of ``scored_at``; the instants tell when interest will have faded below each band."""

    lead = models.OneToOneField("leads.Lead", models.CASCADE, primary_key=True, related_name="score")
    # New terms write it in every row: an index would keep no update within its page, and a constraint would look the
    # version up for each. A version that was in force is never deleted.
    version = models.ForeignKey(
        "agreements.AgreementVersion", models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
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


class ScoreMark(models.Model):
    """A point of a lead's score history; nothing of it depends on rows that may change later.

    The receipt is built anew when it is read (`leads.scoring.history`): from the version, from which of its fit rules
    held and from what the events of each of its interest rules were worth.
    """

    class Kind(models.TextChoices):
        """Another band by something that happened, a band lost as time passed alone, or the highest score of a day."""

        CROSSING = "crossing"
        FADE = "fade"
        HIGH = "high"

    pk = models.CompositePrimaryKey("lead_id", "kind", "since")
    # The database deletes the marks with their lead (migration), so that whoever deletes leads needs not know of them;
    # a version that was in force is never deleted.
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # The first moment of the day for a high (in the zone of the terms), else the moment itself.
    since = models.DateTimeField()
    at = models.DateTimeField()
    version = models.ForeignKey(
        "agreements.AgreementVersion", models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    # The band before; "" for a high.
    was = models.CharField(max_length=2, blank=True)
    band = models.CharField(max_length=2)
    fit = models.PositiveSmallIntegerField()
    # Null for a fade: just below the threshold of the band that was lost.
    interest = models.FloatField(null=True)
    is_mql = models.BooleanField()
    # Places of the version's fit rules that held, from 0; the faded count of events of each interest rule.
    fit_rules = ArrayField(models.PositiveSmallIntegerField(), default=list)
    heats = ArrayField(models.FloatField(), default=list)

    def __str__(self) -> str:
        return f"{self.kind} {self.band} · {self.at:%Y-%m-%d %H:%M}"

    @property
    def name(self) -> str:
        """What an address calls this point of its lead."""
        return f"{self.kind}-{self.since.astimezone(UTC):%Y%m%dT%H%M%S%f}"


class DirtyLead(models.Model):
    """A lead whose score must be computed anew; written in the transaction of the change, deleted in the score's."""

    lead = models.OneToOneField("leads.Lead", models.CASCADE, primary_key=True, related_name="dirty")
    marked_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.lead_id)
