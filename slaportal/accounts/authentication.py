"""Lets programs in by `Authorization: Bearer …`, and notes when a token was last used."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed

from slaportal.accounts.models import ApiToken, User

SHAPE = re.compile(rb"sla_[0-9a-f]{64}")
# Often enough to see what is in use, seldom enough not to write at each request.
NOTED_EVERY = timedelta(minutes=1)


class BearerAuthentication(TokenAuthentication):  # type: ignore[misc]
    """Knox's tokens, found by their digest in one query behind a check of their shape."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        if not SHAPE.fullmatch(token):  # odd bytes never reach the database
            raise AuthenticationFailed(gettext("This token is not valid."))
        found = ApiToken.objects.select_related("user").filter(digest=hash_token(token.decode())).first()
        now = timezone.now()
        if found is None or (found.expiry is not None and found.expiry < now):
            raise AuthenticationFailed(gettext("This token is not valid."))
        user, _ = super().validate_user(found)
        if found.last_used_at is None or found.last_used_at < now - NOTED_EVERY:
            ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
        return user, found


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's own description names this."""

    target_class = "slaportal.accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
