"""What a draft would make of the leads: at once or as a job, and equal to what the rescore then makes of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from agreements.models import AgreementVersion
from agreements.services import discard_draft, sign_by_console, start_draft
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from leads.drain import drain_events
from leads.intake import append_events
from leads.models import EngagementSlot, Lead, LeadScore
from leads.rules.quick import TooSlow
from leads.scoring import comparing, governing, preview_count, rescore, score_rows
from leads.scoring import preview as module
from leads.scoring.preview import preview
from leads.scoring.preview_count import count_job, start_count
from slaportal.accounts.models import User
from slaportal.outbox.jobs import run_waiting
from slaportal.outbox.models import Job, JobState
from slaportal.web.refusals import Refused, RefusedRole

NOW = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
PAGE = "/leads/draft-preview/?agreement=default"
HEADS = {"id": "fit-head", "points": 80, "when": {"field": "title", "op": "contains", "value": "head"}}
SURVEY = {"id": "interest-survey", "event": "survey", "points": 70, "half_life_days": 7}
QUALIFICATION: dict[str, Any] = {
    "fit": {"max": 100, "rules": [HEADS]},
    "interest": {"max": 100, "rules": [SURVEY]},
    "mql": {"band": ["A1"]},
}


def drafted(active: AgreementVersion | None, agreement: Any, **qualification: Any) -> AgreementVersion:
    plain = default_terms().as_dict()
    terms = Terms.parse(plain | {"qualification": plain["qualification"] | qualification})
    return start_draft(agreement=agreement, by=None, terms=terms, at=NOW)


@pytest.fixture
def leads(active_terms: AgreementVersion, make_lead: Callable[..., Lead]) -> list[Lead]:
    """Six leads, three of them heads; four have answered a survey, one of them in March."""
    found = [make_lead(title="Head of Sales" if n < 3 else "Clerk") for n in range(6)]
    events = [
        {
            "lead": {"id": str(lead.public_id)},
            "type": "survey",
            "external_id": str(n),
            "occurred_at": (NOW - timedelta(days=90 if n == 1 else 1)).isoformat(),
        }
        for n, lead in enumerate(found[:4])
    ]
    append_events(events, by=None, at=NOW, is_live=False)
    drain_events(NOW)
    rescore(at=NOW)
    return found


@pytest.fixture
def draft(active_terms: AgreementVersion, leads: list[Lead]) -> AgreementVersion:
    return drafted(active_terms, active_terms.agreement, **QUALIFICATION)


def test_who_would_cross_is_counted_without_writing(draft: AgreementVersion, leads: list[Lead]) -> None:
    Lead.objects.filter(pk=leads[2].pk).update(stage="sal")
    slots, scores = list(EngagementSlot.objects.values()), list(LeadScore.objects.values())
    found = preview(draft, governing(), NOW)
    assert (found.n, found.step) == (6, 1)
    assert (found.up.n, found.up.may_be_handed_over, found.up.examples) == (2, 1, [leads[2], leads[0]])
    assert (found.down.n, found.down.examples) == (0, [])
    assert {band: n for band, (_was, n) in found.bands.items() if n} == {"A1": 2, "A3": 1, "C1": 1, "C3": 2}
    assert sum(was for was, _ in found.bands.values()) == 6
    assert (list(EngagementSlot.objects.values()), list(LeadScore.objects.values())) == (slots, scores)


def test_the_rescore_then_makes_of_them_what_was_told(draft: AgreementVersion, leads: list[Lead]) -> None:
    told = preview(draft, governing(), NOW)
    sign_by_console(version=draft, at=NOW)
    rescore(at=NOW)
    rows = score_rows(Lead.objects.all(), NOW).values()
    assert {band: n for band, (_, n) in told.bands.items()} == {
        band: sum(row.band == band for row in rows) for band in told.bands
    }
    assert sum(row.is_mql for row in rows) == told.up.n
    other = drafted(draft, draft.agreement)
    back = preview(other, governing(), NOW)
    assert {band: was for band, (was, _) in back.bands.items()} == {band: n for band, (_, n) in told.bands.items()}
    assert (back.down.n, back.up.n) == (told.up.n, told.down.n)


@pytest.mark.parametrize("half_life_days", [None, 7])
def test_rules_with_a_window_are_told_as_the_rescore_then_scores(
    active_terms: AgreementVersion, leads: list[Lead], half_life_days: int | None
) -> None:
    """Three answered yesterday, one in March: outside of the window."""
    windowed = SURVEY | {"half_life_days": None, "window_days": 30}
    other = {"id": "interest-again", "event": "survey", "points": 10, "half_life_days": half_life_days}
    interest = {"max": 100, "rules": [windowed, other]}
    draft = drafted(active_terms, active_terms.agreement, **(QUALIFICATION | {"interest": interest}))
    told = preview(draft, governing(), NOW)
    assert (told.up.n, told.bands["A1"][1]) == (2, 2)
    sign_by_console(version=draft, at=NOW)
    rescore(at=NOW)
    rows = score_rows(Lead.objects.all(), NOW).values()
    assert {band: n for band, (_, n) in told.bands.items()} == {
        band: sum(row.band == band for row in rows) for band in told.bands
    }
    assert sum(row.is_mql for row in rows) == told.up.n
    wider = interest | {"rules": [windowed | {"window_days": 365}, other]}
    later = drafted(draft, draft.agreement, **(QUALIFICATION | {"interest": wider}))
    assert preview(later, governing(), NOW).up.n == 1


def test_many_leads_are_sampled_and_that_is_said(
    draft: AgreementVersion, leads: list[Lead], monkeypatch: pytest.MonkeyPatch, mina: User
) -> None:
    exact = preview(draft, governing(), NOW)
    monkeypatch.setattr(module, "MOST_LEADS", 3)
    found = preview(draft, governing(), NOW)
    assert (found.n, found.step, found.is_exact, exact.is_exact) == (6, 2, False, True)
    assert sum(n for _, n in found.bands.values()) == 6
    assert {n % 2 for pair in found.bands.values() for n in pair} == {0}


def test_what_takes_too_long_is_refused(
    draft: AgreementVersion, monkeypatch: pytest.MonkeyPatch, leads: list[Lead], mina: User
) -> None:
    def slow(*_args: Any, **_facts: Any) -> None:
        raise TooSlow

    monkeypatch.setattr(comparing, "ask", slow)
    with pytest.raises(Refused) as refused:
        preview(draft, governing(), NOW)
    assert refused.value.code == "preview_too_slow"
    client = Client()
    client.force_login(mina)
    assert "Count all leads" in client.get("/leads/draft-preview/?agreement=default").content.decode()


def test_the_page_of_the_draft_shows_it(draft: AgreementVersion, leads: list[Lead], mina: User) -> None:
    client = Client()
    client.force_login(mina)
    assert "/leads/draft-preview/?agreement=default" in client.get("/agreements/default/draft/").content.decode()
    page = client.get("/leads/draft-preview/?agreement=default").content.decode()
    assert f"/leads/{leads[2].public_id}/" in page or preview(draft, governing(), timezone.now()).up.n == 0
    assert "<strong>A1</strong>" in page
    assert client.get("/leads/draft-preview/?agreement=none").status_code == 404


def test_a_draft_with_the_same_rules_changes_nobody(active_terms: AgreementVersion, mina: User) -> None:
    start_draft(agreement=active_terms.agreement, by=None, at=NOW)
    client = Client()
    client.force_login(mina)
    assert "no lead would change" in client.get("/leads/draft-preview/?agreement=default").content.decode()


def test_a_program_reads_it(draft: AgreementVersion, leads: list[Lead], sam: User) -> None:
    api = APIClient()
    api.force_authenticate(sam)
    told = api.get("/api/agreements/default/draft/preview/").json()
    assert told["leads"] == 6
    assert [one["band"] for one in told["bands"]] == ["A1", "A2", "A3", "B1", "B2", "B3", "C1", "C2", "C3"]
    assert set(told["up"]) == {"n", "may_be_handed_over", "examples"}
    assert (told["step"], told["is_exact"], told["count"]) == (1, True, None)
    assert api.get("/api/agreements/none/draft/preview/").status_code == 404


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch, leads: list[Lead]) -> list[Lead]:
    """More leads than are judged while somebody waits, and more than one chunk of them."""
    monkeypatch.setattr(module, "MOST_LEADS", 3)
    monkeypatch.setattr(preview_count, "FIRST_CHUNK", 2)
    monkeypatch.setattr(preview_count, "CHUNK", 2)
    return leads


def run_jobs() -> None:
    run_waiting(lambda: LATER, limit=5, stop=time.monotonic() + 60)


def as_person(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_count_equals_what_is_judged_at_once(
    draft: AgreementVersion,
    many: list[Lead],
    mina: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Lead.objects.filter(pk=many[2].pk).update(stage="sal")
    start_count(draft=draft, by=mina, at=NOW)
    assert not preview(draft, governing(), LATER).is_exact
    run_jobs()
    told = preview(draft, governing(), LATER + timedelta(days=1))
    assert (told.is_exact, told.is_many, told.at) == (True, True, LATER)
    assert (told.up.n, told.up.may_be_handed_over, told.up.examples) == (2, 1, [many[2], many[0]])
    monkeypatch.setattr(module, "MOST_LEADS", 100)
    at_once = preview(draft, governing(), LATER)
    assert (at_once.n, at_once.up, at_once.down, at_once.bands) == (told.n, told.up, told.down, told.bands)


def test_whoever_asks_meanwhile_joins_and_whoever_asks_later_counts_anew(
    draft: AgreementVersion,
    many: list[Lead],
    mina: User,
    mia: User,
) -> None:
    first = start_count(draft=draft, by=mina, at=NOW)
    assert start_count(draft=draft, by=mia, at=LATER) == first
    run_jobs()
    assert start_count(draft=draft, by=mia, at=LATER) != first


def test_a_rep_starts_none(draft: AgreementVersion, many: list[Lead], sam: User) -> None:
    with pytest.raises(RefusedRole) as refused:
        start_count(draft=draft, by=sam, at=NOW)
    assert refused.value.code == "not_a_lead_counter"
    assert as_person(sam).post("/leads/draft-preview/count/start/", {"agreement": "default"}).status_code == 403
    assert "Count all leads" not in as_person(sam).get(PAGE).content.decode()
    assert not Job.objects.filter(kind=preview_count.COUNT).exists()


def test_a_killed_count_goes_on_after_its_last_chunk(
    draft: AgreementVersion,
    many: list[Lead],
    mina: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The worker dies in its third chunk."""
    asked: list[int] = []
    ask = comparing.ask

    def dying(*args: Any, **facts: Any) -> Any:
        asked.append(len(asked))
        if len(asked) == 3:
            raise KeyboardInterrupt
        return ask(*args, **facts)

    monkeypatch.setattr(comparing, "ask", dying)
    job = start_count(draft=draft, by=mina, at=NOW)
    with pytest.raises(KeyboardInterrupt):
        run_jobs()
    job.refresh_from_db()
    assert (job.done, job.checkpoint["after"]) == (4, many[3].pk)
    run_waiting(lambda: LATER + timedelta(minutes=5), limit=5, stop=time.monotonic() + 60)
    assert len(asked) == 4
    told = preview(draft, governing(), LATER)
    assert (told.is_exact, told.n, told.up.n, told.at) == (True, 6, 2, LATER)


