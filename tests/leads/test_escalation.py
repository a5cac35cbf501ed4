"""Escalation: when managers hear of a breach, and when they are asked to give the lead away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agreements.models import AgreementVersion
from agreements.services import sign_by_console, start_draft
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from leads.attempts import log_attempt
from leads.escalation import moment_of
from leads.handoff import hand_off
from leads.models import Commitment, Handoff, Lead
from leads.sweep import sweep
from slaportal.accounts.models import User
from slaportal.outbox.drain import drain
from slaportal.outbox.models import Notification
from tests.leads.conftest import OPENED
from tests.leads.test_handoff import paris


def told(person: User, kind: str = "commitment.reassign") -> int:
    return Notification.objects.filter(recipient=person, kind=kind).count()


@pytest.fixture
def patient_terms(active_terms: AgreementVersion) -> AgreementVersion:
    """Terms that tell the manager at one and a half times the promised time."""
    raw: dict[str, Any] = default_terms().as_dict()
    raw["handoff"]["escalation"] = {"manager_at_share": 1.5, "reassign_at_share": 2.0}
    draft = start_draft(agreement=active_terms.agreement, by=None, terms=Terms.parse(raw), at=OPENED)
    return sign_by_console(version=draft, at=OPENED)


def test_managers_are_asked_to_reassign_at_the_agreed_share(handed: Handoff, maya: User) -> None:
    sweep(paris(4, 15, 1))
    drain(at=paris(4, 16, 59))
    before = told(maya)
    drain(at=paris(4, 17))
    drain(at=paris(4, 17, 1))

    assert moment_of(Commitment.objects.get(handoff=handed, kind="first_response"), 1.5) == paris(4, 17)
    assert (before, told(maya)) == (0, 1)


def test_nobody_is_asked_about_a_lead_that_was_answered_meanwhile(handed: Handoff, sam: User, maya: User) -> None:
    sweep(paris(4, 15, 1))
    log_attempt(handoff=handed, by=sam, channel="phone", outcome="reached", at=paris(4, 15, 30))
    drain(at=paris(4, 17))

    assert told(maya) == 0


def test_a_moment_long_past_is_not_made_up_for(handed: Handoff, maya: User) -> None:
    sweep(paris(5, 9))
    drain(at=paris(5, 10))

    assert told(maya) == 0
    assert told(maya, "commitment.breached") == 1


def test_terms_may_tell_the_manager_later_than_the_owner(
    patient_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User, maya: User
) -> None:
    hand_off(lead=make_lead(), trigger="score", at=OPENED)
    sweep(paris(4, 15, 1))
    at_once = (told(sam, "commitment.breached"), told(maya, "commitment.breached"))
    drain(at=paris(4, 17))

    assert (at_once, told(maya, "commitment.breached")) == ((1, 0), 1)


def test_terms_may_say_that_nobody_else_takes_over(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User, maya: User
) -> None:
    raw: dict[str, Any] = default_terms().as_dict()
    raw["handoff"]["escalation"]["reassign_at_share"] = None
    draft = start_draft(agreement=active_terms.agreement, by=None, terms=Terms.parse(raw), at=OPENED)
    sign_by_console(version=draft, at=OPENED)
    hand_off(lead=make_lead(title="Head of Sales"), trigger="score", at=OPENED)

    sweep(paris(4, 15, 1))
    drain(at=paris(4, 18))

    assert (told(maya, "commitment.breached"), told(maya)) == (1, 0)
