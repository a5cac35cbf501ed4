"""What a draft would make of the leads that are here, for programs."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import access
from leads.api.refusing import caller
from leads.scoring import governing
from leads.scoring.preview import preview
from leads.scoring.preview_count import count_job, start_count
from slaportal.web.api import ErrorOutput
from slaportal.web.api_view import ApiView


class BandOutput(serializers.Serializer[Any]):
    """Leads in a band by the text in force and by the draft."""

    band = serializers.CharField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()


class CrossingOutput(serializers.Serializer[Any]):
    """Leads that would cross one way, the newest of them by id."""

    n = serializers.IntegerField()
    may_be_handed_over = serializers.IntegerField()
    examples = serializers.ListField(child=serializers.UUIDField())


class CountOutput(serializers.Serializer[Any]):
    """The newest count of all leads for the draft as it stands: ``waiting``, ``running``, ``done`` or ``failed``."""

    state = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class PreviewOutput(serializers.Serializer[Any]):
    """Of ``leads`` that the agreement would govern, as they stood at ``counted_at``.

    Unless ``is_exact``, an estimate: every ``step``-th lead was judged, and counts as so many in every figure.
    """

    leads = serializers.IntegerField()
    step = serializers.IntegerField()
    is_exact = serializers.BooleanField()
    counted_at = serializers.DateTimeField()
    up = CrossingOutput()
    down = CrossingOutput()
    bands = BandOutput(many=True)
    count = CountOutput(allow_null=True)


class DraftPreview(ApiView):
    """Who would become an MQL, and who no longer; nothing is stored about any lead."""

    @extend_schema(responses={200: PreviewOutput, 409: ErrorOutput})
    def get(self, request: Request, slug: str) -> Response:
        """Exact for few leads, or when they were all counted for this very draft; an estimate else."""
        draft = access.draft_for(caller(request), slug)
        found = preview(draft, governing(), timezone.now())
        bands = [{"band": band, "before": was, "after": becomes} for band, (was, becomes) in found.bands.items()]
        crossings = {
            name: {
                "n": way.n,
                "may_be_handed_over": way.may_be_handed_over,
                "examples": [lead.public_id for lead in way.examples],
            }
            for name, way in (("up", found.up), ("down", found.down))
        }
        told = {"leads": found.n, "step": found.step, "is_exact": found.is_exact, "counted_at": found.at}
        return Response(PreviewOutput({**told, **crossings, "bands": bands, "count": count_job(draft)}).data)

    @extend_schema(request=None, responses={202: CountOutput, 403: ErrorOutput})
    def post(self, request: Request, slug: str) -> Response:
        """Count all leads in the background; the same again while that goes on gives the count that goes on."""
        user = caller(request)
        job = start_count(draft=access.draft_for(user, slug), by=user, at=timezone.now())
        return Response(CountOutput(job).data, status=202)
