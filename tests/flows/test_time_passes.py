"""The third flow: deadlines pass by themselves, are seen however late, and leave the time at which they fell due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from leads.models import Commitment, Handoff, StageChange
from slaportal.accounts.models import User
from slaportal.outbox.models import Notification
from tests.flows.conftest import WANTED, Program, all_rows, background, event, paris

Of = Callable[[User], Program]
pytestmark = pytest.mark.usefixtures("active_terms", "maya", "mia")

# Two days and a night after the first response was due.
LATE = paris(6, 9)


@pytest.fixture
def handoff(program: Of, mina: User, sam: User, clock: time_machine.Traveller) -> Handoff:
    """Handed to Sam on Wednesday at 10:00 because its score crossed the rule."""
    site = program(mina)
    site.post("leads/", WANTED)
    site.post("events/", [event("webinar", "a"), event("form_submission", "b")])
    background()
    mail.outbox.clear()
    return Handoff.objects.get()


def promise(kind: str) -> Commitment:
    return Commitment.objects.get(kind=kind)


def told(person: User, kind: str) -> int:
    return Notification.objects.filter(recipient=person, kind=kind).count()


def test_a_sweep_in_time_warns_the_rep_once(handoff: Handoff, sam: User, clock: time_machine.Traveller) -> None:
    clock.move_to(paris(4, 14, 12))
    background()
    clock.shift(timedelta(minutes=1))
    background()

    assert told(sam, "commitment.due_soon") == 1
    assert [message.to for message in mail.outbox] == [[sam.email]]


def test_a_late_sweep_stamps_the_due_time_once_and_tells_rep_and_manager(
    handoff: Handoff, sam: User, maya: User, clock: time_machine.Traveller
) -> None:
    clock.move_to(LATE)
    background()

    broken = promise("first_response")
    assert (broken.breached_at, broken.due_at, broken.noticed_at) == (paris(4, 15), paris(4, 15), LATE)
    assert [told(person, "commitment.breached") for person in (sam, maya)] == [1, 1]


def test_sweeping_again_changes_not_one_row(handoff: Handoff, clock: time_machine.Traveller) -> None:
    clock.move_to(LATE)
    background()
    before = all_rows()
    background()
    background()

    assert all_rows() == before


def test_a_late_answer_does_not_unbreak_the_promise(
    handoff: Handoff, program: Of, sam: User, clock: time_machine.Traveller
) -> None:
    clock.move_to(LATE)
    body = {"channel": "phone", "outcome": "reached", "at": paris(4, 14).isoformat()}
    program(sam).post(f"handoffs/{handoff.public_id}/attempts/", body)
    background()

    assert promise("first_response").breached_at == paris(4, 15)


def test_silence_accepts_at_the_time_that_the_acceptance_was_due(
    handoff: Handoff, clock: time_machine.Traveller
) -> None:
    clock.move_to(LATE)
    background()

    handoff.refresh_from_db()
    assert (handoff.state, handoff.accepted_at) == ("accepted", paris(5, 10))
    assert StageChange.objects.get(new="sal").at == paris(5, 10)
    assert promise("acceptance").breached_at is None


def test_the_manager_sees_the_breach_on_today_in_the_notices_and_in_the_results(
    handoff: Handoff, browse: Callable[[User], Client], maya: User, clock: time_machine.Traveller
) -> None:
    clock.move_to(LATE)
    background()
    manager = browse(maya)

    assert 'id="band-breached"' in manager.get("/").content.decode()
    assert "Léa Petit" in manager.get("/notifications/").content.decode()
    results = manager.get("/results/")
    (kept,) = [one for one in results.context["shown"].figures if one.key == "promises_kept_sales"]
    assert (kept.n, kept.value) == (2, "50%")
    behind = manager.get("/leads/?promise=sales&kept=no&month=2026-11")
    assert [row.lead.email for row in behind.context["rows"]] == [WANTED["email"]]


def test_a_clock_runs_in_working_time_only(program: Of, mina: User, sam: User, clock: time_machine.Traveller) -> None:
    """Friday at 17:30: half an hour is left of the day, the rest of the hour runs on Monday morning."""
    clock.move_to(paris(6, 17, 30))
    site = program(mina)
    site.post("leads/", WANTED)
    site.post("events/", event("demo_request", "friday"))
    background()
    clock.move_to(paris(8, 12))
    background()
    assert promise("first_response").due_at == paris(9, 9, 30)
    assert promise("first_response").breached_at is None

    clock.move_to(paris(9, 9, 31))
    background()
    assert promise("first_response").breached_at == paris(9, 9, 30)


def test_a_returned_lead_walks_its_path_and_marketing_is_held_to_its_word(
    handoff: Handoff, program: Of, sam: User, mia: User, clock: time_machine.Traveller
) -> None:
    program(sam).post(f"handoffs/{handoff.public_id}/return/", {"reason": "return-no-need"})
    clock.move_to(paris(9, 10))
    background()

    choice = promise("choose_path")
    walked = handoff.lead.enrollments.get(ended_at=None)
    assert (choice.party, choice.breached_at) == ("marketing", paris(5, 10))
    assert told(mia, "commitment.breached") == 1
    assert (walked.path, walked.steps_done) == ("nurture-awareness", 1)


def test_a_missed_month_of_marketing_is_broken_at_the_months_end(
    handoff: Handoff, program: Of, mina: User, clock: time_machine.Traveller
) -> None:
    clock.move_to(paris(3, 9, month=12))
    background()

    volume = Commitment.objects.get(kind="mql_volume", period="2026-11-01")
    assert (volume.delivered, volume.promised, volume.breached_at) == (1, 60, volume.due_at)
    # The last moment of November, so that the promise is November's.
    assert timedelta(0) < paris(1, 0, month=12) - volume.due_at < timedelta(seconds=1)
