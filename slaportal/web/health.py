"""What a machine asks: does the process live (/healthz), and can it reach what it needs (/readyz)."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from slaportal.web.policy import public

SECONDS = 2


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is touched."""
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


@public
def readyz(request: HttpRequest) -> HttpResponse:
    """Database and broker answer; else 503."""
    parts = {"database": database_answers(), "broker": broker_answers()}
    words = {name: "ok" if answers else "unreachable" for name, answers in parts.items()}
    return JsonResponse(words, status=200 if all(parts.values()) else 503, headers={"Cache-Control": "no-store"})


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def broker_answers() -> bool:
    if settings.REDIS is None:
        return False
    try:
        with redis.Redis.from_url(
            settings.REDIS.client, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
        ) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
