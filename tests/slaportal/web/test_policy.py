"""Every verdict of the policy middleware, and how a policy is declared."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import resolve

from slaportal.accounts.models import User
from slaportal.web.policy import BY_TOKEN, PUBLIC, SIGNED_IN, allow, declared_policy, public, signed_in
from tests.slaportal.web import site as pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def test_anybody_reads_a_public_page(client: Client) -> None:
    assert client.get("/open/").content == b"open"


def test_a_stranger_is_sent_to_the_log_in_page_and_back(client: Client) -> None:
    answer = client.get("/inner/?q=a%20b")
    assert answer.status_code == 302
    assert answer["Location"] == "/login/?next=/inner/%3Fq%3Da%2520b"


def test_a_strangers_post_comes_back_to_the_start(client: Client) -> None:
    assert client.post("/inner/")["Location"] == "/login/?next=/"


def test_a_strangers_fragment_moves_the_whole_page(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/leads/?stage=mql"}
    answer = client.get("/inner/", headers=headers)
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == "/login/?next=/leads/%3Fstage%3Dmql"
    assert "Location" not in answer


def test_a_page_of_another_site_is_not_where_a_fragment_returns_to(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "https://evil.example/x"}
    assert client.get("/inner/", headers=headers)["HX-Redirect"] == "/login/?next=/"


def test_everybody_who_is_logged_in_reads_a_signed_in_page(client: Client, mina: User) -> None:
    client.force_login(mina)
    assert client.get("/inner/").content == b"inner"


def test_the_right_role_enters(client: Client, sam: User) -> None:
    client.force_login(sam)
    assert client.get("/sales/").content == b"sales"


def test_the_wrong_role_gets_the_403_page(client: Client, mina: User) -> None:
    client.force_login(mina)
    answer = client.get("/sales/")
    assert answer.status_code == 403
    assert b"This is not open to you" in answer.content


def test_an_admin_is_no_member_of_every_role(client: Client, ada: User) -> None:
    client.force_login(ada)
    assert client.get("/sales/").status_code == 403


def test_a_view_without_a_policy_does_not_exist(client: Client, ada: User) -> None:
    client.force_login(ada)
    assert client.get("/undeclared/").status_code == 404


def test_a_person_who_was_switched_off_is_a_stranger(client: Client, sam: User) -> None:
    client.force_login(sam)
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert client.get("/sales/").status_code == 302


def test_an_api_view_that_checks_for_itself_passes_the_middleware(client: Client) -> None:
    assert declared_policy(resolve("/api/token/").func) == BY_TOKEN
    assert client.get("/api/token/").status_code in {401, 403}


def test_an_api_view_open_to_all_must_say_so(client: Client) -> None:
    assert client.post("/api/open/", "{}", content_type="application/json").status_code == 200
    assert client.post("/api/undeclared/", "{}", content_type="application/json").status_code == 404


def test_a_view_has_exactly_one_policy() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    with pytest.raises(TypeError, match="exactly one"):
        signed_in(public(view))


@pytest.mark.parametrize("roles", [(), ("boss",), ("rep", "boss")])
def test_only_known_roles_can_be_named(roles: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="Not roles"):
        allow(*roles)


def test_the_declared_policy_is_readable() -> None:
    assert declared_policy(pages.open_page) == PUBLIC
    assert declared_policy(pages.inner_page) == SIGNED_IN
    assert declared_policy(pages.sales_page).roles == {"rep", "sales_manager"}
    assert declared_policy(pages.undeclared_page) is None


def test_our_roles_are_the_roles_of_people() -> None:
    from slaportal.accounts.models import Role
    from slaportal.web.policy import ROLES

    assert set(Role.values) == ROLES
