"""How many of the leads that are there a rule matches, for programs that write rules."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agreements.rule_fields import missing_fields, missing_problem
from agreements.terms.problems import Problem, joined
from agreements.terms.rules import Rule, RuleInvalid, parse
from agreements.terms.rules.tree import comparisons_at
from leads.api.shapes import example
from leads.rules.asking import Asked
from leads.rules.counting import Matches, count_matches
from slaportal.web.api_view import ApiView

IN_FRANCE = {"field": "country", "op": "eq", "value": "FR"}
OF_PRICES = {"field": "event.path", "op": "starts_with", "value": "/pricing"}


@extend_schema_field(OpenApiTypes.OBJECT)
class RuleTree(serializers.JSONField):
    """A rule as in the terms (``#/$defs/Rule`` of the terms' schema)."""


class RuleMatchesInput(serializers.Serializer[None]):
    """``lead``: asked of every lead. ``event``: of the events of a type. ``mql``: of the stored scores."""

    scope = serializers.ChoiceField(["lead", "event", "mql"])
    rule = RuleTree()
    event = serializers.CharField(required=False, max_length=60, help_text="The type of event, with scope “event”.")


class RuleMatchesOutput(serializers.Serializer[Matches]):
    """Leads that match, of all leads; customers among both; of an interest rule its events, in the last days."""

    leads = serializers.IntegerField()
    of_leads = serializers.IntegerField()
    customers = serializers.IntegerField()
    of_customers = serializers.IntegerField()
    events = serializers.IntegerField(allow_null=True)
    days = serializers.IntegerField(allow_null=True)


class RuleMatches(ApiView):
    """Counts; nothing is stored. Everyone who may read leads may ask."""

    # Rules nest as deep as the terms allow, two brackets to a level.
    max_body_depth = 45

    @extend_schema(
        request=RuleMatchesInput,
        responses=RuleMatchesOutput,
        examples=[
            example("Leads in France", {"scope": "lead", "rule": IN_FRANCE}),
            example("Visits of the prices", {"scope": "event", "event": "page_view", "rule": OF_PRICES}),
        ],
    )
    def post(self, request: Request) -> Response:
        given = RuleMatchesInput(data=request.data)
        given.is_valid(raise_exception=True)
        scope: Asked = given.validated_data["scope"]
        rule = _rule(given.validated_data["rule"], scope)
        counted = count_matches(rule, scope, timezone.now(), given.validated_data.get("event", ""))
        return Response(RuleMatchesOutput(counted).data)


def _rule(tree: Any, scope: Asked) -> Rule:
    """The rule; every mistake is answered with its path, and every field that no lead has."""
    try:
        rule = parse(tree, scope)
    except RuleInvalid as invalid:
        raise _refused(invalid.problems) from invalid
    missing = missing_fields(one.field for _path, one in comparisons_at(rule))
    unknown = [(path, one.field) for path, one in comparisons_at(rule) if one.field in missing]
    if unknown:
        raise _refused([missing_problem(joined(path, "field"), name) for path, name in unknown])
    return rule


def _refused(problems: list[Problem]) -> serializers.ValidationError:
    fields: dict[str, list[str]] = {}
    for problem in problems:
        fields.setdefault(joined("rule", problem.path), []).append(problem.message)
    return serializers.ValidationError(fields)
