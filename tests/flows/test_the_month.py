"""The month's results: figures equal to facts counted by hand, and each figure opens the list that it counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from agreements.services import create_agreement, sign_by_console
from slaportal.accounts.models import Role, User
from tests.flows.conftest import CHECKLIST, WANTED, Program, background, event, paris

pytestmark = pytest.mark.django_db

NOVEMBER = "/results/?month=2026-11"
LINK = re.compile(r'<a href="(/leads/\?promise=(\w+)[^"]*kind=(\w+)&amp;kept=(\w+))">(\d+)</a>')


def person(number: int, **changes: Any) -> dict[str, Any]:
    name = f"lead{number}"
    return {**WANTED, "external_id": name, "email": f"{name}@nordlys.example", "name": f"Lead {number}", **changes}


def asks(number: int, name: str = "asks") -> dict[str, Any]:
    return dict(event("demo_request", f"{name}-{number}", lead={"external_id": f"lead{number}"}))


class Month:
    """November, lived through: twelve leads of which ten came in this month, five passes, two deals."""

    def __init__(self, site: Program, rep: Program, clock: time_machine.Traveller) -> None:
        self.site, self.rep, self.clock = site, rep, clock
        clock.move_to(paris(2, 9))
        site.post("visitors/", {"month": "2026-11", "count": 400})
        site.post("visitors/", {"month": "2026-11", "count": 100, "source": "ads"})
        site.post("visitors/", {"month": "2026-10", "count": 900})
        site.post("leads/", [person(n, created_at="2026-10-20T09:00:00Z") for n in (1, 2)])
        site.post("leads/", [person(n) for n in range(3, 13)])
        background()
        clock.move_to(paris(4, 10))
        # Five are handed over, of which the first came in in October.
        site.post("events/", [asks(n) for n in (1, 3, 4, 5, 6)])
        background()

    def handoff(self, number: int) -> str:
        (lead,) = self.site.get("leads/", q=f"lead{number}@nordlys.example")["results"]
        rows = self.site.get("handoffs/")["results"]
        return str(next(row["id"] for row in rows if row["lead"] == lead["id"]))

    def step(self, number: int, step: str, **body: Any) -> None:
        answer = self.rep.post(f"handoffs/{self.handoff(number)}/{step}/", body)
        assert answer.status_code == 201, answer.content

    def live(self) -> None:
        """Leads 1 and 3 become customers, 4 an SQL, 5 goes back, 6 is forgotten."""
        self.clock.shift(timedelta(minutes=4))
        for number in (1, 3, 4, 5):
            self.step(number, "attempts", channel="phone", outcome="reached")
        for number in (1, 3, 4):
            self.step(number, "acceptance")
            self.step(number, "qualification", checklist=CHECKLIST)
        self.clock.shift(timedelta(minutes=30))
        self.step(1, "win", amount="1000.00")
        self.step(3, "win", amount="3000.00")
        self.step(5, "return", reason="return-no-need")
        self.step(4, "attempts", channel="email", outcome="sent")
        self.clock.move_to(paris(6, 9))
        background()


@dataclass(frozen=True)
class Seen:
    """What the API, the page and the lists behind its figures showed."""

    november: dict[str, Any]
    october: dict[str, Any]
    # By key: value on the page and leads in the list behind it.
    steps: dict[str, tuple[int, int]]
    figures: dict[str, int]
    buckets: int
    # By (party, kind, kept): the count on the page and the leads behind it.
    promises: dict[tuple[str, str, str], tuple[int, int]]


@pytest.fixture(scope="module")
def seen(django_db_setup: None, django_db_blocker: Any) -> Iterator[Seen]:
    """The month, lived through once for all tests of this file, and undone."""
    with (
        django_db_blocker.unblock(),
        time_machine.travel(paris(2, 9), tick=False) as clock,
        transaction.atomic(),
    ):
        sign_by_console(version=create_agreement(slug="default", name="Default", by=None))
        mina = User.objects.create_user(email="mina@example.com", name="Mina Park", role=Role.MARKETER)
        sam = User.objects.create_user(email="sam@example.com", name="Sam Okoro", role=Role.REP)
        site = Program(mina)
        Month(site, Program(sam), clock).live()
        reader = Client()
        reader.force_login(mina)
        yield look(site, reader)
        transaction.set_rollback(True)


def look(site: Program, reader: Client) -> Seen:
    page = reader.get(NOVEMBER)
    shown = page.context["shown"]
    links = LINK.findall(page.content.decode())
    return Seen(
        november=site.get("results/", month="2026-11"),
        october=site.get("results/", month="2026-10"),
        steps={step["url"]: (step["value"], listed(reader, step["url"])) for step in shown.steps if step["url"]},
        figures={one.key: listed(reader, one.url) for one in shown.figures if one.url},
        buckets=sum(bucket["value"] for bucket in shown.spread),
        promises={
            (party, kind, kept): (int(n), listed(reader, url.replace("&amp;", "&")))
            for url, party, kind, kept, n in links
        },
    )


def listed(reader: Client, url: str) -> int:
    """How many leads the list behind a figure shows."""
    page = reader.get(url)
    assert page.status_code == 200, url
    return page.content.decode().count("<tr data-row")


def test_the_funnel_counts_what_happened_in_the_month(seen: Seen) -> None:
    assert {step["stage"]: step["count"] for step in seen.november["funnel"]} == {
        "visitors": 500,
        "lead": 10,
        "mql": 5,
        "sql": 3,
        "customer": 2,
    }
    assert [step["rate"] for step in seen.november["funnel"]] == [None, 10 / 500, 5 / 10, 3 / 5, 2 / 3]


def test_response_times_and_attempts_are_those_of_the_months_handoffs(seen: Seen) -> None:
    response = seen.november["response"]

    assert (response["n_handoffs"], response["n_answered"], seen.buckets) == (5, 4, 4)
    assert (response["median"], response["attempts_per_lead"]) == (240, 5 / 5)


def test_promises_of_both_sides_are_counted_alike(seen: Seen) -> None:
    rows = {
        (row["party"], row["kind"]): (row["met"], row["breached"], row["running"]) for row in seen.november["promises"]
    }

    # Lead 6 was never called; its acceptance came by silence.
    assert rows["sales", "first_response"] == (4, 1, 0)
    assert rows["sales", "acceptance"] == (5, 0, 0)
    assert rows["sales", "decision"] == (4, 0, 1)
    # Nobody in Marketing has chosen a path within a day.
    assert rows["marketing", "choose_path"] == (0, 1, 0)
    assert rows["marketing", "mql_volume"] == (0, 0, 1)
    assert seen.november["kept"]["marketing"] == 0


def test_each_step_of_the_funnel_opens_exactly_its_leads(seen: Seen) -> None:
    counts = [step["count"] for step in seen.november["funnel"][1:]]
    assert list(seen.steps.values()) == [(count, count) for count in counts]


def test_each_figure_opens_exactly_its_leads(seen: Seen) -> None:
    assert seen.figures == {
        # The leads on which promises of that side were due, whatever became of them; the month's volume has no lead.
        "promises_kept_marketing": 1,
        "promises_kept_sales": 5,
        "mql_volume": 5,
        "response": 5,
        "attempts": 5,
        "lead_to_mql": 5,
        "mql_to_sql": 3,
        "sql_to_customer": 2,
    }


def test_each_count_of_the_promises_opens_its_leads(seen: Seen) -> None:
    per_lead = {key: pair for key, pair in seen.promises.items() if key[1] != "mql_volume"}
    expected = {("first_response", "yes"): 4, ("first_response", "no"): 1, ("decision", "running"): 1}

    assert {(kind, kept): n for (_, kind, kept), (n, _) in per_lead.items()}.items() >= expected.items()
    assert [key for key, (n, behind) in per_lead.items() if n != behind] == []


def test_the_month_before_is_another_month(seen: Seen) -> None:
    assert [step["count"] for step in seen.october["funnel"]] == [900, 2, 0, 0, 0]
    assert seen.october["response"]["n_handoffs"] == 0
