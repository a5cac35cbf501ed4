"""Refusals of rows in the shapes of the API, and who may feed it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from leads.intake import MAX_ROWS, Rejection, RowRejected
from slaportal.accounts.models import Role, User
from slaportal.web.json_input import empty_body
from slaportal.web.parsers import BadBody
from slaportal.web.refusals import RefusedInput, words_for

# Reps work with leads; those who bring them in are Marketing, the managers and admins.
FEEDERS: frozenset[str] = frozenset({Role.MARKETER, Role.MARKETING_MANAGER, Role.SALES_MANAGER, Role.ADMIN})


def caller(request: Request) -> User:
    """Whose token it is; the permission classes let nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def feeder(request: Request) -> User:
    """Whose token it is; 403 for those who may only read."""
    user = caller(request)
    if user.role not in FEEDERS:
        raise PermissionDenied
    return user


def sent_rows(request: Request) -> tuple[list[Any], bool]:
    """The rows of the body, and whether they came as a list; BadBody where there is no body at all."""
    if request.stream is None:
        raise BadBody(empty_body())
    sent = request.data
    if isinstance(sent, dict):
        return [sent], False
    if not isinstance(sent, list):
        raise RefusedInput("row_not_an_object")
    if len(sent) > MAX_ROWS:
        raise RefusedInput("too_many_rows", limit=MAX_ROWS, rows=len(sent))
    return sent, True


def refused_row(rejected: Rejection | RowRejected) -> Response:
    """The answer where the only row is refused."""
    words = words_of(rejected)
    fields = {rejected.field: [words]} if rejected.field else {}
    return Response({"code": rejected.code, "detail": words, "fields": fields}, status=422)


def refused_rows(rejected: Iterable[Rejection]) -> list[dict[str, Any]]:
    """The refused rows of a list; the detail names the field."""
    return [{"index": row.index, "code": row.code, "detail": _with_field(row)} for row in rejected]


def words_of(rejected: Rejection | RowRejected) -> str:
    return words_for(RefusedInput(rejected.code, **rejected.facts))


def _with_field(rejected: Rejection) -> str:
    return f"{rejected.field}: {words_of(rejected)}" if rejected.field else words_of(rejected)
