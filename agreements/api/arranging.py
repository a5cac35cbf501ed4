"""Which leads an agreement is for, over HTTP: its segment, its place, the default one, its end."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import access, services
from agreements.api.agreements import AgreementOutput, VersionOutput, answer, mistakes_named
from slaportal.accounts.reader import person
from slaportal.web.api_view import ApiView

IN_SPAIN = {"field": "country", "op": "eq", "value": "ES"}


class Segment(ApiView):
    """Which leads the agreement is for: a rule over lead fields. The default agreement has none."""

    @extend_schema_serializer(component_name="SegmentInput")
    class Input(serializers.Serializer[None]):
        segment = serializers.JSONField()

    @extend_schema(
        request=Input,
        responses=AgreementOutput,
        examples=[OpenApiExample("By country", {"segment": IN_SPAIN}, request_only=True)],
    )
    def put(self, request: Request, slug: str) -> Response:
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        agreement = access.agreement_for(person(request), slug)
        with mistakes_named("segment"):
            changed = services.change_segment(agreement=agreement, by=person(request), **given.validated_data)
        return Response(AgreementOutput(changed).data)


class Order(ApiView):
    """As which number the agreement's segment is tried, counted from 1."""

    @extend_schema_serializer(component_name="OrderInput")
    class Input(serializers.Serializer[None]):
        order = serializers.IntegerField(min_value=1, max_value=10_000)

    @extend_schema(
        request=Input,
        responses=AgreementOutput,
        examples=[OpenApiExample("Before all others", {"order": 1}, request_only=True)],
    )
    def put(self, request: Request, slug: str) -> Response:
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        agreement = access.agreement_for(person(request), slug)
        place = given.validated_data["order"]
        return Response(
            AgreementOutput(services.place_agreement(agreement=agreement, place=place, by=person(request))).data
        )


class Default(ApiView):
    """Make it the default agreement; the former one gets the segment that is sent along."""

    @extend_schema_serializer(component_name="DefaultInput")
    class Input(serializers.Serializer[None]):
        former_segment = serializers.JSONField()

    @extend_schema(
        request=Input,
        responses=AgreementOutput,
        examples=[OpenApiExample("In place of another", {"former_segment": IN_SPAIN}, request_only=True)],
    )
    def put(self, request: Request, slug: str) -> Response:
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        agreement = access.agreement_for(person(request), slug)
        with mistakes_named("former_segment"):
            chosen = services.make_default(agreement=agreement, by=person(request), **given.validated_data)
        return Response(AgreementOutput(chosen).data)


class Retirement(ApiView):
    """End the version in force: the next agreement that selects its leads governs them."""

    @extend_schema(request=None, responses={201: VersionOutput})
    def post(self, request: Request, slug: str) -> Response:
        agreement = access.agreement_for(person(request), slug)
        return answer(services.retire_agreement(agreement=agreement, by=person(request)), status=201)
