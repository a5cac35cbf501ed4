"""Opening a pass, accepting, qualifying, winning, losing and reassigning it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from agreements.models import AgreementVersion
from leads.handoff import (
    accept_handoff,
    hand_off,
    hand_off_many,
    lose_handoff,
    qualify_handoff,
    reassign_handoff,
    win_handoff,
)
from leads.models import Commitment, Handoff, Lead, LeadEvent, Return, StageChange
from leads.returns import return_handoff
from slaportal.accounts.models import Absence, User
from slaportal.audit.models import AuditEntry
from slaportal.outbox.models import Notification, OutboxMessage
from slaportal.web.refusals import Refused
from tests.leads.conftest import OPENED

CHECKED = {"sql-need": True, "sql-decision": True, "sql-time": "before summer", "sql-budget": True}
NEXT_DAY = OPENED + timedelta(days=1)


def paris(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in November 2026 in Paris (winter time)."""
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hour - 1, minutes=minute)


def test_a_handoff_gives_the_lead_to_a_rep_and_opens_the_agreed_promises(handed: Handoff, sam: User) -> None:
    lead = Lead.objects.get(pk=handed.lead_id)
    promises = {row.kind: row for row in handed.commitments.all()}

    assert (lead.stage, lead.owner, handed.rep, handed.number) == ("mql", sam, sam, 1)
    assert {kind: row.due_at for kind, row in promises.items()} == {
        "first_response": paris(4, 15),
        "acceptance": paris(5, 10),
        "decision": paris(25, 10),
    }
    assert promises["first_response"].warn_at == paris(4, 14, 12)
    assert all(row.owner == sam and row.version == handed.version for row in promises.values())


def test_a_raised_hand_has_its_own_target_and_due_time(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User
) -> None:
    handoff = hand_off(lead=make_lead(), trigger="hand_raise", at=OPENED)

    promise = Commitment.objects.get(handoff=handoff, kind="first_response")
    assert (promise.clause, promise.target_at, promise.due_at) == ("promise-hand-raise", paris(4, 10, 5), paris(4, 11))


def test_a_handoff_is_told_recorded_and_kept_as_a_stage_change(handed: Handoff, sam: User) -> None:
    change = StageChange.objects.get(handoff=handed)

    assert Notification.objects.get(recipient=sam).kind == "lead.handed_off"
    assert OutboxMessage.objects.filter(topic="email").count() == 1
    assert (change.old, change.new, change.at, change.version) == ("lead", "mql", OPENED, handed.version)
    assert AuditEntry.objects.filter(action="lead.handed_off", on=f"lead:{handed.lead.public_id}").count() == 1


def test_the_packet_is_frozen_with_fields_events_and_what_is_missing(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User
) -> None:
    lead = make_lead(name="Lea Petit", title="")
    for n in range(12):
        LeadEvent.objects.create(
            source="site",
            external_id=str(n),
            lead=lead,
            type="page_view",
            properties={"n": n},
            occurred_at=OPENED - timedelta(hours=n),
            received_at=OPENED,
        )
    handoff = hand_off(lead=lead, trigger="score", at=OPENED)
    Lead.objects.filter(pk=lead.pk).update(name="Changed later")

    packet = Handoff.objects.get(pk=handoff.pk).packet
    assert packet["fields"]["name"] == "Lea Petit"
    assert "title" in packet["missing"]
    assert [event["properties"]["n"] for event in packet["events"]] == list(range(10))
    assert packet["clause"] == "trigger-mql"


def test_a_second_handoff_of_an_open_lead_is_none(handed: Handoff) -> None:
    assert hand_off(lead=handed.lead, trigger="hand_raise", at=NEXT_DAY) is None
    assert Handoff.objects.count() == 1


def test_without_terms_in_force_nothing_is_handed_over(make_lead: Callable[..., Lead], sam: User, mina: User) -> None:
    lead = make_lead()

    assert hand_off(lead=lead, trigger="score", at=OPENED) is None
    with pytest.raises(Refused, match="in force") as refused:
        hand_off(lead=lead, trigger="manual", by=mina, at=OPENED)
    assert refused.value.code == "no_active_terms"


