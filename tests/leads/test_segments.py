"""Several agreements at work: each lead is scored, handed over and promised for under the one that governs it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from agreements.models import AgreementVersion
from agreements.services import (
    change_segment,
    create_agreement,
    make_default,
    place_agreement,
    retire_agreement,
    sign_by_console,
)
from agreements.terms.default import default_terms
from leads.drain import drain_events, keep_scores
from leads.handoff import accept_handoff, hand_off, hand_off_many
from leads.intake import append_events, edit_lead
from leads.models import Commitment, DirtyLead, EngagementSlot, Enrollment, Handoff, Lead, LeadScore, StageChange
from leads.nurture import enroll
from leads.returns import return_handoff
from leads.scoring import current_score, governing, qualified_leads, rescore, score_dirty, score_rows, start_due_rescore
from leads.scoring.slots import ensure_slots
from leads.selectors.paths import came_back, path_rows, step_rows
from leads.selectors.promises import month_so_far
from leads.selectors.warming import near_leads, nearest
from leads.sweep import sweep
from leads.volumes import open_months
from slaportal.accounts.models import User
from slaportal.outbox.jobs import run_waiting
from slaportal.outbox.models import Job
from slaportal.web.refusals import Refused
from tests.leads.several import country, fit, next_version, put_in_force

# A Wednesday.
NOW = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)
MakeLead = Callable[..., Lead]
VISIT = {"id": "visit", "event": "visit", "points": 80, "half_life_days": 10}
CALL = {"id": "call", "event": "call", "points": 80, "half_life_days": 10}
MQL = {"any": [{"band": ["A1"]}, {"hand_raise": True}]}


@pytest.fixture
def default(db: None) -> AgreementVersion:
    """Fit 90 for everybody; calls bring interest."""
    return put_in_force("default", **fit(90), interest={"max": 100, "rules": [CALL]}, mql=MQL)


@pytest.fixture
def france(default: AgreementVersion) -> AgreementVersion:
    """Fit 75 for everybody; visits bring interest."""
    return put_in_force("france", country("France"), **fit(75), interest={"max": 100, "rules": [VISIT]}, mql=MQL)


@pytest.fixture
def japan(default: AgreementVersion) -> AgreementVersion:
    """Fit 10 for everybody."""
    return put_in_force("japan", country("Japan"), **fit(10), interest={"max": 100, "rules": [VISIT, CALL]}, mql=MQL)


def does(lead: Lead, *types: str, is_live: bool = True, at: datetime = NOW, key: str = "") -> None:
    rows = [
        {
            "source": "site",
            "external_id": f"{lead.pk}-{kind}-{key}",
            "lead": {"id": str(lead.public_id)},
            "type": kind,
            "occurred_at": at.isoformat(),
        }
        for kind in types
    ]
    append_events(rows, by=None, at=at, is_live=is_live)


def scored() -> dict[int, tuple[str, int]]:
    """Agreement and fit of each lead by its stored score."""
    rows = LeadScore.objects.values_list("lead", "version__agreement__slug", "fit")
    return {lead: (slug, points) for lead, slug, points in rows}


def move(lead: Lead, to: str) -> None:
    edit_lead(public_id=lead.public_id, changes={"country": to}, attributes={}, by=None, at=NOW)


def run_jobs() -> None:
    run_waiting(lambda: NOW, limit=5, stop=time.monotonic() + 60)


def test_each_lead_is_scored_by_its_own_terms(
    default: AgreementVersion, france: AgreementVersion, japan: AgreementVersion, make_lead: MakeLead
) -> None:
    one, two, three = make_lead(country="France"), make_lead(country="Japan"), make_lead(country="Spain")
    assert rescore(at=NOW).written == 3
    wanted = {one.pk: ("france", 75), two.pk: ("japan", 10), three.pk: ("default", 90)}
    assert scored() == wanted
    rows = score_rows([one, two, three], NOW)
    assert {pk: (row.fit, row.version_id) for pk, row in rows.items()} == {
        one.pk: (75, france.pk), two.pk: (10, japan.pk), three.pk: (90, default.pk),
    }  # fmt: skip
    assert {lead.pk: current_score(lead, NOW).fit for lead in (one, two, three)} == {  # type: ignore[union-attr]
        pk: points for pk, (_, points) in wanted.items()
    }


def test_the_slots_hold_the_events_of_all_terms(
    default: AgreementVersion, france: AgreementVersion, make_lead: MakeLead
) -> None:
    one, other = make_lead(country="France"), make_lead()
    for lead in (one, other):
        does(lead, "visit", "call", is_live=False)
    keep_scores(NOW)
    run_jobs()
    assert EngagementSlot.objects.count() == 2
    assert {lead.pk: lead.score.interest for lead in Lead.objects.all()} == {one.pk: 80, other.pk: 80}
    later = NOW + timedelta(days=10)
    assert {pk: row.interest for pk, row in score_rows([one, other], later).items()} == {one.pk: 40, other.pk: 40}
    assert [(one.lead, one.interest) for one in nearest(governing(), later, 5)] == []


def test_an_event_counts_by_the_terms_that_govern_its_lead(
    default: AgreementVersion, france: AgreementVersion, make_lead: MakeLead, sam: User
) -> None:
    one, other = make_lead(country="France"), make_lead()
    for lead in (one, other):
        does(lead, "visit")
    keep_scores(NOW)
    handoff = Handoff.objects.get()
    assert (handoff.lead, handoff.version, handoff.trigger) == (one, france, "score")
    assert handoff.packet["score"]["fit"] == 75
    assert {row.clause.split("-")[0] for row in handoff.commitments.all()} == {"france"}
    assert StageChange.objects.get(new="mql").version == france
    does(other, "call")
    keep_scores(NOW)
    other_handoff = Handoff.objects.get(lead=other)
    assert other_handoff.version == default
    assert {row.clause.split("-")[0] for row in other_handoff.commitments.all()} == {"default"}


def test_a_hand_is_raised_under_the_terms_of_its_lead(
    default: AgreementVersion, france: AgreementVersion, make_lead: MakeLead, sam: User
) -> None:
    silent = next_version(france, **fit(75), interest={"max": 100, "rules": [VISIT]}, mql={"band": ["A1"]})
    one, other = make_lead(country="France"), make_lead()
    for lead in (one, other):
        does(lead, "demo_request")
    keep_scores(NOW)
    assert Handoff.objects.get().lead == other
    assert LeadScore.objects.get(lead=one).version == silent


def test_a_lead_that_moves_is_scored_under_its_new_terms(
    default: AgreementVersion, france: AgreementVersion, make_lead: MakeLead, sam: User
) -> None:
    lead = make_lead(country="Spain")
    does(lead, "visit", is_live=False)
    keep_scores(NOW)
    assert scored() == {lead.pk: ("default", 90)}
    move(lead, "France")
    assert score_dirty(NOW) == 1
    assert scored() == {lead.pk: ("france", 75)}
    assert LeadScore.objects.get().interest == 80
    # What qualifies by this counts as past: it is offered, not handed over.
    assert not Handoff.objects.exists()
    assert list(qualified_leads(governing(), NOW)) == [lead]


def test_a_move_is_no_crossing_even_when_an_event_comes_first(
    default: AgreementVersion, france: AgreementVersion, make_lead: MakeLead, sam: User
) -> None:
    lead = make_lead(country="Spain")
    does(lead, "visit", is_live=False)
    keep_scores(NOW)
    move(lead, "France")
    does(lead, "newsletter")
    assert drain_events(NOW) == 1
    assert scored() == {lead.pk: ("france", 75)}
    assert not Handoff.objects.exists()


def test_what_runs_keeps_the_version_it_started_under(
    default: AgreementVersion, france: AgreementVersion, make_lead: MakeLead, sam: User
) -> None:
    lead = make_lead(country="France")
    rescore(at=NOW)
    handoff = hand_off(lead=lead, trigger="score", at=NOW)
    assert handoff is not None
    promises = list(handoff.commitments.order_by("pk").values("clause", "due_at", "version"))
    move(lead, "Spain")
    score_dirty(NOW)
    accept_handoff(handoff=handoff, by=sam, at=NOW)
    handoff.refresh_from_db()
    assert (handoff.version, scored()[lead.pk]) == (france, ("default", 90))
    assert list(handoff.commitments.order_by("pk").values("clause", "due_at", "version"))[: len(promises)] == promises
    reasons = france.document.returns.reasons
    reason = next(one.id for one in reasons if one.path and not one.requires_attempts)
    returned = return_handoff(handoff=handoff, reason=reason, by=sam, note="No", at=NOW)
    assert Enrollment.objects.get(lead=lead).version == france
    assert returned.handoff.version == france


def test_past_leads_are_handed_over_each_under_its_own_version(
    default: AgreementVersion, france: AgreementVersion, make_lead: MakeLead, mia: User, sam: User
) -> None:
    one, other = make_lead(country="France"), make_lead()
    does(one, "visit", is_live=False)
    does(other, "call", is_live=False)
    keep_scores(NOW)
    assert set(qualified_leads(governing(), NOW)) == {one, other}
    assert list(qualified_leads(governing(), NOW, france)) == [one]
    opened = hand_off_many(leads=[one, other], by=mia, at=NOW)
    assert [handoff.version for handoff in opened] == [france, default]


def test_a_lead_enters_a_path_of_its_own_agreement(
    default: AgreementVersion, france: AgreementVersion, make_lead: MakeLead, mia: User
) -> None:
    path = france.document.nurture.paths[0]
    enrollments = [enroll(lead=make_lead(country=name), path=path.id, by=mia, at=NOW) for name in ("France", "Spain")]
    assert [one.version for one in enrollments] == [france, default]
    # Both agreements name the path alike; each counts its own.
    assert [path_rows(version)[0].n_enrolled for version in (france, default)] == [1, 1]
    assert sum(row.n_waiting for row in step_rows(france, path)) == 1
    assert came_back(france, path) == []


def test_where_no_terms_govern_nothing_is_scored_handed_over_or_nurtured(make_lead: MakeLead, mia: User) -> None:
    create_agreement(slug="default", name="Default", by=None, at=NOW)
    france = put_in_force("france", country("France"), **fit(75), interest={"max": 100, "rules": [VISIT]}, mql=MQL)
    inside, outside = make_lead(country="France"), make_lead(country="Spain")
    for lead in (inside, outside):
        does(lead, "visit", "demo_request")
    keep_scores(NOW)
    run_jobs()
    assert scored() == {inside.pk: ("france", 75)}
    assert [handoff.lead for handoff in Handoff.objects.all()] == [inside]
    assert (current_score(outside, NOW), score_rows([outside], NOW)) == (None, {})
    for act in (
        lambda: hand_off(lead=outside, trigger="manual", by=mia, at=NOW),
        lambda: enroll(lead=outside, path=france.document.nurture.paths[0].id, by=mia, at=NOW),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "no_active_terms"
    move(inside, "Spain")
    score_dirty(NOW)
    assert scored() == {}


def test_changes_of_the_arrangement_rescore_whom_they_concern(
    default: AgreementVersion, france: AgreementVersion, japan: AgreementVersion, make_lead: MakeLead
) -> None:
    one, two = make_lead(country="France"), make_lead(country="Spain")
    keep_scores(NOW)
    run_jobs()
    assert set(scored().values()) == {("france", 75), ("default", 90)}
    change_segment(agreement=japan.agreement, segment={"any": [country("Spain"), country("France")]}, by=None)
    assert rescored() == 1
    assert scored() == {one.pk: ("france", 75), two.pk: ("japan", 10)}
    place_agreement(agreement=japan.agreement, place=1, by=None)
    assert rescored() == 1
    assert scored()[one.pk] == ("japan", 10)
    retire_agreement(agreement=japan.agreement, by=None)
    assert rescored() == 2
    assert scored() == {one.pk: ("france", 75), two.pk: ("default", 90)}
    make_default(agreement=france.agreement, former_segment=country("Italy"), by=None)
    assert rescored() == 1
    assert scored()[two.pk] == ("france", 75)
    assert start_due_rescore(NOW) == start_due_rescore(NOW)
    run_jobs()
    assert scored()[two.pk] == ("france", 75)


def rescored() -> int:
    """How many scores the rescore wrote that is due now."""
    job = start_due_rescore(NOW)
    assert job is not None
    run_jobs()
    return int(Job.objects.get(pk=job.pk).result["written"])


def test_newer_terms_of_one_agreement_leave_the_others_scores_alone(
    default: AgreementVersion, france: AgreementVersion, make_lead: MakeLead
) -> None:
    for name in ("France", "Spain"):
        make_lead(country=name)
    keep_scores(NOW)
    run_jobs()
    next_version(france, **fit(50), interest={"max": 100, "rules": [{**VISIT, "half_life_days": 3}]})
    assert rescored() == 1
    assert set(scored().values()) == {("france", 50), ("default", 90)}
    assert EngagementSlot.objects.count() == 2


def test_a_rescore_also_takes_the_leads_that_changed_meanwhile(
    default: AgreementVersion, france: AgreementVersion, make_lead: MakeLead
) -> None:
    lead = make_lead(country="France", name="")
    rescore(at=NOW)
    edit_lead(public_id=lead.public_id, changes={"name": "Dana"}, attributes={}, by=None, at=NOW)
    start_due_rescore(NOW)
    run_jobs()
    assert not DirtyLead.objects.exists()
    assert scored() == {lead.pk: ("france", 75)}


def test_near_leads_are_near_by_their_own_terms(
    default: AgreementVersion, france: AgreementVersion, make_lead: MakeLead
) -> None:
    one, other = make_lead(country="France"), make_lead()
    for lead in (one, other):
        does(lead, "visit", is_live=False)
    keep_scores(NOW)
    # 80 points fade below 60 within five days, and are near it for a while.
    later = NOW + timedelta(days=4, hours=12)
    assert list(near_leads(governing(), later)) == [one]
    [warm] = nearest(governing(), later, 5)
    assert (warm.lead, warm.fit, warm.interest_missing > 0) == (one, 75, True)


def test_each_agreement_promises_its_own_volume(
    default: AgreementVersion, france: AgreementVersion, make_lead: MakeLead, sam: User
) -> None:
    assert open_months(NOW) == 2
    assert open_months(NOW) == 0
    one = make_lead(country="France")
    does(one, "visit")
    keep_scores(NOW)
    sweep(NOW)
    delivered = dict(Commitment.objects.filter(kind="mql_volume").values_list("agreement__slug", "delivered"))
    assert delivered == {"france": 1, "default": 0}
    pace = month_so_far([france, default], "Europe/Paris", NOW).pace
    assert pace is not None
    assert (pace.delivered, pace.promised) == (1, 2 * month_so_far([default], "Europe/Paris", NOW).pace.promised)  # type: ignore[union-attr]


@pytest.mark.django_db
def test_the_same_clause_of_two_agreements_is_promised_by_each() -> None:
    terms = default_terms()
    for slug, segment in (("default", None), ("france", country("France"))):
        sign_by_console(
            version=create_agreement(slug=slug, name=slug, by=None, terms=terms, segment=segment, at=NOW), at=NOW
        )
    assert open_months(NOW) == 2
    assert Commitment.objects.values("clause").distinct().count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_segment_that_changes_beside_the_drain_leaves_no_lead_behind(make_lead: MakeLead) -> None:
    put_in_force("default", **fit(90), interest={"max": 100, "rules": [CALL]})
    france = put_in_force("france", country("France"), **fit(75), interest={"max": 100, "rules": [VISIT]})
    leads = [make_lead(country=("France", "Spain")[n % 2]) for n in range(20)]
    rescore(at=NOW)

    def drain() -> None:
        try:
            for number in range(15):
                does(leads[number], "visit", is_live=False, key=f"race{number}")
                drain_events(NOW)
        finally:
            connection.close()

    draining = threading.Thread(target=drain)
    draining.start()
    for number in range(8):
        change_segment(agreement=france.agreement, segment=country(("Spain", "France")[number % 2]), by=None, at=NOW)
        start_due_rescore(NOW)
        run_jobs()
    draining.join()
    start_due_rescore(NOW)
    run_jobs()
    in_force = governing()
    assert scored() == {lead.pk: judged(in_force.of(lead)) for lead in leads}


def judged(version: AgreementVersion | None) -> tuple[str, int]:
    assert version is not None
    return version.agreement.slug, {"default": 90, "france": 75}[version.agreement.slug]


def test_the_hot_paths_ask_no_more_for_more_agreements(
    default: AgreementVersion, make_lead: MakeLead, django_assert_max_num_queries: Any
) -> None:
    leads = [make_lead(country=name) for name in ("France", "Japan", "Spain") * 5]
    rescore(at=NOW)
    ensure_slots(governing(), NOW)
    for lead in leads:
        does(lead, "newsletter")
    with django_assert_max_num_queries(17) as alone:
        drain_events(NOW)
    put_in_force("france", country("France"))
    put_in_force("japan", country("Japan"))
    rescore(at=NOW)
    for lead in leads:
        does(lead, "newsletter", key="again")
    with django_assert_max_num_queries(len(alone) + 2):
        drain_events(NOW)
