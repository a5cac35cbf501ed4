"""The API's one shape of error, its parser and its pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as ModelError
from django.http import Http404
from django.test import Client
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from slaportal.accounts.models import Team
from slaportal.web.api import answer_exception
from slaportal.web.cursor import CursorPages
from slaportal.web.refusals import Refused, RefusedInput

URL = "/api/open/"


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Refused("attempts_missing", needed=6), 409, "attempts_missing"),
        (RefusedInput("bad_map"), 422, "bad_map"),
        (exceptions.ValidationError({"a": ["b"]}), 422, "invalid"),
        (ModelError({"a": ["b"]}), 422, "invalid"),
        (ModelError("b"), 422, "invalid"),
        (exceptions.ParseError(), 400, "parse_error"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.AuthenticationFailed(), 401, "authentication_failed"),
        (exceptions.PermissionDenied(), 403, "permission_denied"),
        (PermissionDenied(), 403, "permission_denied"),
        (Http404("secret"), 404, "not_found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.UnsupportedMediaType("text/x"), 415, "unsupported_media_type"),
        (exceptions.Throttled(wait=7), 429, "throttled"),
    ],
)
def test_every_error_has_one_shape(raised: Exception, status: int, code: str) -> None:
    answer = answer_exception(raised, {})
    assert answer is not None
    assert (answer.status_code, answer.data["code"]) == (status, code)
    assert set(answer.data) == {"code", "detail", "fields"}
    assert isinstance(answer.data["detail"], str)
    assert answer.data["detail"]
    assert "secret" not in answer.data["detail"]


def test_a_fault_of_ours_is_left_to_django() -> None:
    assert answer_exception(RuntimeError("x"), {}) is None


def test_who_asks_too_often_learns_when_to_come_back() -> None:
    answer = answer_exception(exceptions.Throttled(wait=7), {})
    assert answer is not None
    assert answer["Retry-After"] == "7"


def test_errors_name_the_path_of_their_field() -> None:
    class Event(serializers.Serializer[Any]):
        type = serializers.CharField()

    class Lead(serializers.Serializer[Any]):
        email = serializers.EmailField()
        events = Event(many=True)
        tags = serializers.ListField(child=serializers.IntegerField())

        def validate(self, attrs: Any) -> Any:
            raise exceptions.ValidationError("never reached")

    lead = Lead(data={"email": "x", "events": [{"type": "a"}, {}], "tags": [1, "x"]})
    with pytest.raises(exceptions.ValidationError) as wrong:
        lead.is_valid(raise_exception=True)
    answer = answer_exception(wrong.value, {})
    assert answer is not None
    assert set(answer.data["fields"]) == {"email", "events.1.type", "tags.1"}


def test_errors_of_the_whole_stand_under_no_name() -> None:
    answer = answer_exception(exceptions.ValidationError({"non_field_errors": ["odd"]}), {})
    assert answer is not None
    assert answer.data["fields"] == {"": ["odd"]}


@pytest.mark.usefixtures("site")
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"a": 1}', 200, None),
        (b" ", 400, "json_empty"),
        (b"NaN", 400, "json_not_a_number"),
        (b'{"a": 1, "a": 2}', 400, "json_duplicate_key"),
        (b'"\\u0000"', 400, "json_nul"),
        (b"[" * 30, 400, "json_too_deep"),
        (b"\xff", 400, "json_not_utf8"),
        (b'"' + b"x" * 2000 + b'"', 413, "json_too_large"),
    ],
)
def test_the_api_reads_json_strictly(client: Client, body: bytes, status: int, code: str | None) -> None:
    answer = client.post(URL, body, content_type="application/json")
    assert (answer.status_code, answer.json().get("code")) == (status, code)


def pages_of(ordering: tuple[str, ...], limit: int = 2) -> list[list[str]]:
    """All pages of all teams, by following the cursors."""
    found, cursor = [], ""
    while True:
        request = Request(APIRequestFactory().get("/", {"cursor": cursor, "limit": limit}))
        pages = CursorPages(ordering=ordering)
        found.append([team.name for team in pages.paginate_queryset(Team.objects.all(), request)])
        cursor = pages.get_paginated_response([]).data["next"]
        if cursor is None:
            return found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        (("name",), [["A", "B"], ["C", "D"], ["E"]]),
        (("-name",), [["E", "D"], ["C", "B"], ["A"]]),
        (("side", "-name"), [["D", "B"], ["E", "C"], ["A"]]),
        (("pk",), [["A", "B"], ["C", "D"], ["E"]]),
    ],
)
def test_cursors_walk_all_rows_once_in_order(ordering: tuple[str, ...], expected: list[list[str]]) -> None:
    for index, name in enumerate("ABCDE"):
        Team.objects.create(name=name, side="marketing" if index % 2 else "sales")
    assert pages_of(ordering) == expected


@pytest.mark.django_db
def test_an_exact_number_of_pages_has_no_empty_last_one() -> None:
    for name in "ABCD":
        Team.objects.create(name=name, side="sales")
    assert pages_of(("name",)) == [["A", "B"], ["C", "D"]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [{"cursor": "x"}, {"cursor": "é"}, {"cursor": "W10"}, {"cursor": "WyJcdTAwMDAiXQ"}, {"cursor": "WzFd"},
     {"cursor": "WyJhIiwiYiJd"}, {"cursor": "A" * 9000}, {"limit": "0"}, {"limit": "1001"}, {"limit": "x"},
     {"limit": "-1"}, {"limit": "٣"}, {"limit": "9" * 5000}, {"limit": "0000000010000"}, {"limit": "0" * 9 + "1999"}],
)  # fmt: skip
def test_a_made_up_cursor_or_limit_is_refused(query: dict[str, str]) -> None:
    request = Request(APIRequestFactory().get("/", query))
    with pytest.raises(exceptions.ValidationError):
        CursorPages(ordering=("pk",)).paginate_queryset(Team.objects.all(), request)
