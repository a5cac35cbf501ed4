"""After new terms: the progress of the rescore, how many leads qualify, and the button that hands them over."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from agreements.models import AgreementVersion
from leads.drain import keep_scores
from leads.intake import append_events, save_leads
from leads.models import Handoff
from leads.past import start_hand_over
from slaportal.accounts.models import User
from slaportal.outbox.drain import drain
from slaportal.outbox.models import Job


def logged_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def qualified(active_terms: AgreementVersion) -> None:
    """Three leads with a history that qualifies them; what is past opens no handoff."""
    at = timezone.now()
    rows = [
        {
            "external_id": str(n),
            "email": f"{n}@firm.example",
            "name": f"Lead {n}",
            "title": "Head of Sales",
            "company": "Firm",
            "country": "France",
            "attributes": {"industry": "Software", "employees": "200"},
        }
        for n in range(3)
    ]
    save_leads(rows, source="crm", by=None, at=at)
    events = [
        {
            "source": "crm",
            "external_id": f"e{n}",
            "lead": {"external_id": str(n)},
            "type": "demo_request",
            "occurred_at": at.isoformat(),
        }
        for n in range(3)
    ]
    append_events(events, by=None, at=at, is_live=False)


def test_the_bar_shows_until_all_leads_are_scored_then_the_count_and_the_button(mia: User, qualified: None) -> None:
    client = logged_in(mia)
    assert "Scoring begins within seconds" in client.get("/leads/rescoring/").content.decode()
    keep_scores(timezone.now())
    drain()
    page = client.get("/leads/rescoring/").content.decode()
    assert "All 3 leads are scored by these terms." in page
    assert "3 leads qualify and are not with Sales" in page
    assert Handoff.objects.count() == 0


def test_the_button_hands_them_over_once(mia: User, sam: User, qualified: None) -> None:
    keep_scores(timezone.now())
    drain()
    client = logged_in(mia)
    for _click in range(2):
        assert client.post("/leads/rescoring/handoff/").status_code == 302
    assert Job.objects.filter(kind="leads.hand_over").count() == 1
    drain()
    assert Handoff.objects.filter(closed_at=None).count() == 3
    assert "Hand them over" not in client.get("/leads/rescoring/").content.decode()


def test_a_second_page_finds_the_job_that_goes_on(mia: User, qualified: None) -> None:
    first = start_hand_over(asked_on="import:1", by=mia, at=timezone.now())
    assert start_hand_over(asked_on="version:default/1", by=mia, at=timezone.now()) == first


def test_a_rep_reads_but_does_not_hand_over(sam: User, qualified: None) -> None:
    keep_scores(timezone.now())
    drain()
    client = logged_in(sam)
    assert "Hand them over" not in client.get("/leads/rescoring/").content.decode()
    assert client.post("/leads/rescoring/handoff/").status_code == 403


def test_without_terms_in_force_there_is_no_such_page(mia: User) -> None:
    assert logged_in(mia).get("/leads/rescoring/").status_code == 404


def test_the_agreement_in_force_carries_it_and_the_fragment_is_its_part(mia: User, qualified: None) -> None:
    client = logged_in(mia)
    assert 'hx-get="/leads/rescoring/?agreement=default"' in client.get("/agreements/default/").content.decode()
    fragment: Any = client.get("/leads/rescoring/", headers={"HX-Request": "true"})
    assert fragment.content.decode().lstrip().startswith('<div class="card" id="rescoring"')
    assert "<html" not in fragment.content.decode()
