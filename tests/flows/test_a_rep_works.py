"""The second flow over HTTP: a rep works on a lead up to the deal, or as agreed up to the return."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from slaportal.accounts.models import User
from tests.flows.conftest import CHECKLIST, WANTED, Program, background, event, paris

Of = Callable[[User], Program]
pytestmark = pytest.mark.usefixtures("active_terms", "clock")


@pytest.fixture
def handed(program: Of, mina: User, sam: User) -> str:
    """The id of the pass that a demo request has opened for Sam, ten minutes ago."""
    site = program(mina)
    site.post("leads/", WANTED)
    site.post("events/", event("demo_request", "form-1"))
    background()
    (handoff,) = site.get("handoffs/")["results"]
    return str(handoff["id"])


@pytest.fixture
def rep(program: Of, sam: User) -> Program:
    return program(sam)


def promises(rep: Program, handed: str) -> dict[str, dict[str, Any]]:
    """The lead's promises by kind, follow-ups by their step."""
    lead = rep.get(f"handoffs/{handed}/")["lead"]
    rows = rep.get(f"leads/{lead}/commitments/")["results"]
    return {row["step"] or row["kind"]: row for row in rows}


def attempt(rep: Program, handed: str, channel: str = "phone", outcome: str = "no_answer", **more: Any) -> Any:
    return rep.post(f"handoffs/{handed}/attempts/", {"channel": channel, "outcome": outcome, **more})


def test_an_attempt_keeps_the_promise_and_plans_the_next_one(
    rep: Program, handed: str, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(minutes=10))
    answer = attempt(rep, handed)

    owed = promises(rep, handed)
    assert (answer.status_code, answer.json()["step"]) == (201, "cadence-call-1")
    assert (owed["first_response"]["state"], owed["first_response"]["met_at"]) == ("met", "2026-11-04T09:10:00Z")
    assert owed["cadence-email-1"]["state"] == "on_time"
    assert rep.get(f"handoffs/{handed}/")["response_seconds"] == 600


def test_the_same_attempt_sent_twice_counts_once(rep: Program, handed: str, clock: time_machine.Traveller) -> None:
    key = "6f1ed002-ab5c-4a9a-9d1d-7fd9d1e0ff01"
    first = attempt(rep, handed, key=key)
    clock.shift(timedelta(seconds=30))
    second = attempt(rep, handed, key=key)

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    assert rep.get(f"handoffs/{handed}/")["n_attempts"] == 1


def test_a_lead_goes_all_the_way_to_the_deal(rep: Program, handed: str, clock: time_machine.Traveller) -> None:
    attempt(rep, handed, outcome="reached")
    stages = []
    for step, body in (
        ("acceptance", None),
        ("qualification", {"checklist": CHECKLIST}),
        ("win", {"amount": "12500.00"}),
    ):
        clock.shift(timedelta(hours=1))
        assert rep.post(f"handoffs/{handed}/{step}/", body).status_code == 201
        lead = rep.get(f"handoffs/{handed}/")["lead"]
        stages.append(rep.get(f"leads/{lead}/")["stage"])

    closed = rep.get(f"handoffs/{handed}/")
    assert stages == ["sal", "sql", "customer"]
    assert (closed["state"], closed["outcome"], closed["amount"]) == ("closed", "won", "12500.00")
    assert {row["state"] for row in promises(rep, handed).values()} <= {"met", "returned"}
    assert [row["kind"] for row in promises(rep, handed).values() if row["state"] == "met"] == [
        "first_response",
        "acceptance",
        "decision",
    ]


def test_qualifying_names_the_points_that_are_missing(rep: Program, handed: str) -> None:
    rep.post(f"handoffs/{handed}/acceptance/")
    answer = rep.post(f"handoffs/{handed}/qualification/", {"checklist": {**CHECKLIST, "sql-budget": False}})

    assert (answer.status_code, answer.json()["code"]) == (422, "checklist_missing")
    assert "There is a budget" in answer.json()["detail"]


