"""The request as views behind the log-in see it: with a person, for the type checker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from slaportal.accounts.models import User


class PersonRequest(HttpRequest):
    """The policy has let this request in, so its user is a person. Only ever used as an annotation."""

    user: User
