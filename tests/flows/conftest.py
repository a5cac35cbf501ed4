"""What the flows share: people with tokens of their own, a clock, the background's work, a lead that Sales wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from slaportal.accounts.models import User
from slaportal.accounts.tokens import create_token
from slaportal.outbox.models import Heartbeat
from slaportal.outbox.ticks import run_due
from tests.flows.browser import Browser

# Fit A by the default terms: decides, in a software company of 400 people in France, with a company's address.
WANTED: dict[str, Any] = {
    "source": "website",
    "external_id": "660737",
    "email": "lea.petit@nordlys.example",
    "name": "Léa Petit",
    "company": "Nordlys",
    "title": "Head of Sales",
    "phone": "+33 1 70 18 99 01",
    "country": "France",
    "attributes": {"employees": "400", "industry": "Software"},
}
CHECKLIST = {"sql-need": True, "sql-decision": True, "sql-time": "before summer", "sql-budget": True}


def paris(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    """A time in the winter of 2026 in Paris, where the default terms keep their hours: 9:00–12:30 and 13:30–18:00."""
    return datetime(2026, month, day, tzinfo=UTC) + timedelta(hours=hour - 1, minutes=minute)


class Program:
    """A program that talks to the API with somebody's token."""

    def __init__(self, owner: User) -> None:
        _, text = create_token(owner=owner, name="flow", by=owner)
        self.client = APIClient()
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of an answer that must be good."""
        answer = self.client.get(f"/api/{path}", query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        """The answer, whatever it is."""
        return self.client.post(f"/api/{path}", {} if body is None else body, format="json")


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The clock of the whole process, standing at Wednesday, 4 November 2026, 10:00 in Paris."""
    with time_machine.travel(paris(4, 10), tick=False) as traveller:
        yield traveller


@pytest.fixture
def program(db: None) -> Callable[[User], Program]:
    """A program with this person's token, one per person."""
    known: dict[int, Program] = {}

    def of(owner: User) -> Program:
        if owner.pk not in known:
            known[owner.pk] = Program(owner)
        return known[owner.pk]

    return of


@pytest.fixture
def browse(db: None) -> Callable[[User], Client]:
    """A person's browser without JavaScript, logged in."""

    def browse(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return browse


@pytest.fixture(scope="session")
def lasting_files() -> Iterator[None]:
    """Style sheets and scripts are fetched once per window: the test's server would else send them with every page."""
    serve = StaticFilesHandler.serve

    def serve_to_keep(self: StaticFilesHandler, request: HttpRequest) -> HttpResponseBase:
        answer = serve(self, request)
        # For a year: the server's clock may stand weeks behind the browser's.
        answer.headers["Cache-Control"] = "max-age=31536000, immutable"
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticFilesHandler, "serve", serve_to_keep)
        yield


@pytest.fixture
def browser(
    chromium: Any, transactional_db: None, live_server: Any, clock: Any, lasting_files: None
) -> Iterator[Browser]:
    """Windows on the test's own server; whatever was looked at, the browser has nothing to complain of in the end."""
    opened = Browser(chromium, live_server.url)
    yield opened
    opened.close()
    assert opened.complaints == []


def background() -> None:
    """What worker and beat do between two looks at the portal, by the ticks that both of them call.

    Twice: the first round may write messages and jobs that the second one takes.
    """
    for _ in range(2):
        assert run_due({}, timezone.now()) == []


def event(kind: str, name: str, *, lead: dict[str, str] | None = None, at: datetime | None = None, **facts: Any) -> Any:
    """An event of the wanted lead as a program sends it."""
    return {
        "source": "website",
        "external_id": name,
        "lead": lead or {"external_id": WANTED["external_id"]},
        "type": kind,
        "occurred_at": (at or timezone.now()).isoformat(),
        "properties": facts,
    }


def all_rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of ours; heartbeats aside, which tell the time by nature."""
    rooms = {"accounts", "outbox", "audit", "agreements", "leads", "kpis"}
    models = [model for model in apps.get_models() if model._meta.app_label in rooms and model is not Heartbeat]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}
