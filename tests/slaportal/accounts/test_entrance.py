"""The way in: by password, by link, by the first visit, and for the demo by a button on this machine."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from slaportal.accounts import links, people
from slaportal.accounts.models import User
from slaportal.audit.models import AuditEntry
from slaportal.outbox.drain import drain
from slaportal.outbox.models import OutboxMessage
from slaportal.web.refusals import Refused
from tests.conftest import PASSWORD

AT = dt.datetime(2026, 3, 4, 10, tzinfo=dt.UTC)
NEW_PASSWORD = "seven quiet otters"  # noqa: S105
FIRST_ADMIN = {
    "name": "Ada Nakamura",
    "email": "Ada@Example.com",
    "timezone": "Asia/Tokyo",
    "password1": NEW_PASSWORD,
    "password2": NEW_PASSWORD,
}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_attempts_counted() -> None:
    cache.clear()


def log_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": password, **more})


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


# ------------------------------------------------------------------- password


def test_the_right_password_lets_in_and_leads_on(client: Client, sam: User) -> None:
    response = log_in(client, sam.email, next="/me/")
    assert response.status_code == 302
    assert response.url == "/me/"
    assert is_in(client)


def test_the_address_may_be_written_in_any_case(client: Client, sam: User) -> None:
    log_in(client, sam.email.upper())
    assert is_in(client)


def test_a_foreign_next_address_is_not_followed(client: Client, sam: User) -> None:
    assert log_in(client, sam.email, next="https://evil.example/").url == "/"


@pytest.mark.parametrize("email", ["sam@example.com", "nobody@example.com"])
def test_a_wrong_password_says_the_same_for_everybody(client: Client, sam: User, email: str) -> None:
    response = log_in(client, email, "wrong")
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert not is_in(client)


def test_guessing_is_stopped_even_when_the_right_one_comes_at_last(client: Client, sam: User) -> None:
    for n in range(5):
        log_in(client, sam.email, f"guess {n}")
    log_in(client, sam.email)
    assert not is_in(client)


def test_a_deactivated_person_cannot_log_in_and_a_session_ends_at_once(client: Client, sam: User) -> None:
    log_in(client, sam.email)
    User.objects.update(is_active=False)
    assert not is_in(client)
    log_in(client, sam.email)
    assert not is_in(client)


def test_logging_out_ends_the_session(client: Client, sam: User) -> None:
    log_in(client, sam.email)
    assert client.get("/accounts/logout/").status_code == 200
    client.post("/accounts/logout/")
    assert not is_in(client)


def test_there_is_no_way_to_sign_up(client: Client, sam: User) -> None:
    assert client.get("/accounts/signup/").status_code == 404


def test_the_log_in_form_needs_its_proof_of_origin(sam: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert log_in(strict, sam.email).status_code == 403
    token = strict.get("/accounts/login/").cookies["csrf"].value
    assert log_in(strict, sam.email, csrfmiddlewaretoken=token).status_code == 302


def test_changing_the_password_needs_the_old_one_and_ends_other_sessions(client: Client, sam: User) -> None:
    elsewhere = Client()
    for each in (client, elsewhere):
        each.force_login(sam)
    new = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post("/accounts/password/change/", {"oldpassword": "wrong", **new})
    assert is_in(elsewhere)
    assert client.post("/accounts/password/change/", {"oldpassword": PASSWORD, **new}).url == "/me/"
    assert is_in(client)
    assert not is_in(elsewhere)


# ------------------------------------------------------------------- links


def test_a_forgotten_password_is_set_anew_by_a_mailed_link(client: Client, sam: User) -> None:
    response = client.post("/accounts/password/reset/", {"email": sam.email}, follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/password/reset/done/"
    drain()
    [message] = mail.outbox
    path = "/accounts/link/" + message.body.split("/accounts/link/")[1].split()[0]
    assert client.get(path).status_code == 200
    assert client.post(path, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}).url == "/"
    assert is_in(client)
    assert client.get(path).status_code == 404, "it works once"
    sam.refresh_from_db()
    assert sam.check_password(NEW_PASSWORD)


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client: Client, sam: User) -> None:
    known = client.post("/accounts/password/reset/", {"email": sam.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert OutboxMessage.objects.count() == 1


def test_no_row_holds_the_secret_of_a_link(sam: User) -> None:
    links.mail_link(sam, "password_reset", at=AT)
    assert OutboxMessage.objects.get().payload == {"user": str(sam.public_id), "purpose": "password_reset"}


def test_no_log_line_holds_the_secret_of_a_link(client: Client, sam: User, caplog: pytest.LogCaptureFixture) -> None:
    path = links.path_for(sam, "invitation")
    client.post(path, {"password1": "short", "password2": "short"})
    assert "/accounts/link/…" in caplog.text
    assert path.split("/")[-2] not in caplog.text


@pytest.mark.parametrize(("purpose", "hours"), [("password_reset", 1), ("invitation", 7 * 24)])
def test_a_link_ends_with_its_time(sam: User, purpose: str, hours: int) -> None:
    with time_machine.travel(AT, tick=False):
        token = links.path_for(sam, purpose).split("/")[-2]
    with time_machine.travel(AT + dt.timedelta(hours=hours), tick=False):
        assert links.person_of(token) == sam
    with time_machine.travel(AT + dt.timedelta(hours=hours, seconds=1), tick=False):
        assert links.person_of(token) is None
        with pytest.raises(Refused) as refused:
            links.redeem(token=token, password=NEW_PASSWORD)
    assert refused.value.code == "link_dead"


def test_a_forged_link_or_one_of_somebody_who_left_is_dead(client: Client, sam: User) -> None:
    path = links.path_for(sam, "invitation")
    assert client.get(path.replace("/link/", "/link/x")).status_code == 404
    User.objects.update(is_active=False)
    assert client.get(path).status_code == 404


def test_a_weak_or_mistyped_password_is_refused_with_the_form(client: Client, sam: User) -> None:
    path = links.path_for(sam, "invitation")
    for first, second in [("short", "short"), ("samokoro1234", "samokoro1234"), (NEW_PASSWORD, "other")]:
        response = client.post(path, {"password1": first, "password2": second})
        assert response.status_code == 422
        assert b"field__error" in response.content


# ------------------------------------------------------------------- first admin


def test_an_empty_installation_asks_for_its_first_admin(client: Client) -> None:
    assert client.get("/accounts/login/").url == "/setup/"
    assert client.get("/setup/").status_code == 200
    assert client.post("/setup/", FIRST_ADMIN).url == "/"
    admin = User.objects.get()
    assert (admin.email, admin.role, admin.timezone) == ("ada@example.com", "admin", "Asia/Tokyo")
    assert admin.check_password(NEW_PASSWORD)
    assert is_in(client)
    assert AuditEntry.objects.get().action == "installation.set_up"


def test_afterwards_that_page_does_not_exist(client: Client, sam: User) -> None:
    assert client.get("/setup/").status_code == 404
    assert client.post("/setup/", FIRST_ADMIN).status_code == 404
    with pytest.raises(Refused) as refused:
        people.set_up_first_admin(name="Eve", email="eve@example.com", password=NEW_PASSWORD, at=AT)
    assert refused.value.code == "already_set_up"


@pytest.mark.parametrize("wrong", [{"password2": "x"}, {"email": "x"}, {"timezone": "Mars/Base"}, {"name": ""}])
def test_a_wrong_first_admin_is_refused_with_the_form(client: Client, wrong: dict[str, str]) -> None:
    assert client.post("/setup/", {**FIRST_ADMIN, **wrong}).status_code == 422
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_first_admins_at_once_are_one() -> None:
    start = threading.Barrier(3)
    outcomes: list[str] = []

    def arrive(n: int) -> None:
        start.wait()
        try:
            people.set_up_first_admin(name=f"A {n}", email=f"a{n}@example.com", password=NEW_PASSWORD, at=AT)
            outcomes.append("in")
        except Refused as refused:
            outcomes.append(refused.code)
        connection.close()

    arrivals = [threading.Thread(target=arrive, args=(n,)) for n in range(3)]
    for thread in arrivals:
        thread.start()
    for thread in arrivals:
        thread.join()
    assert sorted(outcomes) == ["already_set_up", "already_set_up", "in"]


# ------------------------------------------------------------------- demo


@pytest.fixture
def demo_sam(make_user: Any) -> User:
    return make_user("Sam Demo", email="sam@demo.example")


def enter(client: Client, email: str, **extra: str) -> int:
    return client.post(reverse("accounts:demo-entry"), {"email": email}, **extra).status_code


def test_the_demo_lets_its_people_in_by_a_button(client: Client, settings: Any, demo_sam: User) -> None:
    settings.DEMO = True
    page = client.get("/accounts/login/", HTTP_HOST="localhost:8000").content.decode()
    assert "sam@demo.example" in page
    assert enter(client, "sam@demo.example", HTTP_HOST="localhost:8000") == 302
    assert client.get("/me/", HTTP_HOST="localhost:8000").status_code == 200


@pytest.mark.parametrize(
    ("is_on", "email", "extra"),
    [
        (False, "sam@demo.example", {"HTTP_HOST": "localhost"}),
        (True, "sam@example.com", {"HTTP_HOST": "localhost"}),
        (True, "sam@demo.example\0", {"HTTP_HOST": "localhost"}),
        (True, "sam@demo.example", {"HTTP_HOST": "portal.example.com"}),
        (True, "sam@demo.example", {"HTTP_HOST": "localhost", "REMOTE_ADDR": "192.168.1.7"}),
        (True, "sam@demo.example", {"HTTP_HOST": "localhost", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}),
    ],
)
def test_nobody_else_enters_that_way(
    client: Client, settings: Any, sam: User, demo_sam: User, is_on: bool, email: str, extra: dict[str, str]
) -> None:
    settings.DEMO = is_on
    settings.ALLOWED_HOSTS = ["*"]
    User.objects.filter(email="sam@example.com").update(name="Not of the demo")
    assert enter(client, email, **extra) == 403


def test_a_demo_person_who_was_deactivated_stays_out(client: Client, settings: Any, demo_sam: User) -> None:
    settings.DEMO = True
    User.objects.update(is_active=False)
    assert enter(client, demo_sam.email, HTTP_HOST="localhost") == 403
