"""Who stands behind a request, once its policy has let it in."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from rest_framework.request import Request

from slaportal.accounts.models import User


class PersonRequest(HttpRequest):
    """A request that a policy has let in, so its user is a person. Only ever used as an annotation."""

    user: User


def person(request: HttpRequest | Request) -> User:
    """The person who is logged in or whose token was sent, where a view's annotation cannot say so."""
    return cast("User", request.user)
