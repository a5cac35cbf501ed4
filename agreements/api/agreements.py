"""The agreement over HTTP: read what is in force, edit the draft, propose and sign it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language, override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import access, services
from agreements.forms import lower_case
from agreements.models import Agreement, AgreementVersion
from agreements.paper.api import PaperOfVersion
from agreements.receiving import LARGEST_NUMBER, MAX_BODY_DEPTH, received_terms
from agreements.selectors import active_version, agreements, counting_signatures, open_version
from agreements.sentences.comparison import CYCLES, FOR_WHOM, TEMPLATE_TITLES
from agreements.sentences.problems import problem_words
from agreements.starting import LANGUAGES, start_agreement, starting_terms
from agreements.terms.default import TEMPLATES
from agreements.terms.document import MAX_BYTES, Terms, TermsInvalid
from agreements.terms.problems import joined
from agreements.terms.rules import RuleInvalid
from slaportal.accounts.guesses import knows_password
from slaportal.accounts.reader import person
from slaportal.web.api import ErrorOutput
from slaportal.web.api_view import ApiView
from slaportal.web.json_input import empty_body
from slaportal.web.parsers import BadBody
from slaportal.web.refusals import Refused, RefusedInput, words_for

DIGEST = "^[0-9a-f]{64}$"
# What the examples show: the digest of the text that was read, a new agreement, a chapter of its terms.
READ = "9f2c" * 16
BESIDE_OTHERS = {
    "name": "France",
    "slug": "france",
    "template": "enterprise",
    "language": "fr",
    "segment": {"field": "country", "op": "eq", "value": "FR"},
}
SOME_TERMS = {"calendar": {"timezone": "Europe/Paris", "hours": {"mon": [["09:00", "17:30"]]}}}
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="Digest of the draft that was read.")


class VersionOutput(serializers.Serializer[AgreementVersion]):
    """A version with its terms and the signatures that count."""

    agreement = serializers.CharField(source="agreement.slug")
    number = serializers.IntegerField()
    status = serializers.CharField()
    digest = serializers.CharField()
    effective_from = serializers.DateTimeField(allow_null=True)
    why = serializers.CharField()
    based_on = serializers.IntegerField(source="based_on.number", default=None, allow_null=True)
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    signatures = serializers.SerializerMethodField()
    terms = serializers.JSONField()

    def get_signatures(self, version: AgreementVersion) -> list[dict[str, Any]]:
        """Side, name and time of each signature on this text."""
        return [
            {
                "side": side,
                "name": signature.signer_name,
                "at": signature.at,
                "digest": signature.digest,
                "effective_from": signature.effective_from,
                "language": signature.language,
            }
            for side, signature in sorted(counting_signatures(version).items())
        ]


class AgreementOutput(serializers.Serializer[Any]):
    """An agreement and the numbers of its active and open version."""

    slug = serializers.CharField()
    name = serializers.CharField()
    segment = serializers.JSONField()
    order = serializers.SerializerMethodField()
    is_default = serializers.BooleanField()
    active = serializers.SerializerMethodField()
    draft = serializers.SerializerMethodField()

    def get_order(self, agreement: Agreement) -> int | None:
        """As which number its segment is tried; null for the default one, which comes last."""
        return services.place_of(agreement)

    def get_active(self, agreement: Agreement) -> int | None:
        version = active_version(agreement.slug)
        return version.number if version else None

    def get_draft(self, agreement: Agreement) -> int | None:
        version = open_version(agreement)
        return version.number if version else None


class AgreementList(ApiView):
    """All agreements in the order in which their segment rules are tried."""

    @extend_schema(responses=AgreementOutput(many=True))
    def get(self, request: Request) -> Response:
        return Response({"results": AgreementOutput(agreements(), many=True).data, "next": None})

    @extend_schema_serializer(component_name="AgreementInput")
    class Input(serializers.Serializer[None]):
        name = serializers.CharField(max_length=150)
        slug = serializers.SlugField(max_length=60, validators=[lower_case])
        template = serializers.ChoiceField(list(TEMPLATES))
        language = serializers.ChoiceField(list(LANGUAGES))
        # Only beside others: the first agreement governs every lead.
        segment = serializers.JSONField(required=False)

    @extend_schema(
        request=Input,
        responses={201: VersionOutput},
        examples=[OpenApiExample("Beside others", BESIDE_OTHERS, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """A new agreement; its first draft is the template in this language, its clock in your time zone."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        with mistakes_named("segment"):
            version = start_agreement(by=person(request), **given.validated_data)
        return answer(version, status=201)


@contextmanager
def mistakes_named(field: str) -> Iterator[None]:
    """Answer a rule's mistakes each with its place below this field."""
    try:
        yield
    except RuleInvalid as invalid:
        places = by_path((joined(field, one.path), problem_words(one)) for one in invalid.problems)
        raise serializers.ValidationError(places) from invalid


