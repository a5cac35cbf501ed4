"""The dashboard in a real browser: each figure is a link to a list with as many leads as it says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from slaportal.accounts.models import User
from tests.flows.browser import Browser, expect, needs_chromium, status_of
from tests.flows.conftest import CHECKLIST, WANTED, Program, background, event

pytestmark = [needs_chromium, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("active_terms")]


@pytest.fixture
def page(browser: Browser, mina: User, sam: User) -> Any:
    """Mina's results: three leads came in, two were handed over, one became a customer."""
    site, rep = Program(mina), Program(sam)
    leads = [{**WANTED, "external_id": f"r{n}", "email": f"r{n}@nordlys.example"} for n in range(3)]
    site.post("leads/", leads)
    site.post("events/", [event("demo_request", f"d{n}", lead={"external_id": f"r{n}"}) for n in range(2)])
    background()
    won = site.get("handoffs/")["results"][0]["id"]
    steps: list[tuple[str, dict[str, Any]]] = [
        ("attempts", {"channel": "phone", "outcome": "reached"}),
        ("acceptance", {}),
        ("qualification", {"checklist": CHECKLIST}),
        ("win", {"amount": "900.00"}),
    ]
    assert [rep.post(f"handoffs/{won}/{step}/", body).status_code for step, body in steps] == [201] * 4
    page = browser.window(mina)
    page.goto("/results/")
    return page


def test_each_figure_opens_its_leads(page: Any) -> None:
    found = {}
    for figure in ("mql_volume", "response", "attempts", "mql_to_sql", "sql_to_customer"):
        page.locator(f"#figure-{figure} .stat__figure").click()
        expect(page.get_by_role("heading", name="Leads", exact=True)).to_be_visible()
        found[figure] = page.locator("tr[data-row]").count()
        page.go_back()

    assert found == {"mql_volume": 2, "response": 2, "attempts": 2, "mql_to_sql": 1, "sql_to_customer": 1}


def test_the_funnel_opens_its_leads_and_says_the_same_in_its_table(page: Any) -> None:
    funnel = page.locator("section[aria-labelledby=funnel-title]")
    links = funnel.locator("a[href*='/leads/']")
    addresses = dict.fromkeys(links.evaluate_all("all => all.map((one) => one.getAttribute('href'))"))
    found = {}
    for address in addresses:
        page.goto(address)
        found[address.split("?")[1].split("&")[0]] = page.locator("tr[data-row]").count()

    assert found == {"created=2026-11": 3, "arrived=mql": 2, "arrived=sql": 1, "arrived=customer": 1}


def test_a_count_of_the_promises_opens_its_leads(page: Any) -> None:
    row = page.locator("#promises-sales tr", has=page.get_by_role("rowheader", name="First response", exact=True))
    assert row.locator("a").first.inner_text() == "1"
    row.locator("a").first.click()

    expect(page.locator("tr[data-row]")).to_have_count(1)


def test_visitors_are_typed_in_and_said(page: Any) -> None:
    page.locator("#visitors-form input[name=count]").fill("250")
    page.get_by_role("button", name="Save visitors").click()

    expect(page.locator("#notices")).to_contain_text("The month's visitors are saved.")
    expect(status_of(page)).to_contain_text("The month's visitors are saved.")
    expect(page.locator("section[aria-labelledby=funnel-title]")).to_contain_text("250")


def test_a_list_is_narrowed_by_typing_and_its_address_keeps_the_question(page: Any) -> None:
    page.goto("/leads/")
    page.get_by_role("searchbox").last.fill("r2@nordlys")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=r2"))
    page.reload()
    expect(page.locator("tr[data-row]")).to_have_count(1)
