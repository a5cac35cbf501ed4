"""All versions of an agreement over HTTP: listed, read to the byte, compared, and terms checked before they are one."""

from __future__ import annotations

from collections.abc import Iterable
from html import unescape
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.html import strip_tags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import access
from agreements.api.agreements import VersionOutput, answer, body_of
from agreements.models import AgreementVersion
from agreements.receiving import LARGEST_NUMBER, MAX_BODY_DEPTH, received_terms
from agreements.rule_fields import as_problems, missing_fields
from agreements.selectors import active_version, open_version
from agreements.sentences import ClauseText
from agreements.sentences.problems import problem_words
from agreements.terms import readiness
from agreements.terms.diff import Change, diff
from agreements.terms.document import MAX_BYTES, Terms, TermsInvalid, check_fields
from agreements.terms.problems import Problem
from agreements.views.changes import ChapterChanges, as_said, changes_by_chapter, clause_names, label_of
from slaportal.accounts.reader import person
from slaportal.web.api_view import ApiView
from slaportal.web.cursor import CursorPages

WHICH = "A version’s number, “draft” or “active”."


class ProblemOutput(serializers.Serializer[Problem]):
    """One thing that is wrong or missing: where, which, and in the caller's language."""

    path = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.SerializerMethodField()

    def get_detail(self, problem: Problem) -> str:
        return problem_words(problem)


class ValidationOutput(serializers.Serializer[Any]):
    """What became of the terms: `errors` refuse them; `blocking` keeps them from being proposed; the rest is advice."""

    is_valid = serializers.BooleanField()  # type: ignore[assignment]
    is_ready = serializers.BooleanField(help_text="Valid, and nothing keeps it from being proposed.")
    digest = serializers.CharField(allow_null=True, help_text="What a draft with these terms will have.")
    errors = ProblemOutput(many=True)  # type: ignore[assignment]
    blocking = ProblemOutput(many=True)
    unknown_fields = ProblemOutput(many=True, help_text="Fields that rules look at and no lead has.")
    advice = ProblemOutput(many=True)


class VersionSummary(VersionOutput):
    """A version without its terms."""

    terms = None  # type: ignore[assignment]


class ChangeOutput(serializers.Serializer[Any]):
    """One value that differs; clauses are named by their ids in `path`."""

    chapter = serializers.CharField()
    clause = serializers.CharField()
    path = serializers.CharField()
    kind = serializers.ChoiceField(["added", "removed", "changed", "reordered"])
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    label = serializers.CharField(help_text="What it is called, in your language.")  # type: ignore[assignment]
    said_before = serializers.CharField()
    said_after = serializers.CharField()


class ClauseOutput(serializers.Serializer[Any]):
    """A clause that reads differently, in whole sentences of your language; null where it does not exist."""

    clause = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(["added", "removed", "changed"])
    before = serializers.ListField(child=serializers.CharField(), allow_null=True)
    after = serializers.ListField(child=serializers.CharField(), allow_null=True)


class DiffOutput(serializers.Serializer[Any]):
    """What `new` changes in `old`."""

    old = VersionSummary()
    new = VersionSummary()
    changes = ChangeOutput(many=True)
    clauses = ClauseOutput(many=True)


class Validation(ApiView):
    """Terms checked as a draft would be; nothing is stored."""

    max_body_bytes = MAX_BYTES
    max_body_depth = MAX_BODY_DEPTH
    max_body_integer = LARGEST_NUMBER

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        responses=ValidationOutput,
        examples=[OpenApiExample("Terms", {"goals": [], "kpis": []}, request_only=True)],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Every mistake at once with its path; for sound terms, what keeps them from being proposed, and advice."""
        access.agreement_for(person(request), slug)
        try:
            terms = received_terms(body_of(request), timezone.now())
        except TermsInvalid as invalid:
            return _validated(None, errors=invalid.problems)
        return _validated(
            terms, blocking=readiness.problems(terms), unknown=_unknown(terms), advice=readiness.advice(terms)
        )


class VersionList(ApiView):
    """All versions, the newest first."""

    pagination_class = CursorPages

    @extend_schema(responses=VersionSummary(many=True))
    def get(self, request: Request, slug: str) -> Response:
        agreement = access.agreement_for(person(request), slug)
        pages = CursorPages(ordering=("-number",))
        versions = AgreementVersion.objects.filter(agreement=agreement).select_related("agreement", "based_on")
        found = pages.paginate_queryset(versions, request, self)
        return pages.get_paginated_response([VersionSummary(version).data for version in found])


class VersionItem(ApiView):
    """One version with its terms."""

    @extend_schema(responses=VersionOutput)
    def get(self, request: Request, slug: str, number: int) -> Response:
        return answer(access.version_for(person(request), slug, number))


class TermsOfVersion(ApiView):
    """The terms as the very bytes that were signed: their sha256 is the digest."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, slug: str, number: int) -> HttpResponse:
        """Canonical JSON. Sent back as a draft they give the same digest. If-None-Match answers 304."""
        version = access.version_for(person(request), slug, number)
        tag = f'"{version.digest}"'
        if tag in request.headers.get("If-None-Match", ""):
            return HttpResponse(status=304, headers={"ETag": tag})
        return HttpResponse(version.canonical, content_type="application/json", headers={"ETag": tag})


