"""The styles and behaviours in a real browser: policy, keys, announcements, notices, themes, narrow screens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from tests.flows.browser import expect, needs_chromium

pytestmark = needs_chromium


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """The test run is no place for a request log."""


@pytest.fixture
def address(site: None, settings: Any) -> Iterator[str]:
    """The test site on a free port; strangers only, so no database is needed."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(StaticFilesHandler(WSGIHandler()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    """The gallery, opened; complaints of the browser (also of the content security policy) are in `page.complaints`."""
    page = chromium.new_context(viewport={"width": 1200, "height": 800}, base_url=address).new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto("/")
    yield page
    page.context.close()


def status(page: Any) -> Any:
    return page.locator("[role=status]")


def test_the_browser_has_nothing_to_complain_about(page: Any) -> None:
    page.locator("#ask").click()
    expect(page.locator("#count")).to_have_text("3 attempts.")
    assert page.complaints == []


def test_a_swap_is_announced_noticed_and_keeps_the_focus(page: Any) -> None:
    page.locator("#ask").focus()
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("Três tentativas ✓")
    expect(page.locator("#notices .notice")).to_contain_text("Attempt 2 logged.")
    assert page.evaluate("document.activeElement.id") == "ask"


def test_a_notice_stays_until_it_is_dismissed(page: Any) -> None:
    page.locator("#ask").click()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#notices .notice")).to_have_count(0)


def test_a_refusal_is_swapped_in(page: Any) -> None:
    page.locator("#refuse").click()
    expect(page.locator("#count")).to_contain_text("This is not possible now")


def test_a_failure_changes_nothing_and_is_told(page: Any) -> None:
    page.locator("#fail").click()
    expect(status(page)).to_contain_text("That did not work")
    expect(page.locator("#notices .notice--error")).to_be_visible()
    expect(page.locator("#count")).to_contain_text("0 attempts.")


def test_keys_walk_the_rows_only_while_a_list_has_the_focus(page: Any) -> None:
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    rows = page.locator("[data-keys]").nth(1).locator("[data-row]")
    rows.nth(0).focus()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(rows.nth(0)).to_be_focused()


def test_a_key_presses_the_control_of_its_row(page: Any) -> None:
    page.evaluate(
        "document.querySelector('[data-key=KeyL]').addEventListener('click', () => document.title = 'pressed')"
    )
    page.locator("[data-keys]").nth(1).locator("[data-row]").nth(0).focus()
    page.keyboard.press("l")
    assert page.title() == "pressed"


def test_keys_can_be_switched_off_and_rest_while_somebody_types(page: Any) -> None:
    page.locator("#id_name").focus()
    page.keyboard.type("j?/")
    assert page.locator("#id_name").input_value() == "j?/"
    page.evaluate("document.body.dataset.shortcuts = 'off'; document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()


def test_the_question_mark_lists_the_keys_and_escape_closes_them(page: Any) -> None:
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_the_colours_are_remembered(page: Any) -> None:
    page.locator("[data-theme-switch]").select_option("dark")
    canvas = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == canvas == "rgb(18, 20, 25)"


def test_the_language_switches_at_once(page: Any) -> None:
    page.locator("select[name=language]").select_option("ar")
    page.wait_for_function("document.documentElement.dir === 'rtl'")


@pytest.mark.parametrize("language", ["en", "ar", "fr", "ja"])
def test_no_screen_scrolls_sideways(chromium: Any, address: str, language: str) -> None:
    context = chromium.new_context(viewport={"width": 320, "height": 800}, locale=language)
    page = context.new_page()
    page.goto(f"{address}/?wrong")
    assert page.evaluate("document.documentElement.lang") == language
    for width in (320, 390, 700, 1000, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_targets_on_a_phone_are_large_enough_for_a_thumb(chromium: Any, address: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/")
    heights = page.eval_on_selector_all(
        "main :is(.button, .chip, select, [type=text])", "all => all.map((one) => one.getBoundingClientRect().height)"
    )
    assert heights
    assert min(heights) >= 40
    context.close()
