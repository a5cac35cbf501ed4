"""Pending events: counted once, whoever drains; they open one handoff; a bad event stops no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from agreements.models import AgreementVersion
from agreements.services import sign_by_console, start_draft
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from leads import drain
from leads.drain import drain_events, keep_scores, retry_set_aside_events, set_aside_events
from leads.handoff import Asked, hand_off_together
from leads.intake import append_events
from leads.models import DirtyLead, Handoff, Lead, LeadEngagement, LeadScore, PendingEvent
from leads.scoring import mark_dirty, rescore, score_dirty
from leads.scoring.slots import add_events
from slaportal.accounts.models import User
from slaportal.outbox.models import Job

NOW = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)
# Fit A by the default terms.
WANTED = {"title": "Head of Sales", "country": "France", "attributes": {"employees": 400, "industry": "Software"}}
MakeLead = Callable[..., Lead]


def does(
    lead: Lead, *types: str, at: datetime = NOW, is_live: bool = True, key: str = "", late: timedelta = timedelta()
) -> None:
    rows = [
        {
            "source": "site",
            "external_id": f"{key or lead.pk}-{kind}-{number}",
            "lead": {"id": str(lead.public_id)},
            "type": kind,
            "occurred_at": (at - late).isoformat(),
            "properties": {"path": "/pricing"},
        }
        for number, kind in enumerate(types)
    ]
    append_events(rows, by=None, at=at, is_live=is_live)


@pytest.fixture
def wanted(active_terms: AgreementVersion, make_lead: MakeLead, sam: User) -> Lead:
    """A lead with fit A that has done nothing yet, and a rep to take it."""
    lead = make_lead(**WANTED)
    rescore(at=NOW)
    return lead


CROSSING = ["webinar", "form_submission", "page_view", "page_view", "page_view", "page_view"]


def test_a_crossing_opens_one_handoff(wanted: Lead) -> None:
    does(wanted, *CROSSING)
    assert drain_events(NOW) == 6
    handoff = Handoff.objects.get()
    assert (handoff.lead, handoff.trigger, handoff.version.number) == (wanted, "score", 1)
    assert handoff.event is not None
    assert handoff.packet["receipt"]["qualifies"] is True
    assert handoff.packet["score"]["interest"] == LeadScore.objects.get().interest


def test_what_came_in_since_a_round_began_is_handed_over_when_it_was_there(wanted: Lead) -> None:
    came_in = NOW + timedelta(seconds=7)
    does(wanted, "demo_request", at=came_in)
    drain_events(NOW)
    handoff = Handoff.objects.get()
    assert handoff.opened_at == came_in
    assert [event["type"] for event in handoff.packet["events"]] == ["demo_request"]
    assert handoff.commitments.filter(opened_at__lt=came_in).count() == 0


def test_a_raised_hand_opens_a_handoff_by_its_event(wanted: Lead) -> None:
    does(wanted, "demo_request")
    drain_events(NOW)
    handoff = Handoff.objects.get(event__type="demo_request")
    assert handoff.trigger == "hand_raise"
    assert handoff.packet["receipt"]["hand_raise"] is True


def test_a_raised_hand_of_the_wrong_lead_opens_nothing(active_terms: AgreementVersion, make_lead: MakeLead) -> None:
    does(make_lead(title="Intern"), "demo_request")
    drain_events(NOW)
    assert not Handoff.objects.exists()


def test_a_new_lead_that_asks_for_a_demo_is_handed_over_before_it_was_ever_scored(
    active_terms: AgreementVersion, make_lead: MakeLead, sam: User
) -> None:
    does(make_lead(**WANTED), "demo_request")
    drain_events(NOW)
    assert Handoff.objects.get().rep == sam


@pytest.mark.parametrize(("late", "n_handoffs"), [(timedelta(days=7), 1), (timedelta(days=7, seconds=1), 0)])
def test_an_event_that_comes_in_too_late_counts_but_hands_nobody_over(
    wanted: Lead, late: timedelta, n_handoffs: int
) -> None:
    does(wanted, "demo_request", *CROSSING, late=late)
    assert drain_events(NOW) == 7
    assert Handoff.objects.count() == n_handoffs
    assert LeadScore.objects.get().interest > 30


def test_an_event_in_time_hands_over_beside_late_ones(wanted: Lead) -> None:
    does(wanted, *CROSSING, late=timedelta(days=8))
    does(wanted, "demo_request")
    drain_events(NOW)
    assert Handoff.objects.get().event == wanted.events.get(type="demo_request")


def test_terms_may_let_every_event_hand_over(wanted: Lead, active_terms: AgreementVersion) -> None:
    terms = default_terms().as_dict()
    terms["handoff"]["live_calendar_days"] = 0
    draft = start_draft(agreement=active_terms.agreement, by=None, terms=Terms.parse(terms), at=NOW)
    sign_by_console(version=draft, at=NOW)
    rescore(at=NOW)
    does(wanted, "demo_request", late=timedelta(days=900))
    drain_events(NOW)
    assert Handoff.objects.count() == 1


def test_a_replay_adds_nothing(wanted: Lead) -> None:
    does(wanted, *CROSSING)
    drain_events(NOW)
    before = (LeadEngagement.objects.values().get(), LeadScore.objects.values().get())
    does(wanted, *CROSSING)
    assert drain_events(NOW) == 0
    assert (LeadEngagement.objects.values().get(), LeadScore.objects.values().get()) == before
    assert Handoff.objects.count() == 1


def test_more_events_of_a_lead_with_an_open_handoff_only_score(wanted: Lead) -> None:
    does(wanted, "demo_request")
    drain_events(NOW)
    interest = LeadScore.objects.get().interest
    does(wanted, "contact_request", "webinar")
    drain_events(NOW)
    assert Handoff.objects.count() == 1
    assert LeadScore.objects.get().interest > interest


@pytest.mark.parametrize("stage", ["customer", "sal", "sql", "disqualified"])
def test_a_lead_that_may_not_become_an_mql_just_gets_scores(wanted: Lead, stage: str) -> None:
    Lead.objects.update(stage=stage)
    does(wanted, "demo_request", *CROSSING)
    drain_events(NOW)
    assert LeadScore.objects.get().is_mql
    assert not Handoff.objects.exists()


def test_past_events_count_but_open_nothing(wanted: Lead) -> None:
    does(wanted, "demo_request", *CROSSING, is_live=False)
    drain_events(NOW)
    assert LeadScore.objects.get().is_mql
    assert not Handoff.objects.exists()


def test_a_lead_that_qualified_in_the_past_does_not_cross_again(wanted: Lead) -> None:
    does(wanted, *CROSSING, is_live=False)
    drain_events(NOW)
    does(wanted, "email_click")
    drain_events(NOW)
    assert not Handoff.objects.exists()


def test_a_lead_that_has_cooled_off_crosses_again(wanted: Lead) -> None:
    does(wanted, *CROSSING, is_live=False)
    drain_events(NOW)
    later = NOW + timedelta(days=200)
    does(wanted, *CROSSING, at=later, key="again")
    drain_events(later)
    assert Handoff.objects.get().opened_at == later


def test_new_terms_alone_are_no_crossing(active_terms: AgreementVersion, wanted: Lead) -> None:
    does(wanted, *CROSSING, is_live=False)
    drain_events(NOW)
    other = AgreementVersion.objects.create(
        agreement=active_terms.agreement,
        number=99,
        terms=active_terms.terms,
        digest=active_terms.digest,
        created_at=NOW,
        changed_at=NOW,
    )
    LeadScore.objects.update(version=other, is_mql=False, band_1_until=None, band_2_until=None)
    does(wanted, "email_click")
    drain_events(NOW)
    assert not Handoff.objects.exists()
    assert LeadScore.objects.get().version == active_terms


def test_without_terms_events_are_counted_and_scored_later(make_lead: MakeLead, request: Any) -> None:
    lead = make_lead(**WANTED)
    does(lead, "demo_request")
    assert drain_events(NOW) == 1
    assert not LeadScore.objects.exists()
    request.getfixturevalue("active_terms")
    rescore(at=NOW)
    assert LeadScore.objects.get().interest == 60
    assert not Handoff.objects.exists()


def test_a_bad_event_is_put_off_and_stops_no_other(
    wanted: Lead, make_lead: MakeLead, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = make_lead(**WANTED)
    does(bad, "demo_request", "page_view")
    does(wanted, "demo_request")
    real = hand_off_together

    def fails_for_one(asked: Sequence[Asked], **facts: Any) -> Any:
        if bad in [one.lead for one in asked]:
            raise ValueError("no packet")
        return real(asked, **facts)

    monkeypatch.setattr(drain, "hand_off_together", fails_for_one)
    assert drain_events(NOW) == 2
    assert Handoff.objects.get().lead == wanted
    pending = PendingEvent.objects.get()
    assert (pending.event.lead, pending.event.type, pending.attempts) == (bad, "demo_request", 1)
    assert "no packet" in pending.error
    assert LeadEngagement.objects.get(lead=bad).n_events == 1
    assert drain_events(NOW) == 0
    for tries in range(1, 5):
        drain_events(NOW + timedelta(hours=tries))
    assert list(set_aside_events()) == [pending]
    assert drain_events(NOW + timedelta(days=1)) == 0
    monkeypatch.setattr(drain, "hand_off_together", real)
    assert retry_set_aside_events(NOW) == 1
    assert drain_events(NOW) == 1
    assert Handoff.objects.filter(lead=bad).count() == 1


class Deadlock(Exception):
    """As the driver names it."""

    pgcode = "40P01"


def test_a_deadlock_is_tried_again(wanted: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    deadlock = OperationalError("deadlock detected")
    deadlock.__cause__ = Deadlock()
    outcomes = iter([deadlock, deadlock])

    def fails_twice(*args: Any) -> None:
        for error in outcomes:
            raise error
        add_events(*args)

    monkeypatch.setattr(drain, "add_events", fails_twice)
    does(wanted, *CROSSING)
    assert drain_events(NOW) == 6
    assert LeadEngagement.objects.get().n_events == 6
    assert Handoff.objects.count() == 1


def test_trouble_of_the_database_is_no_fault_of_an_event(wanted: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any) -> None:
        raise OperationalError("the server is gone")

    monkeypatch.setattr(drain, "add_events", fails)
    does(wanted, "webinar")
    with pytest.raises(OperationalError):
        drain_events(NOW)
    assert PendingEvent.objects.get().attempts == 0


def test_a_refused_handoff_leaves_the_event_counted(wanted: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "hand_off_together", lambda *_, **__: [])
    does(wanted, "demo_request")
    assert drain_events(NOW) == 1
    assert not PendingEvent.objects.exists()


def test_one_round_starts_the_rescore_of_new_terms_once(wanted: Lead) -> None:
    does(wanted, "webinar")
    mark_dirty([wanted.pk])
    assert keep_scores(NOW) == 2
    assert keep_scores(NOW) == 0
    assert Job.objects.filter(kind="leads.rescore").count() == 1


def in_parallel(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at the same time, each on its own connection; what each one returned or raised."""
    results: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(number: int, call: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[number] = call()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.mark.django_db(transaction=True)
def test_many_drains_at_once_count_each_event_once(wanted: Lead, make_lead: MakeLead) -> None:
    leads = [wanted, *(make_lead(**WANTED) for _ in range(9))]
    for lead in leads:
        does(lead, *CROSSING, "demo_request")

    def drain_all() -> int:
        return sum(drain_events(NOW, limit=7) for _ in range(8))

    assert sum(in_parallel(drain_all, drain_all, drain_all)) == 70
    assert {row.n_events for row in LeadEngagement.objects.all()} == {7}
    assert len({row.interest for row in LeadScore.objects.all()}) == 1
    assert Handoff.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_drains_beside_a_rescore_leave_true_scores(active_terms: AgreementVersion, wanted: Lead) -> None:
    for number in range(20):
        does(wanted, "page_view", "email_click", key=f"k{number}")

    def drain_all() -> int:
        return sum(drain_events(NOW, limit=3) for _ in range(14))

    def rescore_often() -> int:
        return sum(rescore(at=NOW).leads for _ in range(10))

    assert in_parallel(drain_all, rescore_often) == [40, 10]
    kept = LeadScore.objects.get()
    LeadScore.objects.all().delete()
    rescore(at=NOW)
    assert LeadScore.objects.get().interest == kept.interest


@pytest.mark.django_db(transaction=True)
def test_a_lead_that_is_being_changed_stays_on_the_list(wanted: Lead) -> None:
    mark_dirty([wanted.pk])
    with transaction.atomic():
        Lead.objects.update(title="Intern")
        mark_dirty([wanted.pk])
        assert in_parallel(lambda: score_dirty(NOW)) == [0]
    assert DirtyLead.objects.count() == 1
    assert in_parallel(lambda: score_dirty(NOW)) == [1]
    assert LeadScore.objects.get().fit < 70