def test_a_rep_hands_nothing_over(active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User) -> None:
    with pytest.raises(Refused) as refused:
        hand_off(lead=make_lead(), trigger="manual", by=sam, at=OPENED)
    assert refused.value.code == "not_marketing"


def test_a_customer_is_not_handed_over(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User, mina: User
) -> None:
    lead = make_lead(stage="customer")

    assert hand_off(lead=lead, trigger="score", at=OPENED) is None
    with pytest.raises(Refused) as refused:
        hand_off(lead=lead, trigger="manual", by=mina, at=OPENED)
    assert refused.value.code == "stage_move"


def test_after_a_return_the_lead_cools_down_unless_it_raises_its_hand(handed: Handoff, sam: User, mina: User) -> None:
    return_handoff(handoff=handed, reason="return-no-need", by=sam, at=OPENED)
    lead = handed.lead

    assert hand_off(lead=lead, trigger="score", at=OPENED + timedelta(days=29)) is None
    with pytest.raises(Refused) as refused:
        hand_off(lead=lead, trigger="manual", by=mina, at=OPENED + timedelta(days=29))
    assert refused.value.code == "cooling_down"
    assert str(refused.value.facts["until"]) == "2026-12-04"
    again = hand_off(lead=lead, trigger="hand_raise", at=NEXT_DAY)
    assert again is not None
    assert again.number == 2


def test_the_cool_down_ends_with_its_last_day(handed: Handoff, sam: User) -> None:
    return_handoff(handoff=handed, reason="return-no-need", by=sam, at=OPENED)

    assert hand_off(lead=handed.lead, trigger="score", at=OPENED + timedelta(days=30)) is not None


def test_a_lead_whose_data_was_only_wrong_is_handed_over_again_at_once(handed: Handoff, sam: User, mina: User) -> None:
    return_handoff(handoff=handed, reason="return-wrong-data", by=sam, at=OPENED)

    assert hand_off(lead=handed.lead, trigger="manual", by=mina, at=OPENED + timedelta(days=1)) is not None


def test_a_lead_returned_too_often_waits_for_a_manager(handed: Handoff, sam: User, mia: User) -> None:
    lead = handed.lead
    return_handoff(handoff=handed, reason="return-no-need", by=sam, at=OPENED)
    second = hand_off(lead=lead, trigger="hand_raise", at=OPENED)
    return_handoff(handoff=second, reason="return-no-need", by=sam, at=OPENED)

    assert hand_off(lead=lead, trigger="hand_raise", at=NEXT_DAY) is None
    assert hand_off(lead=lead, trigger="hand_raise", at=NEXT_DAY) is None
    assert Notification.objects.filter(recipient=mia, kind="lead.returned_often").count() == 1
    after_cool_down = OPENED + timedelta(days=31)
    assert hand_off(lead=lead, trigger="manual", by=mia, at=after_cool_down) is not None


def test_a_new_handoff_takes_the_choice_of_a_path_from_marketing(handed: Handoff, sam: User) -> None:
    returned = return_handoff(handoff=handed, reason="return-no-need", by=sam, at=OPENED)

    hand_off(lead=handed.lead, trigger="hand_raise", at=OPENED + timedelta(hours=1))

    choice = Commitment.objects.get(handoff=handed, kind="choose_path")
    assert (choice.met_at, choice.breached_at, choice.closed_at) == (None, None, OPENED + timedelta(hours=1))
    assert Return.objects.get(pk=returned.pk).path_chosen_at is not None
    assert returned.enrollments.get().ended_why == "qualified"


def test_reps_take_turns(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User, lena: User, otto: User
) -> None:
    given = [hand_off(lead=make_lead(), trigger="score", at=OPENED).rep for _ in range(6)]

    assert given == [sam, lena, otto, sam, lena, otto]


