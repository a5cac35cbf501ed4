"""A web site of somebody else with our form and our script on it, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead, LeadEvent, LeadSource, SiteVisitor, SiteVisits, SourceKind
from leads.sources.designs import snippet
from leads.sources.keeping import add_source, change_source
from slaportal.accounts.models import User
from tests.flows.browser import Browser, expect, needs_chromium
from tests.flows.test_browser_pages import MEASURE

pytestmark = [needs_chromium, pytest.mark.django_db(transaction=True)]

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
FIELDS = [
    {"name": "email", "label": "E-mail", "required": True},
    {"name": "name", "label": "Name", "required": False},
]
OPTIONS = {"fields": FIELDS, "event_type": "demo_request", "button": "Ask for a demo"}
OPTIONS |= {"consent": {"text": "Write to me.", "required": True}}


@dataclass
class Site:
    """Pages at an origin of their own; every address shows the same one."""

    origin: str
    html: str = ""


@pytest.fixture
def site() -> Iterator[Site]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(known.html.encode())

        def log_message(self, *_: Any) -> None:
            """The test's output is not for a log of requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    known = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield known
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def form(site: Site, live_server: Any, settings: Any, ada: User) -> LeadSource:
    """The form and the script, pasted into the site's page as our pages show them."""
    settings.PUBLIC_URL = live_server.url
    at, origins = timezone.now(), [site.origin]
    form, _ = add_source(
        kind=SourceKind.FORM, name="contact form", options={**OPTIONS, "origins": origins}, by=ada, at=at
    )
    visits, _ = add_source(kind=SourceKind.SITE, name="our site", options={"origins": origins}, by=ada, at=at)
    script = f'<script src="{live_server.url}/hooks/site.js" data-source="{visits.public_id}" defer></script>'
    # Its icon is in the page: a browser asks a site for one when it likes, even when the site is gone.
    head = '<title>Pricing</title><link rel="icon" href="data:,">'
    site.html = f'<!doctype html><html lang="en">{head}{snippet(form)}{script}</html>'
    return form


def visit(page: Any, address: str) -> None:
    """Open a page and wait until its visit was reported."""
    with page.expect_event("requestfinished", lambda request: "/hooks/visit/" in request.url):
        page.goto(address)


def fill(page: Any, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Name").fill("Dana Roy")
    page.get_by_label("Write to me.").check()
    page.get_by_role("button", name="Ask for a demo").click()


def test_a_visitor_is_counted_and_known_only_after_consent(browser: Browser, site: Site, form: LeadSource) -> None:
    page = browser.window(user_agent=AGENT)
    visit(page, f"{site.origin}/pricing?utm_source=news")
    visit(page, f"{site.origin}/pricing")
    assert dict(SiteVisits.objects.values_list("source", "count")) == {"news": 1}
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length") == 0
    assert not page.get_by_label("Leave this empty").is_visible()
    visit(page, f"{site.origin}/pricing?utm_source=news&utm_campaign=autumn")
    page.evaluate("slaportal.consent()")
    fill(page, "dana@acme.example")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()

    lead = Lead.objects.get()
    asked = LeadEvent.objects.get(type="demo_request")
    assert (asked.lead_id, asked.properties["utm_campaign"]) == (lead.pk, "autumn")
    assert asked.properties["page"] == f"{site.origin}/pricing?utm_source=news&utm_campaign=autumn"
    assert LeadEvent.objects.get(type="consent_given").properties["text"] == "Write to me."
    assert SiteVisitor.objects.get().lead == lead
    visit(page, f"{site.origin}/customers")
    viewed = LeadEvent.objects.get(type="page_view")
    assert (viewed.lead_id, viewed.properties["path"], viewed.properties["title"]) == (lead.pk, "/customers", "Pricing")
    page.evaluate("slaportal.consent(false)")
    visit(page, f"{site.origin}/careers")
    assert LeadEvent.objects.filter(type="page_view").count() == 1
    assert page.context.cookies() == []


def test_who_asks_not_to_be_tracked_is_not(browser: Browser, site: Site, form: LeadSource) -> None:
    page = browser.window(user_agent=AGENT)
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.goto(f"{site.origin}/pricing", wait_until="networkidle")
    page.evaluate("slaportal.consent()")
    assert any(url.endswith("/hooks/site.js") for url in sent)
    assert not any("/hooks/visit/" in url for url in sent)
    assert page.evaluate("localStorage.length") == 0


def test_the_form_works_without_a_script_and_goes_back_to_the_site(
    browser: Browser, site: Site, form: LeadSource, ada: User
) -> None:
    change_source(public_id=form.public_id, options={"redirect": f"{site.origin}/thanks"}, by=ada, at=timezone.now())
    page = browser.window(javascript=False, user_agent=AGENT)
    page.goto(f"{site.origin}/pricing")
    # A browser takes this for an address, we do not.
    fill(page, "dana@acme")
    expect(page.get_by_role("heading", name="Please look at this again")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Dana Roy")
    assert not Lead.objects.exists()
    page.get_by_label("E-mail").fill("dana@acme.example")
    page.get_by_role("button", name="Ask for a demo").click()
    page.wait_for_url(f"{site.origin}/thanks")
    assert Lead.objects.get().name == "Dana Roy"
    assert page.context.cookies() == []


def test_what_a_stranger_typed_widens_no_page(browser: Browser, make_lead: Any, mina: User) -> None:
    typed = dict.fromkeys(("name", "company", "title", "country", "source"), "W" * 60)
    lead, other = (make_lead(**typed, phone="1" * 40, email=f"{'m' * 50}{n}@x.example") for n in range(2))
    page = browser.window(mina, width=375)
    for address in ("/leads/", f"/leads/{lead.public_id}/", f"/leads/{lead.public_id}/merge/?with={other.public_id}"):
        page.goto(address)
        measured = page.evaluate(MEASURE)
        assert measured["over"] == 0, (address, measured["widest"])
