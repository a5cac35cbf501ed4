"""What people say about an agreement, over HTTP: comments on clauses, and changes that anybody proposes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import access, services
from agreements.forms import refuse_odd_meeting
from agreements.models import Agreement, AgreementVersion, Comment, Proposal, ProposalState
from agreements.selectors import active_version, open_version
from agreements.sentences import chapters
from slaportal.accounts.reader import person
from slaportal.web.api import ErrorOutput
from slaportal.web.api_view import ApiView
from slaportal.web.cursor import CursorPages
from slaportal.web.texts import refuse_unseen


class CommentOutput(serializers.Serializer[Comment]):
    """What somebody said about a clause of one text."""

    id = serializers.UUIDField(source="public_id")
    clause = serializers.CharField()
    version = serializers.IntegerField(source="version.number")
    digest = serializers.CharField()
    text = serializers.CharField()
    by = serializers.CharField(source="by.name")
    at = serializers.DateTimeField()
    resolved_by = serializers.CharField(source="resolved_by.name", default=None, allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)


class ProposalOutput(serializers.Serializer[Proposal]):
    """A change that somebody proposed in words, and what became of it."""

    id = serializers.UUIDField(source="public_id")
    origin = serializers.CharField()
    clause = serializers.CharField()
    what = serializers.CharField()
    why = serializers.CharField()
    meeting_on = serializers.DateField(allow_null=True)
    decision = serializers.CharField()
    by = serializers.CharField(source="by.name")
    at = serializers.DateTimeField()
    state = serializers.ChoiceField(ProposalState.choices)
    version = serializers.IntegerField(source="version.number", default=None, allow_null=True)
    decided_by = serializers.CharField(source="decided_by.name", default=None, allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


class CommentList(ApiView):
    """What is said about the clauses, the newest first."""

    pagination_class = CursorPages

    @extend_schema_serializer(component_name="CommentInput")
    class Input(serializers.Serializer[None]):
        clause = serializers.CharField(max_length=60)
        text = serializers.CharField(max_length=5000, validators=[refuse_unseen])
        version = serializers.IntegerField(
            required=False, min_value=1, max_value=10**6, help_text="The version in force unless another is named."
        )

    @extend_schema(
        parameters=[
            OpenApiParameter("clause", str, description="Its id."),
            OpenApiParameter("state", str, enum=["open", "resolved"]),
        ],
        responses=CommentOutput(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        agreement = access.agreement_for(person(request), slug)
        found = Comment.objects.filter(agreement=agreement).select_related("by", "resolved_by", "version")
        if clause := request.query_params.get("clause"):
            found = found.filter(clause=clause)
        if state := request.query_params.get("state"):
            if state not in {"open", "resolved"}:
                raise ValidationError({"state": ["open, resolved"]})
            found = found.filter(resolved_at__isnull=state == "open")
        return _paged(self, request, found, CommentOutput)

    @extend_schema(
        request=Input,
        responses={201: CommentOutput, 404: ErrorOutput},
        examples=[
            OpenApiExample("A doubt", {"clause": "promise-hand-raise", "text": "Not on Fridays."}, request_only=True)
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Say something about a clause; both managers and who took part are told."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        version = _version(request, slug, given.validated_data.get("version"))
        _refuse_unknown_clause(version, given.validated_data["clause"])
        said = services.add_comment(
            version=version,
            clause=given.validated_data["clause"],
            text=given.validated_data["text"],
            by=person(request),
        )
        return Response(CommentOutput(said).data, status=201)


class CommentResolution(ApiView):
    """Whether a comment is settled."""

    @extend_schema(request=None, responses={200: CommentOutput, 409: ErrorOutput})
    def post(self, request: Request, slug: str, comment: UUID) -> Response:
        """Settle it."""
        said = access.comment_for(person(request), slug, comment)
        return Response(CommentOutput(services.resolve_comment(comment=said, by=person(request))).data)

    @extend_schema(responses={200: CommentOutput, 409: ErrorOutput})
    def delete(self, request: Request, slug: str, comment: UUID) -> Response:
        """Take it up again."""
        said = access.comment_for(person(request), slug, comment)
        return Response(CommentOutput(services.reopen_comment(comment=said, by=person(request))).data)


class ProposalList(ApiView):
    """Changes that people propose, the newest first."""

    pagination_class = CursorPages

    @extend_schema_serializer(component_name="ChangeProposalInput")
    class Input(serializers.Serializer[None]):
        what = serializers.CharField(max_length=2000, validators=[refuse_unseen])
        why = serializers.CharField(max_length=2000, validators=[refuse_unseen])
        clause = serializers.CharField(required=False, max_length=60, default="")
        meeting_on = serializers.DateField(
            required=False, allow_null=True, default=None, validators=[refuse_odd_meeting]
        )
        decision = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")

    @extend_schema(
        parameters=[OpenApiParameter("state", str, enum=ProposalState.values)], responses=ProposalOutput(many=True)
    )
    def get(self, request: Request, slug: str) -> Response:
        agreement = access.agreement_for(person(request), slug)
        found = agreement.proposals.select_related("by", "decided_by", "version")
        if state := request.query_params.get("state"):
            if state not in ProposalState.values:
                raise ValidationError({"state": [", ".join(ProposalState.values)]})
            found = found.filter(state=state)
        return _paged(self, request, found, ProposalOutput)

    @extend_schema(
        request=Input,
        responses={201: ProposalOutput},
        examples=[
            OpenApiExample("A longer promise", {"what": "Two working hours", "why": "Mondays"}, request_only=True)
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Propose a change in words; both managers are told."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        agreement = access.agreement_for(person(request), slug)
        if given.validated_data["clause"]:
            _refuse_unknown_clause(_newest(agreement), given.validated_data["clause"])
        made = services.propose_change(agreement=agreement, by=person(request), **given.validated_data)
        return Response(ProposalOutput(made).data, status=201)


class ProposalAcceptance(ApiView):
    """Take a proposal into the draft; without one the next is started."""

    @extend_schema(request=None, responses={200: ProposalOutput, 409: ErrorOutput})
    def post(self, request: Request, slug: str, proposal: UUID) -> Response:
        """The words themselves are then written into the draft's terms."""
        made = access.proposal_for(person(request), slug, proposal)
        return Response(ProposalOutput(services.take_proposal(proposal=made, by=person(request))).data)


