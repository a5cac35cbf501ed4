"""Forms filled in as no browser would: every form of every page, its fields filled with what breaks programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import transaction
from django.test import Client, override_settings

from slaportal.accounts.models import Role
from tests.flows.addresses import NO_PAGES, TAKES_ONLY, address_of, routes
from tests.flows.conftest import paris
from tests.flows.world import World, make_world

pytestmark = pytest.mark.django_db

NASTY = ["a\0b", "\ud800", "x" * 10_000, "-1", "9" * 40, "NaN", "9999-12-31", '{"a":' * 3000, "\u202e٣", ""]


@dataclass
class Form:
    """A form of a page: where it goes and what it would send as it stands."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """Collects the forms of a page that are posted."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.found: list[Form] = []
        self.current: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and (given.get("method") or "").lower() == "post":
            self.current = Form((given.get("action") or self.page).partition("#")[0])
            self.found.append(self.current)
        elif self.current is not None and tag in {"input", "select", "textarea", "button"} and given.get("name"):
            self.current.fields.setdefault(str(given["name"]), given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.current = None


@pytest.fixture
def world(tmp_path: Any) -> Iterator[World]:
    with time_machine.travel(paris(4, 14), tick=False), override_settings(DATA_DIR=tmp_path):
        yield make_world(paris(4, 14))


def forms_of(client: Client, world: World) -> list[Form]:
    """Each form once, of all pages that this person may open."""
    known: dict[tuple[str, ...], Form] = {}
    for route in routes():
        if route.is_api or route.name in NO_PAGES | TAKES_ONLY:
            continue
        page = address_of(route, world)
        answer = client.get(page)
        if answer.status_code == 200:
            forms = Forms(page)
            forms.feed(answer.content.decode())
            for form in forms.found:
                known.setdefault((form.action, *sorted(form.fields)), form)
    return list(known.values())


def test_no_form_fails_whatever_is_in_it(world: World) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(world.people[Role.SALES_MANAGER.value])
    session = {name: morsel.value for name, morsel in client.cookies.items()}
    forms, wrong = forms_of(client, world), []
    for form in forms:
        for text in NASTY:
            body = urlencode(dict.fromkeys(form.fields, text), encoding="utf-8", errors="surrogatepass")
            with transaction.atomic():
                answer = client.post(form.action, body, content_type="application/x-www-form-urlencoded")
                transaction.set_rollback(True)
            client.cookies = SimpleCookie(session)
            if answer.status_code >= 500:
                wrong.append(f"{form.action} with {text[:20]!r}: {answer.status_code}")
    assert wrong == []
    assert len(forms) >= 25
