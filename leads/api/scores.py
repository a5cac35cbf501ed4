"""A lead's score history, read point by point."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads import access
from leads.api.refusing import caller
from leads.models import ScoreMark
from leads.scoring import Point, points_of, unwritten_fades
from slaportal.web.api_view import ApiView
from slaportal.web.cursor import CursorPages


class ScoreOutput(serializers.Serializer[Point]):
    """A crossing of a band, a band that faded away, or a day's highest score; under which version, and why."""

    kind = serializers.ChoiceField(choices=ScoreMark.Kind.choices, source="mark.kind")
    at = serializers.DateTimeField(source="mark.at")
    agreement = serializers.CharField(source="version.agreement.slug")
    version = serializers.IntegerField(source="version.number")
    was = serializers.CharField(source="mark.was", help_text="The band before; empty for a day's highest score.")
    band = serializers.CharField(source="mark.band")
    fit = serializers.IntegerField(source="mark.fit")
    interest = serializers.FloatField(source="mark.interest", allow_null=True)
    is_mql = serializers.BooleanField(source="mark.is_mql")
    receipt = serializers.SerializerMethodField()

    def get_receipt(self, point: Point) -> dict[str, Any] | None:
        """Each rule with its points; null for a band that faded away, since nothing new had happened."""
        receipt = point.receipt()
        return receipt.as_dict() if receipt else None


class ScoresOfLead(ApiView):
    """How one lead's scores went, the newest first."""

    pagination_class = CursorPages

    @extend_schema(responses=ScoreOutput(many=True))
    def get(self, request: Request, public_id: UUID) -> Response:
        """Each crossing of a band and each day's highest score. The first page also has the bands lost since."""
        lead = access.lead_for(caller(request), public_id)
        pages = CursorPages(ordering=("-at", "-kind"))
        marks = pages.paginate_queryset(ScoreMark.objects.filter(lead=lead), request, self)
        fades = [] if request.query_params.get("cursor") else unwritten_fades(lead, timezone.now())
        return pages.get_paginated_response([ScoreOutput(point).data for point in points_of([*fades, *marks])])