def test_a_count_of_another_text_is_given_up_and_never_shown(
    draft: AgreementVersion,
    many: list[Lead],
    mina: User,
) -> None:
    job = start_count(draft=draft, by=mina, at=NOW)
    discard_draft(version=draft, by=None, at=NOW)
    other = drafted(None, draft.agreement, **(QUALIFICATION | {"mql": {"band": ["A1", "A2"]}}))
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.result) == (JobState.DONE, {"is_superseded": True})
    assert count_job(other) is None
    assert not preview(other, governing(), LATER).is_exact


def test_other_terms_in_force_end_it(draft: AgreementVersion, many: list[Lead], mina: User) -> None:
    job = start_count(draft=draft, by=mina, at=NOW)
    sign_by_console(version=draft, at=NOW)
    run_jobs()
    job.refresh_from_db()
    assert job.result == {"is_superseded": True}


def test_the_page_estimates_counts_and_then_knows(
    draft: AgreementVersion,
    many: list[Lead],
    mina: User,
) -> None:
    client = as_person(mina)
    page = client.get(PAGE).content.decode()
    assert "one lead in 2 was judged" in page
    assert "Count all leads" in page

    def part() -> str:
        return client.get("/leads/draft-preview/count/", headers={"HX-Request": "true"}).content.decode()

    answer = client.post("/leads/draft-preview/count/start/", {"agreement": "default"})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    page = client.get(PAGE).content.decode()
    assert "/leads/draft-preview/count/?agreement=default" in page
    assert "Count all leads" not in page
    assert 'hx-trigger="every 2s"' in part()
    run_jobs()
    assert 'hx-target="#draft-preview"' in part()
    page = client.get(PAGE).content.decode()
    assert "Counted exactly, over all 6 leads." in page
    assert "Count all leads again" in page


def test_a_program_starts_it_and_reads_it(draft: AgreementVersion, many: list[Lead], mina: User, sam: User) -> None:
    api, address = APIClient(), "/api/agreements/default/draft/preview/"
    api.force_authenticate(sam)
    assert (api.post(address).status_code, api.post(address).json()["code"]) == (403, "not_a_lead_counter")
    api.force_authenticate(mina)
    assert api.get(address).json()["is_exact"] is False
    answer = api.post(address)
    assert (answer.status_code, answer.json()) == (202, {"state": "waiting", "done": 0, "total": 0})
    run_jobs()
    told = api.get(address).json()
    assert (told["is_exact"], told["leads"], told["step"], told["up"]["n"]) == (True, 6, 1, 2)
    assert told["count"] == {"state": "done", "done": 6, "total": 6}
    assert told["counted_at"].startswith("2026-06-10T09:00:00")
