"""Leads: sent one by one or in lists, listed, read with their scores, changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from leads import access
from leads.api.refusing import caller, feeder, refused_row, refused_rows, sent_rows, words_of
from leads.api.shapes import ONE_LEAD, LeadChange, LeadDetail, LeadInput, LeadOutput, LeadsReply, example
from leads.intake import IntakeReport, edit_lead, save_leads
from leads.intake.editing import EDITABLE
from leads.intake.rows import READERS, RowRejected, clean_attributes, read_moment
from leads.merges.names import lead_by_id
from leads.models import Lead, LeadAddress, LeadIdentity, Stage
from leads.scoring import current_score, governing, score_rows
from leads.selectors.lists import governed, in_band
from leads.selectors.people import alike
from slaportal.audit.services import record
from slaportal.web.api import ErrorOutput
from slaportal.web.api_view import ApiView
from slaportal.web.cursor import CursorPages

MAX_BODY = 8 * 1024 * 1024
FILTERS = [
    OpenApiParameter("stage", str, enum=Stage.values),
    OpenApiParameter("owner", str, description="E-mail of the rep, “me”, or “none”."),
    OpenApiParameter("source", str),
    OpenApiParameter("agreement", str, description="Slug of the agreement that governs them now, or “none”."),
    OpenApiParameter("q", str, description="Part of a name, company or e-mail (also an old one), or an external id."),
    OpenApiParameter("band", str, description="A fit band, or fit and interest: “A”, “A1”."),
    OpenApiParameter("email", str),
    OpenApiParameter("external_id", str, description="By any of the names that systems know the lead by."),
    OpenApiParameter("updated_since", str, description="ISO 8601: leads changed at or after this moment."),
    OpenApiParameter("updated_until", str, description="ISO 8601: leads changed before this moment."),
    OpenApiParameter("created_since", str, description="ISO 8601: leads created at or after this moment."),
    OpenApiParameter("created_until", str, description="ISO 8601: leads created before this moment."),
]
BANDS = frozenset("ABC") | {fit + interest for fit in "ABC" for interest in "123"}
TIMES = {
    "updated_since": "updated_at__gte",
    "updated_until": "updated_at__lt",
    "created_since": "created_at__gte",
    "created_until": "created_at__lt",
}
SENT = PolymorphicProxySerializer(
    "LeadOrLeads", [LeadInput, LeadInput(many=True)], resource_type_field_name=None, many=False
)
ANSWERED = PolymorphicProxySerializer(
    "LeadOrReply", [LeadDetail, LeadsReply], resource_type_field_name=None, many=False
)


class LeadList(ApiView):
    """All leads, newest first; and the door through which programs send them."""

    pagination_class = CursorPages
    max_body_bytes = MAX_BODY
    takes_rows = True

    @extend_schema(parameters=FILTERS, responses=LeadOutput(many=True))
    def get(self, request: Request) -> Response:
        pages = CursorPages(ordering=("-created_at", "-id"))
        leads = pages.paginate_queryset(_filtered(request), request, self)
        in_force = governing()
        context = {"scores": score_rows(leads, timezone.now(), in_force), "in_force": in_force}
        return pages.get_paginated_response([LeadOutput(lead, context=context).data for lead in leads])

    @extend_schema(
        request=SENT,
        responses={200: ANSWERED, 201: LeadDetail, 422: ErrorOutput},
        examples=[example("One lead", ONE_LEAD), example("A list", [ONE_LEAD])],
    )
    def post(self, request: Request) -> Response:
        """One lead answers with the lead (201 if it is new), a list with its counts; bad rows are refused alone."""
        user = feeder(request)
        rows, is_list = sent_rows(request)
        at = timezone.now()
        with transaction.atomic():
            report = save_leads(rows, by=user, at=at)
            if report.created or report.updated:
                facts = {"created": report.created, "updated": report.updated}
                record("leads.received", by=user, on="leads", at=at, **facts)
        if is_list:
            return Response(_counts(report))
        if report.rejected:
            return refused_row(report.rejected[0])
        lead = Lead.objects.select_related("owner", "account").get(pk=report.lead_ids[0])
        return _detail(lead, status=201 if report.created else 200)


class LeadItem(ApiView):
    """One lead with its scores, band, stage and the receipt."""

    @extend_schema(responses=LeadDetail)
    def get(self, request: Request, public_id: UUID) -> Response:
        return _detail(access.lead_for(caller(request), public_id))

    @extend_schema(
        request=LeadChange,
        responses={200: LeadDetail, 409: ErrorOutput, 422: ErrorOutput},
        examples=[example("A new title", {"title": "COO", "attributes": {"employees": 260}})],
    )
    def patch(self, request: Request, public_id: UUID) -> Response:
        """Set what is named. Reps change the leads that they own."""
        user = caller(request)
        lead = access.lead_for(user, public_id)
        if not access.may_edit(user, lead):
            raise PermissionDenied
        try:
            changes, attributes = _changes(request.data)
        except RowRejected as error:
            return refused_row(error)
        lead = edit_lead(public_id=lead.public_id, changes=changes, attributes=attributes, by=user, at=timezone.now())
        return _detail(lead)


def _filtered(request: Request) -> QuerySet[Lead]:
    asked = request.query_params
    leads = Lead.objects.select_related("owner", "account")
    if stage := asked.get("stage"):
        if stage not in Stage.values:
            raise ValidationError({"stage": [_("There is no such stage.")]})
        leads = leads.filter(stage=stage)
    if owner := asked.get("owner"):
        leads = leads.filter(_owned_by(owner, request))
    if source := asked.get("source"):
        leads = leads.filter(source=source)
    if slug := asked.get("agreement"):
        leads = leads.filter(governed(slug, governing()))
    if words := asked.get("q", "").strip():
        leads = leads.filter(alike(words) | Q(external_id=words))
    if band := asked.get("band"):
        leads = leads.filter(_of_band(band))
    return leads.filter(**_named(asked))


def _named(asked: Mapping[str, str]) -> dict[str, Any]:
    """The filters by a lead's names and times."""
    found: dict[str, Any] = {lookup: moment_of(asked[name], name) for name, lookup in TIMES.items() if asked.get(name)}
    if email := asked.get("email"):
        found |= _addressed(email.strip().lower())
    if external_id := asked.get("external_id"):
        # Several sources may know leads by the same name: each lead comes once.
        found["pk__in"] = LeadIdentity.objects.filter(external_id=external_id).values("lead")
    return found


