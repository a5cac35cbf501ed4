"""The calibration page and its API: started once, run as a job, shown, and its table put into the draft."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from agreements.models import AgreementVersion
from agreements.selectors import open_version
from agreements.services import start_draft
from kpis.calibration.drafting import calibrated_terms
from kpis.calibration.jobs import latest_calibration, start_calibration
from kpis.calibration.outcomes import outcomes_of
from leads.models import Handoff, Lead, LeadEvent
from slaportal.accounts.models import User
from slaportal.outbox.jobs import run_waiting
from slaportal.outbox.models import Job
from slaportal.web.refusals import Refused
from tests.conftest import MakeLead
from tests.kpis.calibration.histories import history

pytestmark = pytest.mark.django_db

URL = "/results/calibration/"
API = "/api/agreements/default/calibration/"
NOW = timezone.now()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def program_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def save(n: int, **changes: Any) -> list[Lead]:
    """Leads of a made-up history, as an import leaves them."""
    return Lead.objects.bulk_create(unsaved(n, **changes))


def unsaved(n: int, *, start: int = 0, **changes: Any) -> list[Lead]:
    """The same, not stored; ``start`` numbers their addresses."""
    leads, ends = history(n, **changes)
    at = NOW - timedelta(days=100)
    times = {"created_at": at, "entered_at": at, "updated_at": at, "stage_at": at}
    rows = []
    for facts, end in zip(leads, ends, strict=True):
        attributes = {name[11:]: value for name, value in facts.items() if name.startswith("attributes.")}
        rows.append(
            Lead(
                source=facts["source"],
                email=f"{start}{facts['email']}",
                attributes=attributes,
                converted=bool(end),
                **times,
            )
        )
    return rows


def run_all() -> None:
    run_waiting(timezone.now, limit=5, stop=float("inf"))


@pytest.fixture
def done(active_terms: AgreementVersion, mia: User) -> Job:
    """A calibration that is over."""
    leads = save(500)
    event = {"source": "web", "type": "page_view", "properties": {"path": "/pricing"}}
    LeadEvent.objects.bulk_create(
        [
            LeadEvent(**event, external_id=str(place), lead=lead, occurred_at=NOW, received_at=NOW)
            for place, lead in enumerate(leads[:100])
        ]
    )
    start_calibration(version=active_terms, by=mia, at=timezone.now())
    run_all()
    job = latest_calibration("default")
    assert job is not None
    assert job.state == "done", job.error
    return job


def put(user: User, job: Job, digest: str = "") -> Any:
    sent = {"agreement": "default", "calibration": str(job.pk), "digest": digest}
    return client_of(user).post(f"{URL}draft/", sent)


def test_a_marketer_starts_one_and_sees_what_it_found(active_terms: AgreementVersion, mina: User) -> None:
    client = client_of(mina)
    assert "Not calibrated yet" in client.get(URL).content.decode()
    save(400)
    for _ in range(2):
        answer = client.post(f"{URL}start/", {"agreement": "default"})
        assert answer.status_code == 302
    assert Job.objects.filter(kind="kpis.calibrate").count() == 1
    assert "hx-get" in client.get(URL).content.decode()
    run_all()
    page = client.get(URL).content.decode()
    assert "400 decided leads, 120 won" in page
    assert "Few leads: read the intervals" in page
    assert 'id="chart-roc"' in page
    assert 'id="chart-calibration"' in page
    assert "It is different for every lead." in page
    # A marketer reads the table; editors put it into the draft.
    assert "put-in-draft" not in page


def test_rules_in_force_are_measured(done: Job) -> None:
    rules = {row["id"]: row for row in done.result["rules"]}
    fit = {rule.id for rule in open_rules(done)}
    assert fit <= rules.keys()
    assert rules["interest-pricing-page"]["n"] == 100
    assert rules["fit-work-email"]["finding"] == "always"
    assert rules["fit-decision-maker"]["finding"] == "never"


def open_rules(job: Job) -> Any:
    return AgreementVersion.objects.get(pk=job.params["version"]).document.qualification.fit.rules


def test_the_table_goes_into_the_draft_once(done: Job, mia: User) -> None:
    page = client_of(mia).get(URL).content.decode()
    assert 'id="put-in-draft"' in page
    for _ in range(2):
        assert put(mia, done).status_code == 302
    draft = open_version(AgreementVersion.objects.get(pk=done.params["version"]).agreement)
    assert draft is not None
    fit = draft.document.qualification.fit
    assert [rule.points for rule in fit.rules] == [row["points"] for row in done.result["proposal"]["rules"]]
    assert draft.document.qualification.bands.fit.model_dump() == done.result["proposal"]["bands"]
    assert draft.edits.count() == 0
    assert client_of(mia).get("/agreements/default/draft/qualification/").status_code == 200


def test_a_draft_that_somebody_else_opened_is_not_overwritten(done: Job, mia: User, maya: User) -> None:
    version = AgreementVersion.objects.get(pk=done.params["version"])
    draft = start_draft(agreement=version.agreement, by=maya)
    answer = put(mia, done)
    assert answer.status_code == 422
    draft.refresh_from_db()
    assert draft.digest == version.digest
    assert put(mia, done, draft.digest).status_code == 302


def test_only_the_newest_table_is_taken(done: Job, mia: User, active_terms: AgreementVersion) -> None:
    start_calibration(version=active_terms, by=mia, at=timezone.now(), leave=["attributes.visits"])
    run_all()
    answer = put(mia, done)
    assert answer.status_code == 422
    assert "There is a newer calibration" in answer.content.decode()
    assert put(mia, Job(pk=None)).status_code == 422


def test_ticks_are_what_differs_from_the_advice(done: Job, mia: User) -> None:
    sent = {"agreement": "default", "fields": "shown", "use": ["attributes.city", "attributes.budget", "no such field"]}
    assert client_of(mia).post(f"{URL}start/", sent).status_code == 302
    job = latest_calibration("default")
    assert job is not None
    assert "attributes.visits" in job.params["leave"]
    assert job.params["take"] == []
    # Other fields must wait until it is over.
    refused = client_of(mia).post(f"{URL}start/", {"agreement": "default"})
    assert refused.status_code == 422
    assert "A calibration with other fields is running" in refused.content.decode()


@pytest.mark.parametrize("who", ["sam", "mina"])
def test_not_everybody_may(request: Any, who: str, done: Job) -> None:
    user = request.getfixturevalue(who)
    may_read = who == "mina"
    assert client_of(user).get(URL).status_code == (200 if may_read else 403)
    assert put(user, done).status_code == 403
    assert program_of(user).get(API).status_code == (200 if may_read else 403)
    assert program_of(user).post(f"{API}draft/", {}, format="json").status_code == 403


def test_too_few_leads_are_told_in_the_starters_words(active_terms: AgreementVersion, mina: User) -> None:
    save(60)
    client = client_of(mina)
    client.post(f"{URL}start/", {"agreement": "default"})
    run_all()
    assert "Too few leads are decided: 60, of which 18 were won" in client.get(URL).content.decode()
    assert program_of(mina).get(API).json()["state"] == "failed"


def test_without_terms_in_force_there_is_nothing_to_calibrate(mina: User) -> None:
    assert "No terms are in force" in client_of(mina).get(URL).content.decode()
    assert client_of(mina).post(f"{URL}start/").status_code == 404
    assert client_of(mina).get(f"{URL}?agreement=none").status_code == 404


def test_a_program_does_the_same(active_terms: AgreementVersion, mia: User) -> None:
    program = program_of(mia)
    assert program.get(API).status_code == 404
    assert program.post(f"{API}draft/", {}, format="json").status_code == 409
    save(400)
    started = program.post(API, {"leave": ["attributes.city"]}, format="json")
    assert started.status_code == 202
    assert started.json()["state"] == "waiting"
    assert program.post(API, {"leave": "city"}, format="json").status_code == 422
    run_all()
    found = program.get(API).json()
    assert found["state"] == "done"
    proposal = found["result"]["proposal"]
    assert len(proposal["rules"]) <= 20
    assert all(isinstance(rule["points"], int) for rule in proposal["rules"])
    answer = program.post(f"{API}draft/", {"digest": ""}, format="json")
    assert answer.json()["number"] == 2


def test_a_table_no_better_than_chance_is_not_taken(done: Job, active_terms: AgreementVersion, mia: User) -> None:
    done.result["proposal"]["warnings"].append("no_signal")
    done.save()
    assert "put-in-draft" not in client_of(mia).get(URL).content.decode()
    assert put(mia, done).status_code == 422
    done.result["proposal"] = None
    done.save()
    assert "No table is offered" in client_of(mia).get(URL).content.decode()
    assert put(mia, done).status_code == 422


def test_ids_of_the_new_rules_are_free_and_the_same_each_time(done: Job, active_terms: AgreementVersion) -> None:
    base, proposal = active_terms.document, done.result["proposal"]
    once = calibrated_terms(base, proposal)
    ids = [rule["id"] for rule in once["qualification"]["fit"]["rules"]]
    assert len(set(ids)) == len(ids)
    assert calibrated_terms(base, proposal) == once


def test_outcomes_are_told_apart(active_terms: AgreementVersion, make_lead: MakeLead, sam: User) -> None:
    day = timedelta(days=1)
    for n in range(5):
        make_lead(converted=True, created_at=NOW - 50 * day, converted_at=NOW - (40 + n) * day)
    customer = make_lead(stage="customer", created_at=NOW - 5 * day)
    refused = make_lead(stage="disqualified", created_at=NOW - 5 * day)
    lost = make_lead(created_at=NOW - 5 * day)
    times = {"opened_at": NOW, "closed_at": NOW, "state": "closed", "outcome": "lost"}
    Handoff.objects.create(lead=lost, version=active_terms, trigger="score", rep=sam, **times)
    old, young = make_lead(created_at=NOW - 9 * day), make_lead(created_at=NOW - 7 * day)
    found = outcomes_of(active_terms, NOW)
    ends = dict(zip(found.ids, found.ends, strict=True))
    assert found.median == 8 * day
    assert [ends[lead.pk] for lead in (customer, refused, lost, old, young)] == [1, 0, 0, 0, -1]
    assert found.as_dict() == {"won": 6, "lost": 3, "open": 1, "lapsed": 1, "median_days": 8.0, "is_cut": False}


def test_starting_is_for_those_who_may(active_terms: AgreementVersion, sam: User) -> None:
    with pytest.raises(Refused) as refused:
        start_calibration(version=active_terms, by=sam, at=NOW)
    assert refused.value.code == "not_a_calibrator"


def test_a_turn_that_ends_between_choosing_and_judging_goes_on(
    active_terms: AgreementVersion, mia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(400)
    job = start_calibration(version=active_terms, by=mia, at=timezone.now())
    with monkeypatch.context() as patch:
        # The clock as the turn begins, and as its rules are chosen.
        patch.setattr("slaportal.outbox.jobs.time", SimpleNamespace(monotonic=iter([0, 9]).__next__))
        run_waiting(timezone.now, limit=1, stop=5)
    job.refresh_from_db()
    assert (job.state, len(job.checkpoint["tried"])) == ("waiting", 120)
    # Meanwhile leads come; they are neither learned from nor held out.
    Lead.objects.bulk_create(unsaved(50, seed=9, start=400))
    run_all()
    job.refresh_from_db()
    assert job.state == "done", job.error
    assert job.result["proposal"]["n_tried"] == 120
    # A turn that was cut off looks at fewer leads.
    again = start_calibration(version=active_terms, by=mia, at=timezone.now())
    Job.objects.filter(pk=again.pk).update(attempts=1)
    run_all()
    again.refresh_from_db()
    assert again.checkpoint["most"] == 25_000
