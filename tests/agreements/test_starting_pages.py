"""Choosing where to start: three templates to compare and to read, in the browser and over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from agreements.models import Agreement, AgreementVersion
from agreements.starting import starting_terms
from agreements.terms.default import TEMPLATES
from slaportal.accounts.models import User
from tests.agreements.test_pages import logged_in

CHOICE = {"template": "enterprise", "language": "fr", "name": "Grands comptes", "slug": "grands-comptes"}


def api_of(person: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(person)
    return client


def page(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def test_three_templates_are_shown_side_by_side(maya: User) -> None:
    text = page(logged_in(maya), "/agreements/new/")
    for template in TEMPLATES:
        assert f'name="template" value="{template}"' in text
        assert f'href="/agreements/new/{template}/"' in text
    assert '<th scope="row">Touches</th><td>8 in 15 working days</td><td>12 in 25 working days</td>' in text
    assert text.count(" checked>") == 1


def test_the_cards_are_in_the_language_of_their_reader(maya: User) -> None:
    maya.language = "fr"
    maya.save()
    text = page(logged_in(maya), "/agreements/new/")
    assert "Cycle long avec de grands comptes" in text
    assert "douze contacts" not in text.casefold()
    assert "12 en 25 jours ouvrés" in text
    assert '<option value="fr" selected>' in text


def test_an_agreement_begins_with_the_chosen_template_in_the_chosen_language(maya: User) -> None:
    maya.timezone = "Asia/Tokyo"
    maya.save()
    answer = logged_in(maya).post("/agreements/new/", CHOICE)
    assert answer["Location"] == "/agreements/grands-comptes/draft/"
    version = AgreementVersion.objects.get(agreement__slug="grands-comptes")
    assert version.document == starting_terms(template="enterprise", language="fr", timezone="Asia/Tokyo")
    assert (version.agreement.name, version.status, version.created_by) == ("Grands comptes", "draft", maya)


def test_the_clock_is_the_company_s_where_the_reader_has_none(maya: User, active_terms: AgreementVersion) -> None:
    segment = {"field": "country", "op": "eq", "value": "JP"}
    made = api_of(maya).post("/api/agreements/", CHOICE | {"segment": segment}, format="json")
    assert made.json()["terms"]["calendar"]["timezone"] == "Europe/Paris"
    assert Agreement.objects.get(slug="grands-comptes").segment == segment


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"template": "yearly"}, "Select a valid choice"),
        ({"template": ""}, "This field is required"),
        ({"language": "xx"}, "Select a valid choice"),
        ({"slug": "default"}, "An agreement with the address “default” exists already"),
        ({"slug": "new"}, "The address “new” is a page of the portal"),
        ({"slug": "no blanks"}, "Enter a valid “slug”"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_started_is_said_on_the_form(
    maya: User, active_terms: AgreementVersion, changed: dict[str, str], said: str
) -> None:
    answer = logged_in(maya).post("/agreements/new/", CHOICE | changed)
    assert (answer.status_code, Agreement.objects.count()) == (422, 1)
    assert said in answer.content.decode().replace("&#x27;", "'")


def test_what_was_chosen_stays_chosen_on_a_refused_form(maya: User, active_terms: AgreementVersion) -> None:
    text = logged_in(maya).post("/agreements/new/", CHOICE | {"slug": "default"}).content.decode()
    assert 'value="enterprise" id="id_template_enterprise"' in text
    assert text.split('value="enterprise" id="id_template_enterprise"')[1].split(">")[0].endswith(" checked")
    assert '<option value="fr" selected>' in text


def test_starting_twice_makes_one_agreement(maya: User) -> None:
    client = logged_in(maya)
    assert [client.post("/agreements/new/", CHOICE).status_code for _ in range(2)] == [302, 422]
    assert Agreement.objects.count() == 1


@pytest.mark.parametrize("who", ["mina", "sam"])
def test_only_managers_and_admins_start(request: Any, who: str) -> None:
    client = logged_in(request.getfixturevalue(who))
    assert client.get("/agreements/new/").status_code == 403
    assert client.get("/agreements/new/enterprise/").status_code == 403
    assert client.post("/agreements/new/", CHOICE).status_code == 403
    refused = api_of(request.getfixturevalue(who)).post("/api/agreements/", CHOICE, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_an_editor")
    assert not Agreement.objects.exists()


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_read_as_a_whole_in_any_language(ada: User, template: str) -> None:
    client = logged_in(ada)
    assert 'id="promise-hand-raise"' in page(client, f"/agreements/new/{template}/")
    arabic = page(client, f"/agreements/new/{template}/?language=ar")
    assert '<div class="agreement" lang="ar" dir="rtl">' in arabic
    assert "تعذر الوصول" in arabic
    assert f"?template={template}&amp;language=ar#start" in arabic


def test_the_way_from_the_text_to_the_form_keeps_both_choices(ada: User) -> None:
    text = page(logged_in(ada), "/agreements/new/?template=small-company&language=id")
    assert text.split('id="id_template_small-company"')[1].split(">")[0].endswith(" checked")
    assert '<option value="id" selected>' in text


@pytest.mark.parametrize(
    ("path", "status"), [("/agreements/new/yearly/", 404), ("/agreements/new/enterprise/?language=xx", 200)]
)
def test_an_unknown_template_is_not_found_and_an_unknown_language_is_the_reader_s(
    ada: User, path: str, status: int
) -> None:
    assert logged_in(ada).get(path).status_code == status


def test_programs_read_the_templates_and_start_from_one(maya: User) -> None:
    client = api_of(maya)
    rows = client.get("/api/agreement-templates/?language=ja").json()["results"]
    assert [row["template"] for row in rows] == list(TEMPLATES)
    assert rows[2]["name"] == "小規模な会社"
    assert rows[0]["terms"] == starting_terms(template="short-cycle", language="ja").as_dict()
    made = client.post("/api/agreements/", CHOICE, format="json")
    assert (made.status_code, made.json()["number"], made.json()["status"]) == (201, 1, "draft")
    assert made.json()["terms"]["definitions"][0]["word"] == "Contact"
    again = client.post("/api/agreements/", CHOICE, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "slug_taken")


def test_every_program_may_read_the_templates(sam: User) -> None:
    rows = api_of(sam).get("/api/agreement-templates/").json()["results"]
    assert rows[0]["name"] == "Short sales cycle"


@pytest.mark.parametrize(
    ("changed", "status", "code", "field"),
    [
        ({"template": "yearly"}, 422, "invalid", "template"),
        ({"language": "xx"}, 422, "invalid", "language"),
        ({"slug": "two words"}, 422, "invalid", "slug"),
        ({"slug": "Web"}, 422, "invalid", "slug"),
        ({"name": ""}, 422, "invalid", "name"),
        ({"slug": "new"}, 422, "slug_reserved", ""),
        ({"segment": {"field": "shoe_size", "op": "is_blank"}}, 422, "invalid", "segment.field"),
    ],
)
def test_programs_are_told_what_is_wrong(
    maya: User, changed: dict[str, str], status: int, code: str, field: str
) -> None:
    answer = api_of(maya).post("/api/agreements/", CHOICE | changed, format="json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert list(answer.json()["fields"]) == [field] * bool(field)
    assert not Agreement.objects.exists()


def test_templates_in_an_unknown_language_are_refused(maya: User) -> None:
    answer = api_of(maya).get("/api/agreement-templates/?language=xx")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_language")


def test_the_templates_are_no_work_for_the_database(maya: User, django_assert_max_num_queries: Any) -> None:
    client = logged_in(maya)
    client.get("/agreements/new/")
    with django_assert_max_num_queries(8):
        client.get("/agreements/new/")
