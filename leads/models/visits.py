"""Visits of web sites: counted by day without a name; only who agreed and is known by name is told again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class SiteVisits(models.Model):
    """How many people came to a site on one day of the company's calendar, by where they came from."""

    site = models.ForeignKey("leads.LeadSource", models.CASCADE, related_name="visits")
    day = models.DateField()
    # utm_source, else the domain of the page before, else "direct".
    source = models.CharField(max_length=120)
    count = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["day", "site", "source"], name="visits_once_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.source} {self.count}"


class SeenVisitor(models.Model):
    """A visitor of today as a digest that nobody can undo once the day's salt is gone; deleted with it."""

    site = models.ForeignKey("leads.LeadSource", models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    digest = models.BinaryField(max_length=16)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["day", "site", "digest"], name="visitor_once_per_day")
        ]

    def __str__(self) -> str:
        return str(self.day)


class DaySalt(models.Model):
    """What today's visitors are hashed with; deleted once the day is over."""

    day = models.DateField(primary_key=True)
    salt = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return str(self.day)


class SiteVisitor(models.Model):
    """A browser whose owner agreed to be known, and the lead that they proved to be."""

    browser = models.UUIDField(primary_key=True)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="browsers")
    linked_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.browser)
