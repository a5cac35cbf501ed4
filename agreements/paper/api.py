"""The paper over HTTP, for programs that file it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from agreements import access
from agreements.paper.answering import pdf_response
from agreements.paper.languages import language_or_none
from agreements.paper.pdf import paper_of
from slaportal.accounts.reader import person
from slaportal.web.api_view import ApiView

LANG = OpenApiParameter(
    "lang", str, enum=[code for code, _name in settings.LANGUAGES], description="The reader's language by default."
)


class PaperOfVersion(ApiView):
    """A version as a PDF; If-None-Match with its ETag answers 304 until it would look otherwise."""

    @extend_schema(parameters=[LANG], responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, slug: str, number: int) -> HttpResponse:
        """In the language asked for, or in that of the token's person."""
        version = access.version_for(person(request), slug, number)
        language = language_or_none(request.query_params.get("lang", ""), person(request))
        if language is None:
            raise ValidationError({"lang": [gettext("The portal does not speak this language.")]})
        return pdf_response(request, paper_of(version, language))