def _addressed(email: str) -> dict[str, Any]:
    """The lead with this address, also one of old: no other lead can have it."""
    of_old = LeadAddress.objects.filter(email=email).values_list("lead_id", flat=True).first()
    return {"email": email} if of_old is None else {"pk": of_old}


def _of_band(band: str) -> Q:
    if band not in BANDS:
        raise ValidationError({"band": [_("There is no such band. Write a letter, or a letter and a digit, like A1.")]})
    return in_band(band, timezone.now())


def _owned_by(owner: str, request: Request) -> Q:
    if owner == "none":
        return Q(owner=None)
    return Q(owner=caller(request)) if owner == "me" else Q(owner__email=owner.lower())


def moment_of(text: str, name: str = "updated_since") -> dt.datetime | None:
    """The moment that the filter of this name tells."""
    try:
        return read_moment(text, name)
    except RowRejected as error:
        raise ValidationError({name: [words_of(error)]}) from error


def lead_of(text: str) -> Lead | None:
    """The lead in the filter `lead`, also by the id of one that was merged into it."""
    try:
        return lead_by_id(UUID(text))
    except ValueError as error:
        raise ValidationError({"lead": [_("This is not a lead’s id.")]}) from error


def _changes(sent: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Clean values of the fields that are named, and of the attributes; RowRejected for the first bad one."""
    if not isinstance(sent, dict):
        raise RowRejected("row_not_an_object")
    changes: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    for name, value in sent.items():
        if name == "attributes":
            attributes = clean_attributes(value, keep_blanks=True)
        elif name in EDITABLE:
            changes[name] = READERS[name](value, name)
        else:
            raise RowRejected("unknown_field", name[:100], name=name[:100])
    return changes, attributes


def _counts(report: IntakeReport) -> dict[str, Any]:
    return {
        "accepted": report.accepted,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": refused_rows(report.rejected),
    }


def _detail(lead: Lead, status: int = 200) -> Response:
    in_force = governing()
    version = in_force.of(lead)
    score = current_score(lead, timezone.now(), version=version) if version else None
    context = {"scores": {lead.pk: score} if score else {}, "in_force": in_force}
    return Response(LeadDetail(lead, context=context).data, status=status)
