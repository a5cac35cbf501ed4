"""A real Chromium on the test's own server: who is logged in, what the browser complained of, where the focus is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from slaportal.accounts.models import User

try:
    from playwright import sync_api
except ImportError:
    sync_api = None  # type: ignore[assignment]

expect: Any = getattr(sync_api, "expect", None)
sync_playwright: Any = getattr(sync_api, "sync_playwright", None)
# The shell without a window of its own does the same for two thirds of the work.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), None)
SWITCHES = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
SWITCHES += ["--disable-background-networking", "--disable-component-update"]
# A refusal is an answer with status 422, which the browser writes down as an error.
REFUSAL = "the server responded with a status of 422"
# hx-sync takes back a request when the next one follows, which htmx writes down as these two errors; a request that
# fails is a sendError.
TAKEN_BACK = ("htmx:afterRequest,", "htmx:sendAbort,")

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None or sync_playwright is None, reason="no Chromium on this machine, or no Playwright to drive it"
)


class Browser:
    """One Chromium for the whole run; each person gets a window of their own, without anything from other tests."""

    def __init__(self, chromium: Any, address: str) -> None:
        self.chromium, self.address = chromium, address
        self.windows: list[Any] = []
        self.complaints: list[str] = []

    def window(self, person: User | None = None, *, javascript: bool = True, width: int = 1440, **options: Any) -> Any:
        """A page in a new window, logged in as this person."""
        context = self.chromium.new_context(
            base_url=self.address,
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
            locale=options.pop("locale", "en"),
            **options,
        )
        context.set_default_timeout(15_000)
        # The browser's clock stands where the server's does: what is due in an hour is not due three weeks ago.
        context.clock.set_fixed_time(timezone.now())
        if person is not None:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key_of(person), "url": self.address}])
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.windows.append(context)
        return page

    def _hear(self, message: Any) -> None:
        if message.type == "error" and REFUSAL not in message.text and not message.text.startswith(TAKEN_BACK):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def close(self) -> None:
        for context in self.windows:
            context.close()


def key_of(person: User) -> str:
    """The key of a new session of this person."""
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


Window = Callable[..., Any]


def choose(page: Any, *chips: str) -> None:
    """Click the shown chips with these words; their radio buttons have no size of their own."""
    for words in chips:
        page.locator("label.chip:visible", has_text=words).first.click()


def status_of(page: Any) -> Any:
    """The one place where results are said to people who do not see."""
    return page.get_by_role("status")


def focused(page: Any) -> str:
    """The id of the element that has the focus, or its tag where it has none."""
    return str(page.evaluate("document.activeElement.id || document.activeElement.tagName"))


def tab_to(page: Any, selector: str, most: int = 40) -> bool:
    """Press Tab until the focus is on such an element; whether it got there."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return True
        page.keyboard.press("Tab")
    return False
