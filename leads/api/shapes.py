"""The shapes of what goes in and out, as the schema tells them; the checks themselves are intake's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from leads.intake.rows import LIMITS
from leads.models import Lead, LeadEvent, Stage


class LeadInput(serializers.Serializer[None]):
    """A lead; it needs an e-mail address or an external id. Blanks and absent fields erase nothing."""

    external_id = serializers.CharField(required=False, max_length=LIMITS["external_id"])
    source = serializers.CharField(required=False, max_length=LIMITS["source"])  # type: ignore[assignment]
    email = serializers.EmailField(required=False, max_length=LIMITS["email"])
    name = serializers.CharField(required=False, max_length=LIMITS["name"])
    company = serializers.CharField(required=False, max_length=LIMITS["company"])
    title = serializers.CharField(required=False, max_length=LIMITS["title"])
    phone = serializers.CharField(required=False, max_length=LIMITS["phone"])
    country = serializers.CharField(required=False, max_length=LIMITS["country"])
    created_at = serializers.DateTimeField(required=False)
    stage = serializers.ChoiceField(choices=Stage.choices, required=False)
    converted = serializers.BooleanField(required=False)
    converted_at = serializers.DateTimeField(required=False)
    deal_amount = serializers.DecimalField(required=False, max_digits=14, decimal_places=2)
    attributes = serializers.DictField(required=False)


class LeadChange(serializers.Serializer[None]):
    """Only what is named is set; a blank erases. An attribute that is null is dropped."""

    external_id = serializers.CharField(required=False, allow_blank=True, max_length=LIMITS["external_id"])
    source = serializers.CharField(required=False, allow_blank=True, max_length=LIMITS["source"])  # type: ignore[assignment]
    email = serializers.EmailField(required=False, allow_blank=True, max_length=LIMITS["email"])
    name = serializers.CharField(required=False, allow_blank=True, max_length=LIMITS["name"])
    company = serializers.CharField(required=False, allow_blank=True, max_length=LIMITS["company"])
    title = serializers.CharField(required=False, allow_blank=True, max_length=LIMITS["title"])
    phone = serializers.CharField(required=False, allow_blank=True, max_length=LIMITS["phone"])
    country = serializers.CharField(required=False, allow_blank=True, max_length=LIMITS["country"])
    attributes = serializers.DictField(required=False)


class LeadOutput(serializers.Serializer[Lead]):
    """A lead as it stands, with its scores now.

    `context["scores"]` holds them by lead key, `context["in_force"]` the terms in force.
    """

    id = serializers.UUIDField(source="public_id")
    external_id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    email = serializers.CharField()
    name = serializers.CharField()
    company = serializers.CharField()
    title = serializers.CharField()
    phone = serializers.CharField()
    country = serializers.CharField()
    stage = serializers.ChoiceField(choices=Stage.choices)
    stage_at = serializers.DateTimeField()
    owner = serializers.EmailField(source="owner.email", default=None, allow_null=True)
    account = serializers.UUIDField(source="account.public_id", default=None, allow_null=True)
    converted = serializers.BooleanField(allow_null=True)
    converted_at = serializers.DateTimeField(allow_null=True)
    deal_amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    attributes = serializers.DictField()
    agreement = serializers.SerializerMethodField()
    scores = serializers.SerializerMethodField()
    band = serializers.SerializerMethodField()

    def get_agreement(self, lead: Lead) -> str | None:
        """The slug of the agreement that governs it now; null where none in force does."""
        version = self.context["in_force"].of(lead)
        return version.agreement.slug if version else None

    def get_scores(self, lead: Lead) -> dict[str, Any] | None:
        """Fit and interest now; null before any terms are in force."""
        score = self.context["scores"].get(lead.pk)
        if score is None:
            return None
        return {"fit": score.fit, "interest": score.interest, "is_mql": score.is_mql, "at": score.at}

    def get_band(self, lead: Lead) -> str | None:
        """Fit band and interest band, like "A1"."""
        score = self.context["scores"].get(lead.pk)
        return score.band if score else None


class LeadDetail(LeadOutput):
    """A lead with the receipt of its scores and all names it is known by."""

    receipt = serializers.SerializerMethodField()
    identities = serializers.SerializerMethodField()

    def get_receipt(self, lead: Lead) -> dict[str, Any] | None:
        """Each rule with its points before and after caps and decay, and the nearest way to qualify."""
        score = self.context["scores"].get(lead.pk)
        return score.as_dict()["receipt"] if score else None

    def get_identities(self, lead: Lead) -> list[dict[str, str]]:
        """Source and external id of each system that knows the lead."""
        known = lead.identities.order_by("id").values_list("source", "external_id")
        return [{"source": source, "external_id": external_id} for source, external_id in known]


class EventLead(serializers.Serializer[None]):
    """Whose event it is: one of the three; more than one must mean the same lead."""

    id = serializers.UUIDField(required=False)
    external_id = serializers.CharField(required=False)
    email = serializers.EmailField(required=False)


class EventInput(serializers.Serializer[None]):
    """What a lead did. The same source and external_id again change nothing."""

    source = serializers.CharField(required=False, max_length=LIMITS["source"])  # type: ignore[assignment]
    external_id = serializers.CharField(required=False, max_length=LIMITS["external_id"])
    lead = EventLead()
    type = serializers.RegexField("^[a-z0-9][a-z0-9_.-]{0,59}$")
    occurred_at = serializers.DateTimeField()
    properties = serializers.DictField(required=False)


class EventOutput(serializers.Serializer[LeadEvent]):
    """An event as it was appended."""

    id = serializers.UUIDField(source="public_id")
    source = serializers.CharField()  # type: ignore[assignment]
    external_id = serializers.CharField()
    type = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    properties = serializers.DictField()


class RowRefused(serializers.Serializer[None]):
    """A row of a list that was not taken."""

    index = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()


class LeadsReply(serializers.Serializer[None]):
    """What became of a list of leads."""

    accepted = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = RowRefused(many=True)


class EventsReply(serializers.Serializer[None]):
    """What became of events, one or many."""

    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = RowRefused(many=True)


def example(name: str, value: Mapping[str, Any] | list[Any], *, is_answer: bool = False) -> OpenApiExample:
    """An example for the schema."""
    return OpenApiExample(name, value=value, request_only=not is_answer, response_only=is_answer)


ONE_LEAD = {
    "external_id": "660737",
    "source": "website",
    "email": "aiko.mori@nordlys.example",
    "name": "Aiko Mori",
    "company": "Nordlys KK",
    "title": "Head of Operations",
    "country": "Japan",
    "created_at": "2026-10-15T09:30:00Z",
    "attributes": {"employees": "240", "industry": "Logistics"},
}
ONE_EVENT = {
    "source": "website",
    "external_id": "visit-88121",
    "lead": {"email": "aiko.mori@nordlys.example"},
    "type": "page_view",
    "occurred_at": "2026-10-15T09:58:00Z",
    "properties": {"path": "/pricing"},
}
