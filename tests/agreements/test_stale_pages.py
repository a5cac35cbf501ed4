"""Decisions sent from a page that shows an older text, or a draft that is no longer open."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from agreements import services
from agreements.models import AgreementVersion, Status
from agreements.selectors import open_version
from slaportal.accounts.models import User
from tests.agreements.conftest import AT, edited, refused_code, signed_by
from tests.agreements.forms import sent_by
from tests.agreements.test_pages import logged_in
from tests.conftest import PASSWORD

DRAFT = "/agreements/main/draft/"


def form_on(client: Client, form_id: str, page: str = DRAFT) -> dict[str, Any]:
    """What the form on the page would send now."""
    return sent_by(client.get(page).content.decode(), form_id)


@pytest.fixture
def proposed(second: AgreementVersion, mia: User) -> AgreementVersion:
    return services.propose_version(version=edited(second, mia), by=mia, why="Mondays", at=AT)


def test_a_draft_that_was_not_seen_is_not_thrown_away(second: AgreementVersion, mia: User, maya: User) -> None:
    client = logged_in(mia)
    old = form_on(client, "discard")
    services.discard_draft(version=second, by=maya, digest=second.digest, at=AT)
    newer = edited(services.start_draft(agreement=second.agreement, by=maya, at=AT), maya, minutes=45)
    refused = client.post(f"{DRAFT}discard/", old)
    page = refused.content.decode()
    assert (refused.status_code, "Somebody else has changed this draft" in page) == (422, True)
    assert client.post(f"{DRAFT}discard/").status_code == 422
    assert open_version(second.agreement) == newer
    assert client.post(f"{DRAFT}discard/", sent_by(page, "discard")).status_code == 302
    assert open_version(second.agreement) is None


def test_a_draft_thrown_away_twice_is_refused(second: AgreementVersion, mia: User) -> None:
    other = AgreementVersion.objects.get(pk=second.pk)
    services.discard_draft(version=second, by=mia, at=AT)
    assert refused_code(services.discard_draft, version=other, by=mia, at=AT) == "version_moved_on"


def test_a_text_that_was_not_seen_is_not_proposed(second: AgreementVersion, mia: User, maya: User) -> None:
    client = logged_in(mia)
    old = form_on(client, "propose") | {"why": ["Mondays"]}
    edited(second, maya, minutes=45)
    refused = client.post(f"{DRAFT}proposal/", old)
    page = refused.content.decode()
    assert (refused.status_code, "The text has changed since you read it." in page) == (422, True)
    second.refresh_from_db()
    assert second.status == Status.DRAFT
    again = sent_by(page, "propose")
    assert again["why"] == ["Mondays"]
    assert client.post(f"{DRAFT}proposal/", again).status_code == 302


def test_a_text_that_was_not_seen_is_not_taken_back(proposed: AgreementVersion, mia: User, maya: User) -> None:
    client = logged_in(mia)
    old = form_on(client, "withdraw")
    edited(proposed, maya, minutes=45)
    refused = client.post(f"{DRAFT}withdrawal/", old)
    assert (refused.status_code, "The text has changed" in refused.content.decode()) == (422, True)
    proposed.refresh_from_db()
    assert proposed.status == Status.PROPOSED
    assert client.post(f"{DRAFT}withdrawal/", sent_by(refused.content.decode(), "withdraw")).status_code == 302


def test_a_form_without_the_text_that_it_is_about_says_so(proposed: AgreementVersion, mia: User) -> None:
    answer = logged_in(mia).post(f"{DRAFT}withdrawal/")
    assert (answer.status_code, "did not arrive whole" in answer.content.decode()) == (422, True)


def test_what_comes_back_is_signed_as_it_reads_now(proposed: AgreementVersion, mia: User, maya: User) -> None:
    client = logged_in(maya)
    old = form_on(client, "sign") | {"password": [PASSWORD]}
    edited(proposed, mia, minutes=45)
    refused = client.post(f"{DRAFT}signature/", old)
    again = sent_by(refused.content.decode(), "sign")
    assert (refused.status_code, again["password"]) == (422, [""])
    assert client.post(f"{DRAFT}signature/", again | {"password": [PASSWORD]}).status_code == 302


def test_a_wrong_password_does_not_hide_that_the_text_changed(
    proposed: AgreementVersion, mia: User, maya: User
) -> None:
    client = logged_in(maya)
    old = form_on(client, "sign") | {"password": ["guess"]}
    edited(proposed, mia, minutes=45)
    page = client.post(f"{DRAFT}signature/", old).content.decode()
    assert "That password is not right." in page
    assert "The text has changed since you read it." in page


def test_a_request_comes_back_about_the_text_as_it_reads_now(proposed: AgreementVersion, mia: User, maya: User) -> None:
    client = logged_in(maya)
    old = form_on(client, "request-changes") | {"text": ["An hour."]}
    edited(proposed, mia, minutes=45)
    refused = client.post(f"{DRAFT}change-request/", old)
    again = sent_by(refused.content.decode(), "request-changes")
    assert (refused.status_code, again["text"]) == (422, ["An hour."])
    assert client.post(f"{DRAFT}change-request/", again).status_code == 302


def test_a_day_that_was_never_proposed_is_told(proposed: AgreementVersion, maya: User) -> None:
    client = logged_in(maya)
    sent = form_on(client, "sign") | {"password": [PASSWORD], "effective_from": ["x"]}
    answer = client.post(f"{DRAFT}signature/", sent)
    assert (answer.status_code, "This is not a day that was proposed." in answer.content.decode()) == (422, True)
    assert proposed.signatures.count() == 0


@pytest.mark.parametrize(
    ("address", "facts"),
    [
        ("withdrawal/", {}),
        ("proposal/", {"why": "x"}),
        ("discard/", {}),
        ("change-request/", {"text": "No"}),
        ("signature/", {"password": PASSWORD}),
        ("carry-over/", {}),
    ],
)
def test_what_comes_too_late_is_told_which_version_is_signed(
    proposed: AgreementVersion, mia: User, maya: User, address: str, facts: dict[str, str]
) -> None:
    read = {"digest": proposed.digest}
    signed_by(proposed, mia, maya)
    answer = logged_in(maya).post(f"{DRAFT}{address}", read | facts)
    page = answer.content.decode()
    assert (answer.status_code, "This draft is no longer open" in page) == (422, True)
    assert '<a href="/agreements/main/v/2/">Version 2</a> <span class="chip">Active</span>' in page
    assert 'action="/agreements/main/draft/start/"' in page


def test_whoever_signs_last_of_all_is_told_that_their_side_has_signed(
    proposed: AgreementVersion, mia: User, maya: User
) -> None:
    signed_by(proposed, mia, maya)
    facts = {"version": proposed, "by": maya, "digest": proposed.digest}
    assert refused_code(services.sign_version, **facts) == "already_signed"


def test_a_request_that_is_sent_twice_is_made_once(proposed: AgreementVersion, maya: User) -> None:
    facts = {"version": proposed, "by": maya, "digest": proposed.digest, "at": AT}
    once, twice = (services.request_changes(text="An hour.", **facts) for _ in range(2))  # type: ignore[arg-type]
    assert once == twice
    assert services.request_changes(text="Two hours.", **facts) != once  # type: ignore[arg-type]


def test_entries_that_come_too_late_are_kept_for_a_new_draft(second: AgreementVersion, mia: User, maya: User) -> None:
    editor, page = logged_in(mia), f"{DRAFT}returns/"
    form = form_on(editor, "chapter-form", page) | {"returns.max_returns": ["7"]}
    terms = second.document.as_dict()
    terms["returns"]["attempts"]["min_attempts"] = 9
    services.edit_draft(version=second, terms=terms, expected_digest=second.digest, by=maya, at=AT)
    signed_by(services.propose_version(version=second, by=maya, at=AT), mia, maya)
    late = editor.post(page, form)
    html = late.content.decode()
    assert (late.status_code, "Version 2 is the newest signed one." in html) == (422, True)
    assert "Start a new draft with these entries" in html
    assert open_version(second.agreement) is None
    again = sent_by(html, "chapter-form")
    assert (again["returns.max_returns"], again["returns.attempts.min_attempts"]) == (["7"], ["9"])
    assert editor.post(page, again | {"start": "yes"}).status_code == 302
    third = open_version(second.agreement)
    assert third is not None
    returns = third.document.returns
    assert (third.number, returns.max_returns, returns.attempts.min_attempts) == (3, 7, 9)


def test_the_same_value_signed_meanwhile_is_shown_beside_ones_own(
    second: AgreementVersion, mia: User, maya: User
) -> None:
    editor, page = logged_in(mia), f"{DRAFT}returns/"
    form = form_on(editor, "chapter-form", page) | {"returns.max_returns": ["7"]}
    terms = second.document.as_dict()
    terms["returns"]["max_returns"] = 9
    services.edit_draft(version=second, terms=terms, expected_digest=second.digest, by=maya, at=AT)
    signed_by(services.propose_version(version=second, by=maya, at=AT), mia, maya)
    (conflict,) = editor.post(page, form).context["conflicts"]
    assert (conflict["mine"], conflict["theirs"]) == ("7", "9")


def test_entries_on_a_text_that_nobody_wrote_are_kept_too(first: AgreementVersion, mia: User) -> None:
    services.start_draft(agreement=first.agreement, by=mia, at=AT)
    editor, page = logged_in(mia), f"{DRAFT}returns/"
    form = form_on(editor, "chapter-form", page) | {"returns.max_returns": ["7"], "digest": ["0" * 64]}
    assert editor.post(f"{DRAFT}discard/", form_on(editor, "discard")).status_code == 302
    late = editor.post(page, form)
    assert late.status_code == 422
    assert sent_by(late.content.decode(), "chapter-form")["returns.max_returns"] == ["7"]


def test_without_a_draft_a_chapter_leads_to_the_way_to_one(first: AgreementVersion, mia: User) -> None:
    assert logged_in(mia).get(f"{DRAFT}returns/")["Location"] == DRAFT
