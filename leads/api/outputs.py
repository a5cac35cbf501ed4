"""How passes, attempts, returns and promises look in the API's answers."""

from __future__ import annotations

from rest_framework import serializers

from leads.commitments import state_of
from leads.models import Commitment, ContactAttempt, Handoff, Return


class HandoffOutput(serializers.Serializer[Handoff]):
    """A pass without its packet."""

    id = serializers.UUIDField(source="public_id")
    lead = serializers.UUIDField(source="lead.public_id")
    lead_name = serializers.CharField(source="lead.__str__")
    number = serializers.IntegerField()
    agreement = serializers.CharField(source="version.agreement.slug")
    version = serializers.IntegerField(source="version.number")
    trigger = serializers.CharField()
    state = serializers.CharField()
    outcome = serializers.CharField()
    rep = serializers.UUIDField(source="rep.public_id", allow_null=True, default=None)
    opened_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    qualified_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    first_attempt_at = serializers.DateTimeField(allow_null=True)
    response_seconds = serializers.IntegerField(allow_null=True)
    n_attempts = serializers.IntegerField()
    n_calls = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    lost_reason = serializers.CharField()


class HandoffDetail(HandoffOutput):
    """A pass with what Sales was given and the answers to the checklist."""

    packet = serializers.JSONField()
    checklist = serializers.JSONField()


class AttemptOutput(serializers.Serializer[ContactAttempt]):
    """An attempt; ``logged_at`` later than ``at`` tells that it was dated back."""

    id = serializers.UUIDField(source="public_id")
    channel = serializers.CharField()
    outcome = serializers.CharField()
    note = serializers.CharField()
    step = serializers.CharField()
    by = serializers.UUIDField(source="by.public_id")
    at = serializers.DateTimeField()
    logged_at = serializers.DateTimeField()


class ReturnOutput(serializers.Serializer[Return]):
    """A return and the path the lead has entered."""

    handoff = serializers.UUIDField(source="handoff.public_id")
    reason = serializers.CharField()
    path = serializers.CharField()
    note = serializers.CharField()
    at = serializers.DateTimeField()
    path_chosen_at = serializers.DateTimeField(allow_null=True)


class CommitmentOutput(serializers.Serializer[Commitment]):
    """A promise with its times and the state that follows from them now."""

    id = serializers.UUIDField(source="public_id")
    party = serializers.CharField()
    kind = serializers.CharField()
    clause = serializers.CharField()
    step = serializers.CharField()
    agreement = serializers.CharField(source="version.agreement.slug")
    version = serializers.IntegerField(source="version.number")
    handoff = serializers.UUIDField(source="handoff.public_id", allow_null=True, default=None)
    owner = serializers.UUIDField(source="owner.public_id", allow_null=True, default=None)
    state = serializers.SerializerMethodField()
    opened_at = serializers.DateTimeField()
    warn_at = serializers.DateTimeField(allow_null=True)
    target_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField()
    met_at = serializers.DateTimeField(allow_null=True)
    breached_at = serializers.DateTimeField(allow_null=True)
    excused_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)

    def get_state(self, promise: Commitment) -> str:
        return state_of(promise, self.context["at"])
