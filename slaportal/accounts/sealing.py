"""Secrets that must be used again (tokens of other systems, signing secrets), kept so that a stolen dump tells none."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def seal(secrets: Mapping[str, str]) -> str:
    """The secrets as text that only this installation's SECRET_KEY opens."""
    return _box().encrypt(json.dumps(dict(secrets)).encode()).decode() if secrets else ""


def unseal(sealed: str) -> dict[str, str]:
    """The secrets again; none where neither SECRET_KEY nor a fallback opens them: they must be entered anew."""
    if not sealed:
        return {}
    try:
        opened: dict[str, str] = json.loads(_box().decrypt(sealed.encode()))
    except InvalidToken:
        return {}
    return opened


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"sealing\0" + _bytes(key)).digest())) for key in keys]
    )


def _bytes(key: str | bytes) -> bytes:
    return key.encode() if isinstance(key, str) else key
