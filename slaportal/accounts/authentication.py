"""Lets programs in by `Authorization: Bearer …`, and notes when a token was last used."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from slaportal.accounts.models import ApiToken, User

SHAPE = re.compile(rb"sla_[0-9a-f]{64}")
# Often enough to see what is in use, seldom enough not to write at each request.
NOTED_EVERY = timedelta(minutes=1)


class BearerAuthentication(TokenAuthentication):  # type: ignore[misc]
    """Knox's check of the digest, behind a check of the token's shape: odd bytes never reach the database."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        if not SHAPE.fullmatch(token):
            raise AuthenticationFailed(gettext("This token is not valid."))
        return super().authenticate_credentials(token)  # type: ignore[no-any-return]

    def validate_user(self, auth_token: ApiToken) -> tuple[User, ApiToken]:
        user, token = super().validate_user(auth_token)
        now = timezone.now()
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
        return user, token


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's own description names this."""

    target_class = "slaportal.accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
