"""Who stands behind a request, once its policy has let it in."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from rest_framework.request import Request

from slaportal.accounts.models import User


def person(request: HttpRequest | Request) -> User:
    """The person who is logged in or whose token was sent; policies have seen to it that there is one."""
    return cast("User", request.user)
