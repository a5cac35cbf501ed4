"""A rep's work in a real browser: by htmx, without JavaScript, and by keys alone; a demo request arrives on Today."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from leads.models import ContactAttempt, Handoff, Lead
from slaportal.accounts.models import User
from tests.conftest import PASSWORD
from tests.flows.browser import Browser, choose, expect, focused, needs_chromium, status_of, tab_to
from tests.flows.conftest import WANTED, Program, background, event

Of = Callable[[User], Program]
pytestmark = [needs_chromium, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("active_terms")]
CHECKS = ("They have a need", "We know who decides", "There is a time", "There is a budget")


@pytest.fixture
def site(program: Of, mina: User, sam: User, clock: time_machine.Traveller) -> Program:
    """The web site's program; Léa has asked for a demo, and is Sam's since five minutes."""
    site = program(mina)
    site.post("leads/", WANTED)
    site.post("events/", event("demo_request", "form-1"))
    background()
    clock.shift(timedelta(minutes=4))
    return site


@pytest.fixture
def handoff(site: Program) -> Handoff:
    return Handoff.objects.select_related("lead").get()


def shown(page: Any) -> Any:
    return page.get_by_role("listitem").filter(has_text="Léa Petit")


def test_a_person_logs_in_and_out(browser: Browser, sam: User) -> None:
    page = browser.window()
    page.goto("/")
    page.get_by_label("E-mail").fill(sam.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    page.locator("summary", has_text="Menu of Sam Okoro").click()
    page.get_by_role("button", name="Log out").click()
    page.goto("/")
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_a_demo_request_arrives_on_the_reps_open_today(
    browser: Browser, program: Of, mina: User, sam: User, clock: time_machine.Traveller
) -> None:
    page = browser.window(sam)
    page.goto("/")
    expect(page.get_by_text("Léa Petit")).to_have_count(0)
    clock.shift(timedelta(seconds=20))
    site = program(mina)
    site.post("leads/", WANTED)
    site.post("events/", event("demo_request", "form-1"))
    background()

    # It asks by itself every 30 seconds; the test does not wait so long.
    page.evaluate("const news = document.querySelector('#news'); htmx.ajax('GET', news.getAttribute('hx-get'), news)")
    page.get_by_role("link", name="1 new lead").click()
    expect(shown(page).first).to_contain_text("Nordlys")
    expect(page.locator("#band-on_time")).to_be_visible()


def test_an_attempt_is_logged_on_today_without_leaving_it(browser: Browser, handoff: Handoff, sam: User) -> None:
    page = browser.window(sam)
    page.goto("/")
    choose(page, "Phone", "No answer")
    page.get_by_label("Note").fill("Rings back at three")
    page.get_by_role("button", name="Save attempt").click()

    expect(status_of(page)).to_contain_text("First response to Léa Petit after 4 min; the promise was 1 h.")
    expect(page.locator(".queue__said")).to_contain_text("First response to Léa Petit")
    attempt = ContactAttempt.objects.get()
    assert (attempt.channel, attempt.outcome, attempt.note) == ("phone", "no_answer", "Rings back at three")
    assert page.url.endswith("/")
    assert focused(page) != "BODY"


def test_an_attempt_without_an_outcome_is_refused_where_it_stands(
    browser: Browser, handoff: Handoff, sam: User
) -> None:
    page = browser.window(sam)
    page.goto("/")
    page.get_by_label("Note").fill("Half done")
    page.get_by_role("button", name="Save attempt").click()

    expect(page.get_by_role("alert")).to_contain_text("Choose how it ended.")
    expect(page.get_by_label("Note")).to_have_value("Half done")
    assert not ContactAttempt.objects.exists()


def test_an_attempt_is_logged_by_keys_alone(browser: Browser, handoff: Handoff, sam: User) -> None:
    page = browser.window(sam)
    page.goto("/")
    expect(shown(page).first).to_be_visible()
    assert tab_to(page, f"#step-{handoff.public_id}")
    page.keyboard.press("Digit2")
    assert page.locator("[name=channel]:checked").get_attribute("value") == "email"
    assert tab_to(page, "[name=outcome]")
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")

    expect(status_of(page)).to_contain_text("First response to Léa Petit")
    assert ContactAttempt.objects.get().channel == "email"
    assert focused(page) != "BODY"


def test_a_lead_is_accepted_and_qualified_on_its_page(browser: Browser, handoff: Handoff, sam: User) -> None:
    page = browser.window(sam)
    page.goto("/")
    page.get_by_role("link", name="Léa Petit").first.click()
    page.get_by_role("button", name="Accept").click()
    expect(status_of(page)).to_contain_text("You accepted Léa Petit.")
    page.locator("#qualify-summary").click()
    for words in CHECKS:
        page.get_by_role("checkbox", name=words).check()
    page.get_by_role("button", name="It is an SQL").click()

    expect(status_of(page)).to_contain_text("Léa Petit is an SQL now.")
    assert Lead.objects.get().stage == "sql"
    assert focused(page) != "BODY"


def test_a_missing_point_of_the_checklist_is_named(browser: Browser, handoff: Handoff, sam: User) -> None:
    page = browser.window(sam)
    page.goto(f"/leads/{handoff.lead.public_id}/")
    page.get_by_role("button", name="Accept").click()
    page.locator("#qualify-summary").click()
    for words in CHECKS[:-1]:
        page.get_by_role("checkbox", name=words).check()
    page.get_by_role("button", name="It is an SQL").click()

    expect(page.locator("#lead [role=alert]").first).to_be_visible()
    expect(page.get_by_role("checkbox", name=CHECKS[0])).to_be_checked()
    assert Lead.objects.get().stage == "sal"


def test_a_lead_goes_back_and_marketing_gives_it_a_path(
    browser: Browser, handoff: Handoff, sam: User, mina: User
) -> None:
    page = browser.window(sam)
    page.goto("/")
    page.get_by_role("link", name="Return…").click()
    expect(page.get_by_role("radio", name="Unable to reach")).to_be_disabled()
    expect(page.locator("#return")).to_contain_text("Still missing: 6 more attempts, 4 of them by phone.")
    page.get_by_role("radio", name="Bad timing").check()
    page.get_by_role("button", name="Return the lead").click()
    expect(status_of(page)).to_contain_text("Léa Petit is back with Marketing, in the path “Later”.")

    marketing = browser.window(mina)
    marketing.goto("/")
    expect(marketing.get_by_role("heading", name="One returned lead waits for a path")).to_be_visible()
    marketing.get_by_label("Nurture path").select_option("nurture-awareness")
    marketing.get_by_role("button", name="Choose path").click()
    expect(status_of(marketing)).to_contain_text("Léa Petit is in the path “Awareness” now.")
    assert handoff.lead.enrollments.get(ended_at=None).path == "nurture-awareness"


def test_all_of_it_works_without_javascript(browser: Browser, handoff: Handoff, sam: User) -> None:
    page = browser.window(sam, javascript=False)
    page.goto("/")
    choose(page, "Phone", "No answer")
    page.get_by_role("button", name="Save attempt").click()
    expect(page.locator("#notices")).to_contain_text("First response to Léa Petit after 4 min")
    page.get_by_role("link", name="Léa Petit").first.click()
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("#notices")).to_contain_text("You accepted Léa Petit.")
    page.locator("#qualify-summary").click()
    for words in CHECKS:
        page.get_by_role("checkbox", name=words).check()
    page.get_by_role("button", name="It is an SQL").click()
    expect(page.locator("#notices")).to_contain_text("Léa Petit is an SQL now.")
    page.locator("#return-summary").click()
    page.get_by_role("radio", name="No budget").check()
    page.get_by_role("button", name="Return the lead").click()

    expect(page.locator("#notices")).to_contain_text("Léa Petit is back with Marketing")
    assert Lead.objects.get().stage == "nurture"


def test_a_manager_gives_the_lead_to_another_rep(browser: Browser, handoff: Handoff, maya: User, lena: User) -> None:
    page = browser.window(maya)
    page.goto(f"/leads/{handoff.lead.public_id}/")
    page.locator("#assign-summary").click()
    page.locator("#assign select").select_option(label="Lena Fischer")
    page.locator("#assign button").click()

    expect(status_of(page)).to_contain_text("Léa Petit is with Lena Fischer now.")
    assert Handoff.objects.get().rep == lena