class TemplateOutput(serializers.Serializer[Any]):
    """What a new agreement may start from: for whom it is, what it promises, and its whole terms."""

    template = serializers.CharField()
    name = serializers.CharField()
    for_whom = serializers.CharField()
    cycle = serializers.CharField()
    terms = serializers.JSONField()


class TemplateList(ApiView):
    """The templates that a new agreement may start from, in a language (yours unless another is asked for)."""

    @extend_schema(
        parameters=[OpenApiParameter("language", str, enum=list(LANGUAGES))], responses=TemplateOutput(many=True)
    )
    def get(self, request: Request) -> Response:
        language = request.query_params.get("language") or get_language() or "en"
        documents = {template: starting_terms(template=template, language=language) for template in TEMPLATES}
        with override(language):
            rows = [
                {
                    "template": template,
                    "name": str(TEMPLATE_TITLES[template]),
                    "for_whom": str(FOR_WHOM[template]),
                    "cycle": str(CYCLES[template]),
                    "terms": terms.as_dict(),
                }
                for template, terms in documents.items()
            ]
        return Response({"results": rows, "next": None})


class ActiveVersion(ApiView):
    """The version in force."""

    @extend_schema(responses=VersionOutput)
    def get(self, request: Request, slug: str) -> Response:
        return answer(access.active_for(person(request), slug))


