"""The Leads list: every filter, every sort, pages that neither skip nor repeat, and the lists behind figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements.models import AgreementVersion
from leads.attempts import log_attempt
from leads.handoff import hand_off
from leads.models import Handoff, Lead, LeadAddress, LeadEvent, StageChange
from leads.returns import return_handoff
from leads.scoring import rescore
from leads.sweep import sweep
from slaportal.accounts.models import User
from tests.leads.conftest import OPENED
from tests.leads.pages import HTMX, html, reader, steady, text

NOW = OPENED + timedelta(minutes=20)
MakeLead = Callable[..., Lead]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def twenty_minutes_later() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def names(user: User, **filters: str) -> list[str]:
    return [row.lead.name for row in reader(user).get("/leads/", filters).context["rows"]]


def all_pages(user: User, **filters: str) -> list[str]:
    """The names on all pages, following "Load more" to the end."""
    client, found, address = reader(user), list[str](), "/leads/"
    while address:
        page = client.get(address, filters)
        found += [row.lead.name for row in page.context["rows"]]
        more = page.context["more_url"]
        address, filters = (f"/leads/{more}", {}) if more else ("", {})
    return found


def test_without_leads_the_list_says_how_they_come(mia: User) -> None:
    page = text(reader(mia).get("/leads/"))

    assert "No leads yet." in page
    assert "Import leads" in page


def test_a_row_tells_who_where_how_good_whose_and_what_next(handed: Handoff, mina: User) -> None:
    LeadEvent.objects.all().delete()
    rescore(at=NOW)

    page = text(reader(mina).get("/leads/"))

    assert (
        "Dana Roy Acme MQL B3 fit 55, interest 0 Sam Okoro On time First response by Nov 4, 14:00 Nov 2, 08:00" in page
    )


def test_planned_steps_are_told_without_a_state(accepted: Handoff, sam: User) -> None:
    log_attempt(handoff=accepted, by=sam, channel="phone", outcome="busy", at=OPENED + timedelta(minutes=1))
    log_attempt(handoff=accepted, by=sam, channel="email", outcome="sent", at=OPENED + timedelta(minutes=2))

    assert "Follow-up from Nov 4, 11:00" in text(reader(sam).get("/leads/"))


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"q": "acme"}, ["Ann", "Bob"]),
        ({"q": "BOB@"}, ["Bob"]),
        ({"q": "100%"}, ["Cy 100%"]),
        ({"stage": "nurture"}, ["Bob"]),
        ({"source": "Web"}, ["Ann", "Cy 100%"]),
        ({"owner": "none"}, ["Ann", "Bob"]),
        ({"created": "2026-10"}, ["Bob"]),
        ({"stage": "nurture", "source": "Web"}, []),
        ({"view": "mine"}, ["Cy 100%"]),
        ({"stage": "nonsense", "band": "Z9", "created": "soon", "view": "x", "sort": "y"}, ["Ann", "Bob", "Cy 100%"]),
    ],
)
def test_each_filter_finds_its_leads(make_lead: MakeLead, sam: User, filters: dict[str, str], found: list[str]) -> None:
    make_lead(name="Ann", source="Web", company="Acme")
    october = datetime(2026, 10, 31, 12, tzinfo=UTC)
    make_lead(name="Bob", email="bob@acme.example", stage="nurture", company="", created_at=october)
    make_lead(name="Cy 100%", email="cy@volta.example", source="Web", company="Volta", owner=sam)

    assert sorted(names(sam, **filters)) == found


def test_an_owner_is_found_by_the_public_id(make_lead: MakeLead, sam: User, lena: User) -> None:
    make_lead(name="Ann", owner=sam)
    make_lead(name="Bob", owner=lena)

    assert names(sam, owner=str(lena.public_id)) == ["Bob"]


def test_filters_that_are_on_are_chips_that_take_themselves_away(make_lead: MakeLead, sam: User) -> None:
    make_lead(name="Ann", source="Web")
    page = reader(sam).get("/leads/", {"q": "ann", "stage": "lead", "source": "Web"})

    assert [chip.text for chip in page.context["chips"]] == ["“ann”", "Stage: Lead", "Source: Web"]
    assert page.context["chips"][1].url == "?q=ann&source=Web"


@pytest.mark.parametrize("words", ["jan@old.example", "JAN@old", "old.example"])
@pytest.mark.parametrize("few", [1000, 0])
def test_a_lead_is_found_by_an_address_that_it_had(
    make_lead: MakeLead, sam: User, monkeypatch: pytest.MonkeyPatch, words: str, few: int
) -> None:
    monkeypatch.setattr("leads.selectors.people.FEW", few)
    make_lead(name="Ann", email="ann@old-times.example")
    kept = make_lead(name="Jan", email="jan@new.example")
    LeadAddress.objects.create(lead=kept, email="jan@old.example")

    assert [row.lead for row in reader(sam).get("/leads/", {"q": words}).context["rows"]] == [kept]


def test_nothing_found_lists_the_filters_to_take_away(make_lead: MakeLead, sam: User) -> None:
    make_lead()
    page = reader(sam).get("/leads/", {"q": "nobody"})

    assert "No lead matches. Take a filter away: “nobody”" in text(page)


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("name", ["ann", "Bob", "Cy"]),
        ("-name", ["Cy", "Bob", "ann"]),
        ("created", ["Cy", "Bob", "ann"]),
        ("-created", ["ann", "Bob", "Cy"]),
        ("source", ["Cy", "ann", "Bob"]),
        ("stage_since", ["Bob", "ann", "Cy"]),
    ],
)
def test_each_sort_orders_the_list_and_says_so(make_lead: MakeLead, sam: User, sort: str, found: list[str]) -> None:
    for place, (name, source, since) in enumerate([("ann", "B", 2), ("Bob", "C", 1), ("Cy", "A", 3)]):
        created = OPENED - timedelta(days=place)
        make_lead(name=name, source=source, created_at=created, stage_at=OPENED + timedelta(hours=since))

    page = reader(sam).get("/leads/", {"sort": sort})

    assert [row.lead.name for row in page.context["rows"]] == found
    assert html(page).count("aria-sort=") == 1


@pytest.mark.parametrize("sort", ["-created", "created", "name", "-fit", "source", "-stage_since"])
def test_pages_neither_skip_nor_repeat_a_lead_whatever_the_order(make_lead: MakeLead, sam: User, sort: str) -> None:
    Lead.objects.bulk_create(
        Lead(
            name=f"Lead {n}", company=f"C{n % 3}", stage="lead", stage_at=OPENED, entered_at=OPENED,
            updated_at=OPENED, created_at=OPENED - timedelta(hours=n // 40),
        )
        for n in range(130)
    )  # fmt: skip

    found = all_pages(sam, sort=sort)

    assert len(found) == 130
    assert len(set(found)) == 130


def test_a_deep_page_is_found_by_place_and_not_by_counting(make_lead: MakeLead, sam: User) -> None:
    for _ in range(60):
        make_lead()
    client = reader(sam)
    more = client.get("/leads/").context["more_url"]

    with CaptureQueriesContext(connection) as queries:
        client.get(f"/leads/{more}", **HTMX)

    assert not [query["sql"] for query in queries if "OFFSET" in query["sql"]]


def test_more_rows_come_as_rows_and_without_a_script_as_a_page(make_lead: MakeLead, sam: User) -> None:
    for _ in range(60):
        make_lead()
    client = reader(sam)
    address = f"/leads/{client.get('/leads/').context['more_url']}"

    rows, page = html(client.get(address, **HTMX)), html(client.get(address))

    assert rows.startswith("<tbody id=")
    assert rows.count("<tr data-row") == 10
    assert steady(rows) in steady(page)


def test_the_list_of_a_lead_that_is_gone_ends_there(make_lead: MakeLead, sam: User) -> None:
    make_lead()

    assert names(sam, after="7f1f77a0-0000-4000-8000-000000000000") == []


def test_the_results_are_the_part_of_the_page_that_filters_change(make_lead: MakeLead, sam: User) -> None:
    make_lead()
    client = reader(sam)
    part = client.get("/leads/", {"q": "dana", "stage": "", "owner": ""}, **HTMX)

    assert html(part).startswith('<div class="results" id="results"')
    assert html(part) in html(client.get("/leads/", {"q": "dana"}))
    assert part["HX-Push-Url"] == "/leads/?q=dana"
    assert "1 lead" in part["HX-Trigger-After-Swap"]


def test_saved_views_find_and_count_their_leads(handed: Handoff, make_lead: MakeLead, sam: User, maya: User) -> None:
    given_back = hand_off(lead=make_lead(name="Back Again"), trigger="manual", at=OPENED)
    assert given_back is not None
    return_handoff(handoff=given_back, reason="return-no-need", by=sam, at=OPENED)
    User.objects.filter(role="rep").update(is_available=False)
    hand_off(lead=make_lead(name="Orphan"), trigger="manual", at=OPENED)
    sweep(OPENED + timedelta(days=1))

    with time_machine.travel(OPENED + timedelta(days=1), tick=False):
        page = reader(sam).get("/leads/")
        views = {view: sorted(names(sam, view=view)) for view in ("mine", "unassigned", "returned", "breached", "near")}

    assert page.context["page"].counts == {"mine": 1, "unassigned": 1, "returned": 1, "breached": 2}
    assert views == {
        "mine": ["Dana Roy"],
        "unassigned": ["Orphan"],
        "returned": ["Back Again"],
        "breached": ["Dana Roy", "Orphan"],
        "near": [],
    }


def test_leads_near_the_threshold_are_found_as_of_now(
    active_terms: AgreementVersion, make_lead: MakeLead, mina: User
) -> None:
    fitting = {"title": "CFO", "country": "France", "attributes": {"industry": "Software", "employees": "80"}}
    for name, days in (("Nearly", 1), ("Long Ago", 40)):
        lead = make_lead(name=name, **fitting)
        at = NOW - timedelta(days=days)
        events = [("webinar", {}), ("email_click", {}), ("page_view", {"path": "/product"})]
        for n, (kind, properties) in enumerate(events):
            LeadEvent.objects.create(
                source="s", external_id=f"{name}{n}", lead=lead, type=kind, properties=properties,
                occurred_at=at, received_at=at,
            )  # fmt: skip
    make_lead(name="Cold", **fitting)
    rescore(at=NOW)

    page = reader(mina).get("/")

    assert names(mina, view="near") == ["Nearly"]
    assert "Nearly · Acme 0.7 points of interest are missing" in text(page)


@pytest.mark.parametrize(
    ("band", "found"), [("A", ["Hot", "Warm"]), ("A1", ["Hot"]), ("A2", []), ("A3", ["Warm"]), ("C3", ["Misfit"])]
)
def test_the_band_is_that_of_now(
    active_terms: AgreementVersion, make_lead: MakeLead, mina: User, band: str, found: list[str]
) -> None:
    fitting = {"title": "CFO", "country": "France", "attributes": {"industry": "Software", "employees": "80"}}
    leads = {name: make_lead(name=name, **fitting) for name in ("Hot", "Warm")}
    make_lead(name="Misfit", title="Student", company="", email="m@gmail.com")
    for lead, at in ((leads["Hot"], NOW), (leads["Warm"], NOW - timedelta(days=200))):
        LeadEvent.objects.create(
            source="s", external_id=lead.name, lead=lead, type="demo_request", occurred_at=at, received_at=at
        )
    rescore(at=NOW)

    assert sorted(names(mina, band=band)) == found


def test_the_list_behind_a_figure_holds_what_the_figure_counts(handed: Handoff, sam: User, make_lead: MakeLead) -> None:
    quick = hand_off(lead=make_lead(name="Quick"), trigger="score", at=OPENED)
    assert quick is not None
    log_attempt(handoff=quick, by=sam, channel="phone", outcome="reached", at=OPENED + timedelta(minutes=5))
    sweep(OPENED + timedelta(hours=8))
    first = {"promise": "sales", "kind": "first_response", "month": "2026-11"}

    assert names(sam, **first, kept="yes") == ["Quick"]
    assert names(sam, **first, kept="no") == ["Dana Roy"]
    assert names(sam, **first, kept="running") == []
    assert sorted(names(sam, **first)) == ["Dana Roy", "Quick"]
    assert names(sam, promise="marketing", month="2026-11") == []
    assert sorted(names(sam, arrived="mql", month="2026-11")) == ["Dana Roy", "Quick"]
    assert names(sam, arrived="mql", month="2026-10") == []
    assert sorted(names(sam, handed="2026-11")) == ["Dana Roy", "Quick"]
    assert names(sam, handed="2026-12") == []


def test_a_month_begins_at_midnight_where_the_company_is(
    active_terms: AgreementVersion, make_lead: MakeLead, sam: User
) -> None:
    make_lead(name="In Paris it is November", created_at=datetime(2026, 10, 31, 23, 30, tzinfo=UTC))

    assert names(sam, created="2026-11") == ["In Paris it is November"]
    assert names(sam, created="2026-10") == []


def test_a_lead_that_arrived_twice_is_listed_once(handed: Handoff, sam: User) -> None:
    StageChange.objects.create(lead=handed.lead, old="nurture", new="mql", why="score", at=NOW)

    assert names(sam, arrived="mql", month="2026-11") == ["Dana Roy"]


def test_chips_put_a_figure_into_words(handed: Handoff, sam: User) -> None:
    page = reader(sam).get("/leads/", {"promise": "sales", "kept": "no", "kind": "first_response", "month": "2026-11"})

    assert [chip.text for chip in page.context["chips"]] == ["Sales, due in 2026-11, missed: First response"]
    assert page.context["chips"][0].url == "./"


def test_long_lists_are_not_counted_to_the_end(sam: User) -> None:
    Lead.objects.bulk_create(
        Lead(name=f"L{n}", stage="lead", stage_at=NOW, entered_at=NOW, updated_at=NOW, created_at=NOW)
        for n in range(1002)
    )

    assert "More than 1,000 leads" in text(reader(sam).get("/leads/"))


def test_every_role_reads_the_list_and_strangers_do_not(
    handed: Handoff, mina: User, mia: User, sam: User, maya: User, ada: User, client: Any
) -> None:
    assert [names(user) for user in (mina, mia, sam, maya, ada)] == [["Dana Roy"]] * 5
    assert client.get("/leads/").status_code == 302


def test_the_list_takes_few_queries(
    handed: Handoff, make_lead: MakeLead, maya: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(60):
        hand_off(lead=make_lead(), trigger="score", at=OPENED)
    client = reader(maya)

    with django_assert_max_num_queries(12):
        client.get("/leads/")
    with django_assert_max_num_queries(13):
        client.get("/leads/", {"view": "near", "sort": "-fit", "stage": "lead"})
