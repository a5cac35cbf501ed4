"""Proof of who reads a page, for sites that know it."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads import access
from leads.api.refusing import feeder
from leads.sources.visits import TOKEN_HOLDS_FOR, visitor_token
from slaportal.web.api_view import ApiView


class VisitorToken(serializers.Serializer[None]):
    """What the page gives to `slaportal.identify`."""

    token = serializers.CharField()
    holds_for_days = serializers.IntegerField()


class TokenOfLead(ApiView):
    """A token by which a page of a site of ours says that this lead reads it."""

    @extend_schema(responses=VisitorToken)
    def get(self, request: Request, public_id: UUID) -> Response:
        """Give it only to pages that the lead alone opens: a link in a mail, a page behind a log-in."""
        lead = access.lead_for(feeder(request), public_id)
        return Response({"token": visitor_token(lead), "holds_for_days": TOKEN_HOLDS_FOR.days})
