"""Input that no honest program sends: whatever it is, the API answers with a reason in one shape, and never fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client, override_settings

from agreements.models import AgreementVersion
from agreements.terms.default import default_terms
from leads.models import Lead
from slaportal.accounts.models import Role
from slaportal.accounts.tokens import create_token
from tests.flows.addresses import Route, address_of, routes
from tests.flows.conftest import CHECKLIST, WANTED, event, paris
from tests.flows.world import World, make_world

pytestmark = pytest.mark.django_db

NOW = paris(4, 14)
# Where an address takes several, the one whose body is the larger comes first.
METHODS = ("put", "post", "patch")
CLAUSE = default_terms().commitments[0].id
FRANCE = {"field": "country", "op": "eq", "value": "FR"}
# An honest body for each address that takes one; `{...}` in it is what the nasty values replace one by one.
BODIES: dict[str, dict[str, Any]] = {
    "agreement-draft": default_terms().as_dict(),
    "agreement-proposal": {"why": "Mondays", "effective_from": "2026-12-01T09:00:00Z"},
    "agreement-withdrawal": {},
    "agreement-signatures": {"digest": "0" * 64, "effective_from": None, "password": "correct horse battery"},
    "agreements": {"name": "France", "slug": "france", "template": "enterprise", "language": "fr", "segment": FRANCE},
    "agreement-segment": {"segment": FRANCE},
    "agreement-order": {"order": 1},
    "agreement-default": {"former_segment": FRANCE},
    "agreement-retirement": {},
    "agreement-validation": default_terms().as_dict(),
    "agreement-comments": {"clause": CLAUSE, "text": "Not on Fridays.", "version": 1},
    "agreement-comment-resolution": {},
    "agreement-proposals": {
        "what": "Two working hours",
        "why": "Mondays",
        "clause": CLAUSE,
        "meeting_on": "2026-11-02",
        "decision": "Try it",
    },
    "agreement-proposal-acceptance": {},
    "agreement-proposal-refusal": {"reason": "Next quarter"},
    "api-accounts": {"name": "Fjord AS", "domains": ["fjord.example"], "tier": "2", "attributes": {"size": 12}},
    "api-account": {"name": "Nordlys"},
    "api-rule-matches": {"scope": "lead", "rule": FRANCE},
    "visitors": {"day": "2026-11-03", "source": "ads", "count": 7},
    "spend": {"month": "2026-11", "source": "ads", "amount": "70.50", "currency": "EUR"},
    "api-import-undo": {},
    # These two say which leads, once there are any.
    "api-duplicates": {},
    "api-lead-merge": {"keep": {"name": "gone"}},
    "api-merge-undo": {},
    "api-draft-preview": {},
    "calibration": {"take": ["country"], "leave": ["title"]},
    "calibration-draft": {"digest": ""},
    "api-deals": {
        "source": "crm",
        "external_id": "D-1",
        "lead": {"email": "w1@nordlys.example"},
        "name": "Seats",
        "status": "won",
        "amount": "12.50",
        "currency": "EUR",
        "reason": "",
        "closed_at": "2026-11-03T09:00:00Z",
    },
    "api-leads": {**WANTED, "created_at": "2026-11-01T09:00:00Z", "converted": "yes", "deal_amount": "12.50"},
    "api-lead": {"title": "COO", "phone": "1", "country": "FR", "attributes": {"employees": 260}},
    "api-events": {},
    "handoff-attempts": {
        "channel": "phone",
        "outcome": "busy",
        "note": "",
        "key": "6f1ed002-ab5c-4a9a-9d1d-7fd9d1e0ff01",
        "at": "2026-11-04T12:00:00Z",
    },
    "handoff-acceptance": {},
    "handoff-qualification": {"checklist": CHECKLIST},
    "handoff-win": {"amount": "12.50"},
    "handoff-loss": {"reason": "Price"},
    "handoff-return": {"reason": "return-no-need", "note": ""},
    "handoff-path": {"path": "nurture-later"},
    "handoff-reassignment": {"rep": "6f1ed002-ab5c-4a9a-9d1d-7fd9d1e0ff01"},
}
DEEP = '{"a":' * 60 + "1" + "}" * 60
# As JSON text, since half of them cannot be written by an honest encoder.
VALUES = [
    *("null", "true", "-1", "1.5", "1e308", "1e999", "NaN", "9223372036854775807", "9" * 40),
    *('""', '" "', '"a\\u0000b"', '"\\ud800"', '"\\ufffe\\u202e"'),
    *(f'"{"x" * 10_000}"', f'"{"é" * 10_000}"', '"' + "\\n" * 500 + '"', '"\'; DROP TABLE leads_lead; --"'),
    *('"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"2026-02-30T25:61:00Z"', '"2026-11"', '"٢٠٢٦"'),
    *("[]", "[null]", "{}", '{"": ""}', '{"\\u0000": 1}', '{"a": {"b": {"c": [1, {"d": null}]}}}', DEEP),
]
WHOLE = [
    *(b"", b" ", b"{", b"[", b"nul", b"null", b"true", b"1", b'"x"', b"[]", b"[[]]", b"[null, 1, true]", b"NaN"),
    *(b"[" * 100_000, b'{"a":' * 5_000, b'{"a":1,"a":2}', b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b'{"a": "\xff"}'),
    *(b'{"\\ud800": 1}', b'{"a": "\x00"}', b"{}" * 2, b"<xml/>", b"a=1&b=2", b"-" * 10_000, b'[{"a":NaN}]'),
]
TYPES = (
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json;x=\x7f",
    "",
)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all tests of this file; what a request changes is undone after it."""
    with (
        django_db_blocker.unblock(),
        time_machine.travel(NOW, tick=False),
        override_settings(DATA_DIR=tmp_path_factory.mktemp("data")),
        transaction.atomic(),
    ):
        yield make_world(NOW)
        transaction.set_rollback(True)