class ProposalRefusal(ApiView):
    """Decline a proposal, with a reason that its proposer reads."""

    @extend_schema_serializer(component_name="ChangeProposalRefusal")
    class Input(serializers.Serializer[None]):
        reason = serializers.CharField(max_length=2000, validators=[refuse_unseen])

    @extend_schema(
        request=Input,
        responses={200: ProposalOutput, 409: ErrorOutput},
        examples=[OpenApiExample("Not now", {"reason": "We decide it next quarter."}, request_only=True)],
    )
    def post(self, request: Request, slug: str, proposal: UUID) -> Response:
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        made = access.proposal_for(person(request), slug, proposal)
        declined = services.decline_proposal(proposal=made, by=person(request), **given.validated_data)
        return Response(ProposalOutput(declined).data)


def _paged(view: ApiView, request: Request, found: Any, output: type[serializers.Serializer[Any]]) -> Response:
    pages = CursorPages(ordering=("-id",))
    rows = pages.paginate_queryset(found, request, view)
    return pages.get_paginated_response([output(row).data for row in rows])


def _version(request: Request, slug: str, number: int | None) -> AgreementVersion:
    if number is not None:
        return access.version_for(person(request), slug, number)
    return _newest(access.agreement_for(person(request), slug))


def _newest(agreement: Agreement) -> AgreementVersion:
    """The text that people speak of: the one in force, else the draft."""
    found = active_version(agreement.slug) or open_version(agreement) or agreement.versions.first()
    if found is None:
        raise Http404
    return found


def _refuse_unknown_clause(version: AgreementVersion, clause: str) -> None:
    if not any(one.id == clause for chapter in chapters(version.document) for one in chapter.clauses):
        raise ValidationError({"clause": [_("Version %(n)s has no such clause.") % {"n": version.number}]})
