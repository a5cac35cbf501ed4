"""Forms of any web site: what is taken, from whom, how often; what a visitor is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.test import Client

from leads.drain import drain_events
from leads.forms.submitted import SubmittedForm
from leads.merges.joining import merge_leads
from leads.models import Handoff, Lead, LeadEvent, LeadSource, SiteVisitor, SourceDay, SourceDelivery, SourceKind
from leads.sources.deliveries import forget_forms
from leads.sources.designs import FormDesign, origin_of, snippet
from leads.sources.keeping import add_source, change_source, set_source_active
from leads.views.sources import form as form_views
from slaportal.accounts.models import User
from slaportal.web.limits import Limit

NOW = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)
SITE = "https://www.nordlys.example"
BROWSER = "5b0e3f0e-95a5-4a5d-8d53-0d7b8f1d7d11"
ENTRIES = {"email": "Dana@acme.example", "name": "Dana Roy", "message": "Call me", "attributes.Team size": "40"}
OPTIONS: dict[str, Any] = {
    "fields": [
        {"name": "email", "label": "E-mail", "required": True},
        {"name": "name", "label": "Your <name>", "required": False},
        {"name": "title", "label": "Job", "required": False},
        {"name": "message", "label": "Message", "required": False},
        {"name": "attributes.Team size", "label": "Team size", "required": False},
    ],
    "event_type": "demo_request",
    "origins": [SITE],
    "consent": {"text": "Write to me about Nordlys.", "required": False},
    "redirect": "",
    "thanks": "",
    "button": "Send",
}
JSON = {"Accept": "application/json"}
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def form(ada: User) -> LeadSource:
    return add_source(kind=SourceKind.FORM, name="website", options=OPTIONS, by=ada, at=NOW)[0]


def send(form: LeadSource, entries: dict[str, Any] | None = None, **headers: str) -> Any:
    return Client().post(f"/hooks/form/{form.public_id}/", ENTRIES if entries is None else entries, headers=headers)


def counts() -> tuple[int, int, int]:
    row = SourceDay.objects.get()
    return row.received, row.refused, row.spam


def test_a_form_makes_the_lead_and_what_it_asked_for(form: LeadSource) -> None:
    answer = send(form, {**ENTRIES, "page": f"{SITE}/contact", "utm_source": "news"}, Origin=SITE)
    assert (answer.status_code, answer["Location"]) == (303, f"/hooks/form/{form.public_id}/thanks/")
    assert "Thank you" in Client().get(answer["Location"]).content.decode()
    lead = Lead.objects.get()
    assert (lead.email, lead.name, lead.source) == ("dana@acme.example", "Dana Roy", "website")
    assert lead.attributes == {"Team size": "40"}
    event = LeadEvent.objects.get()
    assert (event.type, event.source, event.occurred_at) == ("demo_request", "website", NOW)
    assert event.properties == {
        "form": "website",
        "message": "Call me",
        "page": f"{SITE}/contact",
        "utm_source": "news",
    }
    assert counts() == (1, 0, 0)


@pytest.mark.usefixtures("active_terms", "sam")
def test_a_raised_hand_goes_to_sales(form: LeadSource, make_lead: Any) -> None:
    fits = {"employees": "400", "industry": "Software"}
    make_lead(email="dana@acme.example", title="Head of Sales", country="France", attributes=fits)
    send(form)
    drain_events(NOW)
    assert Handoff.objects.get().trigger == "hand_raise"


def test_what_was_agreed_to_is_kept_word_for_word(form: LeadSource, ada: User) -> None:
    send(form, {**ENTRIES, "consent": "yes", "page": f"{SITE}/contact"})
    change_source(public_id=form.public_id, options={"consent": {"text": "Other", "required": True}}, by=ada, at=NOW)
    event = LeadEvent.objects.get(type="consent_given")
    assert event.properties == {"text": "Write to me about Nordlys.", "page": f"{SITE}/contact", "form": "website"}
    refused = send(form, {**ENTRIES, "message": "Again"}, **JSON)
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["consent"])


def test_a_second_click_counts_once_and_the_same_words_later_again(form: LeadSource, clock: Any) -> None:
    assert {send(form).status_code for _ in range(3)} == {303}
    assert LeadEvent.objects.count() == 1
    clock.shift(timedelta(minutes=9))
    send(form)
    assert LeadEvent.objects.count() == 1
    clock.shift(timedelta(minutes=2))
    send(form)
    assert LeadEvent.objects.count() == 2
    clock.shift(timedelta(minutes=11))
    assert forget_forms(NOW + timedelta(minutes=22)) == 1
    assert not SourceDelivery.objects.exists()


def test_a_stranger_changes_nothing_of_a_known_lead(form: LeadSource, make_lead: Any) -> None:
    make_lead(email="dana@acme.example", name="Dana Meyer", title="", attributes={"Team size": "12"})
    send(form, {**ENTRIES, "title": "CFO", "visitor": BROWSER})
    lead = Lead.objects.get()
    assert (lead.name, lead.title, lead.attributes) == ("Dana Meyer", "CFO", {"Team size": "12"})
    assert LeadEvent.objects.get().properties["entered"] == {"name": "Dana Roy", "Team size": "40"}
    assert not SiteVisitor.objects.exists()


def test_an_address_of_old_is_that_of_a_known_lead(form: LeadSource, make_lead: Any, ada: User) -> None:
    kept = make_lead(name="Dana Meyer", title="", attributes={"Team size": "12"})
    merge_leads(kept=kept, gone=make_lead(email="dana@acme.example", title=""), by=ada, at=NOW)
    for _ in range(2):
        send(form, {**ENTRIES, "title": "CFO", "visitor": BROWSER})
    lead = Lead.objects.get()
    assert (lead.email, lead.name, lead.title) == (kept.email, "Dana Meyer", "CFO")
    assert lead.attributes == {"Team size": "12"}
    assert LeadEvent.objects.get().properties["entered"] == {"name": "Dana Roy", "Team size": "40"}


@pytest.mark.parametrize(("phone", "is_right"), [("++++", False), ("(-)", False), ("+33 1 23", True), ("٠١٢٣", True)])
def test_a_telephone_number_has_digits(phone: str, is_right: bool) -> None:
    asked = [*OPTIONS["fields"], {"name": "phone", "label": "Phone", "required": False}]
    design = FormDesign.of(LeadSource(options={**OPTIONS, "fields": asked}))
    filled = SubmittedForm({**ENTRIES, "phone": phone}, design=design)
    assert filled.is_valid() is is_right
    assert list(filled.errors) == ([] if is_right else ["phone"])


def test_a_browser_is_tied_to_the_lead_that_it_made_alone(form: LeadSource) -> None:
    send(form, {**ENTRIES, "visitor": BROWSER})
    send(form, {**ENTRIES, "email": "noor@fjord.example", "visitor": BROWSER})
    send(form, {**ENTRIES, "email": "leo@fjord.example", "visitor": "nonsense"})
    assert SiteVisitor.objects.get().lead.email == "dana@acme.example"


@pytest.mark.parametrize(
    ("entries", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": f"{'x' * 250}@a.example"}, "email"),
        ({"name": "a\0b"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"message": "x" * 5001}, "message"),
        ({"attributes.Team size": "x" * 501}, "attributes.Team size"),
    ],
)
def test_what_is_wrong_is_named_and_the_rest_is_kept(form: LeadSource, entries: dict[str, str], field: str) -> None:
    wrong = {**ENTRIES, "message": "<b>Keep me</b>", **entries}
    told = send(form, wrong, **JSON)
    assert (told.status_code, list(told.json()["fields"])) == (422, [field])
    page = send(form, wrong)
    assert page.status_code == 422
    assert "dana" in page.content.decode().lower() or field == "email"
    assert ("&lt;b&gt;Keep me&lt;/b&gt;" in page.content.decode()) == (field != "message")
    assert not Lead.objects.exists()
    assert counts() == (0, 2, 0)


def test_the_page_of_corrections_speaks_the_visitors_language(form: LeadSource) -> None:
    page = send(form, {"email": ""}, **{"Accept-Language": "ar"}).content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    answer = send(form, {"email": ""}, Origin=SITE)
    assert not answer.cookies
    assert "form-action 'self';" in answer["Content-Security-Policy"]


def test_a_robot_is_thanked_and_nothing_is_kept(form: LeadSource) -> None:
    answer = send(form, {**ENTRIES, "homepage": "https://spam.example"})
    assert answer.status_code == 303
    assert not Lead.objects.exists()
    assert counts() == (0, 0, 1)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Origin": SITE}, 303),
        ({"Origin": SITE.upper()}, 303),
        ({"Origin": "http://testserver"}, 303),
        ({"Origin": "null"}, 303),
        ({"Referer": f"{SITE}/contact?a=1"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": f"{SITE}.evil.example"}, 403),
        ({"Origin": f"{SITE}:8443"}, 403),
        ({"Origin": "http://www.nordlys.example"}, 403),
        ({"Origin": "null", "Referer": "https://evil.example/x"}, 403),
        ({"Referer": "https://evil.example/?https://www.nordlys.example"}, 403),
    ],
)
def test_only_the_sites_of_the_list_send(form: LeadSource, headers: dict[str, str], status: int) -> None:
    assert send(form, **headers).status_code == status
    assert Lead.objects.count() == (status == 303)


def test_a_site_sends_by_fetch_and_reads_the_answer(form: LeadSource) -> None:
    address = f"/hooks/form/{form.public_id}/"
    asked = Client().options(address, headers={"Origin": SITE, "Access-Control-Request-Method": "POST"})
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, SITE)
    assert "Access-Control-Allow-Origin" not in Client().options(address, headers={"Origin": "https://evil.example"})
    sent = Client().post(address, json.dumps(ENTRIES), "application/json", headers={**JSON, "Origin": SITE})
    assert (sent.status_code, sent.json()["is_taken"]) == (201, True)
    assert (sent["Access-Control-Allow-Origin"], "Origin" in sent["Vary"]) == (SITE, True)
    assert "Access-Control-Allow-Credentials" not in sent


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"a":' * 10_000, 400),
        (b'{"email": "\\ud800"}', 400),
        (b"[]", 422),
        (b'{"email": {"a": 1}}', 422),
        (b" " * 65_537, 413),
    ],
)
def test_a_body_that_is_no_form_is_refused(form: LeadSource, body: bytes, status: int) -> None:
    answer = Client().post(f"/hooks/form/{form.public_id}/", body, "application/json", headers=JSON)
    assert answer.status_code == status
    assert not Lead.objects.exists()


def test_a_flood_ends_with_when_to_come_again(form: LeadSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_views, "OF_ONE", Limit("test-one", 2, 600))
    codes = [send(form, {**ENTRIES, "message": str(n)}).status_code for n in range(5)]
    assert codes == [303, 303, 429, 429, 429]
    answer = send(form, **{"X-Forwarded-For": "203.0.113.9"})
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)
    assert "Try again in" in answer.content.decode()
    assert counts() == (2, 4, 0)


def test_the_address_is_the_hop_that_our_proxy_saw(
    form: LeadSource, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    monkeypatch.setattr(form_views, "OF_ONE", Limit("test-hop", 1, 600))
    forged = [send(form, **{"X-Forwarded-For": f"10.0.0.{n}, 203.0.113.9"}).status_code for n in range(3)]
    assert forged == [303, 429, 429]
    assert send(form, **{"X-Forwarded-For": "203.0.113.10"}).status_code == 303


def test_the_visitor_goes_on_to_a_page_of_the_site(form: LeadSource, ada: User) -> None:
    change_source(public_id=form.public_id, options={"redirect": f"{SITE}/thanks?a=1"}, by=ada, at=NOW)
    assert send(form, {**ENTRIES, "redirect": "https://evil.example"})["Location"] == f"{SITE}/thanks?a=1"
    wrong = send(form, {"email": ""})
    assert f"form-action 'self' {SITE};" in wrong["Content-Security-Policy"]


def test_a_paused_form_says_so(form: LeadSource, ada: User) -> None:
    set_source_active(public_id=form.public_id, is_active=False, by=ada, at=NOW)
    assert send(form).status_code == 503
    assert Client().get(f"/hooks/form/{form.public_id}/").status_code == 405


class Names(HTMLParser):
    """The fields of a form, and what is hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if name := dict(attrs).get("name"):
            self.names.append(name)


