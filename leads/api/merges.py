"""Leads that are one person: doubtful pairs, merging two leads, parting them again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads import access
from leads.api.refusing import caller, feeder
from leads.api.shapes import example
from leads.merges.doubts import decline_pair, waiting_pairs
from leads.merges.fields import GONE, KEPT
from leads.merges.joining import merge_leads
from leads.merges.undoing import undo_merge
from leads.models import DoubtfulPair, LeadMerge
from slaportal.web.api import ErrorOutput
from slaportal.web.api_view import ApiView
from slaportal.web.cursor import CursorPages
from slaportal.web.refusals import RefusedInput

# Two leads of the examples.
ONE, OTHER = "0b7e2f4a-52a3-4a51-8f0e-6d3f1c9a7e01", "9c1d5e88-3f60-4c0b-a2de-71b4a8f5d202"


class PairOutput(serializers.Serializer[DoubtfulPair]):
    """Two leads that may be one person, and what they share: phone, name, mailbox, address."""

    first = serializers.UUIDField(source="first.public_id")
    second = serializers.UUIDField(source="second.public_id")
    why = serializers.ListField(child=serializers.CharField())
    found_at = serializers.DateTimeField()


class PairInput(serializers.Serializer[None]):
    """Two leads that are not the same person."""

    first = serializers.UUIDField()
    second = serializers.UUIDField()


class MergeInput(serializers.Serializer[None]):
    """``with``: the lead that is merged into this one. ``keep``: {field or "attributes.…": "kept" or "gone"}."""

    keep = serializers.DictField(child=serializers.ChoiceField(choices=[KEPT, GONE]), required=False)

    def get_fields(self) -> dict[str, Any]:
        # "with" is a word of the language.
        return {"with": serializers.UUIDField(), **super().get_fields()}


class MergeOutput(serializers.Serializer[LeadMerge]):
    """A merge; its id undoes it for seven days."""

    id = serializers.UUIDField(source="public_id")
    kept = serializers.UUIDField(source="kept.public_id")
    gone = serializers.UUIDField(source="gone_public_id")
    at = serializers.DateTimeField()
    undone_at = serializers.DateTimeField(allow_null=True)


class DuplicateList(ApiView):
    """The pairs that somebody should look at."""

    pagination_class = CursorPages

    @extend_schema(responses=PairOutput(many=True))
    def get(self, request: Request) -> Response:
        feeder(request)
        pages = CursorPages(ordering=("-id",))
        pairs = DoubtfulPair.objects.filter(pk__in=waiting_pairs().values("pk")).select_related("first", "second")
        found = pages.paginate_queryset(pairs, request, self)
        return pages.get_paginated_response([PairOutput(pair).data for pair in found])

    @extend_schema(
        request=PairInput,
        responses={200: PairOutput, 409: ErrorOutput},
        examples=[example("Two people", {"first": ONE, "second": OTHER})],
    )
    def post(self, request: Request) -> Response:
        """Say that two leads are not the same person: nobody is asked again."""
        user = feeder(request)
        given = _checked(PairInput(data=request.data))
        one, other = (access.lead_for(user, given[name]) for name in ("first", "second"))
        return Response(PairOutput(decline_pair(one=one, other=other, by=user, at=timezone.now())).data)


class MergeOfLead(ApiView):
    """Merging another lead into this one."""

    @extend_schema(
        request=MergeInput,
        responses={200: MergeOutput, 409: ErrorOutput, 422: ErrorOutput},
        examples=[example("With the other's name", {"with": OTHER, "keep": {"name": GONE}})],
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Everything that happened to either stays; the other lead's id leads to this one from now on."""
        user = caller(request)
        kept = access.lead_for(user, public_id)
        given = _checked(MergeInput(data=request.data))
        gone = access.lead_for(user, given["with"])
        merge = merge_leads(kept=kept, gone=gone, keep=given.get("keep"), by=user, at=timezone.now())
        return Response(MergeOutput(merge).data)


class MergeUndo(ApiView):
    """Parting two leads again, for seven days."""

    @extend_schema(request=None, responses={200: MergeOutput, 409: ErrorOutput})
    def post(self, request: Request, public_id: UUID) -> Response:
        user = caller(request)
        merge = access.merge_for(user, public_id)
        undo_merge(public_id=public_id, by=user, at=timezone.now())
        merge.refresh_from_db()
        return Response(MergeOutput(merge).data)


def _checked(form: serializers.Serializer[None]) -> dict[str, Any]:
    if not isinstance(form.initial_data, dict):
        raise RefusedInput("row_not_an_object")
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)
