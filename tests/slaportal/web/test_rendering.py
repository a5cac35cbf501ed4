"""Pages, fragments, refusals, notices and announcements."""

from __future__ import annotations

import json

import pytest
from django.test import Client

HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.usefixtures("site")


def test_a_fragment_is_a_part_of_its_page(client: Client) -> None:
    page = client.get("/fragment/").content.decode()
    fragment = client.get("/fragment/", headers=HTMX).content.decode()
    assert fragment.strip().startswith('<p id="count">3 attempts.')
    assert fragment.strip() in page
    assert page.startswith("<!doctype html>")


@pytest.mark.parametrize("extra", [{"HX-Boosted": "true"}, {"HX-History-Restore-Request": "true"}])
def test_boosted_links_and_history_get_the_whole_page(client: Client, extra: dict[str, str]) -> None:
    answer = client.get("/fragment/", headers=HTMX | extra)
    assert answer.content.startswith(b"<!doctype html>")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_caches_keep_page_and_fragment_apart(client: Client, headers: dict[str, str]) -> None:
    assert "HX-Request" in client.get("/fragment/", headers=headers)["Vary"]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refusal_comes_back_with_422_and_its_reason(client: Client, headers: dict[str, str]) -> None:
    answer = client.get("/refusing/", headers=headers)
    assert answer.status_code == 422
    assert "This is not possible now (web_test_refusal)." in answer.content.decode()


def test_an_announcement_travels_in_a_header_in_plain_ascii(client: Client) -> None:
    header = client.get("/fragment/", headers=HTMX)["HX-Trigger-After-Swap"]
    assert header.isascii()
    assert json.loads(header) == {"announce": {"text": "Três tentativas ✓"}}


def test_a_notice_travels_with_the_fragment_out_of_band(client: Client) -> None:
    body = client.get("/fragment/?say", headers=HTMX).content.decode()
    assert 'hx-swap-oob="beforeend:#notices"' in body
    assert "Attempt 2 logged." in body
    assert 'action="/undo/2/"' in body
    assert "csrfmiddlewaretoken" in body


def test_a_notice_is_shown_once(client: Client) -> None:
    assert "Attempt 2 logged." in client.get("/fragment/?say").content.decode()
    assert "Attempt 2 logged." not in client.get("/fragment/").content.decode()


def test_the_text_of_a_notice_is_never_html(client: Client) -> None:
    body = client.get("/noticing/").content.decode()
    assert "&lt;b&gt;Saved&lt;/b&gt;" in body


def test_there_is_one_status_region_outside_what_is_swapped(client: Client) -> None:
    body = client.get("/fragment/").content.decode()
    assert body.count('role="status"') == 1
    assert body.index('role="status"') > body.index("</main>")
