"""Who may open what: each address × each person × reading and writing; refusals are as agreed, nothing fails."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client, override_settings

from slaportal.accounts.models import Role
from slaportal.web.policy import declared_policy
from tests.flows.addresses import OPEN_TO, PUBLIC, READERS, ROLES, SIGNED, TAKES_ONLY, Route, address_of, routes
from tests.flows.conftest import paris
from tests.flows.world import World, make_world

pytestmark = pytest.mark.django_db

STRANGER = "nobody"
READ, WRITE = {200, 302}, {200, 201, 302, 403, 404, 405, 409, 422}
# What these show depends on more than who asks: an empty installation, a secret link, the demo, the broker.
MAY_BE_ABSENT = {"accounts:set-up", "accounts:password-link", "accounts:demo-entry", "readyz"}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all tests of this file; what a request changes is undone after it."""
    with (
        django_db_blocker.unblock(),
        time_machine.travel(paris(4, 14), tick=False),
        override_settings(DATA_DIR=tmp_path_factory.mktemp("data")),
        transaction.atomic(),
    ):
        yield make_world(paris(4, 14))
        transaction.set_rollback(True)


def ask(client: Client, method: str, address: str, **headers: str) -> Any:
    """The answer; whatever the request wrote is undone, also that it logged the person out."""
    cookies = SimpleCookie({name: morsel.value for name, morsel in client.cookies.items()})
    with transaction.atomic():
        answer = client.generic(method, address, headers=headers, content_type="application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer


def verdict_is_wrong(route: Route, who: str, method: str, answer: Any) -> bool:
    status = int(answer.status_code)
    to_log_in = status == 302 and str(answer["Location"]).startswith("/accounts/login/")
    if route.name in SIGNED:
        return status != (405 if method == "GET" else 401)
    if route.name in PUBLIC:
        return status >= 500 or status == 401
    if route.is_api:
        return status != 401
    if who == STRANGER:
        return not to_log_in
    if who not in route.open_to:
        return status != 403
    if method == "GET" and who not in READERS.get(route.name, ROLES):
        return status not in (403, 404)
    if method == "POST":
        return to_log_in or status not in WRITE
    return to_log_in or (status != 405 if route.name in TAKES_ONLY else status not in READ)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("who", [STRANGER, *Role.values])
def test_each_address_answers_each_person_as_agreed(world: World, who: str, method: str) -> None:
    client = Client(raise_request_exception=False)
    if who != STRANGER:
        client.force_login(world.people[who])
    wrong = []
    for route in routes():
        address = address_of(route, world)
        answer = ask(client, method, address)
        if verdict_is_wrong(route, who, method, answer) and route.name not in MAY_BE_ABSENT:
            wrong.append(f"{method} {address} ({route.name}): {answer.status_code}")
    assert wrong == []


def test_fragments_and_their_pages_answer_alike(world: World) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(world.people[Role.SALES_MANAGER.value])
    wrong = []
    for route in [route for route in routes() if not route.is_api and route.name not in TAKES_ONLY]:
        address = address_of(route, world)
        page, fragment = ask(client, "GET", address), ask(client, "GET", address, **{"HX-Request": "true"})
        if page.status_code != fragment.status_code and (page.status_code, fragment.status_code) != (200, 286):
            wrong.append(f"{address} ({route.name}): {page.status_code}, as a fragment {fragment.status_code}")
    assert wrong == []


def test_the_declared_policies_are_the_agreed_ones() -> None:
    wrong = []
    for route in routes():
        policy = declared_policy(route.view)
        assert policy is not None, route.name
        agreed = (route.name in PUBLIC, OPEN_TO.get(route.name))
        if (policy.is_public, policy.roles) != agreed:
            wrong.append(f"{route.name}: {policy}")
    assert wrong == []


def test_the_table_names_only_addresses_that_exist() -> None:
    assert (PUBLIC | OPEN_TO.keys()) - {route.name for route in routes()} == set()


@pytest.mark.parametrize("who", ["colleague", "stranger", Role.MARKETER.value])
def test_another_reps_lead_can_be_read_but_not_worked_on(world: World, who: str) -> None:
    client = Client()
    client.force_login(world.people[who])
    work = [
        route for route in routes() if route.name.startswith("leads:handoff-") and route.name != "leads:handoff-path"
    ]
    assert ask(client, "GET", f"/leads/{world.lead.public_id}/").status_code == 200
    assert {ask(client, "POST", address_of(route, world)).status_code for route in work} == {403}
