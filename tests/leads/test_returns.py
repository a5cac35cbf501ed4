"""Returns: agreed reasons, the agreed attempts first, a path, and Marketing's promise to choose it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leads.attempts import log_attempt
from leads.handoff import hand_off, win_handoff
from leads.models import Commitment, Enrollment, Handoff, Lead, Return, StageChange
from leads.returns import choose_path, reasons_for, return_handoff
from slaportal.accounts.models import User
from slaportal.outbox.models import Notification
from slaportal.web.refusals import Refused
from tests.leads.conftest import OPENED
from tests.leads.test_handoff import at_once, paris

UNREACHABLE = "return-unreachable"
NO_NEED = "return-no-need"


def try_to_reach(handoff: Handoff, by: User, *, calls: int, emails: int = 0) -> None:
    """Every half hour one of each: as close as the terms let them count."""
    for n in range(calls):
        at = OPENED + timedelta(minutes=30 * n)
        log_attempt(handoff=handoff, by=by, channel="phone", outcome="no_answer", at=at)
    for n in range(emails):
        at = OPENED + timedelta(minutes=30 * n)
        log_attempt(handoff=handoff, by=by, channel="email", outcome="sent", at=at)


def test_a_returned_lead_enters_the_path_of_its_reason(handed: Handoff, sam: User) -> None:
    returned = return_handoff(handoff=handed, reason=NO_NEED, by=sam, note=" Maybe later. ", at=paris(4, 11))

    handoff = Handoff.objects.get(pk=handed.pk)
    lead = Lead.objects.get(pk=handed.lead_id)
    enrollment = Enrollment.objects.get(lead=lead, ended_at=None)
    assert (handoff.state, handoff.outcome, handoff.closed_at) == ("closed", "returned", paris(4, 11))
    assert (lead.stage, lead.owner) == ("nurture", None)
    assert (returned.path, returned.note, enrollment.path) == ("nurture-awareness", "Maybe later.", "nurture-awareness")
    assert StageChange.objects.get(lead=lead, new="nurture").why == NO_NEED


def test_a_return_in_time_keeps_the_acceptance_and_the_decision_and_ends_the_rest(handed: Handoff, sam: User) -> None:
    return_handoff(handoff=handed, reason=NO_NEED, by=sam, at=paris(4, 11))

    promises = {row.kind: row for row in handed.commitments.filter(party="sales")}
    assert promises["acceptance"].met_at == promises["decision"].met_at == paris(4, 11)
    assert (promises["first_response"].met_at, promises["first_response"].closed_at) == (None, paris(4, 11))


def test_marketing_owes_the_choice_of_a_path_and_hears_of_the_return(
    handed: Handoff, sam: User, mina: User, mia: User
) -> None:
    return_handoff(handoff=handed, reason=NO_NEED, by=sam, at=paris(4, 11))

    promise = Commitment.objects.get(kind="choose_path")
    assert (promise.party, promise.owner, promise.due_at) == ("marketing", None, paris(5, 11))
    assert {row.recipient for row in Notification.objects.filter(kind="lead.returned")} == {mina, mia}


def test_a_reason_without_a_path_closes_the_lead(handed: Handoff, sam: User) -> None:
    return_handoff(handoff=handed, reason="return-duplicate", by=sam, at=OPENED)

    assert Lead.objects.get(pk=handed.lead_id).stage == "disqualified"
    assert not Enrollment.objects.exists()
    assert not Commitment.objects.filter(kind="choose_path").exists()
    assert not Return.objects.filter(path_chosen_at=None).exists()


@pytest.mark.parametrize(("calls", "emails"), [(0, 0), (3, 3), (5, 0), (4, 1)])
def test_unable_to_reach_stays_locked_until_the_agreed_attempts(
    handed: Handoff, sam: User, calls: int, emails: int
) -> None:
    try_to_reach(handed, sam, calls=calls, emails=emails)

    with pytest.raises(Refused) as refused:
        return_handoff(handoff=handed, reason=UNREACHABLE, by=sam, at=OPENED)
    assert refused.value.code == "attempts_missing"
    assert refused.value.facts == {"needed": 6, "logged": calls + emails, "needed_calls": 4, "logged_calls": calls}


@pytest.mark.parametrize(("calls", "emails"), [(4, 2), (6, 0), (0, 8)])
def test_unable_to_reach_opens_with_enough_attempts_or_the_whole_cadence(
    handed: Handoff, sam: User, calls: int, emails: int
) -> None:
    try_to_reach(handed, sam, calls=calls, emails=emails)

    assert return_handoff(handoff=handed, reason=UNREACHABLE, by=sam, at=OPENED).path == "nurture-reawaken"


def test_a_burst_of_attempts_is_one(handed: Handoff, sam: User) -> None:
    for n in range(12):
        at = OPENED + timedelta(seconds=n)
        log_attempt(handoff=handed, by=sam, channel=("phone", "email")[n % 2], outcome=("busy", "sent")[n % 2], at=at)

    with pytest.raises(Refused) as refused:
        return_handoff(handoff=handed, reason=UNREACHABLE, by=sam, at=OPENED + timedelta(minutes=1))
    assert refused.value.facts == {"needed": 6, "logged": 2, "needed_calls": 4, "logged_calls": 1}
    assert Handoff.objects.get(pk=handed.pk).n_attempts == 12


def test_the_reasons_tell_what_is_missing(handed: Handoff, sam: User) -> None:
    try_to_reach(handed, sam, calls=1, emails=1)
    handed.refresh_from_db()

    choices = {choice.id: choice for choice in reasons_for(handed, OPENED)}
    locked = choices[UNREACHABLE]
    assert (locked.is_locked, locked.missing.logged, locked.missing.needed_calls) == (True, 2, 4)
    assert [choice.id for choice in choices.values() if choice.is_locked] == [UNREACHABLE]
    assert (choices["return-no-fit"].needs_note, choices["return-no-fit"].path) == (True, "")


@pytest.mark.parametrize(
    ("reason", "note", "code"), [("return-boredom", "", "reason_unknown"), ("return-no-fit", "  ", "note_missing")]
)
def test_a_return_needs_an_agreed_reason_and_its_note(
    handed: Handoff, sam: User, reason: str, note: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        return_handoff(handoff=handed, reason=reason, note=note, by=sam, at=OPENED)
    assert refused.value.code == code
    assert Handoff.objects.get(pk=handed.pk).state == "open"


def test_others_return_nothing_and_nobody_returns_twice(handed: Handoff, sam: User, otto: User) -> None:
    with pytest.raises(Refused) as foreign:
        return_handoff(handoff=handed, reason=NO_NEED, by=otto, at=OPENED)
    return_handoff(handoff=handed, reason=NO_NEED, by=sam, at=OPENED)
    with pytest.raises(Refused) as twice:
        return_handoff(handoff=handed, reason=NO_NEED, by=sam, at=OPENED)
    assert (foreign.value.code, twice.value.code) == ("not_yours", "handoff_closed")


def test_confirming_the_path_keeps_the_promise_and_does_not_start_it_again(
    handed: Handoff, sam: User, mina: User
) -> None:
    returned = return_handoff(handoff=handed, reason=NO_NEED, by=sam, at=OPENED)

    chosen = choose_path(returned=returned, path="nurture-awareness", by=mina, at=paris(4, 15))

    assert (chosen.path_chosen_by, chosen.path_chosen_at) == (mina, paris(4, 15))
    assert Commitment.objects.get(kind="choose_path").met_at == paris(4, 15)
    assert Enrollment.objects.count() == 1


def test_another_path_replaces_the_suggested_one(handed: Handoff, sam: User, mina: User) -> None:
    returned = return_handoff(handoff=handed, reason=NO_NEED, by=sam, at=OPENED)

    choose_path(returned=returned, path="nurture-later", by=mina, at=paris(4, 15))

    old, new = Enrollment.objects.order_by("pk")
    assert (old.ended_why, new.path, new.ended_at, new.by) == ("replaced", "nurture-later", None, mina)


def test_a_late_choice_is_a_breach_of_marketing(handed: Handoff, sam: User, mina: User, mia: User) -> None:
    returned = return_handoff(handoff=handed, reason=NO_NEED, by=sam, at=OPENED)

    choose_path(returned=returned, path="nurture-later", by=mina, at=OPENED + timedelta(days=3))

    promise = Commitment.objects.get(kind="choose_path")
    assert promise.breached_at == promise.due_at == paris(5, 10)
    assert {row.recipient for row in Notification.objects.filter(kind="commitment.breached")} >= {mia}


def test_a_path_is_chosen_once_by_marketing_among_the_agreed_ones(handed: Handoff, sam: User, mina: User) -> None:
    returned = return_handoff(handoff=handed, reason=NO_NEED, by=sam, at=OPENED)
    codes = []
    for by, path in ((sam, "nurture-later"), (mina, "nurture-nowhere")):
        with pytest.raises(Refused) as refused:
            choose_path(returned=returned, path=path, by=by, at=OPENED)
        codes.append(refused.value.code)
    choose_path(returned=returned, path="nurture-later", by=mina, at=OPENED)
    with pytest.raises(Refused) as twice:
        choose_path(returned=returned, path="nurture-later", by=mina, at=OPENED)
    assert [*codes, twice.value.code] == ["not_marketing", "path_unknown", "already_done"]


def test_no_path_is_chosen_for_a_lead_that_is_with_sales_again(handed: Handoff, sam: User, mina: User) -> None:
    returned = return_handoff(handoff=handed, reason=NO_NEED, by=sam, at=OPENED)
    hand_off(lead=handed.lead, trigger="hand_raise", at=OPENED)

    with pytest.raises(Refused) as refused:
        choose_path(returned=returned, path="nurture-later", by=mina, at=OPENED)
    assert refused.value.code == "with_sales"


def test_a_won_lead_cannot_be_returned(accepted: Handoff, sam: User) -> None:
    win_handoff(handoff=accepted, amount=5, by=sam, at=OPENED)
    with pytest.raises(Refused) as refused:
        return_handoff(handoff=accepted, reason=NO_NEED, by=sam, at=OPENED)
    assert refused.value.code == "handoff_closed"


@pytest.mark.django_db(transaction=True)
def test_of_two_marketers_who_choose_at_once_one_is_first(handed: Handoff, sam: User, mina: User, mia: User) -> None:
    returned = return_handoff(handoff=handed, reason=NO_NEED, by=sam, at=OPENED)

    results = at_once(
        lambda: choose_path(returned=returned, path="nurture-later", by=mina, at=OPENED),
        lambda: choose_path(returned=returned, path="nurture-decision", by=mia, at=OPENED),
    )

    assert results.count("already_done") == 1
    assert Enrollment.objects.filter(ended_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_return_and_a_raised_hand_at_once_never_wait_for_each_other(handed: Handoff, sam: User) -> None:
    results = at_once(
        lambda: return_handoff(handoff=handed, reason=NO_NEED, by=sam, at=OPENED),
        lambda: hand_off(lead=handed.lead, trigger="hand_raise", at=OPENED),
    )

    assert isinstance(results[0], Return)
    assert Handoff.objects.filter(closed_at=None).count() <= 1
