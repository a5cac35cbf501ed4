"""The examples in the schema of the API: each operation that takes a body shows one, and each is taken as it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client, override_settings
from drf_spectacular.generators import SchemaGenerator

from agreements.api.agreements import BESIDE_OTHERS, READ
from agreements.models import Agreement, AgreementVersion
from agreements.selectors import open_version
from agreements.services import sign_by_console, withdraw_version
from agreements.starting import start_agreement
from leads.api.handoffs import COLLEAGUE
from leads.api.merges import ONE, OTHER
from leads.api.shapes import ONE_LEAD
from leads.handoff import qualify_handoff
from leads.intake import save_leads
from leads.models import Handoff, HandoffState, Lead
from slaportal.accounts.models import Role, User
from slaportal.accounts.tokens import create_token
from tests.conftest import PASSWORD
from tests.flows.addresses import address_of, routes
from tests.flows.conftest import CHECKLIST, paris
from tests.flows.world import World, make_world

pytestmark = pytest.mark.django_db

NOW = paris(4, 14)
# As each test has them, so that what is hashed here can be checked there.
CHEAP = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WRITING = ("post", "put", "patch")
# What no example can bring along. A calibration needs a hundred leads whose outcome is known, and a worker's time.
STOPPED = {"agreements_calibration_draft_create": 409}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all tests of this file, in which what the examples name is there."""
    with (
        django_db_blocker.unblock(),
        time_machine.travel(NOW, tick=False),
        override_settings(DATA_DIR=tmp_path_factory.mktemp("data"), PASSWORD_HASHERS=CHEAP),
        transaction.atomic(),
    ):
        world = make_world(NOW)
        save_leads([ONE_LEAD], source="website", by=None, at=NOW)
        Lead.objects.filter(external_id="w1").update(public_id=ONE)
        Lead.objects.filter(external_id="w3").update(public_id=OTHER)
        User.objects.filter(pk=world.people["colleague"].pk).update(public_id=COLLEAGUE, is_available=True)
        yield world
        transaction.set_rollback(True)


def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each operation that takes a body, by its name."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    found = [(method, path, one) for path, ways in paths.items() for method, one in ways.items() if method in WRITING]
    return {one["operationId"]: (method, path, one) for method, path, one in found if "requestBody" in one}


def examples_of(operation: dict[str, Any]) -> dict[str, Any]:
    """The bodies that the operation shows, by their names."""
    shown = operation["requestBody"]["content"]["application/json"].get("examples", {})
    return {name: one["value"] for name, one in shown.items()}


def take_back_the_proposal(world: World) -> None:
    draft = open_version(Agreement.objects.get())
    assert draft is not None
    withdraw_version(version=draft, by=world.people[Role.MARKETING_MANAGER], at=NOW)


def sign_the_draft(_world: World) -> None:
    draft = open_version(Agreement.objects.get())
    assert draft is not None
    sign_by_console(version=draft, at=NOW)


def agree_on_france(world: World) -> None:
    sign_by_console(version=start_agreement(by=world.people[Role.SALES_MANAGER], **BESIDE_OTHERS), at=NOW)


def qualify(world: World) -> None:
    accepted = Handoff.objects.get(state=HandoffState.ACCEPTED)
    qualify_handoff(handoff=accepted, by=world.people[Role.REP], checklist=CHECKLIST, at=NOW)


# What must have happened before, where the world as it stands is not enough.
BEFORE: dict[str, Callable[[World], None]] = {
    "agreements_draft_proposal_create": take_back_the_proposal,
    "agreements_draft_create": sign_the_draft,
    **dict.fromkeys(
        ("agreements_order_update", "agreements_segment_update", "agreements_default_update"), agree_on_france
    ),
    **dict.fromkeys(("handoffs_win_create", "handoffs_loss_create"), qualify),
}


def address(operation: str, path: str, world: World) -> str:
    """Where the operation is asked for; the pass, or the agreement, is one that has come as far."""
    if BEFORE.get(operation) is agree_on_france:
        return path.replace("{slug}", "france")
    if operation in {"handoffs_qualification_create", "handoffs_win_create", "handoffs_loss_create"}:
        handoff = Handoff.objects.get(state__in=[HandoffState.ACCEPTED, HandoffState.QUALIFIED], closed_at=None)
        return path.replace("{handoff}", str(handoff.public_id))
    known = {"/" + re.sub(r"<(\w+:)?(\w+)>", r"{\2}", route.path): route for route in routes()}
    return address_of(known[path], world)


def as_read(example: Any, digest: str) -> bytes:
    """The body, with the reader's own digest and password where the example says so."""
    return json.dumps(example).replace(READ, digest).replace("your password", PASSWORD).encode()


def test_every_operation_that_takes_a_body_shows_an_example() -> None:
    found = operations()
    assert len(found) >= 33
    assert [name for name, (_, _, one) in found.items() if not examples_of(one)] == []


def test_every_example_is_taken_as_it_stands(world: World) -> None:
    clients = {}
    for role in (Role.SALES_MANAGER, Role.MARKETER):
        _, token = create_token(owner=world.people[role], name="examples", by=None, at=NOW)
        clients[role] = Client(headers={"Authorization": f"Bearer {token}"})
    digest = AgreementVersion.objects.get(number=2).digest
    wrong = []
    for name, (method, path, operation) in operations().items():
        # Marketing alone chooses the path of a lead that came back.
        client = clients[Role.MARKETER if path.endswith("/path/") else Role.SALES_MANAGER]
        for title, example in examples_of(operation).items():
            with transaction.atomic():
                BEFORE.get(name, lambda _world: None)(world)
                where, body = address(name, path, world), as_read(example, digest)
                answer = client.generic(
                    method.upper(), where, body, content_type="application/json", headers={"If-Match": digest}
                )
                transaction.set_rollback(True)
            is_taken = 200 <= answer.status_code < 300 and not answer.json().get("rejected")
            if not is_taken and answer.status_code != STOPPED.get(name):
                wrong.append(f"{name}, {title}: {answer.status_code} {answer.content[:300]!r}")
    assert wrong == []