@pytest.mark.parametrize("why", ["unavailable", "absent", "inactive"])
def test_who_is_not_at_work_gets_no_lead(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User, lena: User, why: str
) -> None:
    User.objects.filter(pk=sam.pk).update(is_available=why != "unavailable", is_active=why != "inactive")
    Absence.objects.filter(pk=None).exists()
    if why == "absent":
        Absence.objects.create(user=sam, starts_on="2026-11-04", ends_on="2026-11-04")

    assert hand_off(lead=make_lead(), trigger="score", at=OPENED).rep == lena


def test_with_nobody_at_work_the_lead_waits_and_the_managers_hear_of_it(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User, maya: User
) -> None:
    User.objects.filter(pk=sam.pk).update(is_available=False)
    handoff = hand_off(lead=make_lead(), trigger="score", at=OPENED)

    assert handoff.rep is None
    assert Commitment.objects.filter(handoff=handoff, owner=None).count() == 3
    assert Notification.objects.get(recipient=maya).kind == "lead.without_rep"


def test_leads_from_the_past_are_spread_and_told_in_one_message(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User, lena: User, mia: User
) -> None:
    leads = [make_lead() for _ in range(5)]

    opened = hand_off_many(leads=leads, by=mia, at=OPENED)
    again = hand_off_many(leads=leads, by=mia, at=OPENED)

    assert [handoff.rep for handoff in opened] == [sam, lena, sam, lena, sam]
    assert again == []
    assert Notification.objects.filter(kind="lead.past_handed_off").count() == 2


def test_accepting_makes_the_lead_a_sal_and_keeps_the_promise(handed: Handoff, sam: User) -> None:
    handoff = accept_handoff(handoff=handed, by=sam, at=paris(4, 11))

    promise = Commitment.objects.get(handoff=handed, kind="acceptance")
    assert (handoff.state, handoff.accepted_at, promise.met_at) == ("accepted", paris(4, 11), paris(4, 11))
    assert Lead.objects.get(pk=handed.lead_id).stage == "sal"


def test_accepting_twice_is_refused(accepted: Handoff, sam: User) -> None:
    with pytest.raises(Refused) as refused:
        accept_handoff(handoff=accepted, by=sam, at=NEXT_DAY)
    assert refused.value.code == "already_done"


def test_accepting_after_the_due_time_counts_from_the_due_time_where_silence_accepts(
    handed: Handoff, sam: User
) -> None:
    handoff = accept_handoff(handoff=handed, by=sam, at=paris(6, 10))

    promise = Commitment.objects.get(handoff=handed, kind="acceptance")
    assert (handoff.accepted_at, promise.met_at, promise.breached_at) == (paris(5, 10), paris(5, 10), None)


@pytest.mark.parametrize("person", ["lena", "otto", "mina", "mia", "ada"])
def test_only_the_rep_and_their_manager_work_on_a_lead(
    handed: Handoff, request: pytest.FixtureRequest, person: str
) -> None:
    with pytest.raises(Refused) as refused:
        accept_handoff(handoff=handed, by=request.getfixturevalue(person), at=OPENED)
    assert refused.value.code == "not_yours"


def test_the_reps_manager_may_accept_for_them(handed: Handoff, maya: User) -> None:
    assert accept_handoff(handoff=handed, by=maya, at=OPENED).state == "accepted"


def test_qualifying_needs_every_point_of_the_checklist(accepted: Handoff, sam: User) -> None:
    with pytest.raises(Refused) as refused:
        qualify_handoff(
            handoff=accepted, by=sam, checklist={**CHECKED, "sql-time": " ", "sql-budget": False}, at=OPENED
        )
    assert (refused.value.code, refused.value.facts["ids"]) == ("checklist_missing", ["sql-time", "sql-budget"])


def test_qualifying_makes_an_sql_and_keeps_the_decision(accepted: Handoff, sam: User) -> None:
    handoff = qualify_handoff(handoff=accepted, by=sam, checklist={**CHECKED, "other": "x"}, at=NEXT_DAY)

    assert (handoff.state, handoff.checklist) == ("qualified", CHECKED)
    assert Lead.objects.get(pk=accepted.lead_id).stage == "sql"
    assert Commitment.objects.get(handoff=accepted, kind="decision").met_at == NEXT_DAY


