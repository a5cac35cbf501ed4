"""The passes over HTTP: each step as a resource, with one shape of error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from agreements.models import AgreementVersion
from leads.handoff import hand_off
from leads.models import Enrollment, Handoff, Lead
from slaportal.accounts.models import User
from tests.leads.test_handoff import CHECKED

As = Callable[[User], APIClient]


@pytest.fixture
def client_of() -> As:
    def make(user: User) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return make


@pytest.fixture
def fresh(active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User) -> Handoff:
    """Handed to Sam an hour ago, as the API's own clock goes."""
    handoff = hand_off(lead=make_lead(), trigger="score", at=timezone.now() - timedelta(hours=1))
    assert handoff is not None
    return handoff


def url(handoff: Handoff, step: str = "") -> str:
    return f"/api/handoffs/{handoff.public_id}/{step}"


def post(client: APIClient, handoff: Handoff, step: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(url(handoff, step), body or {}, format="json")


def test_a_pass_goes_from_attempt_to_win(fresh: Handoff, sam: User, client_of: As) -> None:
    client = client_of(sam)
    steps: list[tuple[str, dict[str, Any]]] = [
        ("attempts/", {"channel": "phone", "outcome": "reached"}),
        ("acceptance/", {}),
        ("qualification/", {"checklist": CHECKED}),
        ("win/", {"amount": "1200.00"}),
    ]

    assert [post(client, fresh, step, body).status_code for step, body in steps] == [201] * 4
    shown = client.get(url(fresh)).json()
    assert (shown["state"], shown["outcome"], shown["amount"], shown["n_calls"]) == ("closed", "won", "1200.00", 1)
    assert shown["packet"]["trigger"] == "score"


def test_a_lead_goes_back_and_marketing_chooses(fresh: Handoff, sam: User, mina: User, client_of: As) -> None:
    returned = post(client_of(sam), fresh, "return/", {"reason": "return-no-need"})
    chosen = post(client_of(mina), fresh, "path/", {"path": "nurture-later"})

    assert (returned.status_code, returned.json()["path"]) == (201, "nurture-awareness")
    assert (chosen.status_code, chosen.json()["path"]) == (201, "nurture-later")
    assert Enrollment.objects.get(ended_at=None).path == "nurture-later"


def test_a_refusal_has_its_code_and_words(fresh: Handoff, sam: User, client_of: As) -> None:
    answer = post(client_of(sam), fresh, "return/", {"reason": "return-unreachable"})

    assert answer.status_code == 409
    assert answer.json()["code"] == "attempts_missing"
    assert "6 attempts" in answer.json()["detail"]


def test_a_key_sent_twice_logs_one_attempt(fresh: Handoff, sam: User, client_of: As) -> None:
    body = {"channel": "phone", "outcome": "busy", "key": str(uuid4())}
    first, second = (post(client_of(sam), fresh, "attempts/", body) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_an_attempt_may_be_dated_back(fresh: Handoff, sam: User, client_of: As) -> None:
    at = timezone.now() - timedelta(minutes=30)
    answer = post(client_of(sam), fresh, "attempts/", {"channel": "phone", "outcome": "busy", "at": at.isoformat()})

    assert answer.json()["at"] < answer.json()["logged_at"]


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("attempts/", {"channel": "phone"}),
        ("attempts/", {"channel": "fax", "outcome": "sent"}),
        ("attempts/", {"channel": "phone", "outcome": "busy", "at": "2099-01-01T00:00:00Z"}),
        ("win/", {"amount": "-1"}),
        ("win/", {"amount": "1.234"}),
        ("loss/", {"reason": ""}),
        ("return/", {"reason": "return-boredom"}),
        ("qualification/", {"checklist": []}),
    ],
)
def test_bad_input_is_422_in_the_one_shape(
    fresh: Handoff, sam: User, client_of: As, step: str, body: dict[str, Any]
) -> None:
    answer = post(client_of(sam), fresh, step, body)

    assert answer.status_code == 422
    assert set(answer.json()) == {"code", "detail", "fields"}


