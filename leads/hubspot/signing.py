"""Whether a delivery is HubSpot's: the three versions of its signature, compared in constant time."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

WINDOW = dt.timedelta(minutes=5)
# What HubSpot decodes of an address before it signs it (developers.hubspot.com, "Validating requests", v3).
DECODED = {
    "3A": ":",
    "2F": "/",
    "3F": "?",
    "40": "@",
    "21": "!",
    "24": "$",
    "27": "'",
    "28": "(",
    "29": ")",
    "2A": "*",
    "2C": ",",
    "3B": ";",
}
ESCAPE = re.compile(f"%({'|'.join(DECODED)})", re.IGNORECASE)
MILLISECONDS = re.compile(r"\d{1,15}")


class NotTrusted(Exception):
    """The delivery proves nothing; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Request:
    """What is signed: the address as HubSpot called it, scheme and query included, and the bytes of the body."""

    method: str
    uri: str
    body: bytes
    headers: Mapping[str, str]


def signature_v1(secret: str, request: Request) -> str:
    """hex(sha256(secret + body))."""
    return hashlib.sha256(secret.encode() + request.body).hexdigest()


def signature_v2(secret: str, request: Request) -> str:
    """hex(sha256(secret + method + uri + body))."""
    return hashlib.sha256(f"{secret}{request.method}{request.uri}".encode() + request.body).hexdigest()


def signature_v3(secret: str, request: Request, timestamp: str) -> str:
    """base64(HMAC-SHA256(secret, method + decoded uri + body + timestamp)); the timestamp in milliseconds."""
    uri = ESCAPE.sub(lambda found: DECODED[found[1].upper()], request.uri)
    signed = f"{request.method}{uri}".encode() + request.body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def check_signature(request: Request, secret: str, *, allowed: Collection[str] = (), at: dt.datetime) -> str:
    """The version that proves the delivery; NotTrusted otherwise.

    Version 3 is always taken, 1 and 2 only if `allowed` names them ("v1", "v2"): they hold for ever. A request that
    carries a version 3 is judged by that alone, so that nobody leaves out what binds it to its time.
    """
    if not secret:
        raise NotTrusted("secret_missing")
    headers = request.headers
    if given := headers.get("X-HubSpot-Signature-v3", ""):
        timestamp = headers.get("X-HubSpot-Request-Timestamp", "")
        _check_time(timestamp, at)
        return _equal("v3", given, signature_v3(secret, request, timestamp))
    given = headers.get("X-HubSpot-Signature", "")
    if not given:
        raise NotTrusted("signature_missing")
    version = headers.get("X-HubSpot-Signature-Version", "v1").lower()
    if version not in ("v1", "v2") or version not in allowed:
        raise NotTrusted("signature_old")
    sign = signature_v1 if version == "v1" else signature_v2
    return _equal(version, given, sign(secret, request))


def _check_time(timestamp: str, at: dt.datetime) -> None:
    if not MILLISECONDS.fullmatch(timestamp):
        raise NotTrusted("timestamp_unreadable")
    if abs(at.timestamp() - int(timestamp) / 1000) > WINDOW.total_seconds():
        raise NotTrusted("timestamp_old")


def _equal(version: str, given: str, right: str) -> str:
    if not hmac.compare_digest(given.encode("utf-8", "replace"), right.encode()):
        raise NotTrusted("signature_wrong")
    return version
