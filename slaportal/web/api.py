"""What all API views share: strict JSON in, one shape of error out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError as ModelError
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.response import Response
from rest_framework.views import exception_handler

from slaportal.web.json_input import BadJson, parse_json
from slaportal.web.refusals import Refused, words_for

INVALID = "invalid"
_CODES = {
    status.HTTP_400_BAD_REQUEST: "bad_request",
    status.HTTP_401_UNAUTHORIZED: "not_authenticated",
    status.HTTP_403_FORBIDDEN: "permission_denied",
    status.HTTP_404_NOT_FOUND: "not_found",
}


class BadBody(APIException):
    """The body cannot be read: 400, or 413 when it is too large."""

    def __init__(self, bad: BadJson) -> None:
        super().__init__(bad.detail, bad.code)
        too_large = bad.code == "json_too_large"
        self.status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE if too_large else status.HTTP_400_BAD_REQUEST


class StrictJSONParser(BaseParser):
    """Reads a JSON body through `parse_json`; a view may set `max_body_bytes` and `max_body_depth`."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        view = (parser_context or {}).get("view")
        limit = getattr(view, "max_body_bytes", settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        depth = getattr(view, "max_body_depth", 20)
        try:
            # One byte more than allowed is enough to know, however long the body is.
            return parse_json(stream.read(limit + 1), limit, depth)
        except BadJson as bad:
            raise BadBody(bad) from bad


def answer_exception(raised: Exception, context: dict[str, Any]) -> Response | None:
    """Every error as {"code", "detail", "fields"}; None for a fault of ours, which Django logs and answers with 500."""
    if isinstance(raised, Refused):
        return _answer(raised.status, raised.code, words_for(raised))
    if isinstance(raised, ModelError):
        raised = ValidationError(raised.message_dict if hasattr(raised, "error_dict") else raised.messages)
    response = exception_handler(raised, context)
    if response is None:
        return None
    if isinstance(raised, ValidationError):
        fields = _by_path(raised.detail)
        body = _body(INVALID, _("Some values are not valid."), fields)
        response.status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    else:
        body = _body(_code_of(raised, response.status_code), str(response.data.get("detail", "")))
    response.data = body
    return response


def _answer(status_code: int, code: str, detail: str) -> Response:
    return Response(_body(code, detail), status=status_code)


def _body(code: str, detail: str, fields: Mapping[str, list[str]] | None = None) -> dict[str, Any]:
    return {"code": code, "detail": detail, "fields": dict(fields or {})}


def _code_of(raised: Exception, status_code: int) -> str:
    if isinstance(raised, APIException) and isinstance(raised.get_codes(), str):
        return str(raised.get_codes())
    return _CODES.get(status_code, "error")


def _by_path(detail: Any) -> dict[str, list[str]]:
    """DRF's nested errors as {"path.to.0.field": [message]}; errors of the whole stand under ""."""
    found: dict[str, list[str]] = {}
    for path, message in _messages(detail, ()):
        found.setdefault(".".join(path), []).append(message)
    return found


def _messages(detail: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            yield from _messages(value, path if key == "non_field_errors" else (*path, str(key)))
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        for index, value in enumerate(detail):
            inner = (*path, str(index)) if isinstance(value, Mapping | list) else path
            yield from _messages(value, inner)
    else:
        yield path, str(detail)