def test_the_snippet_holds_the_chosen_fields_and_no_style_or_script(form: LeadSource) -> None:
    html = snippet(form)
    fields = Names()
    fields.feed(html)
    assert fields.names[:7] == ["email", "name", "title", "message", "attributes.Team size", "consent", "homepage"]
    assert "Your &lt;name&gt;" in html
    assert "style" not in html
    assert "<script" not in html
    assert f'action="http://127.0.0.1:8000/hooks/form/{form.public_id}/"' in html


def design(**changed: str) -> dict[str, str]:
    return {"name": "website", "event_type": "demo_request", "label_email": "E-mail", "button": "Send"} | changed


def test_a_form_is_designed_tried_and_changed(ada: User) -> None:
    client = Client()
    client.force_login(ada)
    entries = design(ask_name="required", label_name="Your name", attributes="Team size*\nCity", origins=f"{SITE}/x")
    entries |= {"consent": "required", "consent_text": "Write to me.", "redirect": f"{SITE}/thanks"}
    made = client.post("/settings/sources/new/form/", entries, follow=True)
    source = LeadSource.objects.get()
    assert "&lt;form action=" in made.content.decode()
    asked = [(one["name"], one["required"]) for one in source.options["fields"]]
    assert asked == [
        ("email", True),
        ("name", True),
        ("attributes.Team size", True),
        ("attributes.City", False),
    ]
    assert (source.options["origins"], source.options["redirect"]) == ([SITE], f"{SITE}/thanks")
    page = f"/settings/sources/{source.public_id}/"
    kept = client.get(f"{page}edit/").content.decode()
    assert "Team size*\nCity" in kept
    assert "Your name" in kept
    tried = {"email": "test@acme.example", "name": "T", "attributes.Team size": "4", "consent": "on"}
    shown = client.post(f"{page}preview/", tried)
    assert f"/leads/{Lead.objects.get().public_id}/" in shown.content.decode()
    assert client.post(f"{page}preview/", {"email": "test@acme.example"}).status_code == 422
    n_leads = Lead.objects.count()
    LeadSource.objects.update(is_active=False)
    paused = client.post(f"{page}preview/", tried | {"email": "other@acme.example"})
    assert (paused.status_code, "is paused" in paused.content.decode(), Lead.objects.count()) == (422, True, n_leads)


@pytest.mark.parametrize(
    "changed",
    [
        {"origins": "not a site"},
        {"origins": "ftp://a.example"},
        {"redirect": "https://evil.example/"},
        {"redirect": "javascript:alert(1)"},
        {"consent": "required"},
        {"event_type": ""},
        {"label_email": ""},
        {"attributes": "x" * 201},
        {"attributes": "\n".join(f"a{n}" for n in range(51))},
    ],
)
def test_a_design_that_cannot_work_is_told(ada: User, changed: dict[str, str]) -> None:
    client = Client()
    client.force_login(ada)
    assert client.post("/settings/sources/new/form/", design(**changed)).status_code == 422
    assert not LeadSource.objects.exists()


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://www.example.com/a?b#c", "https://www.example.com"),
        ("HTTPS://WWW.Example.com:443", "https://www.example.com"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("https://user@host.example/", "https://host.example"),
        ("https://host:99999999/", ""),
        ("javascript:alert(1)", ""),
        ("https://", ""),
        ("null", ""),
        ("", ""),
        ("https://[", ""),
    ],
)
def test_an_origin_is_what_browsers_send(address: str, origin: str) -> None:
    assert origin_of(address) == origin
