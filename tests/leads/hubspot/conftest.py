"""A connection to HubSpot, and deliveries as HubSpot signs them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from leads.hubspot.jobs import start_due_pulls
from leads.hubspot.signing import Request, signature_v3
from leads.models import LeadSource, SourceKind
from slaportal.accounts.sealing import seal
from slaportal.outbox.drain import drain
from tests.leads.hubspot.stub import TOKEN, Stub, running

AT = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"  # noqa: S105 - of HubSpot's own example
PORTAL = 12345678

Deliver = Callable[..., Any]


@pytest.fixture(autouse=True)
def standing_clock() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def source(db: None) -> LeadSource:
    """A connection with a secret and without a token."""
    return LeadSource.objects.create(
        kind=SourceKind.HUBSPOT, name="HubSpot", sealed=seal({"secret": SECRET}), created_at=AT, updated_at=AT
    )


@pytest.fixture
def deliver(source: LeadSource, settings: Any) -> Deliver:
    """POST events (or a raw body) with a right signature, or with the headers given."""
    settings.PUBLIC_URL = "https://portal.example"
    address = reverse("hubspot:hook", args=[source.public_id])

    def deliver(body: Any, *, query: str = "", at: dt.datetime = AT, headers: dict[str, str] | None = None) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        if headers is None:
            headers = signed(raw, f"https://portal.example{address}{query}", at)
        return Client().post(address + query, raw, content_type="application/json", headers=headers)

    return deliver


def signed(raw: bytes, uri: str, at: dt.datetime) -> dict[str, str]:
    timestamp = str(int(at.timestamp() * 1000))
    signature = signature_v3(SECRET, Request("POST", uri, raw, {}), timestamp)
    return {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": timestamp}


def event(n: int = 1, kind: str = "contact.propertyChange", **changes: Any) -> dict[str, Any]:
    """An event of an hour ago, about contact 201."""
    given = {
        "eventId": n,
        "subscriptionId": 7,
        "portalId": PORTAL,
        "occurredAt": milliseconds(AT - dt.timedelta(hours=1)),
        "subscriptionType": kind,
        "attemptNumber": 0,
        "objectId": 201,
        "changeSource": "CRM_UI",
    }
    return given | changes


def change(n: int, name: str, value: str, *, minutes_ago: int = 60, **changes: Any) -> dict[str, Any]:
    at = milliseconds(AT - dt.timedelta(minutes=minutes_ago))
    return event(n, propertyName=name, propertyValue=value, occurredAt=at, **changes)


def milliseconds(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)


@pytest.fixture
def hubspot(source: LeadSource, settings: Any) -> Iterator[Stub]:
    """The stub, and a connection whose token it takes."""
    LeadSource.objects.update(sealed=seal({"secret": SECRET, "token": TOKEN}))
    source.refresh_from_db()
    with running() as stub:
        settings.HUBSPOT_API = stub.url
        yield stub


def contact(number: int, **properties: Any) -> dict[str, Any]:
    known = {
        "email": f"c{number}@acme.example",
        "firstname": "Ana",
        "lastname": f"No {number}",
        "lifecyclestage": "lead",
    }
    changed = AT - dt.timedelta(days=2)
    return {
        "id": str(number),
        "properties": {**known, "createdate": "2026-10-01T08:00:00.000Z", **properties},
        "updatedAt": changed.isoformat(),
        "modified": milliseconds(changed),
    }


def pulled(at: dt.datetime = AT) -> LeadSource:
    """Start what is due and run it; the connection as it stands then."""
    with time_machine.travel(at, tick=False):
        start_due_pulls(at)
        drain(at)
    return LeadSource.objects.get()