class Attacker:
    """Sends to the API with the token of somebody who may do what is asked, and notes every answer that is wrong."""

    def __init__(self, world: World, role: str) -> None:
        _, text = create_token(owner=world.people[role], name="nasty", by=None, at=NOW)
        self.client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {text}"})
        self.headers = {"If-Match": AgreementVersion.objects.get(number=2).digest}
        self.wrong: list[str] = []

    def send(self, method: str, address: str, body: bytes, kind: str = "application/json") -> int:
        """The status; what the request wrote is undone."""
        with transaction.atomic():
            answer = self.client.generic(method.upper(), address, body, content_type=kind, headers=self.headers)
            transaction.set_rollback(True)
        if answer.status_code >= 500 or (answer.status_code >= 400 and not is_agreed(answer)):
            self.wrong.append(f"{method} {address} {body[:120]!r}: {answer.status_code} {answer.content[:200]!r}")
        return int(answer.status_code)


def is_agreed(answer: Any) -> bool:
    """Whether an error has the one shape: code, detail, and messages by field."""
    try:
        said = json.loads(answer.content)
    except ValueError:
        return False
    if not isinstance(said, dict) or said.keys() != {"code", "detail", "fields"}:
        return False
    lists = [isinstance(field, list) and bool(field) for field in said["fields"].values()]
    return isinstance(said["code"], str) and bool(said["detail"]) and all(lists)


def writing() -> list[tuple[Route, str]]:
    """Each address of the API that takes a body, with its method."""
    api = [route for route in routes() if route.is_api and hasattr(route.view, "cls")]
    return [(route, method) for route in api for method in METHODS if hasattr(route.view.cls, method)]


def able(route: Route) -> str:
    """The role of a person who may do this in the world."""
    if route.name in {"api-leads", "api-lead", "api-events", "visitors", "spend", "api-deals", "handoff-path"}:
        return Role.MARKETER.value
    return Role.SALES_MANAGER.value


def honest_body(name: str) -> dict[str, Any]:
    if name == "api-events":
        return event("page_view", "nasty-1", lead={"email": "w1@nordlys.example"}, at=NOW, path="/")
    if name == "api-duplicates":
        return {"first": id_of("w0"), "second": id_of("w1")}
    return BODIES[name] | ({"with": id_of("w1")} if name == "api-lead-merge" else {})


def id_of(name: str) -> str:
    return str(Lead.objects.get(external_id=name).public_id)


Place = tuple[str | int, ...]
# The terms have too many values to try them all: some of each kind.
PLACES_IN_TERMS: list[Place] = [
    *(("commitments",), ("unknown",), ("commitments", 0, "working_minutes"), ("qualification", "bands", "fit")),
    *(("qualification", "fit", "rules", 0, "when"), ("qualification", "interest", "rules", 0, "half_life_days")),
    *(("cadence", "steps", 0, "id"), ("nurture", "paths", 0, "then"), ("calendar", "timezone"), ("calendar", "hours")),
]


def places_in(name: str) -> list[Place]:
    """Each value of the honest body, also in the objects it holds, and one more that does not belong there."""
    if name in {"agreement-draft", "agreement-validation"}:
        return PLACES_IN_TERMS
    body = honest_body(name)
    nested = [(outer, inner) for outer, value in body.items() if isinstance(value, dict) for inner in [*value, "more"]]
    return [*((field,) for field in [*body, "unknown"]), *nested]


def nasty_bodies(name: str) -> Iterator[bytes]:
    """The honest body with one value after the other replaced by each nasty one."""
    for place in places_in(name):
        for value in VALUES:
            yield with_value(honest_body(name), place, value)


def with_value(body: dict[str, Any], place: Place, value: str) -> bytes:
    mark = "@@here@@"
    changed = json.loads(json.dumps(body))
    inner: Any = changed
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = mark
    return json.dumps(changed).replace(f'"{mark}"', value).encode()


