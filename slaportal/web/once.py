"""Requests that may be repeated: with an `Idempotency-Key`, the answer is kept in the transaction of its effect."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from psycopg2.errors import DeadlockDetected
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from slaportal.web.models import KeptAnswer

HEADER = "Idempotency-Key"
REPEATABLE = frozenset({"POST", "PUT", "PATCH"})
KEPT_FOR = dt.timedelta(hours=24)
LONGEST_KEY = 255
# What asks to come again is not kept: the next try may go another way.
NOT_KEPT = frozenset({409, 429})
KEPT_HEADERS = ("ETag", "Location")


class KeyInvalid(APIException):
    """The key is empty, too long, or not of printable ASCII characters."""

    status_code = 400
    default_code = "idempotency_key_invalid"
    default_detail = _("An Idempotency-Key has 1 to 255 printable ASCII characters, a random UUID for example.")


class KeyReused(APIException):
    """The key came before, with another request."""

    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = _("This Idempotency-Key came with another request before. Give each request a key of its own.")


class InFlight(APIException):
    """The same key is being worked on at this moment."""

    status_code = 409
    default_code = "idempotency_key_in_flight"
    default_detail = _("The first request with this Idempotency-Key is not answered yet. Repeat it in a moment.")
    # Seconds; told as Retry-After.
    wait = 1


class Overtaken(APIException):
    """Another request held what this one needed, and needed what this one held."""

    status_code = 409
    default_code = "overtaken"
    default_detail = _("Another request changes the same at this moment. Nothing was done; repeat it in a moment.")
    wait = 1


def key_of(request: Request) -> str | None:
    """The key that the caller gave; None without one."""
    key: str | None = request.headers.get(HEADER)
    if key is not None and not (key.isascii() and key.isprintable() and 0 < len(key) <= LONGEST_KEY):
        raise KeyInvalid
    return key


def answer_once(
    view: APIView, handler: Callable[..., Response], key: str, request: Request, *args: Any, **kwargs: Any
) -> Response:
    """What the handler answers, or what it answered to this person's same request with this key before.

    Effect and answer are one transaction: what was lost with the connection is kept, or did not happen. A fault of
    ours rolls both back. Raises KeyReused, InFlight and Overtaken.
    """
    try:
        return _answer_once(view, handler, key, request, *args, **kwargs)
    except OperationalError as error:
        # Two lists of the same things in different orders: the database undid ours, so that the other goes on.
        if isinstance(error.__cause__, DeadlockDetected):
            raise Overtaken from error
        raise


def _answer_once(
    view: APIView, handler: Callable[..., Response], key: str, request: Request, *args: Any, **kwargs: Any
) -> Response:
    digest = _digest(request)
    with transaction.atomic():
        if not _is_first_in_line(request, key):
            raise InFlight
        if kept := KeptAnswer.objects.filter(
            person_id=request.user.pk, key=key, at__gt=timezone.now() - KEPT_FOR
        ).first():
            return _again(kept, digest)
        try:
            response = handler(request, *args, **kwargs)
        except Exception as raised:
            # Refusals become answers; a fault of ours is raised again.
            response = view.handle_exception(raised)
        if response.status_code < 500 and response.status_code not in NOT_KEPT:
            _keep(request, key, digest, response)
    return response


def forget_old_answers(at: dt.datetime) -> int:
    """Delete the answers whose day is over; how many there were."""
    return KeptAnswer.objects.filter(at__lte=at - KEPT_FOR).delete()[0]


def _is_first_in_line(request: Request, key: str) -> bool:
    """Whether nobody works on this key now; if so, nobody else will until our transaction ends."""
    name = hashlib.sha256(f"{request.user.pk} {key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(name[:8], signed=True)])
        return bool(cursor.fetchone()[0])


def _digest(request: Request) -> str:
    """What makes the request the same: method, address, precondition and body, as hex.

    Keyed, because a body may hold a password that a plain digest would let somebody guess.
    """
    plain = request._request
    told = "\n".join([plain.method or "", plain.get_full_path(), request.headers.get("If-Match", ""), ""])
    told_bytes = told.encode("utf-8", "surrogatepass") + plain.body
    return salted_hmac(HEADER, told_bytes, algorithm="sha256").hexdigest()


def _keep(request: Request, key: str, digest: str, response: Response) -> None:
    headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    body = JSONRenderer().render(response.data).decode()
    facts = {"digest": digest, "status": response.status_code, "headers": headers, "body": body}
    KeptAnswer.objects.update_or_create(person_id=request.user.pk, key=key, defaults={**facts, "at": timezone.now()})


def _again(kept: KeptAnswer, digest: str) -> Response:
    if kept.digest != digest:
        raise KeyReused
    body = json.loads(kept.body) if kept.body else None
    return Response(body, kept.status, headers={**kept.headers, "Idempotent-Replayed": "true"})
