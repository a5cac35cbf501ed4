"""A change on its way through a real browser: proposed, discussed, sent back, edited, signed by both, in force."""

from __future__ import annotations

from typing import Any

import pytest

from agreements.models import AgreementVersion, Comment, Opening, Proposal
from slaportal.accounts.models import User
from tests.conftest import PASSWORD
from tests.flows.browser import Browser, expect, focused, needs_chromium

AGREEMENT, DRAFT = "/agreements/default/", "/agreements/default/draft/"
pytestmark = [needs_chromium, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("active_terms")]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_change_goes_from_a_proposal_into_force(
    browser: Browser, sam: User, mia: User, maya: User, javascript: bool
) -> None:
    rep, editor, signer = (browser.window(person, javascript=javascript) for person in (sam, mia, maya))
    clause = AgreementVersion.objects.get().document.commitments[0].id
    propose(rep, clause)
    take_and_write(editor, "120")
    editor.goto(DRAFT)
    editor.get_by_label("Why?").fill("Mondays are full")
    editor.get_by_role("button", name="Propose to both sides").click()
    sign(editor)
    comment(rep, clause, javascript=javascript)
    request_changes(signer, javascript=javascript)
    take_and_write(editor, "90")
    editor.goto(DRAFT)
    expect(editor.get_by_text("Changes since you signed")).to_be_visible()
    expect(editor.locator(".request")).to_have_count(0)
    sign(editor)
    sign(signer)
    version = AgreementVersion.objects.get(number=2)
    assert (version.status, version.document.commitments[0].working_minutes) == ("active", 90)
    assert version.signatures.count() == 3
    assert browser.complaints == []


def propose(rep: Any, clause: str) -> None:
    """From the clause's margin, in words."""
    rep.goto(AGREEMENT)
    rep.locator(f"#{clause}").get_by_role("link", name="Propose change").click()
    rep.get_by_label("What should change?").fill("Two hours")
    rep.get_by_label("Why?").fill("Mondays")
    rep.get_by_role("button", name="Propose", exact=True).click()
    expect(rep.locator(".notices").get_by_text("Both managers have been told")).to_be_visible()


def take_and_write(editor: Any, minutes: str) -> None:
    """Take the proposal where it is still open, and write the value into the form of its clause."""
    editor.goto("/agreements/default/proposals/")
    if Proposal.objects.filter(state="open").exists():
        editor.get_by_role("button", name="Take it into the draft").click()
        expect(editor.get_by_text("Mondays").first).to_be_visible()
    else:
        editor.goto(f"{DRAFT}commitments/?clause={Proposal.objects.get().clause}#clause")
    editor.locator("[name='commitments.0.working_minutes']").fill(minutes)
    editor.get_by_role("button", name="Save in the draft").last.click()
    expect(editor.locator(".notices").get_by_text("is saved in the draft")).to_be_visible()


def comment(rep: Any, clause: str, *, javascript: bool) -> None:
    """Beside the clause: in the page with JavaScript, on a page of its own without."""
    rep.goto("/agreements/default/v/2/")
    rep.locator(f"#comments-{clause}").click()
    rep.get_by_label("Your comment").fill("Thank you.")
    rep.locator(f"#send-{clause}").click()
    expect(rep.locator(".comment__text", has_text="Thank you.")).to_be_visible()
    if javascript:
        expect(rep.locator(f"#comments-{clause}")).to_have_text("1 comment")
    assert Comment.objects.get().version.number == 2


def request_changes(signer: Any, *, javascript: bool) -> None:
    """Opening is reported by the page itself, or by a button; then the request."""
    signer.goto(DRAFT)
    if not javascript:
        signer.get_by_role("button", name="Note that I have opened it").click()
    expect(signer.get_by_text("You opened this text")).to_be_visible()
    assert Opening.objects.count() >= 1
    signer.get_by_text("Request changes…").click()
    signer.get_by_label("What has to change before you sign?").fill("One hour and a half")
    signer.get_by_role("button", name="Request changes", exact=True).click()
    expect(signer.locator(".request", has_text="One hour and a half")).to_be_visible()


def sign(signer: Any) -> None:
    signer.goto(DRAFT)
    signer.get_by_label("Your password").fill(PASSWORD)
    signer.get_by_role("button", name="Approve and sign").click()
    expect(signer.locator(".notices").get_by_text("signed")).to_be_visible()


def test_clauses_are_walked_by_keys_only_while_the_text_has_the_focus(browser: Browser, sam: User) -> None:
    page = browser.window(sam)
    page.goto(AGREEMENT)
    page.keyboard.press("n")
    assert focused(page) in {"BODY", "content"}
    clauses = page.locator(".clause")
    clauses.first.focus()
    page.keyboard.press("n")
    assert focused(page) == clauses.nth(1).get_attribute("id")
    page.keyboard.press("p")
    assert focused(page) == clauses.first.get_attribute("id")
    page.keyboard.press("c")
    page.locator("textarea").first.wait_for()
    assert page.url.endswith(AGREEMENT)


def test_leaving_unsaved_entries_is_warned_about(browser: Browser, mia: User) -> None:
    page = browser.window(mia)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(AGREEMENT)
    page.get_by_role("button", name="Draft a change").click()
    page.goto(f"{DRAFT}returns/")
    page.goto(DRAFT)
    assert asked == []
    page.goto(f"{DRAFT}returns/")
    page.locator("[name='returns.max_returns']").fill("7")
    page.goto(DRAFT)
    assert asked == ["beforeunload"]
