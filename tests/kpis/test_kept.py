"""The last thirty days of each promise: what counts, where it is shown, and that it stays cheap."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from agreements.models import AgreementVersion
from kpis.kept import kept_by_clause
from leads.models import Commitment
from slaportal.accounts.models import User
from tests.agreements.test_pages import logged_in

NOW = timezone.now()
DUE = NOW - timedelta(days=2)


def owe(version: AgreementVersion, due: datetime, **facts: Any) -> None:
    """A promise to accept a lead that falls due then."""
    clause = next(one.id for one in version.document.commitments if one.kind == "acceptance")
    opened = due - timedelta(hours=1)
    facts |= {"party": "sales", "kind": "acceptance", "clause": clause, "opened_at": opened, "due_at": due}
    Commitment.objects.create(version=version, **facts)


@pytest.fixture
def promised(active_terms: AgreementVersion) -> AgreementVersion:
    """Two kept, one late, one never met; and what does not count."""
    early = DUE - timedelta(minutes=1)
    owe(active_terms, DUE, met_at=early)
    owe(active_terms, DUE, met_at=early)
    owe(active_terms, DUE, breached_at=DUE, met_at=DUE + timedelta(hours=1))
    owe(active_terms, DUE, breached_at=DUE)
    owe(active_terms, DUE, breached_at=DUE, excused_at=DUE)
    owe(active_terms, DUE, closed_at=DUE)
    owe(active_terms, NOW - timedelta(days=31), met_at=early)
    owe(active_terms, NOW + timedelta(days=1), met_at=early)
    return active_terms


def test_what_fell_due_and_was_decided_counts(promised: AgreementVersion) -> None:
    (kept,) = kept_by_clause(promised.agreement, NOW).values()
    assert (kept.met, kept.n) == (2, 4)


def test_the_margin_of_the_clause_gets_the_figure(promised: AgreementVersion, sam: User) -> None:
    (kept,) = kept_by_clause(promised.agreement, NOW).values()
    fragment = logged_in(sam).get("/results/promises/", {"agreement": "default"}, headers={"HX-Request": "true"})
    assert f'id="kept-{kept.clause}" hx-swap-oob="true"' in fragment.content.decode()
    assert "kept 2 of 4" in fragment.content.decode()
    assert "kept 2 of 4" in logged_in(sam).get("/results/promises/").content.decode()


@pytest.mark.parametrize("agreement", ["none", "default"])
def test_without_terms_there_is_no_page(sam: User, agreement: str) -> None:
    assert logged_in(sam).get("/results/promises/", {"agreement": agreement}).status_code == 404


def test_the_figures_need_one_query_of_their_own(
    promised: AgreementVersion, sam: User, django_assert_max_num_queries: Any
) -> None:
    client = logged_in(sam)
    client.get("/results/promises/")
    with django_assert_max_num_queries(6):
        client.get("/results/promises/", headers={"HX-Request": "true"})
