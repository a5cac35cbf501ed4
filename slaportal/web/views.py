"""Pages of no room: the answers to errors, for people as pages and for programs as JSON, and the language switch."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST
from django.views.i18n import LANGUAGE_QUERY_PARAMETER
from django.views.i18n import set_language as remember_language

from slaportal.web.policy import public

API_PREFIX = "/api/"


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request itself is broken; 413: it is larger than a form may be."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return _error(request, 413, "too_large", gettext("This form is larger than one request may be."))
    return _error(request, 400, "bad_request", gettext("This request is broken."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: it exists, but is not for this reader."""
    return _error(request, 403, "permission_denied", gettext("This is not open to you."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: it does not exist, or the reader may not know that it does."""
    return _error(request, 404, "not_found", gettext("This does not exist."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. The page needs neither database nor session, so that it also comes when those are gone."""
    return _error(request, 500, "server_error", gettext("Something broke on our side."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose proof of origin is missing or too old; tells how to go on."""
    if request.path.startswith(API_PREFIX):
        return _error(request, 403, "csrf_failed", gettext("The form was opened too long ago."))
    return render(request, "403.html", {"is_stale_form": True}, status=403)


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Switch the language: in the cookie for anybody, and in the profile of a person who is logged in."""
    code = request.POST.get(LANGUAGE_QUERY_PARAMETER, "")
    if request.user.is_authenticated and code in dict(settings.LANGUAGES):
        request.user.language = code
        request.user.save(update_fields=["language"])
    return remember_language(request)


def _error(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return JsonResponse({"code": code, "detail": detail, "fields": {}}, status=status)
    return render(request if status not in {400, 413, 500} else None, f"{status}.html", status=status)
