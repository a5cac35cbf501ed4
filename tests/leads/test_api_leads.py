"""Leads and events over HTTP with a token: taken, refused, listed, changed, within one's rights."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import DirtyLead, Lead, LeadAddress, LeadEvent
from slaportal.accounts.models import ApiToken, User
from slaportal.audit.models import AuditEntry

pytestmark = pytest.mark.django_db

LEAD = {
    "source": "web",
    "external_id": "7",
    "email": "Aiko@Nordlys.example",
    "name": "Aiko",
    "attributes": {"size": 240},
}
Send = Callable[..., Any]


@pytest.fixture
def send(client: Client) -> Send:
    """A request of a person with a token; the body is JSON unless it is bytes."""

    def send(user: User | None, method: str, path: str, body: Any = None) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body)
        options: dict[str, Any] = {"data": raw, "content_type": "application/json"} if body is not None else {}
        if user is not None:
            options["headers"] = {"Authorization": f"Bearer {ApiToken.objects.create(user)[1]}"}
        return getattr(client, method)(path, **options)

    return send


def test_one_lead_is_answered_with_the_lead(send: Send, mina: User) -> None:
    answer = send(mina, "post", "/api/leads/", LEAD)
    assert answer.status_code == 201
    body = answer.json()
    assert body["id"] == str(Lead.objects.get().public_id)
    assert (body["email"], body["stage"], body["attributes"]) == ("aiko@nordlys.example", "lead", {"size": 240})
    assert body["identities"] == [{"source": "web", "external_id": "7"}]
    assert (body["scores"], body["band"], body["receipt"]) == (None, None, None)
    again = send(mina, "post", "/api/leads/", LEAD)
    assert (again.status_code, again.json()["id"]) == (200, body["id"])
    assert AuditEntry.objects.filter(action="leads.received").count() == 1


def test_a_list_is_answered_with_counts_and_the_refused_rows(send: Send, mina: User) -> None:
    answer = send(mina, "post", "/api/leads/", [LEAD, {"email": "no"}, LEAD, {"name": "Nobody"}])
    assert answer.status_code == 200
    body = answer.json()
    rejected = body.pop("rejected")
    assert body == {"accepted": 2, "created": 1, "updated": 0, "unchanged": 1}
    assert [(row["index"], row["code"]) for row in rejected] == [(1, "bad_email"), (3, "no_identity")]
    assert rejected[0]["detail"].startswith("email: “no”")


@pytest.mark.parametrize(
    ("body", "status", "code", "fields"),
    [
        ({"email": "no"}, 422, "bad_email", ["email"]),
        ({"name": "Nobody"}, 422, "no_identity", []),
        ({"email": "a@x.example", "colour": "red"}, 422, "unknown_field", ["colour"]),
        ("lead", 422, "row_not_an_object", []),
        ([{}] * 5001, 422, "too_many_rows", []),
        (b"{", 400, "json_syntax", []),
        (b'{"email": "a\\u0000@x.example"}', 400, "json_nul", []),
        (b'{"attributes": {"x": NaN}}', 400, "json_not_a_number", []),
        (b"[" * 5000, 400, "json_too_deep", []),
        (b'{"name": "' + b"x" * 8 * 1024 * 1024 + b'"}', 413, "json_too_large", []),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_wrong_is_named(send: Send, mina: User, body: Any, status: int, code: str, fields: list[str]) -> None:
    answer = send(mina, "post", "/api/leads/", body)
    assert answer.status_code == status
    assert (answer.json()["code"], list(answer.json()["fields"])) == (code, fields)
    assert answer.json()["detail"]
    assert not Lead.objects.exists()


@pytest.mark.parametrize("path", ["/api/leads/", "/api/events/"])
def test_an_empty_body_is_a_mistake_and_an_empty_list_is_none(send: Send, path: str, mina: User) -> None:
    for body in (b"", b" "):
        answer = send(mina, "post", path, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "json_empty")
        assert answer.json()["detail"]
    answer = send(mina, "post", path, [])
    assert (answer.status_code, answer.json()["accepted"]) == (200, 0)


@pytest.mark.parametrize("path", ["/api/leads/", "/api/events/"])
def test_only_those_who_bring_leads_in_may_send(send: Send, path: str, sam: User, client: Client, mina: User) -> None:
    assert send(sam, "post", path, []).status_code == 403
    assert send(None, "post", path, []).status_code == 401
    client.force_login(mina)
    assert send(None, "post", path, []).status_code == 401


@pytest.mark.parametrize("token", ["sla_wrong", "", "sla_" + "0" * 64, "Ünïcode"])
def test_a_wrong_token_is_refused_plainly(client: Client, token: str) -> None:
    answer = client.get("/api/leads/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.json()["code"]


def test_the_list_is_paged_and_filtered(send: Send, sam: User, make_lead: Any) -> None:
    day = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    for n in range(5):
        make_lead(name=f"Lead {n}", created_at=day + dt.timedelta(days=n), source="fair" if n % 2 else "web")
    mine = make_lead(name="Mine", owner=sam, stage="mql", created_at=day, company="Volta")
    LeadAddress.objects.create(lead=mine, email="me@former.example")
    first = send(sam, "get", "/api/leads/?limit=4").json()
    assert [lead["name"] for lead in first["results"]] == ["Lead 4", "Lead 3", "Lead 2", "Lead 1"]
    rest = send(sam, "get", f"/api/leads/?limit=4&cursor={first['next']}").json()
    assert {lead["name"] for lead in rest["results"]} == {"Lead 0", "Mine"}
    assert rest["next"] is None
    for query, names in {
        "stage=mql": ["Mine"],
        "owner=me": ["Mine"],
        "owner=SAM@example.com": ["Mine"],
        "owner=none&source=fair": ["Lead 3", "Lead 1"],
        "q=volta": ["Mine"],
        "q=former.example": ["Mine"],
        "updated_since=2026-11-04": ["Lead 4", "Lead 3"],
    }.items():
        answer = send(sam, "get", f"/api/leads/?{query}").json()
        assert [lead["name"] for lead in answer["results"]] == names, query
    assert send(sam, "get", "/api/leads/?updated_since=soon").status_code == 422
    assert send(sam, "get", "/api/leads/?cursor=x").status_code == 422


def test_the_list_costs_the_same_for_many_leads(
    send: Send, sam: User, make_lead: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        make_lead(owner=sam)
    with django_assert_max_num_queries(8):
        assert len(send(sam, "get", "/api/leads/").json()["results"]) == 20


def test_a_lead_is_read_with_its_receipt(send: Send, sam: User, make_lead: Any, active_terms: Any) -> None:
    lead = make_lead(title="Head of Operations")
    body = send(sam, "get", f"/api/leads/{lead.public_id}/").json()
    assert set(body["scores"]) == {"fit", "interest", "is_mql", "at"}
    assert len(body["band"]) == 2
    assert body["receipt"]
    assert send(sam, "get", "/api/leads/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_a_change_sets_only_what_is_named(send: Send, mina: User, make_lead: Any) -> None:
    lead = make_lead(phone="+1", attributes={"size": "9", "city": "Oslo"})
    change = {"title": "COO", "phone": "", "attributes": {"size": 10, "city": None}}
    answer = send(mina, "patch", f"/api/leads/{lead.public_id}/", change)
    assert answer.status_code == 200
    lead.refresh_from_db()
    assert (lead.title, lead.phone, lead.name, lead.attributes) == ("COO", "", "Dana Roy", {"size": 10})
    assert DirtyLead.objects.filter(lead=lead).exists()
    assert AuditEntry.objects.get(action="lead.edited").facts == {"fields": ["attributes", "phone", "title"]}


def test_a_change_that_changes_nothing_leaves_no_trace(send: Send, mina: User, make_lead: Any) -> None:
    lead = make_lead()
    assert send(mina, "patch", f"/api/leads/{lead.public_id}/", {"name": "Dana Roy"}).status_code == 200
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"email": "no"}, 422, "bad_email"),
        ({"stage": "customer"}, 422, "unknown_field"),
        ({"attributes": {"x": []}}, 422, "bad_attribute"),
        (["x"], 422, "row_not_an_object"),
        ({"email": "taken@x.example"}, 409, "lead_email_taken"),
        ({"source": "crm", "external_id": "17"}, 409, "lead_identity_taken"),
    ],
)
def test_a_bad_change_is_refused(send: Send, mina: User, make_lead: Any, change: Any, status: int, code: str) -> None:
    make_lead(email="taken@x.example", source="crm", external_id="17")
    answer = send(mina, "patch", f"/api/leads/{make_lead().public_id}/", change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_reps_change_only_their_own_leads(send: Send, sam: User, lena: User, make_lead: Any) -> None:
    lead = make_lead(owner=sam)
    assert send(sam, "patch", f"/api/leads/{lead.public_id}/", {"title": "COO"}).status_code == 200
    assert send(lena, "patch", f"/api/leads/{lead.public_id}/", {"title": "CEO"}).status_code == 403


def test_events_come_in_once_and_are_listed(send: Send, mina: User, sam: User, make_lead: Any) -> None:
    lead = make_lead(email="aiko@nordlys.example")
    now = timezone.now()
    event = {
        "external_id": "1",
        "lead": {"id": str(lead.public_id)},
        "type": "page_view",
        "occurred_at": now.isoformat(),
    }
    later = {**event, "external_id": "2", "occurred_at": (now + dt.timedelta(hours=1)).isoformat()}
    assert send(mina, "post", "/api/events/", event).json() == {"accepted": 1, "duplicates": 0, "rejected": []}
    alone = send(mina, "post", "/api/events/", later)
    assert (alone.status_code, list(alone.json()["fields"])) == (422, ["occurred_at"])
    answer = send(mina, "post", "/api/events/", [event, later, "x"])
    assert answer.status_code == 200
    body = answer.json()
    assert (body["accepted"], body["duplicates"]) == (0, 1)
    assert [(row["index"], row["code"]) for row in body["rejected"]] == [
        (1, "event_in_future"),
        (2, "row_not_an_object"),
    ]
    listed = send(sam, "get", f"/api/leads/{lead.public_id}/events/").json()
    assert [(row["source"], row["external_id"]) for row in listed["results"]] == [("api", "1")]
    assert LeadEvent.objects.count() == 1


def test_the_schema_names_our_paths_with_examples(client: Client) -> None:
    schema = client.get("/api/schema/?format=json").json()
    posted = schema["paths"]["/api/leads/"]["post"]["requestBody"]["content"]["application/json"]
    assert "OneLead" in posted["examples"]
    assert "/api/events/" in schema["paths"]


@pytest.mark.parametrize(
    ("query", "n"),
    [
        ("email=Aiko@nordlys.example", 1),
        ("email=other@nordlys.example", 0),
        ("external_id=7", 1),
        ("external_id=8", 0),
        ("created_since=2026-11-01&created_until=2026-11-03", 1),
        ("created_until=2026-11-02T08:00:00Z", 0),
        ("updated_until=2020-01-01", 0),
        ("band=A1", 0),
    ],
)
def test_leads_are_filtered_by_name_time_and_band(send: Send, mina: User, query: str, n: int) -> None:
    send(mina, "post", "/api/leads/", {**LEAD, "created_at": "2026-11-02T08:00:00Z"})
    assert len(send(mina, "get", f"/api/leads/?{query}").json()["results"]) == n


@pytest.mark.parametrize("query", ["band=Z9", "created_since=never", "updated_until=never"])
def test_a_filter_that_means_nothing_is_told_so(send: Send, mina: User, query: str) -> None:
    answer = send(mina, "get", f"/api/leads/?{query}")
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [query.split("=")[0]])


def test_all_events_are_listed_and_filtered(send: Send, mina: User) -> None:
    lead = send(mina, "post", "/api/leads/", LEAD).json()["id"]
    rows = [
        {"external_id": str(n), "lead": {"id": lead}, "type": name, "occurred_at": f"2026-01-0{n}T08:00:00Z"}
        for n, name in ((1, "page_view"), (2, "webinar"))
    ]
    send(mina, "post", "/api/events/", rows)
    queries = ("", "type=webinar", f"lead={lead}&since=2026-01-02", "until=2026-01-01", "external_id=1&source=api")
    found = [
        [row["external_id"] for row in send(mina, "get", f"/api/events/?{query}").json()["results"]]
        for query in queries
    ]
    assert found == [["2", "1"], ["2"], ["2"], [], ["1"]]
    assert send(mina, "get", "/api/events/?since=x").status_code == 422
