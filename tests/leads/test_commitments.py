"""Promises: times by the terms' clauses, opened once, and the words of the news about them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from agreements.models import AgreementVersion
from agreements.terms.document import Commitment as Clause
from leads.commitments import Kind, close_owed, meet, open_commitment, state_of, times_of
from leads.models import Commitment, Handoff
from leads.templatetags.promises import promise_word
from leads.words import PASS_REFUSALS
from slaportal.accounts.models import User
from slaportal.outbox.texts import text_of
from slaportal.web.refusals import known_codes
from tests.leads.conftest import OPENED
from tests.leads.test_handoff import paris

NOTICES = sorted(path.stem for path in (Path(settings.BASE_DIR) / "templates/notifications").glob("[lc]*.*.txt"))


def clause(**changes: Any) -> Clause:
    fields = {"id": "promise-x", "party": "sales", "kind": "first_response", "label": "x", "warn_share": 0.5}
    return Clause.model_validate(fields | changes)


def test_a_promise_that_opens_at_night_runs_from_the_next_opening(active_terms: AgreementVersion) -> None:
    times = times_of(clause(working_minutes=60), active_terms.calendar(), paris(4, 22))

    assert (times.warn_at, times.target_at, times.due_at) == (paris(5, 9, 30), None, paris(5, 10))


def test_a_promise_over_the_weekend_counts_working_days(active_terms: AgreementVersion) -> None:
    times = times_of(clause(working_days=1), active_terms.calendar(), paris(6, 16))

    assert times.due_at == paris(9, 16)


def test_the_target_lies_in_working_time_too(active_terms: AgreementVersion) -> None:
    promise = clause(working_minutes=60, target_working_minutes=30)

    assert times_of(promise, active_terms.calendar(), paris(4, 12, 15)).target_at == paris(4, 13, 45)


def test_a_promise_is_opened_once_and_only_where_the_terms_hold_one(handed: Handoff) -> None:
    extra = clause(working_minutes=60)

    assert open_commitment(handoff=handed, clause=extra, kind=Kind.FIRST_RESPONSE, at=OPENED) is None
    assert open_commitment(handoff=handed, clause=None, kind=Kind.FOLLOW_UP, at=OPENED) is None
    assert handed.commitments.count() == 3


def test_meeting_what_is_not_owed_changes_nothing(handed: Handoff) -> None:
    close_owed(handed, OPENED)

    assert meet(handoff=handed, kind=Kind.DECISION, at=OPENED) is False
    assert not Commitment.objects.exclude(met_at=None).exists()


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (paris(4, 10), "on_time"),
        (paris(4, 14, 12), "due_soon"),
        (paris(4, 15), "due_soon"),
        (paris(4, 15) + timedelta(seconds=1), "breached"),
    ],
)
def test_the_state_needs_no_sweep(handed: Handoff, now: Any, state: str) -> None:
    assert state_of(Commitment.objects.get(handoff=handed, kind="first_response"), now) == state


def test_every_kind_has_its_word() -> None:
    assert promise_word("first_response") == "First response"
    assert promise_word("something_else") == "something_else"


def test_every_refusal_of_a_pass_has_words() -> None:
    assert set(PASS_REFUSALS) <= known_codes()


def test_there_are_notices() -> None:
    assert "lead.handed_off" in NOTICES


@pytest.mark.parametrize("kind", NOTICES)
def test_every_notice_is_a_sentence_with_a_link(sam: User, kind: str) -> None:
    facts = {
        "lead": "Lea Petit",
        "company": "Volta",
        "trigger": "hand_raise",
        "due_at": paris(4, 15).isoformat(),
        "first_at": paris(4, 15).isoformat(),
        "promise": "first_response",
        "owner": "Sam",
        "by": "Maya",
        "rep": "Lena",
        "reason": "No budget",
        "path": "Later",
        "note": "Call in May",
        "n": 3,
    }
    text = text_of(kind, recipient=sam, facts=facts, url="/leads/x/")

    assert text.sentence
    assert "{" not in text.sentence + text.body
    assert text.body.endswith("/leads/x/")
