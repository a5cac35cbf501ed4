"""Deals of the sales system: sent one by one or in lists, listed."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.leads import MAX_BODY, lead_of, moment_of
from leads.api.refusing import feeder, refused_row, refused_rows, sent_rows
from leads.api.shapes import EventLead, LeadsReply, example
from leads.deals import save_deals
from leads.intake.rows import LIMITS
from leads.models import Deal, DealStatus
from slaportal.web.api import ErrorOutput
from slaportal.web.api_view import ApiView
from slaportal.web.cursor import CursorPages

FILTERS = [
    OpenApiParameter("status", str, enum=DealStatus.values),
    OpenApiParameter("source", str),
    OpenApiParameter("external_id", str),
    OpenApiParameter("lead", str, description="Id of the lead."),
    OpenApiParameter("updated_since", str, description="ISO 8601: deals changed at or after this moment."),
]
ONE_DEAL = {
    "source": "crm",
    "external_id": "D-1042",
    "lead": {"email": "aiko.mori@nordlys.example"},
    "name": "Nordlys, 40 seats",
    "status": "won",
    "amount": "12500.00",
    "currency": "EUR",
    "closed_at": "2026-10-20T14:05:00Z",
}


class DealInput(serializers.Serializer[None]):
    """A deal, told by source and external id; blanks and absent fields erase nothing. `stage` may stand for `status`.

    A new deal names its lead, a deal that is won its amount.
    """

    source = serializers.CharField(required=False, max_length=LIMITS["source"])  # type: ignore[assignment]
    external_id = serializers.CharField(max_length=LIMITS["external_id"])
    lead = EventLead(required=False)
    name = serializers.CharField(required=False, max_length=200)
    status = serializers.ChoiceField(DealStatus.choices, required=False)
    stage = serializers.CharField(required=False, help_text="Open, won or lost, also “Closed Won” or “Closed Lost”.")
    amount = serializers.DecimalField(14, 2, required=False)
    currency = serializers.RegexField("^[A-Z]{3}$", required=False)
    reason = serializers.CharField(required=False, max_length=200, help_text="Why it was lost.")
    closed_at = serializers.DateTimeField(required=False)


class DealOutput(serializers.Serializer[Deal]):
    """A deal as it stands."""

    id = serializers.UUIDField(source="public_id")
    source = serializers.CharField()  # type: ignore[assignment]
    external_id = serializers.CharField()
    lead = serializers.UUIDField(source="lead.public_id")
    name = serializers.CharField()
    status = serializers.ChoiceField(DealStatus.choices)
    amount = serializers.DecimalField(14, 2, allow_null=True)
    currency = serializers.CharField()
    reason = serializers.CharField()
    closed_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField()


class DealList(ApiView):
    """Deals, the newest word first."""

    pagination_class = CursorPages
    max_body_bytes = MAX_BODY
    takes_rows = True

    @extend_schema(parameters=FILTERS, responses=DealOutput(many=True))
    def get(self, request: Request) -> Response:
        pages = CursorPages(ordering=("-changed_at", "-id"))
        deals: Any = pages.paginate_queryset(_filtered(request), request, self)
        return pages.get_paginated_response(DealOutput(deals, many=True).data)

    @extend_schema(
        request=PolymorphicProxySerializer(
            "DealOrDeals", [DealInput, DealInput(many=True)], resource_type_field_name=None, many=False
        ),
        responses={
            200: PolymorphicProxySerializer(
                "DealOrReply", [DealOutput, LeadsReply], resource_type_field_name=None, many=False
            ),
            201: DealOutput,
            422: ErrorOutput,
        },
        examples=[example("One deal", ONE_DEAL), example("A list", [ONE_DEAL])],
    )
    def post(self, request: Request) -> Response:
        """A deal that is won makes its lead a customer, and wins the pass that Sales has; a lost one ends the pass."""
        user = feeder(request)
        rows, is_list = sent_rows(request)
        report = save_deals(rows, by=user, at=timezone.now())
        if is_list:
            counts = {name: getattr(report, name) for name in ("accepted", "created", "updated", "unchanged")}
            return Response({**counts, "rejected": refused_rows(report.rejected)})
        if report.rejected:
            return refused_row(report.rejected[0])
        return Response(DealOutput(report.deals[0]).data, status=201 if report.created else 200)


def _filtered(request: Request) -> QuerySet[Deal]:
    asked = request.query_params
    found = Deal.objects.select_related("lead")
    if status := asked.get("status"):
        if status not in DealStatus.values:
            raise serializers.ValidationError({"status": [_("There is no such status.")]})
        found = found.filter(status=status)
    plain: dict[str, Any] = {name: asked[name] for name in ("source", "external_id") if asked.get(name)}
    if lead := asked.get("lead"):
        plain["lead"] = lead_of(lead)
    if since := asked.get("updated_since"):
        plain["changed_at__gte"] = moment_of(since)
    return found.filter(**plain)
