"""The sources of leads and how they fare, for programs that watch them; they are set up in the browser."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.refusing import feeder
from leads.models import SourceKind
from leads.sources.lookup import SourceRow, source_rows
from slaportal.web.api_view import ApiView


class SourceOutput(serializers.Serializer[SourceRow]):
    """A source, what came from it today, and what was refused in the last seven days; never its secrets."""

    id = serializers.UUIDField(source="source.public_id")
    kind = serializers.ChoiceField(choices=SourceKind.choices, source="source.kind")
    name = serializers.CharField(source="source.name")
    state = serializers.ChoiceField(choices=["on", "paused", "retired"])
    last_received_at = serializers.DateTimeField(allow_null=True)
    received_today = serializers.IntegerField()
    refused_lately = serializers.IntegerField()


class SourcesReply(serializers.Serializer[None]):
    """All sources on one page."""

    results = SourceOutput(many=True)
    next = serializers.CharField(allow_null=True)


class SourceList(ApiView):
    """All sources, those that have ended last."""

    @extend_schema(responses=SourcesReply)
    def get(self, request: Request) -> Response:
        feeder(request)
        rows = source_rows(timezone.now())
        return Response({"results": [SourceOutput(row).data for row in rows], "next": None})
