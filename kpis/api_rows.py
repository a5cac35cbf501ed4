"""Figures that programs send, one by one or in lists: visitors by day or month, and what sources cost."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agreements.selectors import company_version, usual_currency, versions_in_force
from kpis.keeping import Report
from kpis.models import Spend, VisitorCount
from kpis.spend import save_spend
from kpis.visitors import MOST, save_visitors
from leads.api.refusing import refused_row, refused_rows, sent_rows
from leads.api.shapes import LeadsReply, example
from leads.months import Month
from slaportal.accounts.reader import person
from slaportal.web.api import ErrorOutput
from slaportal.web.api_view import ApiView
from slaportal.web.cursor import CursorPages

MONTH = "^[0-9]{4}-[0-9]{2}$"
FILTERS = [
    OpenApiParameter("month", str, description="YYYY-MM: this month alone."),
    OpenApiParameter("since", str, description="YYYY-MM: this month and later ones."),
    OpenApiParameter("until", str, description="YYYY-MM: this month and earlier ones."),
    OpenApiParameter("source", str),
]
ONE_DAY = {"day": "2026-10-15", "source": "newsletter", "count": 412}
ONE_MONTH = {"month": "2026-10", "source": "trade fair", "count": 1200}
ONE_SPEND = {"month": "2026-10", "source": "newsletter", "amount": "1250.00", "currency": "EUR"}
RESULT = {"accepted": 2, "created": 1, "updated": 0, "unchanged": 1, "rejected": []}


class VisitorsInput(serializers.Serializer[Any]):
    """Visitors of a source on a day, or in a month as a whole; of the same source the month's word wins."""

    day = serializers.DateField(required=False)
    month = serializers.RegexField(MONTH, required=False)
    source = serializers.CharField(max_length=120, allow_blank=True, required=False)  # type: ignore[assignment]
    count = serializers.IntegerField(min_value=0, max_value=MOST)


class VisitorsOutput(serializers.Serializer[VisitorCount]):
    """The newest word; `day` is null where it is about the month as a whole."""

    month = serializers.DateField(format="%Y-%m")
    day = serializers.DateField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()


class SpendInput(serializers.Serializer[Any]):
    """What a source cost in a month; without a currency it is that of the agreement's goals."""

    month = serializers.RegexField(MONTH)
    source = serializers.CharField(max_length=120)  # type: ignore[assignment]
    amount: serializers.Field[Any, Any, Any, Any] = serializers.DecimalField(14, 2, min_value=0)
    currency = serializers.RegexField("^[A-Z]{3}$", required=False)


class SpendOutput(serializers.Serializer[Spend]):
    """The newest word."""

    month = serializers.DateField(format="%Y-%m")
    source = serializers.CharField()  # type: ignore[assignment]
    amount: serializers.Field[Any, Any, Any, Any] = serializers.DecimalField(14, 2)
    currency = serializers.CharField()


class RowsReply(LeadsReply):
    """What became of a list of figures; of two rows about the same the later one counts."""


def _one_or_many(name: str, one: type[serializers.Serializer[Any]], many: Any) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(name, [one, many], resource_type_field_name=None, many=False)


class Visitors(ApiView):
    """Visitors by day or month and source."""

    pagination_class = CursorPages
    max_body_bytes = 8 * 1024 * 1024
    takes_rows = True

    @extend_schema(parameters=FILTERS, responses=VisitorsOutput(many=True))
    def get(self, request: Request) -> Response:
        return _listed(request, VisitorCount.objects.all(), VisitorsOutput, self)

    @extend_schema(
        request=_one_or_many("VisitorsOrList", VisitorsInput, VisitorsInput(many=True)),
        responses={
            200: _one_or_many("VisitorsReply", VisitorsOutput, RowsReply),
            201: VisitorsOutput,
            422: ErrorOutput,
        },
        examples=[
            example("One day", ONE_DAY),
            example("A list", [ONE_DAY, ONE_MONTH]),
            example("Taken", RESULT, is_answer=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Set counts; the newest word about a day or month and source counts. Bad rows are refused alone."""
        rows, is_list = sent_rows(request)
        return _answered(save_visitors(rows, by=person(request), at=timezone.now()), VisitorsOutput, is_list)


class SpendList(ApiView):
    """What sources cost by month."""

    pagination_class = CursorPages
    max_body_bytes = 8 * 1024 * 1024
    takes_rows = True

    @extend_schema(parameters=FILTERS, responses=SpendOutput(many=True))
    def get(self, request: Request) -> Response:
        return _listed(request, Spend.objects.all(), SpendOutput, self)

    @extend_schema(
        request=_one_or_many("SpendOrList", SpendInput, SpendInput(many=True)),
        responses={200: _one_or_many("SpendReply", SpendOutput, RowsReply), 201: SpendOutput, 422: ErrorOutput},
        examples=[
            example("One source", ONE_SPEND),
            example("A list", [ONE_SPEND]),
            example("Taken", RESULT, is_answer=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Set costs; the newest word about a month and source counts. Bad rows are refused alone."""
        rows, is_list = sent_rows(request)
        currency = usual_currency(company_version(list(versions_in_force())))
        report = save_spend(rows, by=person(request), at=timezone.now(), currency=currency)
        return _answered(report, SpendOutput, is_list)


def _listed(request: Request, found: QuerySet[Any], output: type[serializers.Serializer[Any]], view: Any) -> Response:
    """The newest months first."""
    asked = request.query_params
    for name, lookup in (("month", "month"), ("since", "month__gte"), ("until", "month__lte")):
        if text := asked.get(name):
            found = found.filter(Q(**{lookup: _month(text, name)}))
    if source := asked.get("source"):
        found = found.filter(source=source)
    pages = CursorPages(ordering=("-month", "-pk"))
    return pages.get_paginated_response(output(pages.paginate_queryset(found, request, view), many=True).data)


def _month(text: str, name: str) -> Any:
    month = Month.read(text, "UTC")
    if month is None:
        raise serializers.ValidationError({name: [_("Give the month as YYYY-MM, for example 2026-11.")]})
    return month.first


def _answered(report: Report, output: type[serializers.Serializer[Any]], is_list: bool) -> Response:
    """One row answers with the row (201 if it is new), a list with its counts."""
    if is_list:
        counts = {name: getattr(report, name) for name in ("accepted", "created", "updated", "unchanged")}
        return Response({**counts, "rejected": refused_rows(report.rejected)})
    if report.rejected:
        return refused_row(report.rejected[0])
    return Response(output(report.rows[0]).data, status=201 if report.created else 200)


urlpatterns = [
    path("visitors/", Visitors.as_view(), name="visitors"),
    path("spend/", SpendList.as_view(), name="spend"),
]
