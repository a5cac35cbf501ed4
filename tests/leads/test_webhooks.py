"""Signed deliveries of other programs: taken once, refused with a reason, mapped from any JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from leads.drain import drain_events
from leads.models import Handoff, Lead, LeadEvent, LeadSource, PendingEvent, SourceDay, SourceDelivery, SourceKind
from leads.sources.keeping import add_source, change_source, renew_secret, retire_source, set_source_active
from leads.sources.mapping import at_path, paths_of
from leads.sources.signing import signature
from leads.views.sources import webhook
from slaportal.accounts.models import User
from slaportal.web.limits import Limit

NOW = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)
DEMO = {"lead": {"email": "dana@acme.example", "name": "Dana Roy"}, "event": {"type": "demo_request"}}
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def hook(ada: User) -> tuple[LeadSource, str]:
    return add_source(kind=SourceKind.WEBHOOK, name="crm", options={}, by=ada, at=NOW)


Send = Callable[..., Any]


@pytest.fixture
def send(hook: tuple[LeadSource, str]) -> Send:
    """Sends a body with the right headers, but for what is said otherwise."""
    source, secret = hook

    def deliver(body: Any = None, *, name: str = "msg_1", at: datetime = NOW, by: str = secret, **changed: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(DEMO if body is None else body).encode()
        timestamp = str(int(at.timestamp()))
        headers = {"webhook-id": name, "webhook-timestamp": timestamp}
        headers["webhook-signature"] = signature(by, name, timestamp, raw)
        headers |= {key.replace("_", "-"): value for key, value in changed.items()}
        return Client().post(f"/hooks/in/{source.public_id}/", raw, content_type="application/json", headers=headers)

    return deliver


def today(source: LeadSource) -> tuple[int, int]:
    row = SourceDay.objects.get(source=source)
    return row.received, row.refused


def test_a_delivery_brings_the_lead_and_its_event(send: Send, hook: Any) -> None:
    answer = send()
    assert answer.status_code == 200, answer.content
    assert answer.json()["leads"]["created"] == answer.json()["events"]["accepted"] == 1
    event = LeadEvent.objects.select_related("lead").get()
    assert (event.lead.email, event.lead.source, event.source, event.type) == (
        "dana@acme.example",
        "crm",
        "crm",
        "demo_request",
    )
    assert event.occurred_at == NOW
    assert today(hook[0]) == (1, 0)


@pytest.mark.usefixtures("active_terms", "sam")
def test_a_raised_hand_goes_to_sales(send: Send) -> None:
    lead = {**DEMO["lead"], "title": "Head of Sales", "country": "France"}
    send({**DEMO, "lead": {**lead, "attributes": {"employees": "400", "industry": "Software"}}})
    drain_events(NOW)
    assert Handoff.objects.get().trigger == "hand_raise"


def test_the_same_delivery_changes_nothing_however_late(send: Send, clock: Any) -> None:
    send()
    send({"lead": {"email": "dana@acme.example", "name": "Dana Roy-Meyer"}}, name="msg_2")
    later = NOW + timedelta(days=30)
    clock.move_to(later)
    answer = send(at=later)
    assert answer.status_code == 200
    assert answer.json()["is_repeated"] is True
    assert Lead.objects.get().name == "Dana Roy-Meyer"
    assert LeadEvent.objects.count() == PendingEvent.objects.count() == 1


def test_one_event_under_two_deliveries_counts_once(send: Send) -> None:
    body = {**DEMO, "event": {"type": "demo_request", "external_id": "e-1"}}
    send(body)
    assert send(body, name="msg_2").json()["events"] == {"accepted": 0, "duplicates": 1}
    assert LeadEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"webhook_signature": "v1,AAAA"}, "webhook_signature_wrong"),
        ({"webhook_signature": ""}, "webhook_signature_wrong"),
        ({"webhook_signature": "v1a,ö é"}, "webhook_signature_wrong"),
        ({"webhook_id": "msg_2"}, "webhook_signature_wrong"),
        ({"webhook_id": ""}, "webhook_without_id"),
        ({"webhook_id": "a b"}, "webhook_without_id"),
        ({"webhook_id": "x" * 191}, "webhook_without_id"),
        ({"webhook_timestamp": "١٧٦٢٢٤٦٨٠٠"}, "webhook_without_time"),
        ({"webhook_timestamp": "+1762246800"}, "webhook_without_time"),
        ({"webhook_timestamp": "1762246800.0"}, "webhook_without_time"),
        ({"webhook_timestamp": str(int(NOW.timestamp()) + 1)}, "webhook_signature_wrong"),
        ({"webhook_timestamp": str(int(NOW.timestamp()) + 301)}, "webhook_time_differs"),
        ({"webhook_timestamp": str(int(NOW.timestamp()) - 301)}, "webhook_time_differs"),
        ({"webhook_timestamp": str(int(NOW.timestamp()) - 365 * 86400)}, "webhook_time_differs"),
    ],
)
def test_what_is_not_signed_right_is_refused(send: Send, hook: Any, changed: dict[str, str], code: str) -> None:
    answer = send(**changed)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert not Lead.objects.exists()
    assert today(hook[0]) == (0, 1)


def test_the_very_bytes_are_signed(send: Send, hook: Any) -> None:
    raw = json.dumps(DEMO).encode()
    at = str(int(NOW.timestamp()))
    assert send(raw + b" ", webhook_signature=signature(hook[1], "msg_1", at, raw)).status_code == 401


def test_several_signatures_and_the_old_secret_hold_during_a_renewal(
    send: Send, hook: Any, ada: User, clock: Any
) -> None:
    source, old = hook
    _, new = renew_secret(public_id=source.public_id, by=ada, at=NOW)
    assert len(base64.b64decode(new.removeprefix("whsec_"))) == 32
    raw, at = json.dumps(DEMO).encode(), str(int(NOW.timestamp()))
    both = f"v1,AAAA {signature(new, 'msg_1', at, raw)}"
    assert send(webhook_signature=both).status_code == 200
    assert send(name="msg_2", by=old).status_code == 200
    later = NOW + timedelta(hours=24)
    clock.move_to(later)
    assert send(name="msg_3", by=old, at=later).status_code == 401
    assert send(name="msg_3", by=new, at=later).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "json_empty"),
        (b"{", 400, "json_syntax"),
        (b'{"a":' * 10_000, 400, "json_too_deep"),
        (b'{"lead": {"email": "a\\u0000@b.example"}}', 400, "json_nul"),
        (b'{"lead": {"name": "\\ud800"}}', 400, "json_surrogate"),
        (b'{"lead": {"email": "dana@acme.example"}, "x": NaN}', 400, "json_not_a_number"),
        (b"null", 422, "nothing_taken"),
        (b'"text"', 422, "nothing_taken"),
        (b"[]", 422, "nothing_taken"),
        (b"{}", 422, "nothing_taken"),
        (b'{"lead": []}', 422, "nothing_taken"),
        (b'{"lead": {"email": "nobody"}}', 422, "nothing_taken"),
        (b'{"event": {"type": "demo_request"}}', 422, "nothing_taken"),
        (b'{"lead": {"email": "a@b.example"}, "other": 1}', 422, "nothing_taken"),
        (b" " * (1024 * 1024 + 1), 413, "body_too_large"),
        (json.dumps([{}] * 5001).encode(), 422, "too_many_rows"),
    ],
)
def test_a_body_that_cannot_be_taken_is_told_why(send: Send, body: bytes, status: int, code: str) -> None:
    answer = send(body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Lead.objects.exists()
    assert not SourceDelivery.objects.exists()


def test_a_hundred_megabytes_are_refused_unread(hook: Any) -> None:
    class Unread:
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("read")

        readline = read

    environ: Any = {"CONTENT_LENGTH": str(100 * 1024 * 1024), "wsgi.input": Unread()}
    headers = {"webhook-id": "m", "webhook-timestamp": str(int(NOW.timestamp()))}
    answer = Client().post(f"/hooks/in/{hook[0].public_id}/", headers=headers, **environ)
    assert answer.status_code == 413


def test_a_list_is_taken_item_by_item(send: Send) -> None:
    future = (NOW + timedelta(days=365)).isoformat()
    body = [
        DEMO,
        {"lead": {"email": "nobody"}, "event": {"type": "demo_request"}},
        {"lead": {"email": "noor@fjord.example"}, "event": {"type": "demo_request", "occurred_at": future}},
        {"email": "leo@fjord.example"},
    ]
    told = send(body).json()
    assert told["leads"]["created"] == 3
    assert told["events"]["accepted"] == 1
    assert [(row["index"], row["code"]) for row in told["rejected"]] == [(1, "bad_email"), (2, "event_in_future")]
    assert "lead.email" in told["rejected"][0]["detail"]


def test_what_was_refused_whole_can_be_sent_again(send: Send, hook: Any, ada: User) -> None:
    body = {"form_response": {"answers": [{"email": "dana@acme.example"}], "hidden": {"utm.source": "news"}}}
    assert list(send(body).json()["fields"]) == ["0.lead.form_response"]
    mapping = {
        "lead": {"email": "form_response.answers.0.email"},
        "attributes": {"campaign": "form_response.hidden.utm.source"},
    }
    options = {"mapping": mapping, "event_type": "demo_request"}
    change_source(public_id=hook[0].public_id, options=options, by=ada, at=NOW)
    assert send(body).json()["events"]["accepted"] == 1
    lead = Lead.objects.get()
    assert (lead.email, lead.attributes) == ("dana@acme.example", {"campaign": "news"})


def test_a_source_speaks_in_its_own_name_alone(send: Send) -> None:
    lead = {"email": "dana@acme.example", "source": "hubspot", "external_id": "1"}
    send({"lead": lead, "event": {"type": "demo_request", "source": "hubspot", "external_id": "2"}})
    assert LeadEvent.objects.get().source == Lead.objects.get().source == "crm"


def test_a_storm_is_answered_with_when_to_come_again(send: Send, monkeypatch: pytest.MonkeyPatch, hook: Any) -> None:
    monkeypatch.setattr(webhook, "STORM", Limit("hooks-in-test", 2, 60))
    codes = [send(name=f"m{n}").status_code for n in range(4)]
    assert codes == [200, 200, 429, 429]
    assert 0 < int(send(name="m5")["Retry-After"]) <= 60
    assert today(hook[0]) == (2, 3)


def test_what_is_not_signed_uses_up_nothing(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "STORM", Limit("hooks-in-unsigned", 1, 60))
    assert {send(webhook_signature="v1,AAAA").status_code for _ in range(3)} == {401}
    assert send().status_code == 200


def test_a_paused_source_asks_to_come_later_and_an_ended_one_to_stop(send: Send, hook: Any, ada: User) -> None:
    facts: dict[str, Any] = {"public_id": hook[0].public_id, "by": ada, "at": NOW}
    set_source_active(is_active=False, **facts)
    assert (send().status_code, send()["Retry-After"]) == (503, "3600")
    set_source_active(is_active=True, **facts)
    assert send().status_code == 200
    retire_source(**facts)
    assert send(name="msg_2").status_code == 410
    assert Lead.objects.count() == 1
    assert LeadSource.objects.get().sealed == ""


def test_no_source_no_other_method(db: None, hook: Any) -> None:
    assert Client().post("/hooks/in/00000000-0000-4000-8000-000000000000/").status_code == 404
    assert Client().get(f"/hooks/in/{hook[0].public_id}/").status_code == 405


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", 1),
        ("list.1.c", 2),
        ("list.9.c", None),
        ("list.-1", None),
        ("list.²", None),
        ("list." + "9" * 5000, None),
        ("a.b.c", None),
        ("utm.source", "dotted"),
        ("", {"a": {"b": 1}, "list": [0, {"c": 2}], "utm.source": "dotted"}),
    ],
)
def test_a_path_finds_what_stands_there(path: str, found: Any) -> None:
    assert at_path({"a": {"b": 1}, "list": [0, {"c": 2}], "utm.source": "dotted"}, path) == found


def test_every_path_of_a_body_finds_its_value_again() -> None:
    body = {"a": {"b": [{"c": "x"}, {"c": True}]}, "d.e": 4, "none": None}
    assert paths_of(body) == [("a.b.0.c", "x"), ("a.b.1.c", "True"), ("d.e", "4")]
    assert all(str(at_path(body, path)) == value for path, value in paths_of(body))
