"""What all addresses of the API share: requests that may be repeated, limits with headers, bodies that are too long."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from rest_framework.views import APIView

from leads import deals
from leads.models import Deal, Lead, LeadEvent
from slaportal.accounts.models import ApiToken, Role, User
from slaportal.audit.models import AuditEntry
from slaportal.outbox.tidying import tidy_up
from slaportal.web import api_view, once
from slaportal.web.api_view import ApiView
from slaportal.web.limits import Limit
from slaportal.web.models import KeptAnswer
from tests.flows.addresses import routes
from tests.leads.test_handoff import at_once

AT = dt.datetime(2026, 11, 4, 9, 0, 20, tzinfo=dt.UTC)
LEAD = {"source": "web", "external_id": "7", "email": "aiko@nordlys.example"}
EVENT = {"source": "web", "external_id": "e", "lead": {"external_id": "7"}, "type": "page_view"}
Send = Callable[..., Any]

pytestmark = pytest.mark.django_db


def sender(user: User) -> Send:
    """Sends JSON to the API with one token of this person."""
    client = Client(
        raise_request_exception=False, headers={"Authorization": f"Bearer {ApiToken.objects.create(user)[1]}"}
    )

    def send(path: str, body: Any, key: str | None = None, method: str = "post") -> Any:
        headers = {"Idempotency-Key": key} if key is not None else {}
        return getattr(client, method)(path, json.dumps(body), content_type="application/json", headers=headers)

    return send


@pytest.fixture
def send(mina: User) -> Send:
    return sender(mina)


def test_a_repeated_request_gets_the_first_answer_and_does_nothing(send: Send) -> None:
    first = send("/api/leads/", LEAD, "k-1")
    Lead.objects.update(name="Somebody else meanwhile")
    again = send("/api/leads/", LEAD, "k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert (first.headers.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (None, "true")
    assert send("/api/leads/", LEAD, "k-2").status_code == 200


def test_a_refusal_is_repeated_too(send: Send) -> None:
    first, again = (send("/api/leads/", {"name": "Nobody"}, "k-1") for _ in range(2))
    assert (first.status_code, again.status_code, again.json()["code"]) == (422, 422, "no_identity")
    assert again["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "body", "method"),
    [
        ("/api/leads/", {**LEAD, "name": "Aiko"}, "post"),
        ("/api/leads/?x=1", LEAD, "post"),
        ("/api/events/", LEAD, "post"),
    ],
)
def test_a_key_belongs_to_one_request(send: Send, path: str, body: Any, method: str) -> None:
    send("/api/leads/", LEAD, "k-1")
    answer = send(path, body, "k-1", method)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_a_key_belongs_to_one_person(send: Send, make_user: Callable[..., User]) -> None:
    send("/api/leads/", LEAD, "k-1")
    other = sender(make_user("Ada", Role.ADMIN))
    assert other("/api/leads/", {"email": "b@b.example"}, "k-1").status_code == 201
    assert KeptAnswer.objects.count() == 2


def test_what_goes_wrong_with_us_is_undone_and_may_be_tried_again(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("leads.api.leads._detail", lambda *_args, **_facts: 1 / 0)
        assert send("/api/leads/", LEAD, "k-1").status_code == 500
    assert (Lead.objects.count(), KeptAnswer.objects.count()) == (0, 0)
    assert send("/api/leads/", LEAD, "k-1").status_code == 201


def test_what_the_state_of_things_forbids_now_is_not_kept(send: Send, make_lead: Callable[..., Lead]) -> None:
    taken, lead = make_lead(email="a@a.example"), make_lead(email="b@b.example")
    path = f"/api/leads/{lead.public_id}/"
    assert send(path, {"email": "a@a.example"}, "k-1", "patch").status_code == 409
    taken.delete()
    assert send(path, {"email": "a@a.example"}, "k-1", "patch").status_code == 200


@pytest.mark.parametrize("key", ["", "k" * 256, "schlüssel", "a\tb"])
def test_a_key_that_is_none_is_told_so(send: Send, key: str) -> None:
    answer = send("/api/leads/", LEAD, key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")


def test_after_a_day_the_key_is_new(send: Send) -> None:
    with time_machine.travel(AT, tick=False):
        send("/api/leads/", LEAD, "k-1")
    with time_machine.travel(AT + dt.timedelta(hours=24), tick=False):
        assert send("/api/leads/", LEAD, "k-1").status_code == 200
    tidy_up(AT + dt.timedelta(hours=48))
    assert KeptAnswer.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_of_many_copies_at_once_one_has_an_effect(mina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    send = sender(mina)
    answers = at_once(*[lambda: send("/api/leads/", LEAD, "k-1")] * 12)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer["Retry-After"] for answer in answers if answer.status_code == 409} <= {"1"}
    assert send("/api/leads/", LEAD, "k-1").status_code == 201
    assert AuditEntry.objects.filter(action="leads.received").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_copies_of_an_event_at_once_one_counts(mina: User) -> None:
    send = sender(mina)
    send("/api/leads/", LEAD)
    event = {**EVENT, "occurred_at": "2026-11-04T08:00:00Z"}
    answers = at_once(*[lambda: send("/api/events/", [event] * 20)] * 12)
    assert sum(answer.json()["accepted"] for answer in answers) == 1
    assert sum(answer.json()["duplicates"] for answer in answers) == 12 * 20 - 1
    assert LeadEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_lists_that_wait_for_each_other_one_is_asked_to_come_again(
    mina: User, make_lead: Callable[..., Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = {"id": str(make_lead().public_id)}
    rows = [{"source": "crm", "external_id": name, "lead": lead, "status": "open"} for name in ("D-1", "D-2")]
    others = [{**row, "lead": {"id": str(make_lead().public_id)}} for row in rows]
    lists = {"k-1": [rows[0], others[1]], "k-2": [others[1], rows[0]]}
    both, mine, saved = threading.Barrier(2), threading.local(), deals._saved

    def saved_side_by_side(*args: Any) -> Any:
        result = saved(*args)
        if not hasattr(mine, "first"):
            mine.first = result
            both.wait(timeout=30)
        return result

    sends = {key: sender(mina) for key in lists}
    with monkeypatch.context() as patch:
        patch.setattr(deals, "_saved", saved_side_by_side)
        answers = at_once(*[partial(sends[key], "/api/deals/", lists[key], key) for key in lists])
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [overtaken] = [answer for answer in answers if answer.status_code == 409]
    assert (overtaken.json()["code"], overtaken["Retry-After"]) == ("overtaken", "1")
    again = [sends[key]("/api/deals/", lists[key], key) for key in lists]
    assert [(answer.status_code, answer.json()["accepted"]) for answer in again] == [(200, 2), (200, 2)]
    assert Deal.objects.count() == 2


def test_who_is_first_is_told_by_the_database(send: Send, mina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "_is_first_in_line", lambda *_: False)
    answer = send("/api/leads/", LEAD, "k-1")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (409, "idempotency_key_in_flight", "1")
    assert Lead.objects.count() == 0


def test_each_answer_tells_what_is_left_of_the_limit(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_view, "REQUESTS", Limit("api-requests", most=2, seconds=60))
    with time_machine.travel(AT, tick=False):
        answers = [send("/api/leads/", LEAD) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert {(answer["RateLimit-Limit"], answer["RateLimit-Reset"]) for answer in answers} == {("2", "40")}
    assert answers[2]["Retry-After"] == "40"
    assert answers[2].json()["code"] == "throttled"


def test_rows_have_a_limit_of_their_own(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_view, "ROWS", Limit("api-rows", most=5, seconds=60))
    with time_machine.travel(AT, tick=False):
        answers = [send("/api/leads/", [LEAD] * n) for n in (3, 3, 2)]
    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert (answers[1]["RateLimit-Limit"], answers[1]["Retry-After"]) == ("5", "40")


def test_each_token_has_its_own_limit(mina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_view, "REQUESTS", Limit("api-requests", most=1, seconds=60))
    with time_machine.travel(AT, tick=False):
        assert [sender(mina)("/api/leads/", LEAD).status_code for _ in range(2)] == [201, 200]


def test_a_body_of_a_hundred_megabytes_is_refused_by_its_announced_length(mina: User) -> None:
    client = Client(headers={"Authorization": f"Bearer {ApiToken.objects.create(mina)[1]}"})
    answer = client.post("/api/leads/", b"[", content_type="application/json", CONTENT_LENGTH="104857600")
    assert (answer.status_code, answer.json()["code"]) == (413, "json_too_large")


def test_a_clock_that_is_a_year_off_is_told_per_row(send: Send, make_lead: Callable[..., Lead]) -> None:
    send("/api/leads/", LEAD)
    events = [
        {**EVENT, "external_id": str(day), "occurred_at": f"{day}T08:00:00Z"} for day in ("2027-11-04", "2025-11-04")
    ]
    with time_machine.travel(AT, tick=False):
        answer = send("/api/events/", events).json()
    assert (answer["accepted"], [(row["index"], row["code"]) for row in answer["rejected"]]) == (
        1,
        [(0, "event_in_future")],
    )


def test_every_address_of_the_api_has_limits_and_may_be_repeated() -> None:
    classes = [route.view.cls for route in routes() if route.is_api]
    assert {one.__name__ for one in classes if not issubclass(one, ApiView)} == {"Schema"}
    assert all(issubclass(one, APIView) for one in classes)


def test_the_counts_are_not_logged_by_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'web_ratecount'")
        assert cursor.fetchone() == ("u",)
