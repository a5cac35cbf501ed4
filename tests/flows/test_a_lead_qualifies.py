"""The first flow over HTTP: what a lead does comes in, is counted, hands the lead over once, and tells the rep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from agreements.models import AgreementVersion
from leads.models import Handoff
from slaportal.accounts.models import User
from tests.flows.conftest import WANTED, Program, all_rows, background, event, paris

Of = Callable[[User], Program]
pytestmark = pytest.mark.usefixtures("active_terms", "clock", "sam", "maya")

PRICING: dict[str, Any] = {"path": "/pricing"}
# 20 + 20 points from content, 33 from the pricing page: from A3 over A2 to A1.
CROSSING: list[tuple[str, dict[str, Any]]] = [("webinar", {}), ("form_submission", {}), *[("page_view", PRICING)] * 3]


def crossing(prefix: str = "visit") -> list[dict[str, Any]]:
    return [event(kind, f"{prefix}-{n}", **facts) for n, (kind, facts) in enumerate(CROSSING)]


@pytest.fixture
def site(program: Of, mina: User) -> Program:
    """The web site's program; it has told us of the wanted lead already."""
    site = program(mina)
    assert site.post("leads/", WANTED).status_code == 201
    background()
    return site


@pytest.fixture
def lead(site: Program) -> str:
    return str(site.get("leads/", q=WANTED["email"])["results"][0]["id"])


def test_a_crossing_hands_the_lead_over_with_packet_promises_and_news(
    site: Program, lead: str, program: Of, browse: Callable[[User], Client], sam: User
) -> None:
    assert site.get("handoffs/")["results"] == []
    assert site.get(f"leads/{lead}/")["stage"] == "lead"

    answer = site.post("events/", crossing())
    assert answer.json() == {"accepted": 5, "duplicates": 0, "rejected": []}
    background()

    rep = program(sam)
    (handed,) = rep.get("handoffs/", state="open", rep=str(sam.public_id))["results"]
    assert (handed["lead"], handed["trigger"], handed["number"], handed["version"]) == (lead, "score", 1, 1)
    packet = rep.get(f"handoffs/{handed['id']}/")["packet"]
    shown = rep.get(f"leads/{lead}/")
    assert packet["fields"]["company"] == "Nordlys"
    assert (packet["score"]["fit"], packet["score"]["band"]) == (shown["scores"]["fit"], "A1")
    assert (shown["stage"], shown["owner"]) == ("mql", sam.email)
    promises = {row["kind"]: row for row in rep.get(f"leads/{lead}/commitments/")["results"]}
    assert {kind: row["due_at"] for kind, row in promises.items()} == {
        "first_response": "2026-11-04T14:00:00Z",
        "acceptance": "2026-11-05T09:00:00Z",
        "decision": "2026-11-25T09:00:00Z",
    }
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([sam.email], "New lead for you: Léa Petit")
    assert f"/leads/{lead}/" in sent.body
    assert "New lead for you: Léa Petit" in browse(sam).get("/notifications/").content.decode()


def test_the_receipt_adds_up_to_the_score_also_when_interest_has_faded(
    site: Program, lead: str, clock: time_machine.Traveller
) -> None:
    site.post("events/", crossing())
    background()
    clock.shift(timedelta(days=9, hours=5))

    shown = site.get(f"leads/{lead}/")
    sums = {
        side: round(sum(row["after"] for row in shown["receipt"]["rows"] if row["side"] == side), 1)
        for side in ("fit", "interest")
    }
    assert sums == {"fit": shown["scores"]["fit"], "interest": shown["scores"]["interest"]}
    assert sums["fit"] == 100
    assert 0 < sums["interest"] < 73


def test_sending_everything_again_changes_not_one_row(site: Program, lead: str) -> None:
    site.post("events/", crossing())
    background()
    before, sent = all_rows(), len(mail.outbox)

    again = site.post("events/", crossing())
    lead_again = site.post("leads/", WANTED)
    background()

    assert again.json() == {"accepted": 0, "duplicates": 5, "rejected": []}
    assert (lead_again.status_code, lead_again.json()["id"]) == (200, lead)
    assert all_rows() == before
    assert len(mail.outbox) == sent


def test_a_demo_request_starts_the_short_clock(site: Program, lead: str, sam: User) -> None:
    site.post("events/", event("demo_request", "form-1"))
    background()

    (handed,) = site.get("handoffs/")["results"]
    first = next(row for row in site.get(f"leads/{lead}/commitments/")["results"] if row["kind"] == "first_response")
    assert handed["trigger"] == "hand_raise"
    assert (first["target_at"], first["due_at"]) == ("2026-11-04T09:05:00Z", "2026-11-04T10:00:00Z")
    assert [message.subject for message in mail.outbox] == ["Léa Petit asks to be contacted, and is yours"]


def test_a_demo_request_of_somebody_nobody_wants_opens_nothing(site: Program) -> None:
    site.post("leads/", {"source": "website", "external_id": "2", "email": "kim@gmail.com", "title": "Student"})
    site.post("events/", event("demo_request", "form-2", lead={"email": "kim@gmail.com"}))
    background()

    assert site.get("handoffs/")["results"] == []


def test_with_nobody_at_work_the_managers_hear_of_the_lead(site: Program, sam: User, maya: User) -> None:
    User.objects.filter(pk=sam.pk).update(is_available=False)
    site.post("events/", event("demo_request", "form-1"))
    background()

    (handed,) = site.get("handoffs/", rep="none")["results"]
    assert handed["rep"] is None
    assert [message.to for message in mail.outbox] == [[maya.email]]


def test_a_returned_lead_rests_unless_it_raises_its_hand(
    site: Program,
    lead: str,
    program: Of,
    browse: Callable[[User], Client],
    sam: User,
    mina: User,
    clock: time_machine.Traveller,
) -> None:
    views = [event("page_view", f"first-{n}", **PRICING) for n in range(3)]
    site.post("events/", views)
    background()
    handed = Handoff.objects.get()
    program(sam).post(f"handoffs/{handed.public_id}/return/", {"reason": "return-no-need"})

    # On day 20 interest has faded to below the band; three more views cross it again, too early.
    clock.move_to(paris(24, 10))
    site.post("events/", [event("page_view", f"second-{n}", **PRICING) for n in range(3)])
    background()
    refused = browse(mina).post(f"/leads/{lead}/handoff/")
    assert Handoff.objects.count() == 1
    assert refused.status_code == 422

    clock.shift(timedelta(days=1))
    site.post("events/", event("contact_request", "asks"))
    background()
    assert [row["number"] for row in site.get("handoffs/", state="open")["results"]] == [2]


def test_after_the_rest_a_new_crossing_is_a_new_pass(
    site: Program, program: Of, sam: User, active_terms: AgreementVersion, clock: time_machine.Traveller
) -> None:
    site.post("events/", [event("page_view", f"first-{n}", **PRICING) for n in range(3)])
    background()
    handed = Handoff.objects.get()
    program(sam).post(f"handoffs/{handed.public_id}/return/", {"reason": "return-no-need"})

    clock.move_to(paris(7, 10, month=12))
    site.post("events/", [event("page_view", f"later-{n}", **PRICING) for n in range(3)])
    background()

    assert [(row["number"], row["trigger"]) for row in site.get("handoffs/", state="open")["results"]] == [(2, "score")]