def test_qualifying_twice_or_before_acceptance_is_refused(handed: Handoff, sam: User) -> None:
    with pytest.raises(Refused) as early:
        qualify_handoff(handoff=handed, by=sam, checklist=CHECKED, at=OPENED)
    accept_handoff(handoff=handed, by=sam, at=OPENED)
    qualify_handoff(handoff=handed, by=sam, checklist=CHECKED, at=OPENED)
    with pytest.raises(Refused) as twice:
        qualify_handoff(handoff=handed, by=sam, checklist=CHECKED, at=OPENED)
    assert (early.value.code, twice.value.code) == ("not_accepted", "already_done")


def test_winning_makes_a_customer_and_ends_what_is_owed(accepted: Handoff, sam: User) -> None:
    handoff = win_handoff(handoff=accepted, amount="1250.50", by=sam, at=paris(4, 11))

    lead = Lead.objects.get(pk=accepted.lead_id)
    promises = {row.kind: row for row in accepted.commitments.all()}
    assert (handoff.outcome, handoff.amount, handoff.closed_at) == ("won", Decimal("1250.50"), paris(4, 11))
    assert (lead.stage, lead.converted, lead.deal_amount) == ("customer", True, Decimal("1250.50"))
    assert promises["decision"].met_at == paris(4, 11)
    assert promises["first_response"].closed_at == paris(4, 11)


@pytest.mark.parametrize("amount", ["0", "-5", "0.004", "NaN", "Infinity", "1e12", "a lot", ""])
def test_a_deal_has_a_real_amount(accepted: Handoff, sam: User, amount: str) -> None:
    with pytest.raises(Refused) as refused:
        win_handoff(handoff=accepted, amount=amount, by=sam, at=OPENED)
    assert refused.value.code == "amount_not_positive"


def test_a_lead_is_won_once_and_only_after_acceptance(handed: Handoff, sam: User) -> None:
    with pytest.raises(Refused) as early:
        win_handoff(handoff=handed, amount=5, by=sam, at=OPENED)
    accept_handoff(handoff=handed, by=sam, at=OPENED)
    win_handoff(handoff=handed, amount=5, by=sam, at=OPENED)
    with pytest.raises(Refused) as twice:
        win_handoff(handoff=handed, amount=5, by=sam, at=OPENED)
    assert (early.value.code, twice.value.code) == ("not_accepted", "handoff_closed")


def test_what_was_due_before_the_win_stays_broken(accepted: Handoff, sam: User) -> None:
    win_handoff(handoff=accepted, amount=5, by=sam, at=NEXT_DAY)

    promise = Commitment.objects.get(handoff=accepted, kind="first_response")
    assert (promise.breached_at, promise.closed_at) == (promise.due_at, NEXT_DAY)


def test_losing_needs_a_reason_and_disqualifies(accepted: Handoff, sam: User) -> None:
    with pytest.raises(Refused) as refused:
        lose_handoff(handoff=accepted, reason="  ", by=sam, at=OPENED)
    handoff = lose_handoff(handoff=accepted, reason="Bought\nelsewhere", by=sam, at=OPENED)

    assert refused.value.code == "lost_reason_missing"
    assert (handoff.outcome, handoff.lost_reason) == ("lost", "Bought elsewhere")
    assert Lead.objects.get(pk=accepted.lead_id).stage == "disqualified"


def test_others_can_neither_win_nor_lose_nor_qualify(accepted: Handoff, otto: User) -> None:
    for step in (
        lambda: win_handoff(handoff=accepted, amount=5, by=otto, at=OPENED),
        lambda: lose_handoff(handoff=accepted, reason="no", by=otto, at=OPENED),
        lambda: qualify_handoff(handoff=accepted, by=otto, checklist=CHECKED, at=OPENED),
    ):
        with pytest.raises(Refused) as refused:
            step()
        assert refused.value.code == "not_yours"


