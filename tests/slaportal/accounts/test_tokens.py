"""API tokens: shown once, kept as a digest, with their owner's life and rights."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from slaportal.accounts import tokens
from slaportal.accounts.models import ApiToken, User
from slaportal.audit.models import AuditEntry
from slaportal.web.refusals import Refused

AT = dt.datetime(2026, 3, 4, 10, tzinfo=dt.UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class WhoAmI(APIView):
    """Stands for any API view: the project's default authentication and permissions."""

    def get(self, request: Request) -> Response:
        return Response({"email": request.user.email})


urlpatterns = [path("api/who/", WhoAmI.as_view())]


def made(owner: User, **changes: Any) -> tuple[ApiToken, str]:
    return tokens.create_token(**{"owner": owner, "name": "site", "by": owner, "at": AT, **changes})


def asked(client: Client, token: str, prefix: str = "Bearer") -> int:
    return client.get("/api/who/", HTTP_AUTHORIZATION=f"{prefix} {token}").status_code


def test_a_token_speaks_for_its_owner_and_its_text_is_not_kept(client: Client, sam: User) -> None:
    token, plain_text = made(sam)
    response = client.get("/api/who/", HTTP_AUTHORIZATION=f"Bearer {plain_text}")
    assert response.json() == {"email": sam.email}
    assert plain_text not in json.dumps(list(ApiToken.objects.values()), default=str)
    assert plain_text not in json.dumps(list(AuditEntry.objects.values()), default=str)
    assert ApiToken.objects.get().last_used_at is not None


def test_the_last_use_is_noted_at_most_once_a_minute(client: Client, sam: User) -> None:
    _, plain_text = made(sam)
    seen = []
    for seconds in (0, 30, 61):
        with time_machine.travel(AT + dt.timedelta(seconds=seconds), tick=False):
            asked(client, plain_text)
        seen.append((ApiToken.objects.get().last_used_at - AT).total_seconds())
    assert seen == [0, 0, 61]


@pytest.mark.parametrize("wrong", ["", "x", "sla_" + "0" * 64, "sla_\x00" + "0" * 63, "sla_\xff" + "0" * 63, "a b"])
@override_settings(DEBUG_PROPAGATE_EXCEPTIONS=True)
def test_a_wrong_token_is_refused_in_words(client: Client, sam: User, wrong: str) -> None:
    response = client.get("/api/who/", HTTP_AUTHORIZATION=f"Bearer {wrong}")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json()["detail"]


def test_a_session_is_no_way_into_the_api(client: Client, sam: User) -> None:
    client.force_login(sam)
    assert client.get("/api/who/").status_code == 401


def test_a_token_ends_with_its_time(client: Client, sam: User) -> None:
    _, plain_text = made(sam, days=30)
    with time_machine.travel(AT + dt.timedelta(days=30, seconds=-1), tick=False):
        assert asked(client, plain_text) == 200
    with time_machine.travel(AT + dt.timedelta(days=30, seconds=1), tick=False):
        assert asked(client, plain_text) == 401


def test_a_token_ends_with_its_owner_s_access_or_when_revoked(client: Client, sam: User) -> None:
    _, plain_text = made(sam)
    User.objects.update(is_active=False)
    assert asked(client, plain_text) == 401
    User.objects.update(is_active=True)
    assert asked(client, plain_text) == 200
    tokens.revoke_token(token=ApiToken.objects.get(), by=sam, at=AT)
    assert asked(client, plain_text) == 401


def test_tokens_are_made_for_oneself_only_and_not_without_end(sam: User, lena: User, ada: User) -> None:
    for by in (lena, ada):
        with pytest.raises(Refused) as refused:
            made(sam, by=by)
        assert refused.value.code == "not_allowed"
    for _ in range(tokens.LIMIT):
        made(sam)
    with pytest.raises(Refused) as refused:
        made(sam)
    assert refused.value.code == "too_many_tokens"


def test_tokens_that_have_ended_make_room_for_new_ones(sam: User) -> None:
    for _ in range(tokens.LIMIT):
        made(sam, days=1)
    made(sam, at=AT + dt.timedelta(days=2))
    assert ApiToken.objects.count() == 1


def test_a_request_costs_one_query_to_know_who_asks(client: Client, sam: User, django_assert_num_queries: Any) -> None:
    _, plain_text = made(sam)
    made(sam, name="another")
    asked(client, plain_text)
    with django_assert_num_queries(1):
        assert asked(client, plain_text) == 200


def test_a_token_is_revoked_by_its_owner_or_an_admin_and_once(sam: User, lena: User, ada: User) -> None:
    token, _ = made(sam)
    codes = []
    for by in (lena, ada, sam):
        try:
            tokens.revoke_token(token=token, by=by, at=AT)
            codes.append("revoked")
        except Refused as refused:
            codes.append(refused.code)
    assert codes == ["not_allowed", "revoked", "token_unknown"]


def test_the_command_prints_the_token_on_its_last_line(client: Client, sam: User) -> None:
    out = io.StringIO()
    call_command("create_api_token", "SAM@example.com", "--name", "site", "--days", "7", stdout=out)
    assert asked(client, out.getvalue().splitlines()[-1]) == 200
    token = ApiToken.objects.get()
    assert (token.name, token.user) == ("site", sam)
    assert AuditEntry.objects.get().actor is None


def test_the_command_speaks_json(client: Client, sam: User) -> None:
    out = io.StringIO()
    call_command("create_api_token", sam.email, "--json", stdout=out)
    said = json.loads(out.getvalue().splitlines()[-1])
    assert (said["email"], said["ends_at"]) == (sam.email, None)
    assert asked(client, said["token"]) == 200


@pytest.mark.parametrize(("email", "days", "words"), [("x@example.com", 1, "Nobody"), ("sam@example.com", 0, "--days")])
def test_the_command_refuses_what_cannot_be(sam: User, email: str, days: int, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("create_api_token", email, days=days)


def test_the_command_makes_none_for_somebody_who_left(sam: User) -> None:
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="deactivated"):
        call_command("create_api_token", sam.email)
