"""A rule is built in a real browser, with a script and without: nested, counted while it is written, saved."""

from __future__ import annotations

from typing import Any

import pytest

from agreements.models import AgreementVersion
from agreements.services import start_draft
from slaportal.accounts.models import User
from tests.flows.browser import Browser, expect, focused, needs_chromium

pytestmark = [needs_chromium, pytest.mark.django_db(transaction=True)]

RULE = "id_qualification-mql"
NESTED = {
    "any": [
        {"band": ["A1", "A2", "B1"]},
        {"hand_raise": True, "fit_band": ["A", "B"]},
        {"all": [{"field": "attributes.industry", "op": "in", "value": ["Software"]}]},
    ]
}


@pytest.fixture
def draft(clock: Any, active_terms: AgreementVersion, make_lead: Any) -> AgreementVersion:
    make_lead(title="Head of Sales", attributes={"industry": "Software", "employees": "400"}, stage="customer")
    make_lead(title="Student", attributes={"industry": "Retail"})
    return start_draft(agreement=active_terms.agreement, by=None)


def mql_of(draft: AgreementVersion) -> Any:
    draft.refresh_from_db()
    return draft.terms["qualification"]["mql"]


def build(page: Any, settle: Any) -> None:
    """A group of its own with one condition, of which a value that occurs is ticked."""
    page.click(f"#{RULE}-add-group")
    settle()
    page.select_option(f"#{RULE}-2-0-field", "attributes.industry")
    settle()
    page.select_option(f"#{RULE}-2-0-op", "in")
    settle()
    page.get_by_label("Software", exact=True).last.check()
    page.locator("#chapter-form .form__actions .button--primary").click()
    expect(page.locator("#chapter-form")).to_have_count(0)


def test_a_nested_rule_is_built_with_a_script(browser: Browser, draft: AgreementVersion, mia: User) -> None:
    page = browser.window(mia)
    page.goto("/agreements/default/draft/qualification/")

    def settle() -> None:
        expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)

    build(page, settle)
    assert mql_of(draft) == NESTED


def test_a_nested_rule_is_built_without_a_script(browser: Browser, draft: AgreementVersion, mia: User) -> None:
    page = browser.window(mia, javascript=False)
    page.goto("/agreements/default/draft/qualification/")

    def settle() -> None:
        page.locator(f"#{RULE} button[value='show qualification.mql']").click()
        page.wait_for_load_state()

    build(page, settle)
    assert mql_of(draft) == NESTED


def test_the_count_and_the_sentence_follow_what_is_typed(browser: Browser, draft: AgreementVersion, mia: User) -> None:
    page = browser.window(mia)
    page.goto("/agreements/default/draft/qualification/")
    rule = "id_qualification-fit-rules-0-when"
    page.locator(f"details:has(#{rule}) > summary").last.click()
    live = page.locator(f"#{rule}-live")
    live.scroll_into_view_if_needed()
    expect(live).to_contain_text("Matches 1 of 2 leads (50%)")
    expect(live).to_contain_text("among them 1 of 1 customer")
    page.fill(f"#{rule}-0-value", "student")
    expect(live).to_contain_text("Matches 2 of 2 leads (100%)")
    expect(live).to_contain_text("student")
    assert focused(page) == f"{rule}-0-value"
    page.fill(f"#{rule}-0-value", "")
    expect(live).to_contain_text("Give a text.")


def test_the_focus_stays_with_what_the_keyboard_did(browser: Browser, draft: AgreementVersion, mia: User) -> None:
    page = browser.window(mia, width=390)
    page.goto("/agreements/default/draft/qualification/")
    page.focus(f"#{RULE}-add-condition")
    page.keyboard.press("Enter")
    expect(page.locator(f"#{RULE}-2-field")).to_be_focused()
    page.focus(f"#{RULE}-2-up")
    page.keyboard.press("Enter")
    expect(page.locator(f"#{RULE}-1-up")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(f"#{RULE}-0-field")).to_be_visible()
    page.focus(f"#{RULE}-0-remove")
    page.keyboard.press("Enter")
    expect(page.locator(f"#{RULE}-0-field")).to_have_count(0)
    assert focused(page) != "BODY"
