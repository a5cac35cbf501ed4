"""What leads did: appended by programs, read per lead."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads import access
from leads.api.leads import lead_of, moment_of
from leads.api.refusing import caller, feeder, refused_row, refused_rows, sent_rows
from leads.api.shapes import ONE_EVENT, EventInput, EventOutput, EventsReply, example
from leads.intake import append_events
from leads.models import LeadEvent
from slaportal.web.api import ErrorOutput
from slaportal.web.api_view import ApiView
from slaportal.web.cursor import CursorPages

SENT = PolymorphicProxySerializer(
    "EventOrEvents", [EventInput, EventInput(many=True)], resource_type_field_name=None, many=False
)


FILTERS = [
    OpenApiParameter("type", str),
    OpenApiParameter("source", str),
    OpenApiParameter("external_id", str),
    OpenApiParameter("lead", str, description="Id of the lead."),
    OpenApiParameter("since", str, description="ISO 8601: what happened at or after this moment."),
    OpenApiParameter("until", str, description="ISO 8601: what happened before this moment."),
]


class ListedEvent(EventOutput):
    """An event with the lead that it is about."""

    lead = serializers.UUIDField(source="lead.public_id")


class EventList(ApiView):
    """The door through which programs tell what leads did."""

    pagination_class = CursorPages
    max_body_bytes = 8 * 1024 * 1024
    takes_rows = True

    @extend_schema(parameters=FILTERS, responses=ListedEvent(many=True))
    def get(self, request: Request) -> Response:
        """All events, the last received first."""
        caller(request)
        pages = CursorPages(ordering=("-pk",))
        found: Any = pages.paginate_queryset(_filtered(request), request, self)
        return pages.get_paginated_response(ListedEvent(found, many=True).data)

    @extend_schema(
        request=SENT,
        responses={200: EventsReply, 422: ErrorOutput},
        examples=[
            example("One event", ONE_EVENT),
            example("A list", [ONE_EVENT]),
            example("Taken", {"accepted": 1, "duplicates": 0, "rejected": []}, is_answer=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """A list is taken even if some of its events are refused; each counts once, however often it is sent."""
        user = feeder(request)
        rows, is_list = sent_rows(request)
        report = append_events(rows, by=user, at=timezone.now())
        if report.rejected and not is_list:
            return refused_row(report.rejected[0])
        rejected = refused_rows(report.rejected)
        return Response({"accepted": report.accepted, "duplicates": report.duplicates, "rejected": rejected})


class EventsOfLead(ApiView):
    """What one lead did, newest first."""

    pagination_class = CursorPages

    @extend_schema(responses=EventOutput(many=True))
    def get(self, request: Request, public_id: UUID) -> Response:
        lead = access.lead_for(caller(request), public_id)
        pages = CursorPages(ordering=("-occurred_at", "-id"))
        events = pages.paginate_queryset(LeadEvent.objects.filter(lead=lead), request, self)
        return pages.get_paginated_response([EventOutput(event).data for event in events])


def _filtered(request: Request) -> QuerySet[LeadEvent]:
    asked = request.query_params
    found: dict[str, Any] = {name: asked[name] for name in ("type", "source", "external_id") if asked.get(name)}
    if lead := asked.get("lead"):
        found["lead"] = lead_of(lead)
    for name, lookup in (("since", "occurred_at__gte"), ("until", "occurred_at__lt")):
        if asked.get(name):
            found[lookup] = moment_of(asked[name], name)
    return LeadEvent.objects.select_related("lead").filter(**found)
