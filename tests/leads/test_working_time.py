"""Teams with hours of their own: each rep's promises run in the working time of their team."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from agreements.models import AgreementVersion
from agreements.services import create_agreement, sign_by_console
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from leads.attempts import log_attempt
from leads.commitments import Kind
from leads.escalation import moment_of
from leads.handoff import hand_off
from leads.models import Handoff
from leads.selectors.dossier import clock_of
from leads.working_time import calendar_for
from slaportal.accounts.models import User

# A Wednesday, 17:00 in Paris and 11:00 in New York.
AFTERNOON = datetime(2026, 11, 4, 16, 0, tzinfo=UTC)
NEW_YORK = {
    "id": "team-new-york",
    "team": "Inside Sales",
    "timezone": "America/New_York",
    "hours": {"wed": [["10:00", "12:00"], ["13:00", "18:00"]], "fri": [["10:00", "18:00"]]},
}


@pytest.fixture
def two_zones(db: None) -> AgreementVersion:
    """The default terms (Paris) with hours of its own for Inside Sales, in New York."""
    document = default_terms().as_dict()
    document["calendar"]["teams"] = [NEW_YORK]
    version = create_agreement(slug="default", name="Default", by=None, terms=Terms.parse(document), at=AFTERNOON)
    return sign_by_console(version=version, at=AFTERNOON)


@pytest.fixture
def passes(two_zones: AgreementVersion, make_lead: Callable[..., Any], sam: User, otto: User) -> dict[str, Handoff]:
    """One lead for Sam in Paris and one for Otto in New York, handed over at the same moment."""
    handed = [hand_off(lead=make_lead(), trigger="score", at=AFTERNOON) for _ in range(2)]
    return {one.rep.name: one for one in handed if one and one.rep}


def due(handoff: Handoff, kind: Kind) -> datetime:
    return handoff.commitments.get(kind=kind).due_at


def test_two_reps_in_two_zones_get_different_due_times(passes: dict[str, Handoff]) -> None:
    sams, ottos = passes["Sam Okoro"], passes["Otto Berg"]
    # Four working hours: Sam has one left today and three tomorrow; Otto has one before lunch and three after it.
    assert due(sams, Kind.FIRST_RESPONSE) == datetime(2026, 11, 5, 11, 0, tzinfo=UTC)
    assert due(ottos, Kind.FIRST_RESPONSE) == datetime(2026, 11, 4, 21, 0, tzinfo=UTC)
    # One working day: New York's next one is Friday.
    assert due(sams, Kind.ACCEPTANCE) == datetime(2026, 11, 5, 16, 0, tzinfo=UTC)
    assert due(ottos, Kind.ACCEPTANCE) == datetime(2026, 11, 6, 16, 0, tzinfo=UTC)


def test_an_answer_is_measured_in_the_hours_of_its_team(passes: dict[str, Handoff], otto: User) -> None:
    answered = datetime(2026, 11, 4, 18, 30, tzinfo=UTC)
    held = passes["Otto Berg"]
    log_attempt(handoff=held, channel="phone", outcome="no_answer", by=otto, at=answered)
    held.refresh_from_db()
    # 11:00 to 13:30 in New York, lunch from 12:00 to 13:00 left out.
    assert held.response_seconds == 90 * 60
    step = held.commitments.get(kind=Kind.FOLLOW_UP)
    # The e-mail follows the call: four more hours, in New York still the same day.
    assert step.due_at == datetime(2026, 11, 4, 22, 30, tzinfo=UTC)


def test_shares_of_the_time_run_in_the_same_hours(passes: dict[str, Handoff]) -> None:
    promise = passes["Otto Berg"].commitments.get(kind=Kind.FIRST_RESPONSE)
    assert moment_of(promise, 1.5) == datetime(2026, 11, 4, 23, 0, tzinfo=UTC)


def test_the_clock_of_a_lead_shows_the_hours_of_its_rep(passes: dict[str, Handoff]) -> None:
    strip = clock_of(passes["Otto Berg"], AFTERNOON).strip
    assert strip is not None
    assert strip.total_seconds == 4 * 3600


def test_nobody_and_teams_without_hours_of_their_own_keep_the_company_s(
    two_zones: AgreementVersion, sam: User, otto: User, ada: User
) -> None:
    zones = [calendar_for(two_zones, person).timezone for person in (None, sam, otto, ada)]
    assert zones == ["Europe/Paris", "Europe/Paris", "America/New_York", "Europe/Paris"]
    assert two_zones.calendar(" inside sales").timezone == "America/New_York"
