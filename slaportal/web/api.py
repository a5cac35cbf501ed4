"""What all API views share: one shape of error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from slaportal.web.refusals import Refused, words_for


class ErrorOutput(serializers.Serializer[None]):
    """Why not, for programs and for people."""

    code = serializers.CharField()
    detail = serializers.CharField()
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


INVALID = "invalid"
_CODES = {
    status.HTTP_400_BAD_REQUEST: "bad_request",
    status.HTTP_401_UNAUTHORIZED: "not_authenticated",
    status.HTTP_403_FORBIDDEN: "permission_denied",
    status.HTTP_404_NOT_FOUND: "not_found",
}


def answer_exception(raised: Exception, context: dict[str, Any]) -> Response | None:
    """Every error as {"code", "detail", "fields"}; None for a fault of ours, which Django logs and answers with 500."""
    if isinstance(raised, Refused):
        return _answer(raised.status, raised.code, words_for(raised))
    if isinstance(raised, Http404):
        # Django's own message names the model, and is not translated.
        raised = NotFound(_("This does not exist."))
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
