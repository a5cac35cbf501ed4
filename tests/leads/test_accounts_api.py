"""The account list over HTTP with a token: taken, refused, listed page by page, changed, within one's rights."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from leads.models import Account, Lead
from slaportal.accounts.models import ApiToken, User
from slaportal.audit.models import AuditEntry

pytestmark = pytest.mark.django_db

ACME = {"name": "Acme", "domains": ["acme.com"], "tier": "1", "attributes": {"arr": 5}}
URL = "/api/accounts/"
Send = Callable[..., Any]


@pytest.fixture
def send(client: Client) -> Send:
    def send(user: User | None, method: str, path: str, body: Any = None) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body)
        options: dict[str, Any] = {"data": raw, "content_type": "application/json"} if body is not None else {}
        if user is not None:
            options["headers"] = {"Authorization": f"Bearer {ApiToken.objects.create(user)[1]}"}
        return getattr(client, method)(path, **options)

    return send


def test_one_account_is_new_then_known(send: Send, mina: User) -> None:
    first, second = send(mina, "post", URL, ACME), send(mina, "post", URL, ACME)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["domains"] == ["acme.com"]
    assert AuditEntry.objects.filter(action="accounts.received").count() == 1


def test_a_batch_answers_row_by_row(send: Send, mina: User) -> None:
    send(mina, "post", "/api/leads/", {"email": "dana@acme.com"})
    answer = send(mina, "post", URL, [ACME, {"name": "Bad", "domains": "gmail.com"}, {"name": "Volta"}])
    body = answer.json()
    assert answer.status_code == 200
    assert (body["created"], body["matched"], body["accepted"]) == (2, 1, 2)
    assert [(row["index"], row["code"]) for row in body["rejected"]] == [(1, "free_mail_domain")]
    lead = Lead.objects.select_related("account").get()
    assert send(mina, "get", f"/api/leads/{lead.public_id}/").json()["account"] == str(lead.account.public_id)  # type: ignore[union-attr]


def test_four_hundred_come_in_pages(send: Send, mina: User) -> None:
    send(mina, "post", URL, [{"name": f"Company {n:03}", "is_target": n % 2 == 0} for n in range(400)])
    names, path = [], f"{URL}?target=yes&limit=70"
    while path:
        body = send(mina, "get", path).json()
        names += [row["name"] for row in body["results"]]
        path = f"{URL}?target=yes&limit=70&cursor={body['next']}" if body["next"] else ""
    assert names == [f"Company {n:03}" for n in range(0, 400, 2)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"tier": "1"}, 422, "account_nameless"),
        ({"name": "x", "colour": "red"}, 422, "unknown_field"),
        ("Acme", 422, "row_not_an_object"),
        ([{}] * 5001, 422, "too_many_rows"),
        (b'{"name": "a", "name": "b"}', 422, "json_duplicate_key"),
        (b'{"name": "\\u0000"}', 422, "json_nul"),
        (b'{"name": "\\ud800"}', 422, "json_surrogate"),
        (b'{"name": "x", "size": NaN}', 422, "json_not_a_number"),
        (b"[" * 10_000, 422, "json_too_deep"),
    ],
)
def test_nasty_bodies(send: Send, mina: User, body: Any, status: int, code: str) -> None:
    answer = send(mina, "post", URL, body)
    assert (answer.status_code in {status, 400}, answer.json()["code"]) == (True, code)
    assert not Account.objects.exists()


def test_an_account_is_changed_exactly(send: Send, mia: User) -> None:
    one = f"{URL}{send(mia, 'post', URL, ACME).json()['id']}/"
    changed = send(mia, "patch", one, {"domains": ["acme.fr"], "tier": "", "attributes": {"arr": None}})
    assert changed.status_code == 200
    assert send(mia, "get", one).json() | {"updated_at": ""} == changed.json() | {"updated_at": ""}
    assert (changed.json()["domains"], changed.json()["tier"], changed.json()["attributes"]) == (["acme.fr"], "", {})
    assert send(mia, "patch", one, {"is_target": None}).status_code == 422
    send(mia, "post", URL, {"name": "Volta", "domains": ["volta.com"]})
    taken = send(mia, "patch", one, {"domains": ["volta.com"]})
    assert (taken.status_code, taken.json()["code"]) == (409, "account_domain_taken")


def test_an_account_goes_off_the_list_once(send: Send, mia: User) -> None:
    one = f"{URL}{send(mia, 'post', URL, ACME).json()['id']}/"
    assert [send(mia, "delete", one).status_code for _ in range(2)] == [204, 404]


def test_filters_that_say_nothing_are_refused(send: Send, mia: User) -> None:
    assert send(mia, "get", f"{URL}?target=maybe").status_code == 422
    assert send(mia, "get", f"{URL}?updated_since=soon").status_code == 422
    assert send(mia, "get", f"{URL}?cursor=x").status_code == 422


def test_reps_read_and_do_not_feed(send: Send, sam: User, mia: User) -> None:
    one = f"{URL}{send(mia, 'post', URL, ACME).json()['id']}/"
    assert send(sam, "get", URL).json()["results"][0]["name"] == "Acme"
    answers = [send(sam, "post", URL, ACME), send(sam, "patch", one, {}), send(sam, "delete", one)]
    assert {answer.status_code for answer in answers} == {403}
    assert send(None, "get", URL).status_code == 401