@pytest.mark.parametrize("step", ["attempts/", "acceptance/", "qualification/", "win/", "loss/", "return/"])
@pytest.mark.parametrize("person", ["lena", "otto", "mina", "ada"])
def test_others_may_read_and_not_do(
    fresh: Handoff, client_of: As, request: pytest.FixtureRequest, person: str, step: str
) -> None:
    bodies = {
        "attempts/": {"channel": "phone", "outcome": "busy"},
        "qualification/": {"checklist": CHECKED},
        "win/": {"amount": "5.00"},
        "loss/": {"reason": "no"},
        "return/": {"reason": "return-no-need"},
    }
    client = client_of(request.getfixturevalue(person))

    assert client.get(url(fresh)).status_code == 200
    assert post(client, fresh, step, bodies.get(step)).status_code == 403


def test_a_manager_reassigns(fresh: Handoff, maya: User, lena: User, client_of: As) -> None:
    client = client_of(maya)
    done = post(client, fresh, "reassignment/", {"rep": str(lena.public_id)})
    nobody = post(client, fresh, "reassignment/", {"rep": str(uuid4())})
    again = post(client, fresh, "reassignment/", {"rep": str(lena.public_id)})

    assert (done.status_code, done.json()["rep"]) == (201, str(lena.public_id))
    assert (nobody.status_code, again.status_code, again.json()["code"]) == (422, 409, "already_theirs")


def test_a_rep_does_not_reassign(fresh: Handoff, sam: User, lena: User, client_of: As) -> None:
    assert post(client_of(sam), fresh, "reassignment/", {"rep": str(lena.public_id)}).status_code == 403


def test_the_list_filters_by_state_and_rep_and_goes_on_by_cursor(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User, lena: User, client_of: As
) -> None:
    for _ in range(4):
        hand_off(lead=make_lead(), trigger="score", at=timezone.now())
    client = client_of(sam)
    first = client.get("/api/handoffs/", {"limit": 3}).json()
    rest = client.get("/api/handoffs/", {"limit": 3, "cursor": first["next"]}).json()

    assert (len(first["results"]), len(rest["results"]), rest["next"]) == (3, 1, None)
    assert len(client.get("/api/handoffs/", {"rep": str(lena.public_id)}).json()["results"]) == 2
    assert client.get("/api/handoffs/", {"rep": "none"}).json()["results"] == []
    assert len(client.get("/api/handoffs/", {"state": "open"}).json()["results"]) == 4
    lead = Handoff.objects.filter(rep=lena).first().lead
    assert [one["rep"] for one in client.get("/api/handoffs/", {"lead": str(lead.public_id)}).json()["results"]] == [
        str(lena.public_id)
    ]
    assert client.get("/api/handoffs/", {"lead": str(uuid4())}).json()["results"] == []


@pytest.mark.parametrize("query", [{"state": "asleep"}, {"rep": "sam"}, {"lead": "x"}, {"cursor": "x"}])
def test_a_query_that_means_nothing_is_refused(sam: User, client_of: As, query: dict[str, str]) -> None:
    assert client_of(sam).get("/api/handoffs/", query).status_code == 422


def test_the_promises_on_a_lead_show_their_state(fresh: Handoff, sam: User, mina: User, client_of: As) -> None:
    post(client_of(sam), fresh, "acceptance/")
    rows = client_of(mina).get(f"/api/leads/{fresh.lead.public_id}/commitments/").json()["results"]

    assert {row["kind"] for row in rows} == {"first_response", "acceptance", "decision"}
    assert {row["kind"]: row["state"] for row in rows}["acceptance"] == "met"


def test_strangers_and_unknown_passes(fresh: Handoff, sam: User, client_of: As) -> None:
    assert APIClient().get(url(fresh)).status_code == 401
    assert client_of(sam).get(f"/api/handoffs/{uuid4()}/").status_code == 404
    assert post(client_of(sam), fresh, "path/", {"path": "nurture-later"}).status_code == 404


def test_the_list_takes_few_queries(
    fresh: Handoff, sam: User, client_of: As, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(2):
        client_of(sam).get("/api/handoffs/")
