"""The audit's page: for managers and admins, filtered, in pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from slaportal.accounts.models import User
from slaportal.audit import services

AT = dt.datetime(2026, 3, 4, 10, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, query: str = "", **headers: Any) -> Any:
    return client_of(user).get(f"/settings/audit/?{query}", **headers)


@pytest.mark.parametrize(("who", "status"), [("ada", 200), ("mia", 200), ("maya", 200), ("sam", 403), ("mina", 403)])
def test_the_audit_is_for_managers_and_admins(request: pytest.FixtureRequest, who: str, status: int) -> None:
    assert page(request.getfixturevalue(who)).status_code == status


def test_entries_are_found_by_thing_by_person_and_by_action(ada: User, sam: User) -> None:
    services.record("lead.changed", by=sam, on="lead:1", at=AT, field="<i>phone</i>")
    services.record("team.made", by=None, on="team:2", at=AT)
    services.seal(AT)

    def found(query: str) -> set[str]:
        html = page(ada, query, HTTP_HX_REQUEST="true").content.decode()
        assert "<i>" not in html
        return {each for each in ("lead.changed", "team.made") if each in html}

    assert found("") == {"lead.changed", "team.made"}
    assert found("on=lead:") == {"lead.changed"}
    assert found("actor=okoro") == found("actor=SAM@example.com") == {"lead.changed"}
    assert found("action=team.") == {"team.made"}
    assert found("on=%00nothing&page=x") == set()


def test_a_long_audit_comes_in_pages_with_few_queries(ada: User, django_assert_max_num_queries: Any) -> None:
    for n in range(60):
        services.record("thing.changed", by=ada, on=f"thing:{n}", at=AT)
    client = client_of(ada)
    with django_assert_max_num_queries(8):
        first = client.get("/settings/audit/").content.decode()
    assert "thing:59" in first
    assert "thing:0<" not in first
    assert "thing:0<" in page(ada, "page=2").content.decode()
