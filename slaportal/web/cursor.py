"""Lists of the API in pages that stay right while rows come and go: the cursor is the place after the last row."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.db.models import Field, Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from slaportal.web.json_input import BadJson, parse_json


class CursorPages(BasePagination):
    """{"results", "next"}: `next` goes back as ?cursor=…, null is the end; ?limit= asks for 1…1000 rows.

    A view that answers with them names this class as its `pagination_class`: the description of the API reads it there.
    `ordering` names fields of the model itself that are never null, and ends with one that is unique.
    """

    cursor_param = "cursor"
    limit_param = "limit"
    default_limit = 100
    max_limit = 1000

    def __init__(self, *, ordering: Sequence[str] = ("-pk",)) -> None:
        self.ordering = tuple(ordering)
        self.next_cursor: str | None = None

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """The rows after the cursor, in `ordering`; one more row is fetched to know whether there is a next page."""
        limit = self._limit(request)
        after = request.query_params.get(self.cursor_param)
        if not isinstance(queryset, QuerySet):
            raise TypeError("A cursor walks a queryset.")
        rows = queryset.order_by(*self.ordering)
        if after:
            rows = rows.filter(self._beyond(self._values(queryset.model, after)))
        found = list(rows[: limit + 1])
        self.next_cursor = self._cursor_of(found[limit - 1]) if len(found) > limit else None
        return found[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.next_cursor})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        properties = {"results": schema, "next": {"type": "string", "nullable": True}}
        return {"type": "object", "required": ["results", "next"], "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = {
            self.cursor_param: {"type": "string"},
            self.limit_param: {"type": "integer", "maximum": self.max_limit},
        }
        return [{"name": name, "in": "query", "required": False, "schema": kind} for name, kind in names.items()]

    def _limit(self, request: Request) -> int:
        asked = request.query_params.get(self.limit_param, str(self.default_limit))
        # Nine digits are plenty: what is longer is not even converted.
        if not (asked.isascii() and asked.isdigit() and len(asked) <= 9 and 1 <= int(asked) <= self.max_limit):
            facts = {"most": self.max_limit}
            raise ValidationError({self.limit_param: [_("Give a number from 1 to %(most)d.") % facts]})
        return int(asked)

    def _beyond(self, values: list[Any]) -> Q:
        """(a, b) after (A, B): a > A, or a = A and b > B; the first comparison alone also bounds the index scan."""
        beyond, same = Q(), Q()
        for name, value in zip(self.ordering, values, strict=True):
            field, step = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
            beyond |= same & Q(**{f"{field}__{step}": value})
            same &= Q(**{field: value})
        first = self.ordering[0]
        return Q(**{f"{first.lstrip('-')}__{'lte' if first.startswith('-') else 'gte'}": values[0]}) & beyond

    def _cursor_of(self, row: Model) -> str:
        values = [field.value_to_string(row) for field in self._fields(type(row))]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")

    def _values(self, model: type[Model], cursor: str) -> list[Any]:
        try:
            values = parse_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), max_bytes=2000)
            if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
                raise ValueError("not a list of texts")
            pairs = zip(self._fields(model), values, strict=True)
            return [field.get_prep_value(field.to_python(value)) for field, value in pairs]
        except (BadJson, ModelError, ValueError, TypeError, binascii.Error) as error:
            raise ValidationError({self.cursor_param: [_("This is not a cursor that a list gave out.")]}) from error

    def _fields(self, model: type[Model]) -> list[Field[Any, Any]]:
        names = [name.lstrip("-") for name in self.ordering]
        return [model._meta.pk if name == "pk" else model._meta.get_field(name) for name in names]  # type: ignore[misc]
