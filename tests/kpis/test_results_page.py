"""The results page and its API: right people, wrong input, few queries."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from agreements.models import AgreementVersion
from kpis.models import VisitorCount
from slaportal.accounts.models import User


def logged_in(person: User) -> Client:
    client = Client(enforce_csrf_checks=False)
    client.force_login(person)
    return client


@pytest.mark.parametrize("who", ["mina", "mia", "sam", "maya", "ada"])
def test_everybody_reads_the_month(request: Any, who: str, active_terms: AgreementVersion) -> None:
    page = logged_in(request.getfixturevalue(who)).get("/results/?month=2026-03")
    assert page.status_code == 200
    assert "March 2026" in page.content.decode()


def test_strangers_are_sent_to_the_log_in_page(db: None) -> None:
    assert Client().get("/results/").status_code == 302


@pytest.mark.parametrize("month", ["2026-13", "soon", "2026-3", "9999-01"])
def test_a_month_that_is_none_is_not_found(mina: User, month: str) -> None:
    assert logged_in(mina).get(f"/results/?month={month}").status_code == 404


def test_the_page_needs_at_most_twelve_queries(
    mina: User, active_terms: AgreementVersion, django_assert_max_num_queries: Any
) -> None:
    client = logged_in(mina)
    with django_assert_max_num_queries(12):
        client.get("/results/")


def test_visitors_are_typed_in_and_shown(mina: User) -> None:
    answer = logged_in(mina).post("/results/visitors/", {"month": "2026-03", "count": "1234"})
    assert (answer.status_code, answer["Location"]) == (302, "/results/?month=2026-03")
    assert "1,234" in logged_in(mina).get("/results/?month=2026-03").content.decode()


@pytest.mark.parametrize("count", ["", "-1", "many", "99999999999"])
def test_a_wrong_count_is_shown_beside_the_field(mina: User, count: str) -> None:
    answer = logged_in(mina).post("/results/visitors/", {"month": "2026-03", "count": count})
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
    assert VisitorCount.objects.count() == 0


def test_a_rep_cannot_enter_visitors(sam: User) -> None:
    assert logged_in(sam).post("/results/visitors/", {"month": "2026-03", "count": "1"}).status_code == 403
    assert "visitors-form" not in logged_in(sam).get("/results/").content.decode()


@pytest.fixture
def api(mina: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(mina)
    return client


def test_a_program_sets_a_month_twice(api: APIClient) -> None:
    body = {"month": "2026-03", "count": 10, "source": "ads"}
    assert api.post("/api/visitors/", body, format="json").status_code == 201
    assert api.post("/api/visitors/", body | {"count": 12}, format="json").status_code == 200
    assert api.get("/api/visitors/").json() == {
        "results": [{"month": "2026-03", "day": None, "source": "ads", "count": 12}],
        "next": None,
    }


@pytest.mark.parametrize("body", [{"month": "March", "count": 1}, {"month": "2026-03", "count": -1}, {"count": 1}])
def test_a_program_is_told_which_field_is_wrong(api: APIClient, body: dict[str, Any]) -> None:
    answer = api.post("/api/visitors/", body, format="json")
    assert answer.status_code == 422
    assert answer.json()["fields"]


def test_a_program_reads_the_month(api: APIClient) -> None:
    VisitorCount.objects.create(month=date(2026, 3, 1), count=7, changed_at="2026-03-02T00:00Z")
    answer = api.get("/api/results/?month=2026-03").json()
    assert answer["funnel"][0] == {"stage": "visitors", "count": 7, "before": None, "rate": None}


def test_without_a_token_the_api_says_so(db: None) -> None:
    answer = APIClient().get("/api/results/")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