def test_every_address_that_takes_a_body_is_tried() -> None:
    assert {route.name for route, _ in writing()} == BODIES.keys()


def test_the_honest_bodies_get_through_so_that_the_nasty_ones_come_as_far(world: World) -> None:
    # Qualified or won is only what was accepted; a signature on another text and an unknown rep stop in the service.
    stopped = {"handoff-qualification": 409, "handoff-win": 409, "handoff-loss": 409}
    stopped |= {"agreement-proposal": 409, "agreement-signatures": 409, "handoff-reassignment": 422}
    # A job begins; nobody has calibrated anything yet.
    stopped |= {"api-import-undo": 202, "api-draft-preview": 202, "calibration": 202, "calibration-draft": 409}
    # Nobody has merged anything.
    stopped["api-merge-undo"] = 404
    # The only agreement is the default one: it has no segment, no other place, and no end.
    stopped |= dict.fromkeys((f"agreement-{act}" for act in ("segment", "order", "default", "retirement")), 409)
    senders = {role: Attacker(world, role) for role in {able(route) for route, _ in writing()}}
    got: dict[str, int] = {}
    for route, method in writing():
        body = json.dumps(honest_body(route.name)).encode()
        got.setdefault(route.name, senders[able(route)].send(method, address_of(route, world), body))
    assert {name: status for name, status in got.items() if status not in (200, 201)} == stopped


@pytest.mark.parametrize("name", BODIES)
def test_a_nasty_value_in_any_field_is_answered_with_a_reason(world: World, name: str) -> None:
    (route, method), *_ = [pair for pair in writing() if pair[0].name == name]
    attacker, address = Attacker(world, able(route)), address_of(route, world)
    for body in nasty_bodies(name):
        attacker.send(method, address, body)
    assert attacker.wrong == []


@pytest.mark.parametrize("name", BODIES)
def test_a_nasty_body_is_answered_with_a_reason(world: World, name: str) -> None:
    (route, method), *_ = [pair for pair in writing() if pair[0].name == name]
    attacker, address = Attacker(world, able(route)), address_of(route, world)
    for body in WHOLE:
        attacker.send(method, address, body)
    for kind in TYPES:
        attacker.send(method, address, json.dumps(honest_body(name)).encode(), kind)
    assert attacker.wrong == []


@pytest.mark.parametrize("name", ["api-leads", "api-events"])
def test_a_list_of_nasty_rows_refuses_each_alone(world: World, name: str) -> None:
    (route, method), *_ = [pair for pair in writing() if pair[0].name == name]
    attacker, address = Attacker(world, able(route)), address_of(route, world)
    for value in VALUES:
        row = with_value(honest_body(name), ("external_id",), value).decode()
        attacker.send(method, address, f"[{row}, {value}, {json.dumps(honest_body(name))}]".encode())
    assert attacker.wrong == []


TEXTS = ["a%00b", "%ff%fe", "x" * 3000, "-1", "9" * 30, "%27%22%3C", "%D9%A3"]
FILTERS = ("q", "cursor", "limit", "stage", "owner", "source", "updated_since", "state", "rep", "month")
LIST = ("q", "stage", "owner", "source", "band", "created", "arrived", "month", "handed", "promise", "kept", "kind")
PAGES: dict[str, tuple[str, ...]] = {
    "/": ("show",),
    "/today/new/": ("since",),
    "/leads/": (*LIST, "sort", "view", "after"),
    "/leads/?arrived=mql": ("month",),
    "/leads/?promise=sales&month=2026-11": ("kind", "kept"),
    "/leads/export/": ("q", "owner", "created"),
    "/results/": ("month",),
    "/notifications/": ("page",),
    "/imports/": ("page",),
    "/settings/people/": ("q", "page"),
    "/settings/audit/": ("on", "actor", "action", "page"),
    "/accounts/login/": ("next",),
}


def with_query(address: str, name: str, text: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{name}={text}"


def test_a_nasty_query_of_the_api_is_answered_with_a_reason(world: World) -> None:
    attacker = Attacker(world, Role.SALES_MANAGER.value)
    reading = [route for route in routes() if route.is_api and hasattr(getattr(route.view, "cls", None), "get")]
    for route in reading:
        takes = (
            FILTERS
            if route.name in {"api-leads", "api-deals", "handoffs", "results", "visitors", "spend"}
            else ("cursor",)
        )
        for name in takes if "schema" not in route.name else ():
            for text in TEXTS:
                attacker.send("get", with_query(address_of(route, world), name, text), b"")
    assert attacker.wrong == []


def test_a_nasty_query_breaks_no_page(world: World) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(world.people[Role.SALES_MANAGER.value])
    asked = [with_query(page, name, text) for page, names in PAGES.items() for name in names for text in TEXTS]
    with transaction.atomic():
        found = {address: client.get(address).status_code for address in asked}
        transaction.set_rollback(True)
    assert {address: status for address, status in found.items() if status not in (200, 302, 400, 404)} == {}
