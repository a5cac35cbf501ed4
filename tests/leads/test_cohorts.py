"""The lists behind the measured rates: who first came as far as a stage on which days, and who has gone on since."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from leads.models import Lead, StageChange
from leads.selectors.cohorts import came_as_far_as, first_reached, stages_from
from slaportal.accounts.models import User

MARCH, APRIL = datetime(2026, 3, 10, 9, tzinfo=UTC), datetime(2026, 4, 10, 9, tzinfo=UTC)


@pytest.fixture
def leads(make_lead: Any) -> dict[str, Lead]:
    """Three of March: one stayed, one was an MQL and went on twice, one was won without a stop; one of April."""
    made = {name: make_lead(name=name, created_at=MARCH) for name in ("plain", "twice", "won")}
    made["april"] = make_lead(name="april", created_at=APRIL)
    for name, stage, at in (
        ("twice", "mql", MARCH),
        ("twice", "sql", APRIL),
        ("twice", "mql", APRIL),
        ("won", "customer", MARCH),
        ("april", "mql", APRIL),
    ):
        StageChange.objects.create(lead=made[name], new=stage, why="test", at=at)
    return made


def names(found: Any) -> set[str]:
    return {lead.name for lead in found}


def in_march(stage: str) -> Any:
    return first_reached(Lead.objects.all(), stage, date(2026, 3, 1), date(2026, 3, 31), "Europe/Paris")


def test_a_lead_has_passed_all_stages_before_its_furthest(leads: dict[str, Lead]) -> None:
    assert stages_from("sql") == ["sql", "opportunity", "customer"]
    assert names(in_march("lead")) == {"plain", "twice", "won"}
    assert names(in_march("mql")) == {"twice", "won"}
    assert names(in_march("sql")) == {"won"}


def test_only_the_first_time_counts(leads: dict[str, Lead]) -> None:
    april = first_reached(Lead.objects.all(), "mql", date(2026, 4, 1), date(2026, 4, 30), "Europe/Paris")
    assert names(april) == {"april"}
    assert names(first_reached(Lead.objects.all(), "mql", None, None, "Europe/Paris")) == {"twice", "won", "april"}


def test_days_are_those_of_the_company(make_lead: Any) -> None:
    """Half past eleven in the evening in UTC is the next day in Paris."""
    make_lead(name="late", created_at=datetime(2026, 3, 31, 22, 30, tzinfo=UTC))
    assert names(in_march("lead")) == set()


def test_those_who_went_on(leads: dict[str, Lead]) -> None:
    assert names(came_as_far_as(in_march("mql"), "sql")) == {"twice", "won"}
    assert names(came_as_far_as(in_march("lead"), "customer")) == {"won"}


def test_the_list_says_which_cohort_it_shows(leads: dict[str, Lead], mina: User) -> None:
    client = Client()
    client.force_login(mina)
    page = client.get("/leads/?passed=mql&since=2026-03-01&until=2026-03-31&on_to=sql").content.decode()
    assert "First MQL from March 1, 2026 to March 31, 2026, since then SQL" in page
    assert page.count("<tr data-row") == 2


@pytest.mark.parametrize(
    "days", ["since=0001-01-01&until=9999-12-31", "since=soon", "until=2026-02-30", "on_to=visitor"]
)
def test_days_that_are_none_are_left_out(leads: dict[str, Lead], mina: User, days: str) -> None:
    client = Client()
    client.force_login(mina)
    assert client.get(f"/leads/?passed=mql&{days}").content.decode().count("<tr data-row") == 3
