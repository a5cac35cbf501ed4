"""The pages of people: who sees which, and that each form does its one thing and says what was wrong."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from slaportal.accounts import tokens
from slaportal.accounts.models import ApiToken, Role, Team, User
from tests.conftest import PASSWORD

EVERYBODY = {"mina", "mia", "sam", "maya", "ada"}
MANAGERS = {"mia", "maya", "ada"}
pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(person: User, name: str = "person") -> str:
    return reverse(f"accounts:{name}", args=[person.public_id])


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/me/", EVERYBODY),
        ("/me/tokens/", EVERYBODY),
        ("/accounts/password/change/", EVERYBODY),
        ("/settings/", MANAGERS),
        ("/settings/people/", MANAGERS),
        ("/settings/people/new/", {"ada"}),
        ("/settings/teams/", {"ada"}),
    ],
)
def test_each_page_opens_for_its_roles_only(request: pytest.FixtureRequest, path: str, allowed: set[str]) -> None:
    for who in sorted(EVERYBODY):
        response = client_of(request.getfixturevalue(who)).get(path)
        assert (who, response.status_code) == (who, 200 if who in allowed else 403)
    assert Client().get(path).url.startswith("/accounts/login/?next=")


@pytest.mark.parametrize(
    "name",
    ["person-details", "person-deactivation", "person-reactivation", "person-access-reset"],
)
def test_only_admins_may_post_to_a_person(request: pytest.FixtureRequest, sam: User, name: str) -> None:
    for who in ("mina", "mia", "lena", "maya"):
        assert client_of(request.getfixturevalue(who)).post(page_of(sam, name)).status_code == 403
    sam.refresh_from_db()
    assert sam.is_active
    assert sam.check_password(PASSWORD)


def test_a_manager_opens_the_people_of_the_own_team_only(maya: User, sam: User, otto: User, mina: User) -> None:
    client = client_of(maya)
    listed = client.get("/settings/people/").content.decode()
    assert sam.name in listed
    assert otto.name not in listed
    assert client.get(page_of(sam)).status_code == 200
    assert [client.get(page_of(each)).status_code for each in (otto, mina)] == [404, 404]
    assert client.post(page_of(otto, "person-availability"), {"is_available": "0"}).status_code == 404


def test_a_manager_sees_no_form_for_what_only_admins_may(maya: User, sam: User) -> None:
    page = client_of(maya).get(page_of(sam)).content.decode()
    assert page_of(sam, "person-availability") in page
    assert page_of(sam, "person-details") not in page
    assert page_of(sam, "person-access-reset") not in page


def test_the_list_is_filtered_by_name_role_and_team(ada: User, sam: User, lena: User, mia: User) -> None:
    def found(query: str) -> set[str]:
        page = client_of(ada).get(f"/settings/people/?{query}", HTTP_HX_REQUEST="true").content.decode()
        return {each.name for each in (ada, sam, lena, mia) if each.name in page}

    assert found("q=oko") == {sam.name}
    assert found("role=marketing_manager") == {mia.name}
    assert found(f"team={sam.team.public_id}") == {sam.name, lena.name}
    assert found("q=nobody") == set()
    assert found("role=nonsense&team=nonsense&page=x") == {ada.name, sam.name, lena.name, mia.name}


def test_the_list_takes_few_queries_however_long_it_is(
    ada: User, make_user: Any, field_sales: Team, django_assert_max_num_queries: Any
) -> None:
    for n in range(30):
        make_user(f"Person{n} Test", Role.REP, field_sales)
    client = client_of(ada)
    with django_assert_max_num_queries(9):
        client.get("/settings/people/")


def test_an_invitation_shows_its_link_once(ada: User, field_sales: Team) -> None:
    entered = {"name": "Nora Lind", "email": "nora@example.com", "role": "rep", "team": str(field_sales.public_id)}
    response = client_of(ada).post("/settings/people/new/", entered)
    assert response.status_code == 201
    link = re.search(r'value="(http[^"]+/accounts/link/[^"]+)"', response.content.decode())
    assert link is not None
    visitor = Client()
    path = "/" + link[1].split("/", 3)[3]
    new = {"password1": "seven quiet otters", "password2": "seven quiet otters"}
    assert visitor.post(path, new).url == "/"
    assert visitor.get("/me/").status_code == 200
    nora = User.objects.get(email="nora@example.com")
    assert (nora.team, nora.role) == (field_sales, Role.REP)


def test_a_wrong_invitation_comes_back_as_it_was_entered(ada: User, sam: User, marketing: Team) -> None:
    client = client_of(ada)
    known = {"name": "Nora Lind", "email": "nora@example.com", "role": "rep", "team": ""}
    for wrong in ({"email": sam.email}, {"team": str(marketing.public_id)}, {"email": "x"}, {"role": "king"}):
        response = client.post("/settings/people/new/", {**known, **wrong})
        assert response.status_code == 422
        assert "Nora Lind" in response.content.decode()
    assert not User.objects.filter(name="Nora Lind").exists()


def test_an_admin_changes_who_somebody_is(ada: User, sam: User, inside_sales: Team) -> None:
    entered = {"name": "Sam O.", "email": sam.email, "role": "sales_manager", "team": str(inside_sales.public_id)}
    response = client_of(ada).post(page_of(sam, "person-details"), entered)
    assert response.url == page_of(sam)
    sam.refresh_from_db()
    assert (sam.name, sam.role, sam.team) == ("Sam O.", Role.SALES_MANAGER, inside_sales)


def test_a_refused_change_is_told_on_the_person_s_page(ada: User) -> None:
    client = client_of(ada)
    entered = {"name": ada.name, "email": ada.email, "role": "rep", "team": ""}
    for name, fields in (("person-details", entered), ("person-deactivation", {})):
        response = client.post(page_of(ada, name), fields)
        assert response.status_code == 422
        assert "last active admin" in response.content.decode()


def test_a_session_ends_with_a_reset_and_with_a_deactivation(ada: User, sam: User, lena: User) -> None:
    theirs = {each: client_of(each) for each in (sam, lena)}
    client = client_of(ada)
    assert "/accounts/link/" in client.post(page_of(sam, "person-access-reset")).content.decode()
    client.post(page_of(lena, "person-deactivation"))
    assert [each.get("/me/").status_code for each in theirs.values()] == [302, 302]
    assert "/accounts/link/" in client.post(page_of(lena, "person-reactivation")).content.decode()


def test_a_manager_plans_for_the_own_team(maya: User, sam: User) -> None:
    client = client_of(maya)
    client.post(page_of(sam, "person-availability"), {"is_available": "0"})
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).date()
    days = {"starts_on": tomorrow, "ends_on": tomorrow, "note": "Dentist"}
    assert client.post(page_of(sam, "person-absences"), days).status_code == 302
    sam.refresh_from_db()
    assert not sam.is_available
    assert "Dentist" in client.get(page_of(sam)).content.decode()
    assert client.post(page_of(sam, "person-absence-removal"), days).status_code == 302
    assert client.post(page_of(sam, "person-absence-removal"), days).status_code == 422
    assert client.post(page_of(sam, "person-absences"), {"starts_on": "x"}).status_code == 422
    backwards = {"starts_on": "2030-01-02", "ends_on": "2030-01-01"}
    assert client.post(page_of(sam, "person-absences"), backwards).status_code == 422


def test_teams_are_made_and_renamed(ada: User, sam: User) -> None:
    client = client_of(ada)
    assert client.post("/settings/teams/", {"name": "North", "side": "marketing"}).status_code == 302
    assert client.post("/settings/teams/", {"name": "north", "side": "sales"}).status_code == 422
    rename = reverse("accounts:team-name", args=[sam.team.public_id])
    assert client.post(rename, {"name": ""}).status_code == 422
    assert client.post(rename, {"name": "North"}).status_code == 422
    assert client.post(rename, {"name": "Field"}).status_code == 302
    assert set(Team.objects.values_list("name", "side")) == {("North", "marketing"), ("Field", "sales")}


def test_my_profile_speaks_my_language_at_once(sam: User) -> None:
    client = client_of(sam)
    choice = {"name": "Sam O.", "language": "fr", "timezone": "Europe/Paris", "shortcuts": "on"}
    assert client.post("/me/", choice).url == "/me/"
    page = client.get("/me/")
    assert 'lang="fr"' in page.content.decode()
    assert "Europe/Paris" in page.content.decode()
    assert client.post("/me/", {**choice, "timezone": "Mars/Base"}).status_code == 422


def test_i_take_myself_out_of_the_rotation(sam: User) -> None:
    client_of(sam).post("/me/availability/", {"is_available": "0"})
    sam.refresh_from_db()
    assert not sam.is_available


def test_a_new_token_is_shown_once(sam: User) -> None:
    client = client_of(sam)
    response = client.post("/me/tokens/", {"name": "site", "days": "30"})
    assert response.status_code == 201
    assert re.search(r"sla_[0-9a-f]{64}", response.content.decode())
    assert not re.search(r"sla_[0-9a-f]{64}", client.get("/me/tokens/").content.decode())
    assert client.post("/me/tokens/", {"name": "", "days": "30"}).status_code == 422
    assert client.post("/me/tokens/", {"name": "x", "days": "31"}).status_code == 422


def test_a_token_of_somebody_else_does_not_exist_for_me(sam: User, lena: User) -> None:
    token, _ = tokens.create_token(owner=lena, name="hers", by=lena)
    path = reverse("accounts:token-revocation", args=[token.public_id])
    assert client_of(sam).post(path).status_code == 404
    assert client_of(lena).post(path).status_code == 302
    assert not ApiToken.objects.exists()


def test_forms_need_their_proof_of_origin(ada: User, sam: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert strict.post(page_of(sam, "person-deactivation")).status_code == 403
    page = strict.get(page_of(sam))
    n_forms = page.content.decode().count('method="post"')
    assert page.content.decode().count("csrfmiddlewaretoken") == n_forms
    proof = {"csrfmiddlewaretoken": page.cookies["csrf"].value}
    assert strict.post(page_of(sam, "person-deactivation"), proof).status_code == 302
