"""Headers on every answer, error pages, and the reader's language and time zone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from slaportal.accounts.models import User
from slaportal.web import middleware
from slaportal.web.middleware import CONTENT_SECURITY_POLICY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/open/", 200), ("/inner/", 302), ("/nowhere/", 404), ("/undeclared/", 404), ("/forbidden/", 403),
     ("/broken/", 500), ("/api/nowhere/", 404), ("/static/css/app.css", 200)],
)  # fmt: skip
def test_every_answer_carries_the_content_security_policy(client: Client, path: str, status: int) -> None:
    client.raise_request_exception = False
    answer = client.get(path)
    assert answer.status_code == status
    assert answer["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_the_policy_allows_nothing_inline_or_foreign() -> None:
    directives = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert directives["default-src"] == "'self'"
    assert directives["frame-ancestors"] == directives["object-src"] == directives["base-uri"] == "'none'"
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_a_page_holds_no_inline_script_or_style(client: Client) -> None:
    body = client.get("/?wrong").content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", body)
    assert not re.search(r"<style|\sstyle=|\son\w+=", body)


def test_pages_of_people_who_are_logged_in_stay_out_of_caches(client: Client, sam: User) -> None:
    assert "Cache-Control" not in client.get("/open/")
    client.force_login(sam)
    assert client.get("/open/")["Cache-Control"] == "no-store"
    assert client.get("/nowhere/")["Cache-Control"] == "no-store"


def test_the_profile_sets_language_and_zone(client: Client, sam: User) -> None:
    User.objects.filter(pk=sam.pk).update(language="ar", timezone="Asia/Tokyo")
    client.force_login(sam)
    body = client.get("/", headers={"accept-language": "fr"}).content.decode()
    assert '<html lang="ar" dir="rtl">' in body
    assert "Asia/Tokyo" in body


def test_a_stranger_gets_the_language_of_the_browser(client: Client) -> None:
    answer = client.get("/", headers={"accept-language": "ja"})
    assert '<html lang="ja" dir="ltr">' in answer.content.decode()
    assert answer["Content-Language"] == "ja"


def test_the_zone_of_one_reader_does_not_stay_for_the_next(client: Client, sam: User) -> None:
    User.objects.filter(pk=sam.pk).update(timezone="Asia/Tokyo")
    client.force_login(sam)
    client.get("/open/")
    assert timezone.get_current_timezone_name() != "Asia/Tokyo"


def test_readers_without_a_zone_of_their_own_get_that_of_the_company(
    client: Client, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "_company_zones", [lambda: "America/Lima"])
    client.force_login(sam)
    assert "America/Lima" in client.get("/").content.decode()


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd"])
def test_an_unknown_zone_breaks_nothing(
    client: Client, sam: User, zone: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "_company_zones", [lambda: zone])
    User.objects.filter(pk=sam.pk).update(timezone=zone)
    client.force_login(sam)
    assert settings.TIME_ZONE in client.get("/").content.decode()


def test_the_language_switch_is_remembered_in_the_profile(client: Client, sam: User) -> None:
    client.force_login(sam)
    answer = client.post("/i18n/setlang/", {"language": "fr", "next": "/open/"})
    sam.refresh_from_db()
    assert (answer["Location"], sam.language) == ("/open/", "fr")


def test_the_language_switch_takes_only_our_languages(client: Client, sam: User) -> None:
    client.force_login(sam)
    client.post("/i18n/setlang/", {"language": "xx"})
    sam.refresh_from_db()
    assert sam.language == ""


def test_the_language_switch_does_not_send_people_away(client: Client) -> None:
    answer = client.post("/i18n/setlang/", {"language": "fr", "next": "https://evil.example/"})
    assert answer["Location"] == "/"
    assert client.get("/i18n/setlang/").status_code == 405


def test_programs_get_errors_as_json(client: Client) -> None:
    client.raise_request_exception = False
    assert client.get("/api/nowhere/").json() == {"code": "not_found", "detail": "This does not exist.", "fields": {}}
    assert client.get("/api/broken/").json()["code"] == "server_error"


@pytest.mark.parametrize("address", ["/open/?q=%00", "/open/?a%00=1", "/op%00en/", "/nowhere/?%00", "/static/%00"])
def test_an_address_that_holds_a_nul_is_broken(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert "This request is broken" in answer.content.decode()
    assert '<html lang="ar" dir="rtl">' in client.get(address, headers={"accept-language": "ar"}).content.decode()
    assert client.get(f"/api{address}").json()["code"] == "bad_request"


def test_a_percent_sign_before_zeros_is_no_nul(client: Client) -> None:
    assert client.get("/open/?q=100%2500").status_code == 200


def test_a_stale_form_is_told_how_to_go_on() -> None:
    answer = Client(enforce_csrf_checks=True).post("/i18n/setlang/", {"language": "fr"})
    assert answer.status_code == 403
    assert "This form was open too long" in answer.content.decode()


def test_the_page_of_a_fault_needs_no_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False
    body = client.get("/broken/").content.decode()
    assert "Something broke on our side" in body
    assert "a fault of ours" not in body


def test_the_navigation_leaves_out_what_is_missing_or_closed(client: Client, sam: User) -> None:
    client.force_login(sam)
    body = client.get("/").content.decode()
    assert 'href="/leads/"' in body
    assert 'href="/meetings/"' not in body
    assert 'href="/settings/"' not in body


def test_the_navigation_shows_settings_to_those_who_may(client: Client, ada: User) -> None:
    client.force_login(ada)
    assert 'href="/settings/"' in client.get("/").content.decode()


def test_the_language_of_the_test_run_is_untouched() -> None:
    assert translation.get_language() == "en"
