"""The fourth flow: new terms are written by form, signed by both sides, and govern what opens from then on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client

from agreements.models import AgreementVersion
from leads.models import LeadScore
from leads.scoring import governing
from slaportal.accounts.models import User
from slaportal.outbox.models import Job
from tests.agreements.forms import sent_by
from tests.agreements.test_pages import sent_back
from tests.conftest import PASSWORD
from tests.flows.conftest import WANTED, Program, background, event

Of = Callable[[User], Program]
Browse = Callable[[User], Client]
DRAFT = "/agreements/default/draft/"
OTHER = {**WANTED, "external_id": "660738", "email": "noor.haas@fjord.example", "name": "Noor Haas"}
pytestmark = pytest.mark.usefixtures("active_terms", "sam")


@pytest.fixture
def site(program: Of, mina: User, clock: time_machine.Traveller) -> Program:
    """Two leads, of which one is with Sam under version 1."""
    site = program(mina)
    site.post("leads/", [WANTED, OTHER])
    site.post("events/", event("demo_request", "form-1"))
    background()
    return site


def promises(site: Program, email: str) -> list[dict[str, Any]]:
    (lead,) = site.get("leads/", q=email)["results"]
    return list(site.get(f"leads/{lead['id']}/commitments/")["results"])


def edit(editor: Client, chapter: str, **changes: str) -> None:
    answer = editor.post(f"{DRAFT}{chapter}/", sent_back(editor, chapter) | changes)
    assert answer.status_code == 302, answer.content.decode()


def propose(editor: Client, **facts: str) -> int:
    """Send the proposal of the text that the draft's page shows."""
    form = sent_by(editor.get(DRAFT).content.decode(), "propose")
    return editor.post(f"{DRAFT}proposal/", form | facts).status_code


def sign(signer: Client) -> int:
    """Send the form of the draft's page with the password, as it was read; without the form, what one would make up."""
    form = signer.get(DRAFT).context["signing"]
    read = form.initial if form else {"digest": AgreementVersion.objects.get(number=2).digest}
    return signer.post(f"{DRAFT}signature/", {**read, "password": PASSWORD}).status_code


@pytest.fixture
def proposed(site: Program, browse: Browse, maya: User, mia: User) -> AgreementVersion:
    """Version 2: two hours instead of one for a raised hand, and ten points less for those who decide."""
    editor = browse(maya)
    editor.post(f"{DRAFT}start/")
    edit(editor, "commitments", **{"commitments.0.working_minutes": "120"})
    edit(editor, "qualification", **{"qualification.fit.rules.0.points": "25"})
    assert propose(editor, why="Nobody keeps the hour") == 302
    return AgreementVersion.objects.get(number=2)


@pytest.fixture
def in_force(
    proposed: AgreementVersion, browse: Browse, maya: User, mia: User, clock: time_machine.Traveller
) -> AgreementVersion:
    clock.shift(timedelta(minutes=5))
    assert [sign(browse(mia)), sign(browse(maya))] == [302, 302]
    background()
    proposed.refresh_from_db()
    return proposed


def test_the_draft_shows_what_changes(proposed: AgreementVersion, browse: Browse, mina: User) -> None:
    page = browse(mina).get(DRAFT).content.decode()
    assert "2 changes" in page
    assert "Nobody keeps the hour" in page


def test_one_side_alone_changes_nothing(
    proposed: AgreementVersion, browse: Browse, maya: User, ada: User, site: Program
) -> None:
    assert sign(browse(maya)) == 302
    assert sign(browse(maya)) == 422
    assert sign(browse(ada)) == 403
    assert site.get("agreements/default/active/")["number"] == 1


def test_an_edit_takes_the_force_of_a_signature(
    proposed: AgreementVersion, browse: Browse, maya: User, mia: User, site: Program
) -> None:
    assert sign(browse(mia)) == 302
    edit(browse(maya), "returns", **{"returns.attempts.min_attempts": "7"})
    assert sign(browse(maya)) == 302
    assert site.get("agreements/default/active/")["number"] == 1

    assert sign(browse(mia)) == 302
    assert site.get("agreements/default/active/")["number"] == 2


def test_both_signatures_bring_the_version_into_force_and_the_managers_hear_of_it(
    in_force: AgreementVersion, site: Program, maya: User, mia: User
) -> None:
    assert (in_force.status, AgreementVersion.objects.get(number=1).status) == ("active", "superseded")
    assert site.get("agreements/default/active/")["digest"] == in_force.digest
    told = {to for message in mail.outbox if "in force" in message.subject for to in message.to}
    assert told == {maya.email, mia.email}


def test_all_leads_are_scored_anew_by_a_job_and_name_the_new_version(in_force: AgreementVersion, site: Program) -> None:
    job = Job.objects.get(kind="leads.rescore", params__state=governing().key)
    assert (job.state, job.result["leads"]) == ("done", 2)
    assert set(LeadScore.objects.values_list("version", flat=True)) == {in_force.pk}
    assert {row["scores"]["fit"] for row in site.get("leads/")["results"]} == {95}


def test_a_rescore_hands_nobody_over(in_force: AgreementVersion, site: Program) -> None:
    assert len(site.get("handoffs/")["results"]) == 1


def test_open_promises_keep_their_version_and_so_do_those_that_follow_from_them(
    in_force: AgreementVersion, site: Program, program: Of, sam: User
) -> None:
    before = promises(site, WANTED["email"])
    (handoff,) = site.get("handoffs/")["results"]
    program(sam).post(f"handoffs/{handoff['id']}/attempts/", {"channel": "phone", "outcome": "no_answer"})
    after = promises(site, WANTED["email"])

    assert {row["version"] for row in after} == {1}
    assert len(after) == len(before) + 1
    assert next(row["due_at"] for row in after if row["kind"] == "first_response") == "2026-11-04T10:00:00Z"


def test_what_opens_now_opens_under_the_new_version(in_force: AgreementVersion, site: Program) -> None:
    site.post("events/", event("demo_request", "form-2", lead={"email": OTHER["email"]}))
    background()
    opened = promises(site, OTHER["email"])

    assert {row["version"] for row in opened} == {2}
    first = next(row for row in opened if row["kind"] == "first_response")
    assert first["due_at"] == "2026-11-04T11:05:00Z"


def test_the_database_itself_keeps_signed_terms(in_force: AgreementVersion) -> None:
    with pytest.raises(DatabaseError, match="(?i)signed"), transaction.atomic():
        AgreementVersion.objects.filter(pk=in_force.pk).update(terms={})


def test_terms_with_a_later_date_wait_for_it(
    site: Program, browse: Browse, maya: User, mia: User, clock: time_machine.Traveller
) -> None:
    editor = browse(maya)
    editor.post(f"{DRAFT}start/")
    edit(editor, "qualification", **{"qualification.fit.rules.0.points": "25"})
    later = {"why": "From Friday on", "effective_from": "2026-11-06T09:00"}
    assert propose(editor, **later) == 302
    assert [sign(browse(mia)), sign(browse(maya))] == [302, 302]
    background()
    assert site.get("agreements/default/active/")["number"] == 1

    clock.shift(timedelta(days=2))
    background()
    assert site.get("agreements/default/active/")["number"] == 2
