"""Discussing and reviewing in the browser: comments, proposals, requests, comparing, carrying over, history."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from agreements import services
from agreements.models import AgreementVersion, Comment, Proposal
from agreements.selectors import open_version
from slaportal.accounts.models import User
from tests.agreements.conftest import AT, edited, signed_by
from tests.agreements.test_pages import logged_in, sent_back
from tests.conftest import PASSWORD

HTMX = {"HX-Request": "true"}


@pytest.fixture
def clause(first: AgreementVersion) -> str:
    return first.document.commitments[0].id


@pytest.fixture
def proposed(second: AgreementVersion, mia: User) -> AgreementVersion:
    return services.propose_version(version=edited(second, mia), by=mia, why="Mondays", at=AT)


def page_of(client: Client, path: str = "", **query: Any) -> str:
    answer = client.get(f"/agreements/main/{path}", query)
    assert answer.status_code == 200
    return answer.content.decode()


def thread(clause: str) -> str:
    return f"/agreements/main/comments/{clause}/"


@pytest.mark.parametrize("who", ["sam", "mina", "mia", "ada"])
def test_everybody_comments_without_javascript(request: Any, clause: str, who: str) -> None:
    client = logged_in(request.getfixturevalue(who))
    answer = client.post(thread(clause), {"version": 1, "text": "Is this <b>enough</b>?"}, follow=True)
    assert "Is this &lt;b&gt;enough&lt;/b&gt;?" in answer.content.decode()
    assert "1 comment" in page_of(client)


def test_a_comment_is_added_and_resolved_inside_the_page(sam: User, clause: str) -> None:
    client = logged_in(sam)
    added = client.post(thread(clause), {"version": 1, "text": "Why?"}, headers=HTMX)
    fragment = added.content.decode()
    assert added.status_code == 200
    assert f'id="thread-{clause}"' in fragment
    assert "<html" not in fragment
    assert f'id="comments-{clause}"' in fragment
    assert 'hx-swap-oob="true"' in fragment
    said = Comment.objects.get()
    state = f"/agreements/main/comments/{said.public_id}/resolution/"
    resolved = client.post(state, {"state": "resolved"}, headers=HTMX)
    assert "resolved by Sam Okoro" in resolved.content.decode()
    again = client.post(state, {"state": "resolved"}, headers=HTMX)
    assert (again.status_code, "This comment is resolved already." in again.content.decode()) == (422, True)
    assert client.post(state, {"state": "open"}).status_code == 302
    said.refresh_from_db()
    assert said.resolved_at is None


@pytest.mark.parametrize("text", ["", "\u200b", " \u2060\ufe0f\u3164\u2800 "])
def test_a_comment_without_anything_to_see_is_refused(sam: User, clause: str, text: str) -> None:
    answer = logged_in(sam).post(thread(clause), {"version": 1, "text": text}, headers=HTMX)
    assert (answer.status_code, Comment.objects.count()) == (422, 0)


@pytest.mark.parametrize("version", [{}, {"version": "two"}, {"version": "0"}])
def test_a_comment_that_names_no_version_is_told_so(sam: User, clause: str, version: dict[str, str]) -> None:
    answer = logged_in(sam).post(thread(clause), version | {"text": "Why?"})
    page = answer.content.decode()
    assert (answer.status_code, Comment.objects.count()) == (422, 0)
    assert "The page did not say which version you speak of." in page
    assert ">Why?</textarea>" in page
    assert '<input type="hidden" name="version" value="1">' in page


def test_a_version_in_other_digits_is_the_version_it_says(sam: User, second: AgreementVersion, clause: str) -> None:
    assert logged_in(sam).post(thread(clause), {"version": "٢", "text": "Why?"}).status_code == 302
    assert Comment.objects.get().version == second
    assert logged_in(sam).post(thread(clause), {"version": "٣", "text": "Why?"}).status_code == 404


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_meeting_in_another_age_is_refused_beside_its_day(sam: User, first: AgreementVersion, day: str) -> None:
    facts = {"what": "Two hours", "why": "Mondays", "meeting_on": day}
    answer = logged_in(sam).post("/agreements/main/proposals/new/", facts)
    assert (answer.status_code, Proposal.objects.count()) == (422, 0)
    assert "Choose a day of the last 10 years." in answer.content.decode()


@pytest.mark.parametrize("path", ["comments/no-such-clause/", "v/9/", "compare/?old=1&new=9", "compare/?old=x&new=1"])
def test_what_never_was_is_not_found(sam: User, first: AgreementVersion, path: str) -> None:
    assert logged_in(sam).get(f"/agreements/main/{path}").status_code == 404


def test_a_comment_on_a_clause_that_is_gone_stays_readable(
    second: AgreementVersion, mia: User, maya: User, sam: User
) -> None:
    gone = second.document.kpis[0].id
    services.add_comment(version=second, clause=gone, text="We never look at it.", by=sam, at=AT)
    terms = second.document.as_dict()
    terms["kpis"].pop(0)
    services.edit_draft(version=second, terms=terms, expected_digest=second.digest, by=mia, at=AT)
    signed_by(services.propose_version(version=second, by=mia, at=AT), mia, maya)
    client = logged_in(sam)
    assert "We never look at it." in page_of(client, "comments/")
    assert "no longer in the text" in page_of(client, "comments/")
    assert "This clause is not in this version." in page_of(client, f"comments/{gone}/")
    assert client.post(thread(gone), {"version": 2, "text": "Good."}).status_code == 302


def test_a_rep_proposes_and_a_manager_takes_it_to_its_clause(sam: User, mia: User, clause: str) -> None:
    rep, manager = logged_in(sam), logged_in(mia)
    page = page_of(rep, "proposals/new/", clause=clause)
    assert f'<option value="{clause}" selected>' in page
    facts = {"clause": clause, "what": "Two hours", "why": "Mondays are full"}
    assert rep.post("/agreements/main/proposals/new/", facts).status_code == 302
    assert "1 open proposal" in page_of(rep)
    assert "Take it into the draft" not in page_of(rep, "proposals/")
    assert "Take it into the draft" in page_of(manager, "proposals/")
    made = Proposal.objects.get()
    taken = manager.post(f"/agreements/main/proposals/{made.public_id}/taking/")
    assert taken["Location"].startswith(f"/agreements/main/draft/commitments/?clause={clause}")
    form = manager.get(taken["Location"]).content.decode()
    assert "Mondays are full" in form
    assert '<details class="node__item" id="id_commitments-0" open' in form
    assert "has taken it into version 2" in page_of(rep, "proposals/")


def test_a_decision_of_a_meeting_names_its_day(sam: User, first: AgreementVersion) -> None:
    facts = {"what": "Two hours", "why": "Agreed", "decision": "For a month"}
    client = logged_in(sam)
    assert client.post("/agreements/main/proposals/new/", facts).status_code == 422
    facts["meeting_on"] = "2026-03-01"
    assert client.post("/agreements/main/proposals/new/", facts).status_code == 302
    assert Proposal.objects.get().origin == "meeting"


@pytest.mark.parametrize("missing", ["what", "why"])
def test_a_proposal_says_what_and_why(sam: User, first: AgreementVersion, missing: str) -> None:
    facts = {"what": "Two hours", "why": "Agreed"} | {missing: ""}
    assert logged_in(sam).post("/agreements/main/proposals/new/", facts).status_code == 422
    assert not Proposal.objects.exists()


def test_a_proposal_is_declined_with_a_reason_and_once(sam: User, maya: User, first: AgreementVersion) -> None:
    made = services.propose_change(agreement=first.agreement, what="Two hours", why="Agreed", by=sam, at=AT)
    address, client = f"/agreements/main/proposals/{made.public_id}/refusal/", logged_in(maya)
    assert logged_in(sam).post(address, {"reason": "No"}).status_code == 403
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "Next quarter"}).status_code == 302
    assert "Next quarter" in page_of(logged_in(sam), "proposals/")
    again = client.post(address, {"reason": "No"})
    assert "Somebody has decided about this proposal already." in again.content.decode()


def test_a_draft_is_started_at_a_clause(mia: User, clause: str) -> None:
    client = logged_in(mia)
    assert f'form="start-draft" name="clause" value="{clause}"' in page_of(client)
    answer = client.post("/agreements/main/draft/start/", {"clause": clause})
    assert answer["Location"] == f"/agreements/main/draft/commitments/?clause={clause}#{clause}"


def test_without_a_draft_the_page_says_how_to_begin(sam: User, mia: User, first: AgreementVersion) -> None:
    assert "No draft" in page_of(logged_in(sam), "draft/")
    assert "Start a draft" in page_of(logged_in(mia), "draft/")
    assert "Start a draft" not in page_of(logged_in(sam), "draft/")


def test_opening_is_recorded_by_a_post_alone(maya: User, proposed: AgreementVersion) -> None:
    client = logged_in(maya)
    assert 'hx-trigger="load, submit"' in page_of(client, "draft/")
    assert not proposed.openings.exists()
    answer = client.post("/agreements/main/draft/opening/", {"digest": proposed.digest}, headers=HTMX)
    assert "You opened this text" in answer.content.decode()
    assert "opened" in page_of(client, "draft/")
    assert client.post("/agreements/main/draft/opening/", {"digest": proposed.digest}).status_code == 302
    assert proposed.openings.get().user == maya


def test_a_request_for_changes_is_visible_to_all(maya: User, sam: User, ada: User, proposed: AgreementVersion) -> None:
    facts = {"digest": proposed.digest, "text": "One hour is enough."}
    assert logged_in(ada).post("/agreements/main/draft/change-request/", facts).status_code == 403
    client = logged_in(maya)
    assert client.post("/agreements/main/draft/change-request/", facts | {"text": ""}).status_code == 422
    assert client.post("/agreements/main/draft/change-request/", facts).status_code == 302
    page = page_of(logged_in(sam), "draft/")
    assert "Maya Haddad requests changes" in page
    assert "One hour is enough." in page


def test_a_signer_sees_what_changed_since_they_signed(maya: User, mia: User, proposed: AgreementVersion) -> None:
    signed_by(proposed, maya)
    read = proposed.digest
    edited(proposed, mia, 45)
    client = logged_in(maya)
    page = page_of(client, "draft/")
    assert "Changes since you signed" in page
    assert "that signature does not count" in page
    compared = page_of(client, "compare/", signed=read, new=2)
    assert "Version 2 as it was signed" in compared
    assert "Changes since you signed" not in page_of(logged_in(mia), "draft/")


@pytest.mark.parametrize("view", ["side", "unified"])
def test_two_versions_are_compared_word_by_word(sam: User, proposed: AgreementVersion, view: str) -> None:
    page = page_of(logged_in(sam), "compare/", old=1, new=2, view=view)
    assert "1 change" in page
    assert page.count("<del") == page.count("</del>") == 1
    assert page.count("<ins") == page.count("</ins>") == 1
    assert ('class="change__row change__row--pair"' in page) == (view == "side")


def test_without_numbers_the_newest_is_compared_with_what_it_is_based_on(sam: User, proposed: AgreementVersion) -> None:
    answer = logged_in(sam).get("/agreements/main/compare/")
    assert (answer.context["old_name"], answer.context["new_name"]) == ("Version 1", "Version 2")
    assert answer.context["n_changes"] == 1


def test_the_other_way_round_what_was_added_is_removed(sam: User, proposed: AgreementVersion) -> None:
    client = logged_in(sam)
    forth, back = (page_of(client, "compare/", old=a, new=b, view="unified") for a, b in ((1, 2), (2, 1)))
    added, removed = re.search("<ins.*?</ins>", forth), re.search("<del.*?</del>", back)
    assert added is not None
    assert removed is not None
    assert strip_tags(added[0]).removeprefix("added: +") == strip_tags(removed[0]).removeprefix("removed: −")


def test_only_a_new_order_is_said(second: AgreementVersion, mia: User, sam: User) -> None:
    terms = second.document.as_dict()
    terms["commitments"].reverse()
    services.edit_draft(version=second, terms=terms, expected_digest=second.digest, by=mia, at=AT)
    page = page_of(logged_in(sam), "compare/", old=1, new=2)
    assert "Only the order changes." in page
    assert "<ins" not in page


@pytest.fixture
def restored(first: AgreementVersion, mia: User, maya: User) -> AgreementVersion:
    """A draft from version 1 that changes what version 2, which is in force, changes too."""
    newer = edited(services.start_draft(agreement=first.agreement, by=mia, at=AT), mia, 120)
    signed_by(services.propose_version(version=newer, by=mia, at=AT), mia, maya)
    logged_in(mia).post("/agreements/main/draft/start/", {"source": "1"})
    draft = open_version(first.agreement)
    assert draft is not None
    return edited(draft, mia, 30)


def test_a_superseded_version_says_so_and_can_be_taken_up_again(restored: AgreementVersion, sam: User) -> None:
    assert restored.based_on is not None
    assert restored.based_on.number == 1
    page = page_of(logged_in(sam), "v/1/")
    assert "This version is no longer in force." in page
    assert "Version 2 is" in page
    assert "Start a draft from this text" not in page


def test_an_older_draft_is_carried_over_by_choice(restored: AgreementVersion, mia: User, sam: User) -> None:
    client = logged_in(mia)
    assert "which version 2 has replaced" in page_of(client, "draft/")
    refused = client.post("/agreements/main/draft/proposal/", {"why": "Back", "digest": restored.digest})
    assert (refused.status_code, "Carry its changes over" in refused.content.decode()) == (422, True)
    page = client.get("/agreements/main/draft/carry-over/")
    (conflict,) = page.context["conflicts"]
    facts = {"digest": restored.digest}
    assert client.post("/agreements/main/draft/carry-over/", facts).status_code == 422
    facts[f"choice:{conflict['path']}"] = "mine"
    assert logged_in(sam).post("/agreements/main/draft/carry-over/", facts).status_code == 403
    assert client.post("/agreements/main/draft/carry-over/", facts).status_code == 302
    restored.refresh_from_db()
    assert restored.based_on is not None
    assert (restored.based_on.number, restored.document.commitments[0].working_minutes) == (2, 30)
    assert client.get("/agreements/main/draft/carry-over/").status_code == 302


def test_the_older_text_is_proposed_when_that_is_confirmed(restored: AgreementVersion, mia: User) -> None:
    facts = {"why": "Back", "on_older_text": "on", "digest": restored.digest}
    answer = logged_in(mia).post("/agreements/main/draft/proposal/", facts)
    assert answer.status_code == 302


def test_the_place_of_a_waiting_version_is_taken_when_that_is_confirmed(
    proposed: AgreementVersion, mia: User, maya: User
) -> None:
    due = AT + timedelta(days=3)
    services.withdraw_version(version=proposed, by=mia, at=AT)
    services.propose_version(version=proposed, by=mia, effective_from=due, at=AT)
    for signer in (mia, maya):
        services.sign_version(version=proposed, by=signer, digest=proposed.digest, effective_from=due, at=AT)
    third = edited(services.start_draft(agreement=proposed.agreement, by=mia, at=AT), mia, 30)
    client, facts = logged_in(mia), {"why": "Sooner", "digest": third.digest}
    assert "It takes the place" in page_of(client, "draft/")
    refused = client.post("/agreements/main/draft/proposal/", facts)
    assert (refused.status_code, "confirm that this version takes its place" in refused.content.decode()) == (422, True)
    answer = client.post("/agreements/main/draft/proposal/", facts | {"in_place_of_waiting": "on"})
    assert answer.status_code == 302
    assert "version 2 never comes into force" in page_of(logged_in(maya), "draft/")


def test_what_is_not_ready_is_listed_with_its_chapter(second: AgreementVersion, mia: User) -> None:
    terms = second.document.as_dict()
    terms["handoff"]["triggers"] = []
    services.edit_draft(version=second, terms=terms, expected_digest=second.digest, by=mia, at=AT)
    client = logged_in(mia)
    assert 'href="/agreements/main/draft/handoff/"' in page_of(client, "draft/")
    facts = {"why": "Because", "digest": second.digest}
    answer = client.post("/agreements/main/draft/proposal/", facts)
    assert (answer.status_code, "not ready to be proposed" in answer.content.decode()) == (422, True)
    second.refresh_from_db()
    assert second.status == "draft"


def test_the_history_tells_who_did_what_when_in_which_language(
    maya: User, mia: User, proposed: AgreementVersion
) -> None:
    services.note_opening(version=proposed, by=maya, digest=proposed.digest, language="fr", at=AT)
    services.request_changes(version=proposed, by=maya, text="An hour.", digest=proposed.digest, at=AT)
    services.sign_version(version=proposed, by=mia, digest=proposed.digest, language="ja", at=AT)
    page = page_of(logged_in(maya), "history/")
    for words in (
        "opened the proposed text",
        "read in français",
        "An hour.",
        "read in 日本語",
        "Mondays",
        "superseded",
    ):
        assert (words in page) == (words != "superseded"), words
    assert 'action="/agreements/main/compare/"' in page


def test_forms_of_the_discussion_are_guarded_against_forgery(sam: User, clause: str) -> None:
    client = logged_in(sam, enforce_csrf_checks=True)
    assert client.post(thread(clause), {"version": 1, "text": "Hi"}).status_code == 403
    token = client.get(thread(clause)).content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    facts = {"version": 1, "text": "Hi", "csrfmiddlewaretoken": token}
    assert client.post(thread(clause), facts).status_code == 302


def test_a_large_agreement_is_read_with_few_queries(
    first: AgreementVersion, sam: User, mina: User, django_assert_max_num_queries: Any
) -> None:
    clauses = [promise.id for promise in first.document.commitments]
    Comment.objects.bulk_create(
        Comment(
            agreement=first.agreement, version=first, digest=first.digest, clause=clauses[n % len(clauses)], text="x",
            by=(sam, mina)[n % 2], at=AT,
        )
        for n in range(200)
    )  # fmt: skip
    client = logged_in(sam)
    page_of(client)
    with django_assert_max_num_queries(16):
        page_of(client)
    with django_assert_max_num_queries(14):
        page_of(client, "comments/")


def test_the_whole_way_without_javascript(sam: User, mia: User, maya: User, first: AgreementVersion) -> None:
    rep, editor, signer = (logged_in(person) for person in (sam, mia, maya))
    clause = first.document.commitments[0].id
    rep.post("/agreements/main/proposals/new/", {"clause": clause, "what": "Two hours", "why": "Mondays"})
    made = Proposal.objects.get()
    editor.post(f"/agreements/main/proposals/{made.public_id}/taking/")
    form = sent_back(editor, "commitments", "main") | {"commitments.0.working_minutes": "120"}
    assert editor.post("/agreements/main/draft/commitments/", form).status_code == 302
    proposal = editor.get("/agreements/main/draft/").context["read"] | {"effective_from": "", "why": "Mondays"}
    assert editor.post("/agreements/main/draft/proposal/", proposal).status_code == 302
    signing = {**signer.get("/agreements/main/draft/").context["signing"].initial, "password": PASSWORD}
    rep.post(thread(clause), {"version": 2, "text": "Thank you."})
    editor.post("/agreements/main/draft/signature/", signing)
    signer.post("/agreements/main/draft/change-request/", {"digest": signing["digest"], "text": "90 minutes"})
    form = sent_back(editor, "commitments", "main") | {"commitments.0.working_minutes": "90"}
    editor.post("/agreements/main/draft/commitments/", form)
    stale = signer.post("/agreements/main/draft/signature/", signing)
    assert "The text has changed since you read it." in stale.content.decode()
    assert "Changes since you signed" in page_of(editor, "draft/")
    for client in (editor, signer):
        read = client.get("/agreements/main/draft/").context["signing"].initial
        assert client.post("/agreements/main/draft/signature/", {**read, "password": PASSWORD}).status_code == 302
    version = AgreementVersion.objects.get(number=2)
    assert (version.status, version.document.commitments[0].working_minutes) == ("active", 90)
