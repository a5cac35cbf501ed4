"""The rescore of all leads: in chunks, resumed after a crash, given up for newer terms, by job and by command."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from agreements.models import AgreementVersion
from agreements.services import sign_by_console, start_draft
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from leads.drain import drain_events
from leads.intake import append_events
from leads.models import DirtyLead, EngagementSlot, Lead, LeadScore
from leads.scoring import governing, mark_dirty, rescore, rescoring, start_due_rescore, start_rescore
from leads.scoring.chunks import next_size
from leads.scoring.rescoring import Passed, looks_at_ages
from leads.scoring.writing import write_scores
from slaportal.accounts.models import User
from slaportal.outbox.jobs import run_waiting
from slaportal.outbox.models import Job, JobState

NOW = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)
MakeLead = Callable[..., Lead]


@pytest.fixture
def leads(make_lead: MakeLead) -> list[Lead]:
    return [make_lead(title="Head of Sales") for _ in range(10)]


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leads.scoring.rescoring.CHUNK", 3)


def next_version(active: AgreementVersion, **qualification: Any) -> AgreementVersion:
    """Other terms in force instead of the active ones."""
    plain = default_terms().as_dict()
    terms = Terms.parse(plain | {"qualification": plain["qualification"] | qualification})
    return sign_by_console(version=start_draft(agreement=active.agreement, by=None, terms=terms, at=NOW), at=NOW)


def run_jobs() -> None:
    run_waiting(lambda: NOW, limit=5, stop=time.monotonic() + 60)


@pytest.mark.usefixtures("small_chunks")
def test_each_lead_is_scored_and_named_after_its_version(active_terms: AgreementVersion, leads: list[Lead]) -> None:
    heard: list[tuple[int, int]] = []
    passed = rescore(at=NOW, report=lambda passed, total: heard.append((passed.leads, total)))
    assert heard == [(3, 10), (6, 10), (9, 10), (10, 10)]
    assert (passed.leads, passed.written) == (10, 10)
    assert set(LeadScore.objects.values_list("version", flat=True)) == {active_terms.pk}
    assert set(LeadScore.objects.values_list("scored_at", flat=True)) == {NOW}


@pytest.mark.usefixtures("small_chunks")
def test_a_rescore_goes_on_where_it_was_killed(active_terms: AgreementVersion, leads: list[Lead]) -> None:
    def die(passed: Passed, total: int) -> None:
        if passed.leads == 6:
            raise KeyboardInterrupt(passed.after)

    with pytest.raises(KeyboardInterrupt) as killed:
        rescore(at=NOW, report=die)
    assert LeadScore.objects.count() == 6
    later = NOW + timedelta(hours=1)
    passed = rescore(at=later, passed=Passed(after=killed.value.args[0], leads=6, written=6))
    assert (passed.leads, passed.written) == (10, 10)
    assert LeadScore.objects.filter(scored_at=later).count() == 4


@pytest.mark.usefixtures("small_chunks")
def test_a_job_goes_on_from_its_checkpoint(active_terms: AgreementVersion, leads: list[Lead], mia: User) -> None:
    job = start_rescore(by=mia, at=NOW)
    Job.objects.filter(pk=job.pk).update(checkpoint={"after": leads[5].pk, "leads": 6, "written": 6})
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (JobState.DONE, 10, 10)
    assert job.result == {"leads": 10, "written": 10, "is_superseded": False}
    assert LeadScore.objects.count() == 4


@pytest.mark.usefixtures("small_chunks")
def test_a_killed_job_scores_each_lead_once(
    active_terms: AgreementVersion, leads: list[Lead], mia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies in its third chunk; the next one takes the job over when its lease is out."""
    asked: list[int] = []

    def dying(*args: Any, **facts: Any) -> int:
        if len(asked) == 2:
            asked.append(0)
            raise KeyboardInterrupt
        asked.append(write_scores(*args, **facts))
        return asked[-1]

    monkeypatch.setattr(rescoring, "write_scores", dying)
    job = start_rescore(by=mia, at=NOW)
    with pytest.raises(KeyboardInterrupt):
        run_jobs()
    job.refresh_from_db()
    assert (job.state, job.checkpoint) == (JobState.RUNNING, {"after": leads[5].pk, "leads": 6, "written": 6})
    assert LeadScore.objects.count() == 6
    run_waiting(lambda: NOW + timedelta(minutes=5), limit=5, stop=time.monotonic() + 60)
    job.refresh_from_db()
    assert (job.state, job.result) == (JobState.DONE, {"leads": 10, "written": 10, "is_superseded": False})
    assert asked == [3, 3, 0, 3, 1]


