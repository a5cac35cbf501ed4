"""The passes of leads over HTTP: lists, one pass, and each step of it as a resource to post."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads import access
from leads.api.leads import lead_of
from leads.api.outputs import AttemptOutput, CommitmentOutput, HandoffDetail, HandoffOutput, ReturnOutput
from leads.api.shapes import example
from leads.attempts import log_attempt
from leads.handoff import accept_handoff, lose_handoff, qualify_handoff, reassign_handoff, win_handoff
from leads.models import Commitment, Handoff, HandoffState, Return
from leads.returns import choose_path, return_handoff
from slaportal.accounts.models import User
from slaportal.web.api_view import ApiView
from slaportal.web.cursor import CursorPages

NOBODY = "none"
NEWEST_FIRST = ("-opened_at", "-id")
# Of a person, in the examples.
COLLEAGUE = "b0a3c1de-7c11-4d5e-9c39-2f1b8f2f6a10"
CALL_WITH_KEY = {
    "channel": "phone",
    "outcome": "busy",
    "key": "6f1ed002-ab5c-4a9a-9d1d-7fd9d1e0ff01",
    "at": "2026-11-04T12:55:00Z",
}
# Every point of the terms' checklist by its id: a yes, or the answer in words.
CHECKLIST = {"sql-need": True, "sql-decision": True, "sql-time": "before summer", "sql-budget": True}


class HandoffList(ApiView):
    """Passes, the newest first; ``state`` is one of theirs, ``rep`` a person's id or “none”, ``lead`` a lead's id."""

    pagination_class = CursorPages

    @extend_schema(
        parameters=[
            OpenApiParameter("state", str, enum=HandoffState.values),
            OpenApiParameter("rep", str, description="A person's id, or “none” for passes that nobody has."),
            OpenApiParameter("lead", str, description="A lead's id."),
            OpenApiParameter("limit", int),
            OpenApiParameter("cursor", str),
        ],
        responses=HandoffOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        pages = CursorPages(ordering=NEWEST_FIRST)
        found: Any = pages.paginate_queryset(_wanted(request), request)
        return pages.get_paginated_response(HandoffOutput(found, many=True).data)


class OneHandoff(ApiView):
    """A pass with its packet."""

    @extend_schema(responses=HandoffDetail)
    def get(self, request: Request, handoff: UUID) -> Response:
        return Response(HandoffDetail(access.handoff_for(_person(request), handoff)).data)


class Attempts(ApiView):
    """Log an attempt; the same ``key`` again answers 200 with the first one."""

    @extend_schema_serializer(component_name="AttemptInput")
    class Input(serializers.Serializer[None]):
        channel = serializers.CharField(max_length=20)
        outcome = serializers.CharField(max_length=20)
        note = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
        key = serializers.UUIDField(required=False, allow_null=True, default=None)
        at = serializers.DateTimeField(required=False, allow_null=True, default=None)

    @extend_schema(
        request=Input,
        responses={200: AttemptOutput, 201: AttemptOutput},
        examples=[
            example("A call", {"channel": "phone", "outcome": "reached", "note": "Rings back on Monday"}),
            example("Safe to send again", CALL_WITH_KEY),
        ],
    )
    def post(self, request: Request, handoff: UUID) -> Response:
        given = _given(self.Input, request)
        now = timezone.now()
        attempt = log_attempt(
            handoff=access.handoff_for(_person(request), handoff, to="work"),
            by=_person(request),
            channel=given["channel"],
            outcome=given["outcome"],
            note=given["note"],
            key=given["key"],
            at=now,
            happened_at=given["at"],
        )
        return Response(AttemptOutput(attempt).data, status=201 if attempt.logged_at == now else 200)


class Acceptance(ApiView):
    """Accept the lead: MQL → SAL."""

    @extend_schema(request=None, responses={201: HandoffOutput})
    def post(self, request: Request, handoff: UUID) -> Response:
        pass_ = access.handoff_for(_person(request), handoff, to="work")
        return _created(accept_handoff(handoff=pass_, by=_person(request)))


class Qualification(ApiView):
    """Confirm every point of the SQL checklist: SAL → SQL."""

    @extend_schema_serializer(component_name="QualificationInput")
    class Input(serializers.Serializer[None]):
        checklist = serializers.DictField()

    @extend_schema(
        request=Input,
        responses={201: HandoffOutput},
        examples=[example("The whole checklist", {"checklist": CHECKLIST})],
    )
    def post(self, request: Request, handoff: UUID) -> Response:
        given = _given(self.Input, request)
        pass_ = access.handoff_for(_person(request), handoff, to="work")
        return _created(qualify_handoff(handoff=pass_, by=_person(request), checklist=given["checklist"]))


class Win(ApiView):
    """The deal is won, with its amount."""

    @extend_schema_serializer(component_name="WinInput")
    class Input(serializers.Serializer[None]):
        amount: serializers.Field[Any, Any, Any, Any] = serializers.DecimalField(
            max_digits=14, decimal_places=2, min_value=Decimal("0.01")
        )

    @extend_schema(
        request=Input,
        responses={201: HandoffOutput},
        examples=[example("With its amount", {"amount": "12500.00"})],
    )
    def post(self, request: Request, handoff: UUID) -> Response:
        given = _given(self.Input, request)
        pass_ = access.handoff_for(_person(request), handoff, to="work")
        return _created(win_handoff(handoff=pass_, by=_person(request), amount=given["amount"]))


class Loss(ApiView):
    """The deal is lost, with its reason."""

    @extend_schema_serializer(component_name="LossInput")
    class Input(serializers.Serializer[None]):
        reason = serializers.CharField(max_length=200)

    @extend_schema(
        request=Input,
        responses={201: HandoffOutput},
        examples=[example("With its reason", {"reason": "They stay with what they have"})],
    )
    def post(self, request: Request, handoff: UUID) -> Response:
        given = _given(self.Input, request)
        pass_ = access.handoff_for(_person(request), handoff, to="work")
        return _created(lose_handoff(handoff=pass_, by=_person(request), reason=given["reason"]))


class ReturnToMarketing(ApiView):
    """Give the lead back with an agreed reason."""

    @extend_schema_serializer(component_name="ReturnInput")
    class Input(serializers.Serializer[None]):
        reason = serializers.CharField(max_length=60)
        note = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")

    @extend_schema(
        request=Input,
        responses={201: ReturnOutput},
        examples=[example("Bad timing", {"reason": "return-bad-timing", "note": "Again in spring"})],
    )
    def post(self, request: Request, handoff: UUID) -> Response:
        given = _given(self.Input, request)
        pass_ = access.handoff_for(_person(request), handoff, to="work")
        returned = return_handoff(handoff=pass_, by=_person(request), **given)
        return Response(ReturnOutput(returned).data, status=201)


class PathChoice(ApiView):
    """Marketing confirms or chooses the path of a returned lead."""

    @extend_schema_serializer(component_name="PathChoiceInput")
    class Input(serializers.Serializer[None]):
        path = serializers.CharField(max_length=60)

    @extend_schema(request=Input, responses={201: ReturnOutput}, examples=[example("Later", {"path": "nurture-later"})])
    def post(self, request: Request, handoff: UUID) -> Response:
        given = _given(self.Input, request)
        returned = Return.objects.filter(handoff=access.handoff_for(_person(request), handoff)).first()
        if returned is None:
            raise Http404
        chosen = choose_path(returned=returned, path=given["path"], by=_person(request))
        return Response(ReturnOutput(chosen).data, status=201)


class Reassignment(ApiView):
    """Give the lead to another rep."""

    @extend_schema_serializer(component_name="ReassignmentInput")
    class Input(serializers.Serializer[None]):
        rep = serializers.UUIDField()

    @extend_schema(
        request=Input,
        responses={201: HandoffOutput},
        examples=[example("To a colleague", {"rep": COLLEAGUE})],
    )
    def post(self, request: Request, handoff: UUID) -> Response:
        given = _given(self.Input, request)
        pass_ = access.handoff_for(_person(request), handoff, to="assign")
        rep = User.objects.filter(public_id=given["rep"]).first()
        if rep is None:
            raise serializers.ValidationError({"rep": [_("There is no person with this id.")]})
        return _created(reassign_handoff(handoff=pass_, rep=rep, by=_person(request)))


class LeadCommitments(ApiView):
    """All promises on a lead, the earliest due first."""

    @extend_schema(responses=CommitmentOutput(many=True))
    def get(self, request: Request, lead: UUID) -> Response:
        found = access.lead_for(_person(request), lead)
        promises: Any = (
            Commitment.objects.filter(lead=found)
            .select_related("version__agreement", "handoff", "owner")
            .order_by("due_at", "pk")
        )
        context = {"at": timezone.now()}
        return Response({"results": CommitmentOutput(promises, many=True, context=context).data, "next": None})


def _wanted(request: Request) -> QuerySet[Handoff]:
    """The passes that the query asks for; a value that means nothing is refused rather than ignored."""
    found = Handoff.objects.select_related("lead", "rep", "version__agreement").defer("packet", "version__terms")
    state, rep = request.query_params.get("state", ""), request.query_params.get("rep", "")
    if state and state not in HandoffState.values:
        raise serializers.ValidationError({"state": [_("There is no such state.")]})
    if state:
        found = found.filter(state=state)
    if lead := request.query_params.get("lead"):
        found = found.filter(lead=lead_of(lead))
    if rep == NOBODY:
        return found.filter(rep=None)
    return found.filter(rep__public_id=serializers.UUIDField().run_validation(rep)) if rep else found


def _given(form: type[serializers.Serializer[None]], request: Request) -> dict[str, Any]:
    given = form(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _created(handoff: Handoff) -> Response:
    return Response(HandoffOutput(handoff).data, status=201)


def _person(request: Request) -> User:
    """Who asks; the permission classes have let nobody else in."""
    return cast("User", request.user)


urlpatterns = [
    path("handoffs/", HandoffList.as_view(), name="handoffs"),
    path("handoffs/<uuid:handoff>/", OneHandoff.as_view(), name="handoff"),
    path("handoffs/<uuid:handoff>/attempts/", Attempts.as_view(), name="handoff-attempts"),
    path("handoffs/<uuid:handoff>/acceptance/", Acceptance.as_view(), name="handoff-acceptance"),
    path("handoffs/<uuid:handoff>/qualification/", Qualification.as_view(), name="handoff-qualification"),
    path("handoffs/<uuid:handoff>/win/", Win.as_view(), name="handoff-win"),
    path("handoffs/<uuid:handoff>/loss/", Loss.as_view(), name="handoff-loss"),
    path("handoffs/<uuid:handoff>/return/", ReturnToMarketing.as_view(), name="handoff-return"),
    path("handoffs/<uuid:handoff>/path/", PathChoice.as_view(), name="handoff-path"),
    path("handoffs/<uuid:handoff>/reassignment/", Reassignment.as_view(), name="handoff-reassignment"),
    path("leads/<uuid:lead>/commitments/", LeadCommitments.as_view(), name="lead-commitments"),
]