class Diff(ApiView):
    """What one version changes in another."""

    @extend_schema(
        parameters=[
            OpenApiParameter("old", str, required=True, description=WHICH),
            OpenApiParameter("new", str, required=True, description=WHICH),
        ],
        responses=DiffOutput,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Each value with its path, before and after; and the clauses that read differently, in your language."""
        old, new = (_named(request, slug, name) for name in ("old", "new"))
        before, after = old.document, new.document
        names = clause_names(before, after)
        body = {
            "old": VersionSummary(old).data,
            "new": VersionSummary(new).data,
            "changes": [_change(change, names) for change in diff(before, after)],
            "clauses": list(_clauses(changes_by_chapter(before, after))),
        }
        return Response(body)


def _validated(
    terms: Terms | None,
    *,
    errors: Iterable[Problem] = (),
    blocking: Iterable[Problem] = (),
    unknown: Iterable[Problem] = (),
    advice: Iterable[Problem] = (),
) -> Response:
    found = {"errors": errors, "blocking": blocking, "unknown_fields": unknown, "advice": advice}
    body: dict[str, Any] = {name: [ProblemOutput(one).data for one in problems] for name, problems in found.items()}
    is_ready = terms is not None and not body["blocking"]
    digest = terms.digest() if terms else None
    return Response({"is_valid": terms is not None, "is_ready": is_ready, "digest": digest, **body})


def _unknown(terms: Terms) -> list[Problem]:
    """Rules on fields that no lead has."""
    asked = check_fields(terms, frozenset())
    missing = missing_fields(one.field for one in asked)
    return as_problems(one for one in asked if one.field in missing)


def _named(request: Request, slug: str, name: str) -> AgreementVersion:
    """The version that a parameter names; 422 where it is left out, 404 where there is none."""
    agreement, which = access.agreement_for(person(request), slug), request.query_params.get(name, "")
    if not which:
        raise ValidationError({name: [WHICH]})
    if which in {"draft", "active"}:
        found = open_version(agreement) if which == "draft" else active_version(slug)
        if found is None:
            raise Http404
        return found
    if not (which.isascii() and which.isdigit() and len(which) < 7):
        raise ValidationError({name: [WHICH]})
    return access.version_for(person(request), slug, int(which))


def _change(change: Change, names: dict[str, str]) -> dict[str, Any]:
    return {
        "chapter": change.chapter,
        "clause": change.clause_id,
        "path": change.path,
        "kind": change.kind,
        "before": change.before,
        "after": change.after,
        "label": label_of(change.path, names),
        "said_before": as_said(change.before),
        "said_after": as_said(change.after),
    }


def _clauses(changed: Iterable[ChapterChanges]) -> Iterable[dict[str, Any]]:
    for chapter in changed:
        for change in chapter.clauses:
            yield {
                "clause": change.shown.id,
                "title": _plain(change.shown.heading),
                "kind": change.kind,
                "before": _sentences(change.before),
                "after": _sentences(change.after),
            }


def _sentences(clause: ClauseText | None) -> list[str] | None:
    if clause is None:
        return None
    return [_plain(part) for part in (clause.heading, clause.sentence, *clause.lines) if part]


def _plain(words: object) -> str:
    return unescape(strip_tags(str(words)))
