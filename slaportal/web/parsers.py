"""How the API reads a body; apart from the rest, because Django REST framework loads it while loading itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser

from slaportal.web.json_input import LARGEST_INTEGER, BadJson, parse_json


class BadBody(APIException):
    """The body cannot be read: 400, or 413 when it is too large."""

    def __init__(self, bad: BadJson) -> None:
        super().__init__(bad.detail, bad.code)
        too_large = bad.code == "json_too_large"
        self.status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE if too_large else status.HTTP_400_BAD_REQUEST


def most_bytes(view: object) -> int:
    """How long a body may be that this view takes."""
    return int(getattr(view, "max_body_bytes", settings.DATA_UPLOAD_MAX_MEMORY_SIZE))


class StrictJSONParser(BaseParser):
    """Reads a JSON body through `parse_json`; a view may set `max_body_bytes`, `max_body_depth`, `max_body_integer`."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        view = (parser_context or {}).get("view")
        limit = most_bytes(view)
        depth = getattr(view, "max_body_depth", 20)
        integer = getattr(view, "max_body_integer", LARGEST_INTEGER)
        try:
            # One byte more than allowed is enough to know, however long the body is.
            return parse_json(stream.read(limit + 1), limit, depth, integer)
        except BadJson as bad:
            raise BadBody(bad) from bad
