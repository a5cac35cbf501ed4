"""The agreement to take away: a version as a PDF and as a page to print, in any of the portal's languages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import override
from django.views.decorators.http import require_GET

from agreements import access
from agreements.models import AgreementVersion
from agreements.paper import frame_of, language_or_none, paper_of, pdf_response
from agreements.sentences import chapters
from slaportal.accounts.reader import person
from slaportal.web.policy import signed_in
from slaportal.web.refusals import Refused, words_for
from slaportal.web.rendering import render_page


@require_GET
@signed_in
def version_pdf(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The PDF; one that is too long for it is shown as the page to print, which says so."""
    one = access.version_for(person(request), slug, number)
    language = _language(request)
    try:
        paper = paper_of(one, language)
    except Refused as refused:
        with override(language):
            context = print_context(one, language) | {"refusal": words_for(refused)}
            return render_page(request, "agreements/paper/print.html", context, status=422)
    return pdf_response(request, paper)


@require_GET
@signed_in
def version_print(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The same as a page, for the browser to print."""
    one = access.version_for(person(request), slug, number)
    language = _language(request)
    with override(language):
        return render_page(request, "agreements/paper/print.html", print_context(one, language))


def print_context(version: AgreementVersion, language: str) -> dict[str, Any]:
    """What the page to print shows."""
    return {
        "agreement": version.agreement,
        "version": version,
        "frame": frame_of(version),
        "chapters": chapters(version.document),
        "languages": settings.LANGUAGES,
        "language": language,
    }


def _language(request: HttpRequest) -> str:
    language = language_or_none(request.GET.get("lang", ""), person(request))
    if language is None:
        raise Http404("The portal does not speak this language.")
    return language
