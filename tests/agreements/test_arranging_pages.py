"""The pages on which agreements get their segment, place and default; each says beforehand what would change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from agreements.models import Agreement, AgreementVersion, Status
from agreements.selectors import agreements
from agreements.services import create_agreement, sign_by_console
from leads.models import Lead
from slaportal.accounts.models import User
from tests.agreements.test_agreement_api import client_of
from tests.leads.pages import HTMX, html, reader, text
from tests.leads.several import SINCE, country, put_in_force

MakeLead = Callable[..., Lead]


@pytest.fixture
def three(db: None) -> list[AgreementVersion]:
    """France, Japan and the default one, all in force."""
    default = put_in_force("default")
    return [put_in_force("france", country("France")), put_in_force("japan", country("Japan")), default]


def controls(name: str, op: str = "eq", field: str = "country") -> dict[str, str]:
    """What a form with one condition sends."""
    return {"segment.kind": "compare", "segment.field": field, "segment.op": op, "segment.value": name}


def slugs() -> list[str]:
    return [one.slug for one in agreements()]


def test_the_list_shows_order_segments_and_versions(three: list[AgreementVersion], mia: User) -> None:
    page = text(reader(mia).get("/agreements/"))
    assert page.index("1. France") < page.index("2. Japan") < page.index("3. Default")
    assert "Country is France" in page
    assert "all leads that no agreement above selects" in page
    assert 'href="/agreements/japan/place/?to=1"' in html(reader(mia).get("/agreements/"))


def test_who_may_not_arrange_sees_no_buttons(three: list[AgreementVersion], sam: User) -> None:
    page = html(reader(sam).get("/agreements/"))
    assert "/place/" not in page
    assert "/segment/" not in page


def test_a_draft_alone_governs_nothing_and_the_list_says_so(three: list[AgreementVersion], mia: User) -> None:
    create_agreement(slug="spain", name="Spain", by=None, segment=country("Spain"))
    assert "none: it governs nothing" in text(reader(mia).get("/agreements/"))


def test_how_many_leads_each_governs(three: list[AgreementVersion], make_lead: MakeLead, sam: User) -> None:
    for name in ("France", "France", "Spain"):
        make_lead(country=name)
    client = reader(sam)
    assert text(client.get("/leads/governed/?agreement=france", **HTMX)) == "2 leads"
    assert text(client.get("/leads/governed/?agreement=default", **HTMX)) == "1 lead"
    assert "0 leads" in text(client.get("/leads/governed/?agreement=japan"))
    assert client.get("/leads/governed/?agreement=none").status_code == 404


def test_a_segment_is_changed_in_the_browser(three: list[AgreementVersion], mia: User) -> None:
    client = reader(mia)
    assert 'value="France"' in html(client.get("/agreements/france/segment/"))
    response = client.post("/agreements/france/segment/", controls("Belgium"))
    assert (response.status_code, response.headers["Location"]) == (302, "/agreements/")
    assert Agreement.objects.get(slug="france").segment == country("Belgium")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "A group without conditions holds for all leads or for none"),
        (controls("lead", field="stage"), "The stage changes with every step of a lead"),
        (controls("3", op="within_days", field="created_at"), "moves with today&#x27;s date"),
        (controls("", field="country"), "Give a value."),
    ],
)
def test_what_is_no_segment_stands_beside_its_control(
    three: list[AgreementVersion], mia: User, sent: dict[str, str], said: str
) -> None:
    response = reader(mia).post("/agreements/france/segment/", sent)
    assert response.status_code == 422
    assert said in html(response)
    assert Agreement.objects.get(slug="france").segment == country("France")


def test_a_button_of_the_rule_saves_nothing(three: list[AgreementVersion], mia: User) -> None:
    response = reader(mia).post("/agreements/france/segment/", controls("Belgium") | {"rule": "show segment"})
    assert response.status_code == 200
    assert Agreement.objects.get(slug="france").segment == country("France")


def test_what_would_change_is_counted_and_nothing_is_changed(
    three: list[AgreementVersion], make_lead: MakeLead, mia: User
) -> None:
    for name in ("France", "France", "Spain"):
        make_lead(country=name)
    client = reader(mia)
    answer = text(client.post("/leads/would-change/?agreement=france&act=segment", controls("Spain"), **HTMX))
    assert "3 leads would change to another agreement" in answer
    assert "2 leads from France to Default" in answer
    assert "1 lead from Default to France" in answer
    retired = text(client.post("/leads/would-change/?agreement=france&act=retire", **HTMX))
    assert "2 leads from France to Default" in retired
    assert "No lead would change" in text(client.post("/leads/would-change/?agreement=japan&act=place&to=1", **HTMX))
    chosen = text(client.post("/leads/would-change/?agreement=japan&act=default", controls("Spain"), **HTMX))
    assert "No lead would change" in chosen
    incomplete = text(client.post("/leads/would-change/?agreement=france&act=segment", controls(""), **HTMX))
    assert "Once the rule is complete" in incomplete
    assert Agreement.objects.get(slug="france").segment == country("France")
    assert client.post("/leads/would-change/?agreement=france&act=sing").status_code == 404


def test_of_a_draft_it_is_said_what_it_would_govern(
    three: list[AgreementVersion], make_lead: MakeLead, mia: User
) -> None:
    make_lead(country="Spain")
    create_agreement(slug="spain", name="Spain", by=None, segment=country("Portugal"))
    answer = text(reader(mia).post("/leads/would-change/?agreement=spain&act=segment", controls("Spain"), **HTMX))
    assert "1 lead would come under this agreement once a version of it is in force." in answer


def test_an_agreement_is_moved_and_moving_it_twice_is_moving_it_once(three: list[AgreementVersion], mia: User) -> None:
    client = reader(mia)
    assert "Try Japan as number 1" in text(client.get("/agreements/japan/place/?to=1"))
    for _ in range(2):
        assert client.post("/agreements/japan/place/", {"to": "1"}).status_code == 302
    assert slugs() == ["japan", "france", "default"]


@pytest.mark.parametrize("to", ["0", "3", "x", "", "99999999999"])
def test_a_place_that_is_none_is_refused(three: list[AgreementVersion], mia: User, to: str) -> None:
    client = reader(mia)
    assert client.get(f"/agreements/japan/place/?to={to}").status_code == 404
    assert client.post("/agreements/japan/place/", {"to": to}).status_code == 422
    assert slugs() == ["france", "japan", "default"]


def test_another_one_becomes_the_default_in_the_browser(three: list[AgreementVersion], mia: User) -> None:
    client = reader(mia)
    assert "Make France the default agreement" in text(client.get("/agreements/france/default/"))
    assert client.post("/agreements/france/default/", {}).status_code == 422
    assert client.post("/agreements/france/default/", controls("Germany")).status_code == 302
    assert slugs() == ["japan", "default", "france"]


def test_an_agreement_is_retired_in_the_browser(three: list[AgreementVersion], mia: User) -> None:
    client = reader(mia)
    assert "Retire France" in text(client.get("/agreements/france/retire/"))
    assert client.post("/agreements/france/retire/").status_code == 302
    assert three[0].agreement.versions.get().status == Status.SUPERSEDED
    assert client.post("/agreements/france/retire/").status_code == 404


@pytest.mark.parametrize("page", ["segment", "place", "default", "retire"])
def test_the_default_one_is_not_arranged_and_few_people_arrange(
    three: list[AgreementVersion], mia: User, sam: User, page: str
) -> None:
    assert reader(mia).get(f"/agreements/default/{page}/?to=1").status_code == 404
    assert reader(sam).get(f"/agreements/france/{page}/?to=1").status_code == 403
    assert reader(sam).post(f"/agreements/france/{page}/", controls("Spain")).status_code == 403


def test_a_new_agreement_beside_others_says_which_leads_it_is_for(three: list[AgreementVersion], mia: User) -> None:
    client = reader(mia)
    assert "For leads of which this holds" in text(client.get("/agreements/new/"))
    filled = start_form(client) | {"name": "Spain", "slug": "spain"}
    refused = client.post("/agreements/new/", filled)
    assert refused.status_code == 422
    assert "A group without conditions" in text(refused)
    again = client.post("/agreements/new/", filled | {"rule": "show segment"})
    assert 'value="Spain"' in html(again)
    made = client.post("/agreements/new/", filled | controls("Spain"))
    assert made.headers["Location"] == "/agreements/spain/draft/"
    assert Agreement.objects.get(slug="spain").segment == country("Spain")


@pytest.mark.django_db
def test_the_first_agreement_has_no_segment(mia: User) -> None:
    client = reader(mia)
    assert "For leads of which this holds" not in text(client.get("/agreements/new/"))
    made = client.post("/agreements/new/", start_form(client) | {"name": "Ours", "slug": "ours"})
    assert made.status_code == 302
    assert Agreement.objects.get().is_default


def start_form(client: Client) -> dict[str, Any]:
    """What the form offers by itself."""
    form = client.get("/agreements/new/").context["form"]
    return {name: form[name].value() for name in form.fields if form[name].value()}


def test_programs_arrange_agreements(three: list[AgreementVersion], mia: User, sam: User) -> None:
    client, rep = client_of(mia), client_of(sam)

    def put(path: str, body: dict[str, Any], by: APIClient = client) -> Any:
        return by.put(f"/api/agreements/{path}/", body, format="json")

    rows = client.get("/api/agreements/").json()["results"]
    assert [(row["slug"], row["order"], row["is_default"]) for row in rows] == [
        ("france", 1, False),
        ("japan", 2, False),
        ("default", None, True),
    ]
    assert rows[0]["segment"] == country("France")
    assert put("france/segment", {"segment": country("Belgium")}).json()["segment"] == country("Belgium")
    refused = put("france/segment", {"segment": {"any": [{"field": "stage", "op": "eq", "value": "lead"}]}})
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["segment.any[0].field"])
    assert put("default/segment", {"segment": country("Spain")}).json()["code"] == "default_has_no_segment"
    assert put("france/segment", {"segment": country("Spain")}, rep).status_code in {403, 409}
    assert put("japan/order", {"order": 1}).json()["order"] == 1
    assert put("japan/order", {"order": 7}).json()["code"] == "place_unknown"
    assert put("default/order", {"order": 1}).json()["code"] == "default_stays_last"
    assert put("japan/default", {"former_segment": country("Spain")}).json()["is_default"] is True
    assert put("japan/default", {"former_segment": country("Spain")}).json()["code"] == "already_default"
    assert client.post("/api/agreements/france/retirement/").json()["status"] == "superseded"
    assert client.post("/api/agreements/france/retirement/").json()["code"] == "not_in_force"
    assert client.post("/api/agreements/japan/retirement/").json()["code"] == "default_stays_in_force"


def test_leads_say_which_agreement_governs_them(three: list[AgreementVersion], make_lead: MakeLead, mia: User) -> None:
    one, other = make_lead(country="France"), make_lead(country="Spain")
    client, program = reader(mia), client_of(mia)
    rows = program.get("/api/leads/").json()["results"]
    assert {row["id"]: row["agreement"] for row in rows} == {
        str(one.public_id): "france",
        str(other.public_id): "default",
    }
    [found] = program.get("/api/leads/?agreement=france").json()["results"]
    assert found["id"] == str(one.public_id)
    assert program.get(f"/api/leads/{one.public_id}/").json()["agreement"] == "france"
    listed = client.get("/leads/?agreement=france")
    assert [row.lead for row in listed.context["rows"]] == [one]
    assert "Agreement: France" in text(listed)
    assert "under France" in text(client.get(f"/leads/{one.public_id}/"))
    assert '<option value="japan">' in html(client.get("/leads/"))


@pytest.mark.django_db
def test_one_agreement_that_governs_all_is_not_named(make_lead: MakeLead, mia: User) -> None:
    version = create_agreement(slug="default", name="Our terms", by=None, at=SINCE)
    sign_by_console(version=version, at=SINCE)
    lead = make_lead()
    client = reader(mia)
    assert "Our terms" not in text(client.get(f"/leads/{lead.public_id}/"))
    assert "filter-agreement" not in html(client.get("/leads/"))


def test_the_agreements_own_page_says_whom_it_is_for(three: list[AgreementVersion], mia: User) -> None:
    client = reader(mia)
    assert "For leads of which this holds: Country is France" in text(client.get("/agreements/france/"))
    assert "For leads of which this holds" not in text(client.get("/agreements/default/"))
    client.post("/agreements/france/retire/")
    assert "this agreement governs nothing" in text(client.get("/agreements/france/"))
    assert "no longer in force" in text(client.get("/agreements/france/v/1/"))
