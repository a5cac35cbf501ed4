"""Scores: one meaning in Python and in SQL, sums that stay true, and reading them at any moment."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from agreements.compile import compile_rule
from agreements.models import AgreementVersion
from agreements.terms.document import Terms
from agreements.terms.rules import holds, parse
from agreements.terms.scoring import band, event_classes, qualifies, score_fit, score_interest, sums_of
from leads.drain import drain_events
from leads.field_map import LEAD_FIELDS, event_of, facts_of
from leads.intake import append_events
from leads.models import DirtyLead, EngagementSlot, Lead, LeadEngagement, LeadEvent, LeadScore, PendingEvent
from leads.scoring import (
    band_expression,
    current_score,
    governing,
    mark_dirty,
    qualified_leads,
    rebase_slots,
    rescore,
    score_dirty,
    score_rows,
)
from leads.scoring.slots import ensure_slots

NOW = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)
MakeLead = Callable[..., Lead]
N_LEADS, N_EVENTS = 250, 1000
TITLES = ["Head of Sales", "VP Marketing", "Intern", "", " Director ", "Student", "Geschäftsführer"]
COUNTRIES = ["France", "Germany", "India", ""]
TYPES = ["page_view", "email_click", "form_submission", "webinar", "demo_request", "unsubscribe", "newsletter"]
PATHS = ["/pricing", "/Pricing/plans", "/blog/a", "/jobs", None]
TREES: list[dict[str, Any]] = [
    {"field": "domain", "op": "eq", "value": "acme.example"},
    {"field": "title", "op": "contains", "value": "HEAD"},
    {"field": "stage", "op": "in", "value": ["lead", "contact"]},
    {"field": "created_at", "op": "within_days", "value": 30},
    {"field": "attributes.employees", "op": "between", "value": [50, 5000]},
    {"field": "attributes.Remote", "op": "is_true"},
    {"field": "attributes.Missing", "op": "is_blank"},
    {"not": {"field": "account.size", "op": "gt", "value": 10}},
    {"field": "phone", "op": "is_not_blank"},
]


@pytest.fixture
def crowd(db: None) -> list[Lead]:
    """Leads of every kind, with events of every kind, in the past year; the last ten did nothing."""
    dice = random.Random(7)
    leads = Lead.objects.bulk_create(Lead(**a_lead(dice, number)) for number in range(N_LEADS))
    LeadEvent.objects.bulk_create(an_event(dice, number, dice.choice(leads[:-10])) for number in range(N_EVENTS))
    return leads


def a_lead(dice: random.Random, number: int) -> dict[str, Any]:
    return {
        "title": dice.choice(TITLES),
        "country": dice.choice(COUNTRIES),
        "company": dice.choice(["", "Acme"]),
        "phone": dice.choice(["", "+33 1"]),
        "email": dice.choice(["", f"x{number}@acme.example", f"y{number}@gmail.com"]),
        "created_at": (created_at := NOW - timedelta(days=dice.randrange(60))),
        "entered_at": created_at,
        "updated_at": created_at,
        "stage_at": created_at,
        "attributes": {
            "employees": dice.choice(["10", 400, "many", None]),
            "industry": dice.choice(["Software", "Food", ""]),
            "Remote": dice.choice([True, "no", "Yes"]),
        },
    }


def an_event(dice: random.Random, number: int, lead: Lead) -> LeadEvent:
    occurred_at = NOW - timedelta(seconds=int(dice.paretovariate(0.7) * 86_400) % (300 * 86_400))
    return LeadEvent(
        source="test",
        external_id=str(number),
        lead=lead,
        type=dice.choice(TYPES),
        properties={"path": path} if (path := dice.choice(PATHS)) else {},
        occurred_at=occurred_at,
        received_at=occurred_at + timedelta(seconds=dice.choice([-3600, 0, 50])),
    )


def wait_for_count(only: slice = slice(None), *, is_live: bool = False) -> None:
    ids = LeadEvent.objects.order_by("id").values_list("id", flat=True)[only]
    PendingEvent.objects.bulk_create(PendingEvent(event_id=one, is_live=is_live) for one in ids)


def judged(lead: Lead, terms: Terms, at: datetime) -> tuple[int, float, str, bool]:
    """What the Python judge says of the lead and its events, from nothing."""
    facts, events = facts_of(lead), [event_of(event) for event in lead.events.all()]
    fit, interest = score_fit(terms, facts, at), score_interest(terms, events, at)
    is_mql = qualifies(terms, fit, interest, False, facts, at)
    return fit, interest, band(fit, interest, terms.qualification.bands), is_mql


def stored(at: datetime) -> dict[int, tuple[int, float, str, bool]]:
    rows = LeadScore.objects.annotate(band=band_expression(at))
    return {row.lead_id: (row.fit, row.interest, row.band, row.is_mql) for row in rows}


def as_judged(leads: list[Lead], terms: Terms, at: datetime) -> dict[int, tuple[int, float, str, bool]]:
    return {lead.pk: judged(lead, terms, at) for lead in leads}


def assert_sums_are_true(terms: Terms) -> None:
    slots = list(EngagementSlot.objects.all())
    epochs = {slot.key: slot.epoch for slot in slots}
    for row in LeadEngagement.objects.select_related("lead"):
        fresh = sums_of(terms, [event_of(event) for event in row.lead.events.filter(pending=None)], epochs)
        kept = {slot.key: row.sums[slot.place - 1] for slot in slots}
        assert kept == pytest.approx(fresh, rel=1e-9, abs=1e-80)


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: next(iter(tree.values())) if "op" in tree else "not")
def test_both_judges_see_the_same_fields(crowd: list[Lead], tree: dict[str, Any]) -> None:
    rule = parse(tree)
    condition = compile_rule(rule, LEAD_FIELDS, NOW)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT l.id FROM leads_lead l WHERE {condition.text}", condition.params)
        found = {lead_id for (lead_id,) in cursor.fetchall()}
    expected = {lead.pk for lead in crowd if holds(rule, facts_of(lead), NOW)}
    assert found == expected
    assert expected


def test_sql_scores_as_the_python_judge(active_terms: AgreementVersion, crowd: list[Lead]) -> None:
    wait_for_count()
    assert drain_events(NOW) == N_EVENTS
    rescore(at=NOW)
    assert stored(NOW) == as_judged(crowd, active_terms.document, NOW)


def test_sums_added_in_any_batches_equal_a_recount(active_terms: AgreementVersion, crowd: list[Lead]) -> None:
    wait_for_count(slice(0, 300))
    rescore(at=NOW - timedelta(days=3))
    drain_events(NOW - timedelta(days=2), limit=137)
    drain_events(NOW - timedelta(days=1), limit=163)
    assert_sums_are_true(active_terms.document)
    assert not PendingEvent.objects.exists()


def test_a_rescore_without_changes_writes_nothing(active_terms: AgreementVersion, crowd: list[Lead]) -> None:
    wait_for_count()
    drain_events(NOW)
    assert rescore(at=NOW).written == Lead.objects.filter(events=None).count()
    assert rescore(at=NOW + timedelta(days=9)).written == 0


def test_a_rescore_repairs_a_wrong_score(active_terms: AgreementVersion, crowd: list[Lead]) -> None:
    wait_for_count()
    drain_events(NOW)
    rescore(at=NOW)
    LeadScore.objects.filter(lead=crowd[0]).update(interest=99.9)
    assert rescore(at=NOW).written == 1
    assert stored(NOW) == as_judged(crowd, active_terms.document, NOW)


def test_the_band_falls_by_itself_as_time_passes(active_terms: AgreementVersion, crowd: list[Lead]) -> None:
    wait_for_count()
    drain_events(NOW)
    rescore(at=NOW)
    later = NOW + timedelta(days=40)
    bands = {lead_id: row[2] for lead_id, row in stored(later).items()}
    assert bands == {lead.pk: judged(lead, active_terms.document, later)[2] for lead in crowd}
    assert bands != {lead_id: row[2] for lead_id, row in stored(NOW).items()}


def test_slots_move_their_epoch_and_keep_the_scores(active_terms: AgreementVersion, crowd: list[Lead]) -> None:
    wait_for_count()
    drain_events(NOW)
    before = EngagementSlot.objects.exclude(half_life_days=None).count()
    assert rebase_slots(NOW + timedelta(days=400)) == 0
    long_ago = NOW - timedelta(days=405 * 14)
    EngagementSlot.objects.update(epoch=long_ago, filled_at=None)
    LeadEngagement.objects.update(sums=[])
    rescore(at=NOW)
    assert 0 < rebase_slots(NOW) <= before
    rescore(at=NOW)
    assert stored(NOW) == as_judged(crowd, active_terms.document, NOW)
    assert_sums_are_true(active_terms.document)


def test_slots_of_old_terms_make_room(active_terms: AgreementVersion) -> None:
    ensure_slots(governing(), NOW)
    EngagementSlot.objects.filter(place=2).update(key="gone")
    slots = ensure_slots(governing(), NOW)
    assert [slot.place for slot in slots] == list(range(1, len(slots) + 1))
    assert {slot.key for slot in slots} == set(event_classes(active_terms.document))


def test_changed_leads_are_scored_anew(active_terms: AgreementVersion, make_lead: MakeLead) -> None:
    lead = make_lead()
    mark_dirty([lead.pk])
    mark_dirty([lead.pk])
    assert (score_dirty(NOW), score_dirty(NOW)) == (1, 0)
    Lead.objects.filter(pk=lead.pk).update(title="Head of Sales")
    mark_dirty([lead.pk])
    score_dirty(NOW)
    lead.refresh_from_db()
    assert stored(NOW) == as_judged([lead], active_terms.document, NOW)


def test_changed_leads_wait_for_the_first_terms(make_lead: MakeLead) -> None:
    mark_dirty([make_lead().pk])
    assert score_dirty(NOW) == 0
    assert DirtyLead.objects.count() == 1
    assert current_score(make_lead(), NOW) is None


def test_a_receipt_adds_up_to_the_score_that_lists_show(active_terms: AgreementVersion, crowd: list[Lead]) -> None:
    wait_for_count()
    drain_events(NOW)
    rescore(at=NOW)
    later = NOW + timedelta(days=5)
    rows = score_rows(crowd, later)
    for lead in crowd:
        score = current_score(lead, later)
        assert score is not None
        assert score.receipt is not None
        sides = {side: sum(row.after for row in score.receipt.rows if row.side == side) for side in ("fit", "interest")}
        assert (float(sides["fit"]), float(sides["interest"])) == (score.fit, score.interest)
        row = rows[lead.pk]
        assert (row.fit, row.interest, row.band, row.is_mql) == (score.fit, score.interest, score.band, score.is_mql)


def test_a_list_of_scores_takes_two_queries(
    active_terms: AgreementVersion, crowd: list[Lead], django_assert_num_queries: Any
) -> None:
    rescore(at=NOW)
    with django_assert_num_queries(2):
        assert len(score_rows(crowd, NOW)) == N_LEADS


def test_a_raised_hand_shows_in_the_receipt(active_terms: AgreementVersion, make_lead: MakeLead) -> None:
    score = current_score(make_lead(title="Head of Sales"), NOW, hand_raise=True)
    assert score is not None
    assert score.as_dict()["receipt"]["hand_raise"] is True


def test_qualified_leads_are_those_the_judge_qualifies(active_terms: AgreementVersion, crowd: list[Lead]) -> None:
    wait_for_count()
    drain_events(NOW)
    rescore(at=NOW)
    Lead.objects.filter(pk__in=[lead.pk for lead in crowd[::3]]).update(stage="customer")
    left = [lead for number, lead in enumerate(crowd) if number % 3]
    expected = {lead.pk for lead in left if judged(lead, active_terms.document, NOW)[3]}
    assert {lead.pk for lead in qualified_leads(governing(), NOW)} == expected
    assert expected
    cold = NOW + timedelta(days=900)
    assert not qualified_leads(governing(), cold).exists()


def test_pending_events_are_not_in_the_score_yet(active_terms: AgreementVersion, make_lead: MakeLead) -> None:
    lead = make_lead()
    row = {"external_id": "1", "lead": {"id": str(lead.public_id)}, "type": "webinar", "occurred_at": NOW.isoformat()}
    append_events([row], by=None, at=NOW)
    rescore(at=NOW)
    before = current_score(lead, NOW)
    drain_events(NOW)
    after = current_score(lead, NOW)
    assert before is not None
    assert after is not None
    assert (before.interest, after.interest) == (0, 20)
