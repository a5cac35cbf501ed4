"""Events that could not be counted are shown to admins, who may have them tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.drain import drain_events
from leads.models import LeadEvent, PendingEvent
from slaportal.accounts.models import User


@pytest.fixture
def set_aside(make_lead: Any) -> PendingEvent:
    at = timezone.now() - timedelta(hours=1)
    event = LeadEvent.objects.create(
        source="web",
        external_id="1",
        lead=make_lead(name="Aiko Mori"),
        type="page_view",
        occurred_at=at,
        received_at=at,
    )
    return PendingEvent.objects.create(event=event, attempts=5, error="ValueError: poison", dead_at=at)


def test_the_admin_sees_the_error_and_has_it_tried_again(ada: User, set_aside: PendingEvent) -> None:
    client = Client()
    client.force_login(ada)
    page = client.get("/settings/events/").content.decode()
    assert "ValueError: poison" in page
    assert "Aiko Mori" in page
    assert drain_events() == 0
    assert client.post("/settings/events/retry/").status_code == 302
    assert drain_events() == 1
    assert "All events were counted." in client.get("/settings/events/").content.decode()


@pytest.mark.parametrize("who", ["mina", "mia", "sam", "maya"])
def test_nobody_else_does(request: Any, who: str, set_aside: PendingEvent) -> None:
    client = Client()
    client.force_login(request.getfixturevalue(who))
    assert client.get("/settings/events/").status_code == 403
    assert client.post("/settings/events/retry/").status_code == 403
