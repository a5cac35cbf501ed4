"""Taking an import back: what it would do, and doing it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads import access
from leads.api.refusing import feeder
from leads.imports.undoing import may_be_undone, outlook, start_undo
from leads.models import LeadImport
from slaportal.web.api import ErrorOutput
from slaportal.web.api_view import ApiView


class UndoOutput(serializers.Serializer[dict[str, Any]]):
    """How an undo stands. ``would``: what it would do now; null once it is started, or can no longer be."""

    state = serializers.ChoiceField(choices=["possible", "running", "done", "impossible"])
    would = serializers.DictField(child=serializers.IntegerField(allow_null=True), allow_null=True)
    done = serializers.DictField(child=serializers.IntegerField(), help_text="removed, restored, stayed")
    undone_at = serializers.DateTimeField(allow_null=True)


class ImportUndo(ApiView):
    """For seven days an import can be taken back: leads that nobody touched since go, changed fields return."""

    @extend_schema(responses=UndoOutput)
    def get(self, request: Request, public_id: UUID) -> Response:
        return _answer(access.import_for(feeder(request), public_id))

    @extend_schema(request=None, responses={202: UndoOutput, 409: ErrorOutput})
    def post(self, request: Request, public_id: UUID) -> Response:
        """Start it; it is done by a worker."""
        user = feeder(request)
        found = access.import_for(user, public_id)
        return _answer(start_undo(lead_import=found, by=user, at=timezone.now()), status=202)


def _answer(found: LeadImport, status: int = 200) -> Response:
    is_possible = may_be_undone(found, timezone.now()) is None
    is_running = is_possible and found.undo_job is not None and not found.undo_job.is_over
    state = "running" if is_running else "possible" if is_possible else "done" if found.undone_at else "impossible"
    would = outlook(found) if state == "possible" else None
    shown: dict[str, Any] = {
        "state": state,
        "would": {"remove": would.remove, "restore": would.restore, "stay": would.stay} if would else None,
        "done": found.undo_counts,
        "undone_at": found.undone_at,
    }
    return Response(UndoOutput(shown).data, status=status)
