"""What every request and every reader gets: strict headers, a sound address, the reader's language and time zone."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

Handler = Callable[[HttpRequest], HttpResponseBase]

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

_company_zones: list[Callable[[], str]] = []


def register_company_zone(source: Callable[[], str]) -> None:
    """Tell where the company's time zone is known (the active terms); for readers who set none of their own.

    Called from an AppConfig.ready(); `source` is asked on every request, so it must be cheap; "" means not known.
    """
    _company_zones[:] = [source]


class ResponseHeadersMiddleware:
    """Sets the content security policy on every response; stands first, so that static files and errors carry it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["HX-Request"])
        return response


class AddressMiddleware:
    """Answers 400 to an address that holds a NUL: no text has one, and PostgreSQL cannot even be asked for it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("The address holds a NUL.")
        return self.get_response(request)


class ReaderMiddleware:
    """Shows times in the reader's zone and words in the reader's language; without a profile, the browser decides.

    Keeps pages of people who are logged in out of every cache. Stands after authentication; LocaleMiddleware has
    already chosen a language by cookie or Accept-Language.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        # Pages for strangers must answer without a database: they show no times that would need the company's zone.
        with timezone.override(zone_named(user.timezone) if user.is_authenticated else ZoneInfo(settings.TIME_ZONE)):
            if user.is_authenticated and user.language:
                translation.activate(user.language)
                request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
        if user.is_authenticated:
            response.headers["Cache-Control"] = "no-store"
        return response


def zone_named(name: str) -> ZoneInfo:
    """The zone of that name; where it is empty or unknown to this machine: the company's, the installation's."""
    for candidate in (name, *(source() for source in _company_zones if not name), settings.TIME_ZONE):
        try:
            return ZoneInfo(candidate)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return ZoneInfo("UTC")
