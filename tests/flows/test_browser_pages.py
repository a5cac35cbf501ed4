"""A walk over all pages, as each role, in English and Arabic, on a desk and on a phone: nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slaportal.accounts.models import Role, User
from tests.flows.addresses import NO_PAGES, PUBLIC, READERS, ROLES, TAKES_ONLY, Route, address_of, routes
from tests.flows.browser import Browser, needs_chromium
from tests.flows.conftest import paris
from tests.flows.world import World, make_world

pytestmark = [needs_chromium, pytest.mark.django_db(transaction=True)]

WIDTHS = (1440, 390)
MEASURE = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  const widest = scrollWidth <= clientWidth ? [] : [...document.querySelectorAll("body *")].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width && (box.right > clientWidth + 1 || box.left < -1) &&
      !one.closest(".table-region, .chips--scroll, .visually-hidden, [data-scrolls]");
  });
  return {
    over: scrollWidth - clientWidth,
    widest: widest.slice(0, 3).map((one) => `${one.tagName}.${one.className}`),
  };
}"""


@pytest.fixture
def world(transactional_db: None, clock: Any, settings: Any, tmp_path: Path) -> World:
    settings.DATA_DIR = tmp_path
    clock.move_to(paris(4, 14))
    return make_world(paris(4, 14))


def pages_of(who: str, world: World) -> list[tuple[Route, str]]:
    """The pages that this role may open, with their addresses."""
    return [
        (route, address_of(route, world))
        for route in routes()
        if not route.is_api and route.name not in NO_PAGES | TAKES_ONLY
        if who in route.open_to and who in READERS.get(route.name, ROLES)
    ]


# The roles in the order of how much they see, and the pages that show each of them something else.
WALKERS = ["sales_manager", "marketing_manager", "admin", "rep", "marketer"]
SEEN_BY_ROLE = {
    "leads:today",
    "leads:lead",
    "leads:lead-list",
    "kpis:results",
    "agreements:agreement",
    "agreements:draft",
}


def walked_by(who: str, world: World) -> list[tuple[Route, str]]:
    """The role's pages but those that an earlier role has walked and that are the same for both."""
    earlier = WALKERS[: WALKERS.index(who)]
    known = {route.name for one in earlier for route, _address in pages_of(one, world)} - SEEN_BY_ROLE
    return [(route, address) for route, address in pages_of(who, world) if route.name not in known]


def overflows(page: Any) -> Iterator[str]:
    """At which widths the page scrolls sideways, and what is too wide; a window is resized once for each page."""
    for width in sorted(WIDTHS, key=lambda width: width != page.viewport_size["width"]):
        if width != page.viewport_size["width"]:
            page.set_viewport_size({"width": width, "height": 900})
        measured = page.evaluate(MEASURE)
        if measured["over"] > 0:
            yield f"at {width}: {measured['over']} px, {measured['widest']}"


def walk(browser: Browser, person: User, pages: list[tuple[Route, str]], language: str) -> list[str]:
    """What is wrong with these pages as this person sees them in this language."""
    User.objects.filter(pk=person.pk).update(language=language)
    page = browser.window(person, width=WIDTHS[0])
    wrong = []
    for route, address in pages:
        answer = page.goto(address)
        direction = page.evaluate("[document.documentElement.lang, document.documentElement.dir]")
        if answer.status != 200 or direction != [language, "rtl" if language == "ar" else "ltr"]:
            wrong.append(f"{address} ({route.name}): {answer.status} {direction}")
        wrong += [f"{address} ({route.name}) {fault}" for fault in overflows(page)]
    page.close()
    return wrong


# The left edges of the first and of the last character of these words.
ORDER = """([words]) => {
  const found = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT,
    (text) => text.data.includes(words) ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP).nextNode();
  const edge = (at) => {
    const range = document.createRange();
    range.setStart(found, at);
    range.setEnd(found, at + 1);
    return range.getBoundingClientRect().left;
  };
  const from = found.data.indexOf(words);
  return [edge(from), edge(from + words.length - 1)];
}"""


@pytest.mark.parametrize(
    ("address", "words"), [("/leads/duplicates/", "The same person?"), ("/results/spend/", "As the leads name it.")]
)
def test_an_english_sentence_on_an_arabic_page_keeps_its_order(
    browser: Browser, world: World, address: str, words: str
) -> None:
    mina = world.people["marketer"]
    User.objects.filter(pk=mina.pk).update(language="ar")
    page = browser.window(mina)
    page.goto(address)
    first, last = page.evaluate(ORDER, [words])
    assert first < last


@pytest.mark.parametrize("who", WALKERS)
def test_every_page_of_a_role_fits_in_both_directions(browser: Browser, world: World, who: str) -> None:
    pages = walked_by(who, world)
    assert len(pages) >= len(SEEN_BY_ROLE)
    assert [fault for language in ("en", "ar") for fault in walk(browser, world.people[who], pages, language)] == []


def test_every_role_walks_and_what_differs_by_role_is_there() -> None:
    assert sorted(WALKERS) == sorted(Role.values)
    assert {route.name for route in routes()} >= SEEN_BY_ROLE


def test_the_pages_of_strangers_fit(browser: Browser, world: World) -> None:
    wrong = []
    for language in ("en", "ar"):
        page = browser.window(locale=language)
        for route in routes():
            if route.name not in PUBLIC or route.is_api or route.name in NO_PAGES | TAKES_ONLY:
                continue
            answer = page.goto(address_of(route, world))
            if answer.status != 200:
                wrong.append(f"{route.name}: {answer.status}")
            wrong += [f"{route.name} {fault}" for fault in overflows(page)]
    assert wrong == []
