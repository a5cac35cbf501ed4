"""The hottest leads that qualify: the first of all that do, whichever place of the index they stand in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from agreements.models import AgreementVersion
from leads.handoff import hand_off
from leads.models import Handoff, Lead, LeadScore
from leads.returns import return_handoff
from leads.scoring import governing, hottest_qualified, qualified_leads
from slaportal.accounts.models import User
from tests.leads.several import country, fit, put_in_force

NOW = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)
MakeLead = Callable[..., Lead]
INTEREST = {"max": 100, "rules": [{"id": "visit", "event": "visit", "points": 80, "half_life_days": 10}]}


@pytest.fixture
def terms(db: None) -> AgreementVersion:
    """Hot leads qualify, and cold ones that fit."""
    return put_in_force("default", **fit(90), interest=INTEREST, mql={"band": ["A1", "A2", "A3", "B1"]})


@pytest.fixture
def france(terms: AgreementVersion) -> AgreementVersion:
    """Only the hottest of these leads qualify."""
    return put_in_force("france", country("France"), **fit(90), interest=INTEREST, mql={"band": ["A1"]})


def scored(lead: Lead, version: AgreementVersion, until: timedelta | None, points: int = 90) -> Lead:
    """In the second band of interest until then."""
    LeadScore.objects.create(
        lead=lead,
        version=version,
        fit=points,
        fit_band="A",
        interest=40,
        band_2_until=None if until is None else NOW + until,
        scored_at=NOW,
    )
    return lead


@pytest.fixture
def waiting(terms: AgreementVersion, france: AgreementVersion, make_lead: MakeLead) -> list[Lead]:
    """Those that qualify, the hottest first; among others that do not."""
    hot, cold, never = timedelta(days=5), timedelta(days=-5), None
    rest = [scored(make_lead(), terms, never) for _ in range(2)]
    faded = scored(make_lead(), terms, cold)
    warm = [scored(make_lead(), terms, hot) for _ in range(2)]
    hottest = scored(make_lead(), terms, hot * 3)
    scored(make_lead(stage="customer"), terms, hot * 4)
    scored(make_lead(country="France"), france, hot * 4)
    scored(make_lead(country="France"), terms, hot * 4)
    scored(make_lead(), terms, hot * 4, points=10)
    return [hottest, *warm, faded, *rest]


@pytest.mark.parametrize("limit", range(8))
def test_they_are_the_first_of_all_that_qualify(waiting: list[Lead], limit: int) -> None:
    in_force = governing()
    assert list(qualified_leads(in_force, NOW)) == waiting
    assert list(hottest_qualified(in_force, NOW, limit)) == waiting[:limit]


def test_only_those_of_one_version(waiting: list[Lead], terms: AgreementVersion, france: AgreementVersion) -> None:
    assert list(hottest_qualified(governing(), NOW, 9, terms)) == waiting
    assert not hottest_qualified(governing(), NOW, 9, france)


def test_who_is_with_sales_already_is_none_of_them(waiting: list[Lead], sam: User) -> None:
    assert hand_off(lead=waiting[0], trigger="score", at=NOW)
    assert list(hottest_qualified(governing(), NOW, 2)) == waiting[1:3]


@pytest.mark.parametrize("is_by_another", [False, True])
@pytest.mark.parametrize(("reason", "rests"), [("return-wrong-data", False), ("return-no-need", True)])
def test_who_rests_after_a_return_is_said_by_the_reason(
    waiting: list[Lead], france: AgreementVersion, sam: User, reason: str, rests: bool, is_by_another: bool
) -> None:
    hottest, *others = waiting
    handed = hand_off(lead=hottest, trigger="score", at=NOW)
    assert handed
    return_handoff(handoff=handed, reason=reason, by=sam, at=NOW)
    if is_by_another:
        Handoff.objects.update(version=france)
    later = NOW + timedelta(days=1)
    assert list(hottest_qualified(governing(), later, 9)) == (others if rests else waiting)
    assert list(qualified_leads(governing(), later)) == (others if rests else waiting)
    assert (hand_off(lead=hottest, trigger="score", at=later) is None) == rests


def test_without_terms_there_are_none(make_lead: MakeLead) -> None:
    make_lead()
    assert not hottest_qualified(governing(), NOW, 9)


def test_the_hot_ones_are_read_in_the_order_of_their_index(waiting: list[Lead]) -> None:
    # With so few rows the planner would rather read and sort them all.
    others = ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort")
    with connection.cursor() as cursor:
        cursor.execute("".join(f"SET LOCAL enable_{one} = off;" for one in others))
    walked, rest = hottest_qualified(governing(), NOW, 3).explain(analyze=True).split("score_hottest", 1)
    assert "Presorted Key: s.band_2_until" in walked
    # Three are found: nobody looks for cold ones.
    assert "never executed" in rest
