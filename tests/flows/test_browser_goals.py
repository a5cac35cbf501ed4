"""The goals in a real browser: a slider moves the figures and the address, a wrong one is told, the draft takes it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from agreements.models import AgreementVersion
from agreements.selectors import open_version
from slaportal.accounts.models import User
from tests.flows.browser import Browser, expect, focused, needs_chromium, status_of

pytestmark = [needs_chromium, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("active_terms")]

URL = "/agreements/default/goals/?amount=600000&period=quarter&start=2027-01&deal=8500&marketing_share=60"
RATES = "&visitor_to_lead=2&lead_to_mql=25&mql_to_sql=24&sql_to_customer=22"


@pytest.fixture
def page(browser: Browser, mia: User) -> Any:
    page = browser.window(mia)
    page.goto(URL + RATES)
    return page


def headline(page: Any) -> Any:
    return page.locator(".goals__headline")


def test_a_slider_moves_the_figures_and_the_address_and_goes_into_the_draft(
    page: Any, active_terms: AgreementVersion
) -> None:
    expect(headline(page)).to_have_text("€360,000 takes 817 MQLs from Marketing and 43 deals from Sales")
    page.locator("#slider-mql_to_sql").focus()
    for _press in range(10):
        page.keyboard.press("ArrowRight")

    expect(page.locator("#id_mql_to_sql")).to_have_value("25")
    expect(headline(page)).to_contain_text("784 MQLs")
    expect(page.locator("#state-step-mql")).to_have_text("784")
    expect(page).to_have_url(re.compile("mql_to_sql=25&"))
    expect(status_of(page)).to_contain_text("784 MQLs, 43 deals")
    assert focused(page) == "slider-mql_to_sql"

    page.reload()
    expect(headline(page)).to_contain_text("784 MQLs")
    page.locator("#put-in-draft").click()
    expect(page.locator("#notices")).to_contain_text("Marketing's promise is 262 MQLs each month.")
    draft = open_version(active_terms.agreement)
    assert draft is not None
    assert draft.document.goals[0].plan is not None


def test_a_number_moves_its_slider_and_a_wrong_one_is_told(page: Any) -> None:
    page.locator("#id_lead_to_mql").fill("30")
    expect(page.locator("#slider-lead_to_mql")).to_have_value("30")
    expect(headline(page)).to_be_visible()
    page.locator("#id_lead_to_mql").fill("130")
    expect(page.locator("#state-lead_to_mql")).to_contain_text("less than or equal to 100")
    expect(page.locator("#outcome")).to_contain_text("Correct the marked values")
    page.locator("#id_lead_to_mql").fill("25")
    expect(headline(page)).to_contain_text("817 MQLs")
    expect(page.locator("#state-lead_to_mql .field__error")).to_have_count(0)


def test_both_directions_keep_the_scenario(page: Any) -> None:
    page.get_by_role("link", name="From today's rates").click()
    page.locator("#id_entry").select_option("mql")
    page.locator("#id_volume").fill("100")
    expect(headline(page)).to_contain_text("€127,500 from 15 deals")
    page.get_by_role("link", name="Take this as the goal").click()
    expect(headline(page)).to_contain_text("€127,500 takes")


def test_without_javascript_a_button_calculates(browser: Browser, mia: User) -> None:
    page = browser.window(mia, javascript=False)
    page.goto(URL + RATES)
    expect(page.locator("#slider-mql_to_sql")).to_be_hidden()
    page.locator("#id_mql_to_sql").fill("25")
    page.get_by_role("button", name="Calculate").click()
    expect(headline(page)).to_contain_text("784 MQLs")
    page.locator("#put-in-draft").click()
    expect(page.locator("#notices")).to_contain_text("262 MQLs each month")


def test_on_a_phone_there_are_numbers_only_and_nothing_is_cut(browser: Browser, mia: User) -> None:
    page = browser.window(mia, width=390)
    page.goto(URL + RATES)
    expect(page.locator("#slider-mql_to_sql")).to_be_hidden()
    expect(page.locator("#id_mql_to_sql")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
