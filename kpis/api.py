"""Figures over HTTP: the month's results, and the funnel of a goal."""

from __future__ import annotations

from dataclasses import asdict

from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agreements.access import agreement_for
from agreements.selectors import company_version, versions_in_force
from agreements.terms.funnel import RATES
from kpis import api_rows as rows
from kpis.goals.desk import desk_for
from kpis.goals.figures import figures
from kpis.metrics import PARTIES, funnel, promises, response, total_of
from kpis.views.results import asked_version, zone_of
from leads.months import Month
from slaportal.accounts.reader import person
from slaportal.web.api_view import ApiView

AGREEMENT = OpenApiParameter("agreement", str, description="Slug of the agreement to count alone; all if left out.")
MONTH = OpenApiParameter("month", str, description="YYYY-MM; the current month if left out.")


class Results(ApiView):
    """The month's funnel, response times, and promises of both teams."""

    @extend_schema(parameters=[MONTH, AGREEMENT], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        in_force = list(versions_in_force())
        zone = zone_of(company_version(in_force))
        asked = request.query_params.get("month", "")
        month = Month.read(asked, zone) if asked else Month.of(timezone.now(), zone)
        if month is None:
            raise serializers.ValidationError({"month": [_("Give the month as YYYY-MM, for example 2026-11.")]})
        version = asked_version(request.query_params.get("agreement", ""), in_force)
        agreement = version.agreement if version else None
        rows = promises(month, agreement)
        return Response(
            {
                "month": str(month),
                "timezone": zone,
                "agreement": agreement.slug if agreement else None,
                "funnel": [
                    {"stage": step.key, "count": step.count, "before": step.before, "rate": step.rate}
                    for step in funnel(month, agreement)[1 if agreement else 0 :]
                ],
                "response": asdict(response(month, agreement)),
                "promises": [asdict(row) | {"kept": row.kept} for row in rows],
                "kept": {party: total_of(rows, party).kept for party in PARTIES},
            }
        )


def _text(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, description=description)


def _several(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, many=True, description=description)


FUNNEL_PARAMETERS = [
    OpenApiParameter("direction", str, enum=["goal", "today"], description="From the goal, or from a monthly volume."),
    _text("goal", "Id of a goal in money; the first one if left out."),
    _text("amount", "The goal in money."),
    _text("currency", "Three letters."),
    OpenApiParameter("period", str, enum=["month", "quarter", "year"]),
    _text("start", "The period's first month, YYYY-MM."),
    _text("marketing_share", "Of the goal from Marketing's leads, in per cent."),
    _text("deal", "The average deal."),
    *(_text(name, "In per cent; as agreed, else as measured, if left out.") for name in RATES),
    _text("minutes_per_touch", "Minutes for each attempt."),
    _text("hours_per_day", "A rep's hours a day for follow-up."),
    OpenApiParameter("entry", str, enum=["visitor", "lead", "mql"], description="Where a monthly volume enters."),
    _text("volume", "How many enter each month."),
    _several("team", "A sales team's name; team_share and team_reps stand in the same order."),
    _several("team_share", "Its share of the MQLs, in per cent."),
    _several("team_reps", "Its reps."),
    _several("method", "A way to bring leads; method_share and method_cost stand in the same order."),
    _several("method_share", "Its share of the leads, in per cent."),
    _several("method_cost", "What one of its leads costs."),
]


class Funnel(ApiView):
    """The funnel back from a goal, or forward from a volume: the goals page as figures."""

    @extend_schema(parameters=FUNNEL_PARAMETERS, responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, slug: str) -> Response:
        """What is left out is taken from the plan of the terms, else from the facts of 90 days, else assumed."""
        desk = desk_for(agreement_for(person(request), slug), request.query_params, timezone.now())
        if desk.scenario is None or desk.outcome is None:
            raise serializers.ValidationError(desk.form.messages())
        return Response(figures(desk, desk.scenario, desk.outcome))


urlpatterns = [
    path("agreements/<slug:slug>/funnel/", Funnel.as_view(), name="funnel"),
    path("results/", Results.as_view(), name="results"),
    *rows.urlpatterns,
]
