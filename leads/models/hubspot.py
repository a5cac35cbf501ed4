"""What HubSpot tells and what is known of its records, kept apart from our facts until it was understood."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

# Where one record of HubSpot is the same as another's number of ours: contacts and deals count apart.
CONTACT, DEAL = "contact", "deal"


class HubSpotOutcome(models.TextChoices):
    """What became of an event that was told."""

    APPLIED = "applied", _("counted")
    OURS = "ours", _("our own change, told back")
    KEPT = "kept", _("kept, without effect")
    SET_ASIDE = "set_aside", _("set aside")


class HubSpotEvent(models.Model):
    """One event of a webhook's batch, as it came; applied by a tick, in the transaction that marks it so."""

    source = models.ForeignKey("leads.LeadSource", models.CASCADE, related_name="hubspot_events", db_index=False)
    # What makes it this event, whatever the attempt (leads.hubspot.receiving.key_of).
    key = models.CharField(max_length=64)
    type = models.CharField(max_length=120)
    object_id = models.CharField(max_length=64, blank=True)
    property = models.CharField(max_length=255, blank=True)
    payload = models.JSONField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    # Not before: it waits for its record, or for another try.
    available_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(db_default=0)
    applied_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=HubSpotOutcome, blank=True, db_default="")
    error = models.TextField(blank=True, db_default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "key"], name="hubspot_event_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            # What the tick has to do.
            models.Index(fields=["source", "id"], condition=models.Q(applied_at=None), name="hubspot_event_waiting"),
            # The connection's page: the newest ones, and what was set aside.
            models.Index(fields=["source", "-received_at"], name="hubspot_event_newest"),
            # Whether a newer change of the same property came in.
            models.Index(fields=["source", "object_id", "property", "-occurred_at"], name="hubspot_event_of_object"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.object_id}"


class HubSpotRecord(models.Model):
    """A contact or deal there; a contact's lead is found by its identity, a deal's by its first contact."""

    source = models.ForeignKey("leads.LeadSource", models.CASCADE, related_name="hubspot_records", db_index=False)
    kind = models.CharField(max_length=10)
    object_id = models.CharField(max_length=64)
    # Parts of the name; a deal's contacts.
    facts = models.JSONField(default=dict)
    # Asked for, and not read yet.
    wanted_at = models.DateTimeField(null=True)
    # HubSpot's own time of the state that was read last.
    seen_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    # What we wrote there last, by property.
    pushed = models.JSONField(default=dict)
    pushed_at = models.DateTimeField(null=True)
    push_error = models.TextField(blank=True, db_default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "kind", "object_id"], name="hubspot_record_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["source", "wanted_at"], condition=~models.Q(wanted_at=None), name="hubspot_record_wanted"
            ),
            # A push goes through them in this order.
            models.Index(fields=["source", "kind", "id"], name="hubspot_record_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class HubSpotTrouble(models.Model):
    """What went wrong, by its code: one row however often, so that a flood of bad requests fills no table."""

    source = models.ForeignKey("leads.LeadSource", models.CASCADE, related_name="hubspot_troubles", db_index=False)
    code = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)
    n = models.PositiveBigIntegerField(db_default=1)
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "code"], name="hubspot_trouble_once")
        ]

    def __str__(self) -> str:
        return self.code
