"""Calibration for programs: start one, read what it found, put its table into the draft."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agreements.access import active_for, agreement_for
from kpis.calibration.drafting import put_table_in_draft
from kpis.calibration.jobs import MAY_CALIBRATE, done_calibration, latest_calibration, start_calibration
from leads.api.shapes import example
from slaportal.accounts.models import User
from slaportal.accounts.reader import person
from slaportal.outbox.models import Job
from slaportal.web.api_view import ApiView
from slaportal.web.refusals import Refused, RefusedRole

MOST_FIELDS = 500


class Calibration(ApiView):
    """The newest calibration of an agreement."""

    @extend_schema_serializer(component_name="CalibrationInput")
    class Input(serializers.Serializer[Any]):
        """Fields to use against the advice, and fields to leave out; by the names that rules use."""

        take = serializers.ListField(child=serializers.CharField(max_length=220), max_length=MOST_FIELDS, default=list)
        leave = serializers.ListField(child=serializers.CharField(max_length=220), max_length=MOST_FIELDS, default=list)

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, slug: str) -> Response:
        """The newest one's state, and the result of the newest that is done; 404 before the first."""
        user = _calibrator(request)
        job = latest_calibration(agreement_for(user, slug).slug)
        if job is None:
            raise Http404
        return Response(_shown(job, done_calibration(slug)))

    @extend_schema(
        request=Input,
        responses={202: OpenApiTypes.OBJECT},
        examples=[
            example("By the advice", {}),
            example("With one field more, and one less", {"take": ["attributes.industry"], "leave": ["title"]}),
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Start one in the background; the same again while it runs gives the one that runs."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        version = active_for(_calibrator(request), slug)
        job = start_calibration(version=version, by=person(request), at=timezone.now(), **given.validated_data)
        return Response(_shown(job, done_calibration(slug)), status=202)


class CalibrationDraft(ApiView):
    """The proposed table on its way into the draft."""

    @extend_schema_serializer(component_name="CalibrationDraftInput")
    class Input(serializers.Serializer[Any]):
        """The digest of the open draft that was seen; "" where there was none."""

        digest = serializers.CharField(max_length=64, allow_blank=True, default="")

    @extend_schema(
        request=Input, responses=OpenApiTypes.OBJECT, examples=[example("Where no draft is open", {"digest": ""})]
    )
    def post(self, request: Request, slug: str) -> Response:
        """Write the newest table into the open draft, or start one with it."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        version = active_for(person(request), slug)
        job = done_calibration(slug)
        if job is None:
            raise Refused("nothing_proposed")
        draft = put_table_in_draft(
            agreement=version.agreement,
            base=version.document,
            proposal=job.result["proposal"],
            seen_digest=given.validated_data["digest"],
            by=person(request),
            at=timezone.now(),
        )
        return Response({"number": draft.number, "digest": draft.digest, "status": draft.status})


def _calibrator(request: Request) -> User:
    user = person(request)
    if user.role not in MAY_CALIBRATE:
        raise RefusedRole("not_a_calibrator")
    return user


def _shown(job: Job, done: Job | None) -> dict[str, Any]:
    return {
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "error": job.error,
        "started_at": job.created_at,
        "result": done.result if done else None,
    }


urlpatterns = [
    path("agreements/<slug:slug>/calibration/", Calibration.as_view(), name="calibration"),
    path("agreements/<slug:slug>/calibration/draft/", CalibrationDraft.as_view(), name="calibration-draft"),
]