def test_unable_to_reach_opens_with_the_agreed_attempts_and_marketing_chooses_the_path(
    rep: Program, handed: str, program: Of, mina: User, clock: time_machine.Traveller
) -> None:
    said = []
    for channel in ("phone", "email", "phone", "video", "phone", "phone"):
        refused = rep.post(f"handoffs/{handed}/return/", {"reason": "return-unreachable"})
        said.append((refused.status_code, refused.json()["code"]))
        clock.shift(timedelta(hours=2))
        attempt(rep, handed, channel, "no_answer" if channel != "email" else "sent")
    assert said == [(409, "attempts_missing")] * 6

    returned = rep.post(f"handoffs/{handed}/return/", {"reason": "return-unreachable"})
    assert (returned.status_code, returned.json()["path"]) == (201, "nurture-reawaken")
    assert promises(rep, handed)["choose_path"]["party"] == "marketing"

    clock.shift(timedelta(minutes=30))
    marketing = program(mina)
    chosen = marketing.post(f"handoffs/{handed}/path/", {"path": "nurture-later"})
    lead = rep.get(f"handoffs/{handed}/")["lead"]
    assert (chosen.status_code, promises(rep, handed)["choose_path"]["state"]) == (201, "met")
    assert marketing.get(f"leads/{lead}/")["stage"] == "nurture"


def test_five_calls_are_not_six_attempts(rep: Program, handed: str, clock: time_machine.Traveller) -> None:
    for _ in range(5):
        attempt(rep, handed)
        clock.shift(timedelta(minutes=30))
    five_calls = rep.post(f"handoffs/{handed}/return/", {"reason": "return-unreachable"})
    attempt(rep, handed, "email", "sent")
    assert five_calls.json()["code"] == "attempts_missing"
    assert rep.post(f"handoffs/{handed}/return/", {"reason": "return-unreachable"}).status_code == 201


def test_six_mails_are_not_four_calls(rep: Program, handed: str, clock: time_machine.Traveller) -> None:
    for _ in range(6):
        attempt(rep, handed, "email", "sent")
        clock.shift(timedelta(minutes=30))
    refused = rep.post(f"handoffs/{handed}/return/", {"reason": "return-unreachable"})
    assert refused.json()["code"] == "attempts_missing"


def test_a_replayed_return_and_a_second_choice_change_nothing(
    rep: Program, handed: str, program: Of, mina: User
) -> None:
    rep.post(f"handoffs/{handed}/return/", {"reason": "return-no-need"})
    again = rep.post(f"handoffs/{handed}/return/", {"reason": "return-bad-timing"})
    marketing = program(mina)
    marketing.post(f"handoffs/{handed}/path/", {"path": "nurture-later"})
    second = marketing.post(f"handoffs/{handed}/path/", {"path": "nurture-repair"})

    assert (again.status_code, again.json()["code"]) == (409, "handoff_closed")
    assert (second.status_code, second.json()["code"]) == (409, "already_done")


def test_nobody_else_works_on_the_lead_and_a_manager_gives_it_away(
    rep: Program, handed: str, program: Of, mina: User, lena: User, otto: User, maya: User
) -> None:
    for stranger in (mina, lena, otto):
        assert attempt(program(stranger), handed).status_code == 403
    given = program(maya).post(f"handoffs/{handed}/reassignment/", {"rep": str(lena.public_id)})

    assert given.status_code == 201
    assert attempt(program(lena), handed).status_code == 201
    assert attempt(rep, handed).status_code == 403
    owners = {row["owner"] for row in promises(rep, handed).values() if row["state"] != "met"}
    assert owners == {str(lena.public_id)}


def test_today_shows_what_is_owed_until_it_is_done(
    rep: Program, handed: str, browse: Callable[[User], Client], sam: User, lena: User, clock: time_machine.Traveller
) -> None:
    today = browse(sam)
    before = today.get("/").content.decode()
    clock.move_to(paris(4, 10, 20))
    late = today.get("/").content.decode()
    attempt(rep, handed, outcome="reached")
    rep.post(f"handoffs/{handed}/acceptance/")
    rep.post(f"handoffs/{handed}/qualification/", {"checklist": CHECKLIST})

    assert "Léa Petit" in before
    assert 'id="band-on_time"' in before
    assert 'id="band-overdue"' in late
    assert "Léa Petit" not in today.get("/").content.decode()
    assert "Léa Petit" not in browse(lena).get("/").content.decode()