class Draft(ApiView):
    """The open version; PUT replaces its terms, with If-Match naming the digest that was read."""

    max_body_bytes = MAX_BYTES
    max_body_depth = MAX_BODY_DEPTH
    max_body_integer = LARGEST_NUMBER

    @extend_schema_serializer(component_name="DraftInput")
    class Input(serializers.Serializer[None]):
        version = serializers.IntegerField(
            required=False, min_value=1, max_value=10**6, help_text="An earlier version to take up again."
        )

    @extend_schema(responses=VersionOutput)
    def get(self, request: Request, slug: str) -> Response:
        return answer(access.draft_for(person(request), slug))

    @extend_schema(
        parameters=[IF_MATCH],
        request=OpenApiTypes.OBJECT,
        responses=VersionOutput,
        examples=[OpenApiExample("Terms, of which the other chapters are left empty", SOME_TERMS, request_only=True)],
    )
    def put(self, request: Request, slug: str) -> Response:
        """Without an open draft a new one is started from these terms; all mistakes are answered at once."""
        agreement = access.agreement_for(person(request), slug)
        terms, by = read_terms(body_of(request)), person(request)
        version = open_version(agreement)
        expected = digest_read(request) if version is not None else ""
        try:
            if version is None:
                return answer(services.start_draft(agreement=agreement, terms=terms, by=by), status=201)
            return answer(services.edit_draft(version=version, terms=terms, expected_digest=expected, by=by))
        except TermsInvalid as invalid:
            raise refused_terms(invalid) from invalid

    @extend_schema(
        request=Input,
        responses={201: VersionOutput, 409: ErrorOutput},
        examples=[
            OpenApiExample("Of the newest signed version", {}, request_only=True),
            OpenApiExample("Of an earlier version", {"version": 1}, request_only=True),
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Start a draft: a copy of the newest signed version, or of the one that is named."""
        given = self.Input(data=request.data if request.stream is not None else {})
        given.is_valid(raise_exception=True)
        agreement, number = access.agreement_for(person(request), slug), given.validated_data.get("version")
        source = access.version_for(person(request), slug, number) if number else None
        return answer(services.start_draft(agreement=agreement, source=source, by=person(request)), status=201)

    @extend_schema(parameters=[IF_MATCH], responses={204: None, 409: ErrorOutput})
    def delete(self, request: Request, slug: str) -> Response:
        """Throw the draft away that was read (If-Match), if it was neither proposed nor discussed."""
        version = access.draft_for(person(request), slug)
        services.discard_draft(version=version, by=person(request), digest=digest_read(request))
        return Response(status=204)


class Proposal(ApiView):
    """Put the draft before both managers; with `digest` only the text that was read."""

    @extend_schema_serializer(component_name="ProposalInput")
    class Input(serializers.Serializer[None]):
        why = serializers.CharField(max_length=2000)
        effective_from = serializers.DateTimeField(required=False, allow_null=True)
        digest = serializers.RegexField(DIGEST, required=False, help_text="Of the draft that was read.")
        on_older_text = serializers.BooleanField(
            required=False, help_text="Yes: propose it although a newer version is signed than the one it is based on."
        )
        in_place_of_waiting = serializers.BooleanField(
            required=False, help_text="Yes: with both signatures, versions that wait for a later day give way to it."
        )

    @extend_schema(
        request=Input,
        responses={200: VersionOutput, 409: ErrorOutput},
        examples=[OpenApiExample("At once", {"why": "Mondays are overloaded"}, request_only=True)],
    )
    def post(self, request: Request, slug: str) -> Response:
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        version = access.draft_for(person(request), slug)
        try:
            return answer(services.propose_version(version=version, by=person(request), **given.validated_data))
        except Refused as refused:
            if refused.code != "terms_not_ready":
                raise
            fields = by_path((one.path, problem_words(one)) for one in refused.facts["problems"])
            return Response({"code": refused.code, "detail": words_for(refused), "fields": fields}, refused.status)


class Withdrawal(ApiView):
    """Take a proposal back to draft; with `digest` only the text that was read."""

    @extend_schema_serializer(component_name="WithdrawalInput")
    class Input(serializers.Serializer[None]):
        digest = serializers.RegexField(DIGEST, required=False, help_text="Of the proposal that was read.")

    @extend_schema(
        request=Input,
        responses={200: VersionOutput, 409: ErrorOutput},
        examples=[OpenApiExample("As it was read", {"digest": READ}, request_only=True)],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Its signatures count again if the same text is proposed for the same day."""
        given = self.Input(data=request.data if request.stream is not None else {})
        given.is_valid(raise_exception=True)
        version = access.draft_for(person(request), slug)
        return answer(services.withdraw_version(version=version, by=person(request), **given.validated_data))


class SignatureOfSide(ApiView):
    """Sign for one's own side the text (digest) and the day (effective_from) that were read; with the password."""

    @extend_schema_serializer(component_name="SignatureInput")
    class Input(serializers.Serializer[None]):
        digest = serializers.RegexField(DIGEST)
        effective_from = serializers.DateTimeField(required=False, allow_null=True, default=None)
        password = serializers.CharField(trim_whitespace=False, max_length=1024)

    @extend_schema(
        request=Input,
        responses={201: VersionOutput, 409: ErrorOutput, 429: ErrorOutput},
        examples=[
            OpenApiExample(
                "As it was read",
                {"digest": READ, "effective_from": None, "password": "your password"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        if not knows_password(person(request), given.validated_data.pop("password"), at=timezone.now()):
            raise Refused("wrong_password")
        version = access.draft_for(person(request), slug)
        signed = services.sign_version(version=version, by=person(request), **given.validated_data)
        return answer(signed, status=201)


class TermsSchema(ApiView):
    """JSON Schema of the terms."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        return Response(Terms.json_schema())


def digest_read(request: Request) -> str:
    """The digest in If-Match; a proxy that packs our answers makes a weak tag of ours, which names the same text."""
    digest = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not digest:
        raise RefusedInput("if_match_missing")
    return digest


def answer(version: AgreementVersion, status: int = 200) -> Response:
    """A version with its digest as entity tag."""
    return Response(VersionOutput(version).data, status=status, headers={"ETag": f'"{version.digest}"'})


def body_of(request: Request) -> Any:
    """The JSON of the body; where there is none, that is said, and not that it names no chapter."""
    if request.stream is None:
        raise BadBody(empty_body())
    return request.data


def read_terms(sent: Any) -> Terms:
    """The terms in the body; every mistake is answered with its path."""
    try:
        return received_terms(sent, timezone.now())
    except TermsInvalid as invalid:
        raise refused_terms(invalid) from invalid


def refused_terms(invalid: TermsInvalid) -> serializers.ValidationError:
    """Every mistake under its path, in the reader's words."""
    return serializers.ValidationError(by_path((one.path, problem_words(one)) for one in invalid.problems))


def by_path(messages: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Messages by the place that they are about."""
    fields: dict[str, list[str]] = {}
    for place, message in messages:
        fields.setdefault(place, []).append(message)
    return fields


urlpatterns = [
    path("agreements/", AgreementList.as_view(), name="agreements"),
    path("agreement-templates/", TemplateList.as_view(), name="agreement-templates"),
    path("agreements/<slug:slug>/active/", ActiveVersion.as_view(), name="agreement-active"),
    path("agreements/<slug:slug>/draft/", Draft.as_view(), name="agreement-draft"),
    path("agreements/<slug:slug>/draft/proposal/", Proposal.as_view(), name="agreement-proposal"),
    path("agreements/<slug:slug>/draft/withdrawal/", Withdrawal.as_view(), name="agreement-withdrawal"),
    path("agreements/<slug:slug>/draft/signatures/", SignatureOfSide.as_view(), name="agreement-signatures"),
    path("agreements/<slug:slug>/versions/<int:number>/paper/", PaperOfVersion.as_view(), name="agreement-paper"),
    path("terms-schema/", TermsSchema.as_view(), name="terms-schema"),
]
