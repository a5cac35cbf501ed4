"""A place that leads come from by themselves: a web form, a program that signs what it sends, a site, HubSpot."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SourceKind(models.TextChoices):
    FORM = "form", _("Web form")
    WEBHOOK = "webhook", _("Signed webhook")
    SITE = "site", _("Web site (visits)")
    HUBSPOT = "hubspot", _("HubSpot")


class LeadSource(models.Model):
    """One connection, with what it needs to be trusted; its name is the ``source`` of its leads and events."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=SourceKind)
    name = models.CharField(_("name"), max_length=120, unique=True)
    # Secrets and tokens by their names, sealed (slaportal.accounts.sealing); never shown again whole.
    sealed = models.TextField(blank=True, default="")
    # What a person chose, by kind: fields of a form, allowed origins, lifecycle stages …
    options = models.JSONField(default=dict, blank=True)
    # Where a pull goes on.
    progress = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    # Ended for good: its secrets are gone, its name and all that came from it stay.
    retired_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class SourceDay(models.Model):
    """What came from a source on one day of the company's calendar."""

    source = models.ForeignKey(LeadSource, models.CASCADE, related_name="days")
    day = models.DateField()
    received = models.PositiveBigIntegerField(db_default=0)
    refused = models.PositiveBigIntegerField(db_default=0)
    # Forms whose trap for robots was filled in; nothing else is kept of them.
    spam = models.PositiveBigIntegerField(db_default=0)
    last_received_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "day"], name="source_day_once")
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.day}"


class SourceDelivery(models.Model):
    """A delivery that was taken, by the name its sender gives it, so that no repetition counts again.

    A webhook's are kept for ever. A form's are digests of what was entered: they only tell a second click.
    """

    source = models.ForeignKey(LeadSource, models.CASCADE, related_name="deliveries", db_index=False)
    name = models.CharField(max_length=200)
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "name"], name="delivery_once")
        ]

    def __str__(self) -> str:
        return self.name


class SourceSample(models.Model):
    """The newest body that a source sent, to map its fields by; the next one takes its place."""

    source = models.OneToOneField(LeadSource, models.CASCADE, primary_key=True, related_name="sample")
    body = models.JSONField()
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.source_id)
