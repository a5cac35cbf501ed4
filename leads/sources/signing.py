"""The Standard Webhooks scheme: who knows the secret signs id, time and body, and nobody can replay it later."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence

from slaportal.web.refusals import Refused

PREFIX = "whsec_"
SECRET_BYTES = 32
TOLERANCE = dt.timedelta(minutes=5)
MOST_SIGNATURES = 20

_DIGITS = re.compile(r"[0-9]{1,12}")
_NAME = re.compile(r"[\x21-\x7e]{1,190}")


class BadSignature(Refused):
    """The delivery cannot be trusted; the answer is 401."""

    status = 401


def new_secret() -> str:
    """A random secret as Standard Webhooks writes it: "whsec_" and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, delivery: str, timestamp: str, body: bytes) -> str:
    """`v1,` and base64 of HMAC-SHA256 over id.timestamp.body, the body as its very bytes."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{delivery}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def check_time(*, delivery: str, timestamp: str, at: dt.datetime) -> None:
    """Refuse by BadSignature what names no delivery, and what was not sent within five minutes of now."""
    if not _NAME.fullmatch(delivery):
        raise BadSignature("webhook_without_id")
    if not _DIGITS.fullmatch(timestamp):
        raise BadSignature("webhook_without_time")
    if abs(int(timestamp) - at.timestamp()) > TOLERANCE.total_seconds():
        raise BadSignature("webhook_time_differs", minutes=TOLERANCE.seconds // 60)


def check_signature(*, known: Sequence[str], delivery: str, timestamp: str, body: bytes, signatures: str) -> None:
    """Pass if one of the sent signatures is by one of the known secrets; else BadSignature. Compared in equal time."""
    sent = [given.encode("utf-8", "replace") for given in signatures.split()[:MOST_SIGNATURES]]
    right = [signature(secret, delivery, timestamp, body).encode() for secret in known]
    matches = [hmac.compare_digest(given, own) for given in sent for own in right]
    if not any(matches):
        raise BadSignature("webhook_signature_wrong")
