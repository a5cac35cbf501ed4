"""What leads did: appended by programs, read per lead."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leads import access
from leads.api.refusing import caller, feeder, refused_rows, sent_rows
from leads.api.shapes import ONE_EVENT, EventInput, EventOutput, EventsReply, example
from leads.intake import append_events
from leads.models import LeadEvent
from slaportal.web.api import ErrorOutput
from slaportal.web.cursor import CursorPages

SENT = PolymorphicProxySerializer(
    "EventOrEvents", [EventInput, EventInput(many=True)], resource_type_field_name=None, many=False
)


class EventList(APIView):
    """The door through which programs tell what leads did."""

    max_body_bytes = 8 * 1024 * 1024

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
        """200 even if some events are refused; each is counted once, however often it is sent."""
        user = feeder(request)
        rows, _ = sent_rows(request)
        report = append_events(rows, by=user, at=timezone.now())
        rejected = refused_rows(report.rejected)
        return Response({"accepted": report.accepted, "duplicates": report.duplicates, "rejected": rejected})


class EventsOfLead(APIView):
    """What one lead did, newest first."""

    @extend_schema(responses=EventOutput(many=True))
    def get(self, request: Request, public_id: UUID) -> Response:
        lead = access.lead_for(caller(request), public_id)
        pages = CursorPages(ordering=("-occurred_at", "-id"))
        events = pages.paginate_queryset(LeadEvent.objects.filter(lead=lead), request, self)
        return pages.get_paginated_response([EventOutput(event).data for event in events])