@pytest.mark.usefixtures("small_chunks")
def test_newer_terms_end_a_rescore_and_start_their_own(active_terms: AgreementVersion, leads: list[Lead]) -> None:
    def activate(passed: Passed, total: int) -> None:
        if passed.leads == 3:
            next_version(active_terms)

    assert rescore(at=NOW, report=activate).is_superseded
    job = start_due_rescore(NOW)
    assert job is not None
    run_jobs()
    assert set(LeadScore.objects.values_list("version__number", flat=True)) == {2}
    assert LeadScore.objects.count() == 10


def test_new_interest_rules_count_past_events(active_terms: AgreementVersion, leads: list[Lead]) -> None:
    row = {"lead": {"id": str(leads[0].public_id)}, "type": "survey", "occurred_at": NOW.isoformat()}
    append_events([row], by=None, at=NOW, is_live=False)
    call_command("rescore", stdout=StringIO(), stderr=StringIO())
    rule = {"id": "interest-survey", "event": "survey", "points": 33}
    next_version(active_terms, interest={"max": 100, "rules": [rule]})
    drain_events(NOW)
    rescore(at=NOW)
    assert LeadScore.objects.get(lead=leads[0]).interest == 33
    assert EngagementSlot.objects.get().filled_at == NOW


def test_a_rescore_clears_the_list_of_changed_leads(active_terms: AgreementVersion, leads: list[Lead]) -> None:
    mark_dirty([lead.pk for lead in leads])
    rescore(at=NOW)
    assert not DirtyLead.objects.exists()


def test_terms_in_force_are_scored_once(active_terms: AgreementVersion) -> None:
    assert start_due_rescore(NOW) == start_due_rescore(NOW + timedelta(days=2))
    assert Job.objects.get().params == {"state": governing().key}


def test_terms_that_look_at_ages_are_scored_each_day(active_terms: AgreementVersion) -> None:
    young = {"id": "fit-young", "points": 10, "when": {"field": "created_at", "op": "within_days", "value": 30}}
    version = next_version(active_terms, fit={"max": 100, "rules": [young]})
    assert looks_at_ages(version.document)
    assert not looks_at_ages(active_terms.document)
    assert start_due_rescore(NOW) == start_due_rescore(NOW + timedelta(hours=1))
    assert start_due_rescore(NOW) != start_due_rescore(NOW + timedelta(days=1))


@pytest.mark.django_db
def test_without_terms_there_is_nothing_to_score() -> None:
    assert start_due_rescore(NOW) is None
    with pytest.raises(CommandError, match="No agreement is in force"):
        call_command("rescore")


def test_the_command_says_what_it_did(active_terms: AgreementVersion, leads: list[Lead]) -> None:
    out, err = StringIO(), StringIO()
    call_command("rescore", "--json", stdout=out, stderr=err)
    result = json.loads(out.getvalue().splitlines()[-1])
    assert result.pop("seconds") >= 0
    assert result == {"version": str(active_terms), "leads": 10, "written": 10, "is_superseded": False}
    assert err.getvalue().strip() == "10 / 10"
    call_command("rescore", stdout=out, stderr=err)
    assert "10 leads scored" in out.getvalue()


def test_a_chunk_that_took_long_is_followed_by_a_smaller_one() -> None:
    limits: Any = {"most": 20_000, "target": 0.5}
    assert next_size(1_000, 0.01, **limits) == 4_000
    assert next_size(16_000, 0.01, **limits) == 20_000
    assert next_size(20_000, 10.0, **limits) == 1_000
    assert next_size(1, 60.0, **limits) == 1
