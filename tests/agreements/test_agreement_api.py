"""The agreement over HTTP: read, replace the draft with If-Match, propose, sign."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from agreements.models import AgreementVersion
from slaportal.accounts.models import User
from tests.conftest import PASSWORD


def client_of(person: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(person)
    return client


def test_the_agreements_and_the_terms_in_force(mina: User, active_terms: AgreementVersion) -> None:
    client = client_of(mina)
    listed = {"slug": "default", "name": "Default", "active": 1, "draft": None}
    listed |= {"segment": {}, "order": None, "is_default": True}
    assert client.get("/api/agreements/").json() == {"results": [listed], "next": None}
    answer = client.get("/api/agreements/default/active/")
    assert answer["ETag"] == f'"{active_terms.digest}"'
    assert answer.json()["terms"] == active_terms.document.as_dict()
    assert [one["side"] for one in answer.json()["signatures"]] == ["marketing", "sales"]


def test_a_draft_is_started_replaced_proposed_and_signed(mia: User, maya: User, active_terms: AgreementVersion) -> None:
    client = client_of(mia)
    terms = active_terms.document.as_dict()
    terms["returns"]["attempts"]["min_attempts"] = 8
    started = client.put("/api/agreements/default/draft/", terms, format="json")
    assert (started.status_code, started.json()["number"]) == (201, 2)
    terms["returns"]["attempts"]["min_attempts"] = 9
    headers = {"HTTP_IF_MATCH": started["ETag"]}
    replaced = client.put("/api/agreements/default/draft/", terms, format="json", **headers)
    assert replaced.status_code == 200
    stale = client.put("/api/agreements/default/draft/", terms | {"kpis": []}, format="json", **headers)
    assert (stale.status_code, stale.json()["code"]) == (409, "draft_changed")
    assert client.post("/api/agreements/default/draft/proposal/", {"why": "More"}, format="json").status_code == 200
    facts = {"digest": replaced.json()["digest"], "password": PASSWORD}
    assert client.post("/api/agreements/default/draft/signatures/", facts, format="json").status_code == 201
    signed = client_of(maya).post("/api/agreements/default/draft/signatures/", facts, format="json")
    assert signed.json()["status"] == "active"


def test_a_signature_is_no_place_to_guess_passwords(mia: User, active_terms: AgreementVersion) -> None:
    client = client_of(mia)
    client.put("/api/agreements/default/draft/", active_terms.document.as_dict(), format="json")
    client.post("/api/agreements/default/draft/proposal/", {"why": "More"}, format="json")
    facts = {"digest": active_terms.digest, "password": "guess"}
    answers = [client.post("/api/agreements/default/draft/signatures/", facts, format="json") for _ in range(6)]
    assert [answer.json()["code"] for answer in answers] == ["wrong_password"] * 5 + ["too_many_guesses"]
    assert answers[5].status_code == 429
    right = client.post("/api/agreements/default/draft/signatures/", facts | {"password": PASSWORD}, format="json")
    assert right.status_code == 429


def test_replacing_without_if_match_is_refused(mia: User, active_terms: AgreementVersion) -> None:
    client = client_of(mia)
    terms = active_terms.document.as_dict()
    client.put("/api/agreements/default/draft/", terms, format="json")
    answer = client.put("/api/agreements/default/draft/", terms, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "if_match_missing")


def test_all_mistakes_are_answered_at_once(mia: User, active_terms: AgreementVersion) -> None:
    terms = active_terms.document.as_dict()
    terms["commitments"][0]["working_minutes"] = -5
    terms["qualification"]["fit"]["rules"][0]["when"] = {"field": "shoe_size", "op": "eq", "value": 1}
    answer = client_of(mia).put("/api/agreements/default/draft/", terms, format="json")
    assert answer.status_code == 422
    assert {"commitments[0].working_minutes", "qualification.fit.rules[0].when.field"} <= set(answer.json()["fields"])


@pytest.mark.parametrize(
    ("terms", "place"), [({}, ""), ("lost", ""), ({"calendar": {"country": "XX"}}, "calendar.country")]
)
@pytest.mark.parametrize("is_open", [False, True])
def test_terms_that_were_lost_or_cannot_run_replace_nothing(
    mia: User, active_terms: AgreementVersion, terms: Any, place: str, is_open: bool
) -> None:
    client = client_of(mia)
    headers = {}
    if is_open:
        started = client.put("/api/agreements/default/draft/", active_terms.document.as_dict(), format="json")
        headers = {"HTTP_IF_MATCH": started["ETag"]}
    answer = client.put("/api/agreements/default/draft/", terms, format="json", **headers)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [place])
    assert AgreementVersion.objects.exclude(digest=active_terms.digest).count() == 0


@pytest.mark.parametrize("who", ["mina", "sam"])
def test_others_may_not_write(request: Any, who: str, active_terms: AgreementVersion) -> None:
    client = client_of(request.getfixturevalue(who))
    answer = client.put("/api/agreements/default/draft/", active_terms.document.as_dict(), format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_an_editor")


def test_the_schema_names_every_chapter(mina: User) -> None:
    assert "qualification" in client_of(mina).get("/api/terms-schema/").json()["properties"]
