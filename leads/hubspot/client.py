"""Asks HubSpot's REST API, with bounds on time and size; every way to fail has a name, and nobody tries again here."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import requests
from django.conf import settings

from slaportal.web.json_input import MIB, BadJson, parse_json

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5.0, 15.0, 25.0
LARGEST_ANSWER = 16 * MIB
PIECE = 65_536
LONGEST_PAUSE = 3600.0


class HubSpotFailed(Exception):
    """HubSpot does not answer as it should; `code` says how, and is told in leads.hubspot.words."""

    code = "hubspot_failed"

    def __init__(self, code: str = "", **facts: Any) -> None:
        self.code = code or self.code
        self.facts = facts
        super().__init__(self.code, facts)


class TokenRefused(HubSpotFailed):
    """The token is not taken, or may not do this: asking again brings nothing until somebody changes it."""


class HubSpotAway(HubSpotFailed):
    """Not now: too many requests, a fault there, a cut connection. `pause` is what HubSpot asks for, in seconds."""

    def __init__(self, code: str, *, pause: float = 0.0, **facts: Any) -> None:
        super().__init__(code, **facts)
        self.pause = pause


class Absent(HubSpotFailed):
    """There is no such thing."""

    code = "hubspot_absent"


class Declined(HubSpotFailed):
    """HubSpot does not take what was sent; `detail` is its own sentence."""

    code = "hubspot_declined"


class HubSpotApi:
    """One conversation with the API under a private app's token."""

    def __init__(self, token: str) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update({"Authorization": f"Bearer {token}", "Accept": "application/json"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.session.close()

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """The answer's JSON object; parameters that are None are left out."""
        return self._ask("GET", path, params={name: value for name, value in params.items() if value is not None})

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._ask("POST", path, json=body)

    def _ask(self, method: str, path: str, **what: Any) -> dict[str, Any]:
        try:
            with self.session.request(
                method,
                settings.HUBSPOT_API + path,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
                **what,
            ) as answer:
                raw = _read(answer)
        # Also an answer that no HTTP library can make sense of.
        except (requests.RequestException, OSError, ValueError) as error:
            raise HubSpotAway("hubspot_unreachable", detail=type(error).__name__) from error
        return _judged(answer, raw)


def _read(answer: requests.Response) -> bytes:
    """The body, no longer than allowed, and no slower."""
    until = time.monotonic() + WHOLE_SECONDS
    pieces, size = [], 0
    for piece in answer.iter_content(PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST_ANSWER:
            raise HubSpotAway("hubspot_answer_too_large", limit=LARGEST_ANSWER // MIB)
        if time.monotonic() > until:
            raise HubSpotAway("hubspot_unreachable", detail="too slow")
    return b"".join(pieces)


def _judged(answer: requests.Response, raw: bytes) -> dict[str, Any]:
    status = answer.status_code
    if status == 401:
        raise TokenRefused("hubspot_token_refused")
    if status == 403:
        raise TokenRefused("hubspot_scope_missing", detail=_detail(raw))
    if status == 429 or status >= 500:
        code = "hubspot_too_often" if status == 429 else "hubspot_fault"
        raise HubSpotAway(code, pause=_pause(answer.headers.get("Retry-After", "")), status=status)
    if status == 404:
        raise Absent
    if not 200 <= status < 300:
        raise Declined(detail=_detail(raw), status=status)
    return _object(raw)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = parse_json(raw, LARGEST_ANSWER, mends_texts=True)
    except BadJson as bad:
        raise HubSpotAway("hubspot_answer_unreadable", detail=bad.detail) from bad
    if not isinstance(found, dict):
        raise HubSpotAway("hubspot_answer_unreadable", detail=type(found).__name__)
    return found


def _detail(raw: bytes) -> str:
    """HubSpot's sentence about what was wrong."""
    try:
        return str(_object(raw).get("message", ""))[:300]
    except HubSpotAway:
        return ""


def _pause(told: str) -> float:
    return min(float(told), LONGEST_PAUSE) if told.isdecimal() else 0.0
