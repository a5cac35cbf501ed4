"""What all doors for other sites and programs share: which source is meant, how much is read, how we answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import salted_hmac

from leads.models import LeadSource, SourceKind
from slaportal.web.callers import caller_address
from slaportal.web.limits import Limit, take
from slaportal.web.refusals import Refused, RefusedForNow, RefusedInput, words_for

# A paused source is asked again in an hour, not each second.
PAUSED_FOR_SECONDS = 3600


class Gone(Refused):
    """The source has ended; whoever sends should stop."""

    status = 410


class Paused(Refused):
    """The source takes nothing now; what is sent later is taken."""

    status = 503


class TooLarge(RefusedInput):
    """The body is longer than this door takes; it was not read."""

    status = 413


class WrongOrigin(Refused):
    """A page that is not among the source's own."""

    status = 403


def source_at(public_id: UUID, kind: SourceKind) -> LeadSource:
    """The source behind this address; 404 where there is none of this kind, Gone or Paused where it takes nothing."""
    source = LeadSource.objects.filter(public_id=public_id, kind=kind).first()
    if source is None:
        raise Http404
    if source.retired_at is not None:
        raise Gone("source_retired")
    if not source.is_active:
        raise Paused("source_paused")
    return source


def refuse_large(request: HttpRequest, most: int) -> None:
    """TooLarge where the request says that its body is longer; nothing of it was read by then."""
    said = str(request.headers.get("content-length") or "0")
    if said.isdecimal() and int(said) > most:
        raise TooLarge("body_too_large", bytes=most)


def body_of(request: HttpRequest, most: int) -> bytes:
    """The body; TooLarge where it says that it is longer than `most` bytes, or turns out to be."""
    refuse_large(request, most)
    raw: bytes = request.read(most + 1)
    if len(raw) > most:
        raise TooLarge("body_too_large", bytes=most)
    return raw


def take_turn(limit: Limit, source: LeadSource, request: HttpRequest | None, *, at: dt.datetime) -> None:
    """Count one more of this source, and of this caller where a request is given; RefusedForNow past the limit."""
    whose = str(source.pk)
    if request is not None:
        # The count of an address names nobody.
        whose = salted_hmac("leads.hooks", f"{whose} {caller_address(request)}", algorithm="sha256").hexdigest()
    taken = take(limit, whose, at=at)
    if not taken.is_granted:
        raise RefusedForNow("too_often", seconds=taken.seconds_left)


def headers_of(refused: Refused) -> dict[str, str]:
    """When to come again, where that is known."""
    if isinstance(refused, Paused):
        return {"Retry-After": str(PAUSED_FOR_SECONDS)}
    if isinstance(refused, RefusedForNow):
        return {"Retry-After": str(refused.facts["seconds"])}
    return {}


def error(refused: Refused, fields: Mapping[str, list[str]] | None = None) -> HttpResponse:
    """The refusal in the shape of the API."""
    body: dict[str, Any] = {"code": refused.code, "detail": words_for(refused), "fields": dict(fields or {})}
    return JsonResponse(body, status=refused.status, headers=headers_of(refused))
