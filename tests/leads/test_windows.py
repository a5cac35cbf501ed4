"""Rules with a window: what leaves it is counted out by the sweep of changed leads, and nothing else is rewritten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from agreements.models import AgreementVersion
from leads.drain import drain_events, keep_scores
from leads.intake import append_events
from leads.models import Handoff, Lead, LeadEngagement, LeadScore, ScoreMark
from leads.scoring import current_score, rescore, score_dirty
from slaportal.accounts.models import User
from tests.leads.several import fit, next_version, put_in_force

NOW = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)
MakeLead = Callable[..., Lead]
CALL = {"id": "call", "label": "Called us", "event": "call", "points": 40, "window_days": 10}
VISIT = {"id": "visit", "event": "visit", "points": 5, "half_life_days": 10}


def interest(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"interest": {"max": 100, "rules": list(rules)}}


@pytest.fixture
def terms(db: None) -> AgreementVersion:
    return put_in_force("default", **fit(80), **interest(CALL, VISIT))


def happened(lead: Lead, kind: str, at: datetime, *, received: datetime | None = None) -> None:
    row = {"external_id": f"{lead.pk} {kind} {at}", "lead": {"id": str(lead.public_id)}, "type": kind}
    append_events([{**row, "occurred_at": at.isoformat()}], by=None, at=received or at)
    drain_events(received or at)


def score_of(lead: Lead) -> tuple[float, datetime]:
    row = LeadScore.objects.get(lead=lead)
    return row.interest, row.scored_at


def test_only_the_lead_whose_window_passes_is_written(terms: AgreementVersion, make_lead: MakeLead) -> None:
    called, visited = make_lead(), make_lead()
    happened(called, "call", NOW)
    happened(visited, "visit", NOW)
    score_dirty(NOW)
    before = score_of(visited)

    assert score_dirty(NOW + timedelta(days=10, seconds=-1)) == 0
    assert score_dirty(NOW + timedelta(days=10)) == 1

    assert score_of(called) == (0, NOW + timedelta(days=10))
    assert score_of(visited) == before
    assert LeadEngagement.objects.get(lead=called).next_change_at is None


def test_events_leave_one_by_one(terms: AgreementVersion, make_lead: MakeLead) -> None:
    lead = make_lead()
    for days in (0, 2, 5):
        happened(lead, "call", NOW + timedelta(days=days))
    assert score_of(lead)[0] == 100

    keep_scores(NOW + timedelta(days=12))

    assert score_of(lead)[0] == 40
    assert LeadEngagement.objects.get(lead=lead).next_change_at == NOW + timedelta(days=15)


def test_an_event_that_comes_in_after_its_window_counts_nothing(terms: AgreementVersion, make_lead: MakeLead) -> None:
    lead = make_lead()
    happened(lead, "call", NOW - timedelta(days=11), received=NOW)

    assert score_of(lead)[0] == 0
    assert LeadEngagement.objects.get(lead=lead).n_events == 1


def test_without_window_rules_no_lead_waits_for_time(active_terms: AgreementVersion, make_lead: MakeLead) -> None:
    lead = make_lead()
    happened(lead, "demo_request", NOW)

    assert LeadEngagement.objects.filter(next_change_at=None).count() == 1
    keep_scores(NOW + timedelta(seconds=1))
    written = score_of(lead)
    keep_scores(NOW + timedelta(days=900))
    assert score_of(lead) == written


def test_a_band_ends_at_the_instant_though_nobody_has_written_it(terms: AgreementVersion, make_lead: MakeLead) -> None:
    lead = make_lead()
    happened(lead, "call", NOW)

    assert LeadScore.objects.get(lead=lead).band_2_until == NOW + timedelta(days=10)


def test_time_alone_opens_no_handoff(terms: AgreementVersion, make_lead: MakeLead, sam: User) -> None:
    lead = make_lead()
    happened(lead, "call", NOW)
    n_handoffs = Handoff.objects.count()

    for days in range(1, 14):
        keep_scores(NOW + timedelta(days=days))

    assert Handoff.objects.count() == n_handoffs
    assert not ScoreMark.objects.filter(lead=lead, kind="crossing", at__gt=NOW).exists()
    assert ScoreMark.objects.filter(lead=lead, kind="fade").count() == 1


def test_a_window_that_comes_with_new_terms_counts_the_past(terms: AgreementVersion, make_lead: MakeLead) -> None:
    lead = make_lead()
    for days in (1, 6):
        happened(lead, "visit", NOW - timedelta(days=days))
    newer = next_version(terms, **fit(80), **interest(CALL, {**VISIT, "half_life_days": None, "window_days": 5}))

    rescore(at=NOW)

    assert score_of(lead)[0] == 5 == current_score(lead, NOW, version=newer).interest  # type: ignore[union-attr]
    assert LeadEngagement.objects.get(lead=lead).next_change_at == NOW + timedelta(days=4)


def test_windows_that_went_with_old_terms_wait_for_nothing(terms: AgreementVersion, make_lead: MakeLead) -> None:
    lead = make_lead()
    happened(lead, "call", NOW)
    next_version(terms, **fit(80), **interest(VISIT))
    rescore(at=NOW)

    assert score_dirty(NOW + timedelta(days=30)) == 0


def test_the_sweep_finds_its_leads_by_the_index(terms: AgreementVersion) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'engagement_next_change'")
        assert "WHERE (next_change_at IS NOT NULL)" in cursor.fetchone()[0]


def test_a_capped_lead_that_does_more_stays_hot_for_longer(make_lead: MakeLead) -> None:
    put_in_force("default", **fit(80), **interest({**VISIT, "points": 40, "cap": 40}))
    lead = make_lead()
    happened(lead, "visit", NOW)
    before = LeadScore.objects.get(lead=lead)
    happened(lead, "visit", NOW + timedelta(minutes=1))
    after = LeadScore.objects.get(lead=lead)

    assert (before.interest, after.interest) == (40, 40)
    assert before.band_2_until is not None
    assert after.band_2_until is not None
    assert after.band_2_until > before.band_2_until + timedelta(days=5)