def test_reassigning_moves_the_lead_with_all_that_is_owed(handed: Handoff, sam: User, lena: User, maya: User) -> None:
    due = {row.kind: row.due_at for row in handed.commitments.all()}

    handoff = reassign_handoff(handoff=handed, rep=lena, by=maya, at=NEXT_DAY)

    assert (handoff.rep, Lead.objects.get(pk=handed.lead_id).owner) == (lena, lena)
    assert {row.kind: row.due_at for row in Commitment.objects.filter(handoff=handed, owner=lena)} == due
    assert Notification.objects.filter(recipient=lena, kind="lead.given_to_you").exists()
    assert Notification.objects.filter(recipient=sam, kind="lead.taken_over").exists()


@pytest.mark.parametrize("person", ["sam", "lena", "mina", "mia"])
def test_only_sales_managers_of_the_team_and_admins_reassign(
    handed: Handoff, request: pytest.FixtureRequest, lena: User, person: str
) -> None:
    with pytest.raises(Refused) as refused:
        reassign_handoff(handoff=handed, rep=lena, by=request.getfixturevalue(person), at=OPENED)
    assert refused.value.code == "not_assigner"


def test_a_lead_goes_only_to_another_rep_who_is_at_work(
    handed: Handoff, sam: User, lena: User, mina: User, ada: User
) -> None:
    User.objects.filter(pk=lena.pk).update(is_available=False)
    refusals = []
    for rep in (sam, lena, mina):
        with pytest.raises(Refused) as refused:
            reassign_handoff(handoff=handed, rep=rep, by=ada, at=OPENED)
        refusals.append(refused.value.code)
    assert refusals == ["already_theirs", "rep_unavailable", "rep_unavailable"]


def test_a_closed_lead_is_not_reassigned(accepted: Handoff, lena: User, sam: User, maya: User) -> None:
    win_handoff(handoff=accepted, amount=5, by=sam, at=OPENED)
    with pytest.raises(Refused) as refused:
        reassign_handoff(handoff=accepted, rep=lena, by=maya, at=OPENED)
    assert refused.value.code == "handoff_closed"


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together; their results, or the codes of what was refused."""
    results: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(n: int, call: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[n] = call()
        except Refused as refused:
            results[n] = refused.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_of_many_simultaneous_handoffs_of_a_lead_one_is_opened(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User
) -> None:
    lead = make_lead()

    results = at_once(*[lambda: hand_off(lead=lead, trigger="score", at=OPENED)] * 6)

    assert sum(result is not None for result in results) == 1
    assert Handoff.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_simultaneous_handoffs_go_to_different_reps(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User, lena: User, otto: User
) -> None:
    leads = [make_lead() for _ in range(3)]

    results = at_once(*[lambda lead=lead: hand_off(lead=lead, trigger="score", at=OPENED) for lead in leads])

    assert {handoff.rep for handoff in results} == {sam, lena, otto}


@pytest.mark.django_db(transaction=True)
def test_of_a_win_a_loss_and_a_return_at_once_one_happens(accepted: Handoff, sam: User) -> None:
    results = at_once(
        lambda: win_handoff(handoff=accepted, amount=5, by=sam, at=OPENED),
        lambda: lose_handoff(handoff=accepted, reason="no", by=sam, at=OPENED),
        lambda: return_handoff(handoff=accepted, reason="return-no-need", by=sam, at=OPENED),
    )

    assert results.count("handoff_closed") == 2
    assert StageChange.objects.filter(handoff=accepted).exclude(new__in=["mql", "sal"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_lead_that_was_just_given_away_is_not_worked_on(handed: Handoff, sam: User, lena: User, maya: User) -> None:
    stale = Handoff.objects.select_related("rep").get(pk=handed.pk)
    reassign_handoff(handoff=handed, rep=lena, by=maya, at=OPENED)

    with pytest.raises(Refused) as refused:
        accept_handoff(handoff=stale, by=sam, at=OPENED)
    assert refused.value.code == "not_yours"
