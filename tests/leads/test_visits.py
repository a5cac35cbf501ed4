"""Visits of a web site: counted once a day without a name, told by name only of those who agreed and proved it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient

from leads import sources
from leads.merges.joining import merge_leads
from leads.models import (
    DaySalt,
    Lead,
    LeadEvent,
    LeadSource,
    SeenVisitor,
    SiteVisitor,
    SiteVisits,
    SourceDay,
    SourceKind,
)
from leads.sources import visits
from leads.sources.keeping import add_source, retire_source
from leads.sources.visits import forget_visitors, is_robot, source_of, visitor_token
from leads.views.sources import site as site_views
from slaportal.accounts.models import User
from slaportal.accounts.tokens import create_token
from slaportal.web.limits import Limit

NOW = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)
SITE = "https://www.nordlys.example"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BROWSER = "5b0e3f0e-95a5-4a5d-8d53-0d7b8f1d7d11"
VIEW = "6c1f4a1f-0000-4a5d-8d53-0d7b8f1d7d1{}"
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def site(ada: User) -> LeadSource:
    return add_source(kind=SourceKind.SITE, name="nordlys.example", options={"origins": [SITE]}, by=ada, at=NOW)[0]


def report(site: LeadSource, *, address: str = "203.0.113.9", headers: Any = None, **told: Any) -> Any:
    """A visit as the script reports it."""
    body = {"page": f"{SITE}/pricing?utm_source=News", "title": "Pricing", "before": "", **told}
    sent = {"User-Agent": FIREFOX, "Origin": SITE, **(headers or {})}
    client = Client(REMOTE_ADDR=address)
    return client.post(f"/hooks/visit/{site.public_id}/", json.dumps(body), "text/plain;charset=UTF-8", headers=sent)


def counted() -> dict[str, int]:
    return dict(SiteVisits.objects.values_list("source", "count"))


def test_a_visitor_counts_once_a_day_and_leaves_no_name(site: LeadSource, clock: Any) -> None:
    assert {report(site).status_code for _ in range(3)} == {204}
    report(site, address="203.0.113.10")
    report(
        site, headers={"User-Agent": FIREFOX + " other"}, page=f"{SITE}/", before="https://www.google.com/search?q=a"
    )
    assert counted() == {"news": 2, "google.com": 1}
    assert not report(site).cookies
    kept = str(list(SeenVisitor.objects.values())) + str(list(SourceDay.objects.values()))
    assert "203.0.113" not in kept
    assert not LeadEvent.objects.exists()
    first = {bytes(digest) for digest in SeenVisitor.objects.values_list("digest", flat=True)}
    clock.shift(timedelta(days=1))
    report(site)
    assert SiteVisits.objects.count() == 3
    assert forget_visitors(NOW + timedelta(days=1)) == 3
    assert (DaySalt.objects.count(), SeenVisitor.objects.count()) == (1, 1)
    assert bytes(SeenVisitor.objects.get().digest) not in first


def test_counts_of_requests_hold_no_address_either(site: LeadSource) -> None:
    from slaportal.web.models import RateCount

    report(site)
    assert RateCount.objects.count() == 2
    assert "203.0.113" not in str(list(RateCount.objects.values()))


@pytest.mark.parametrize(
    ("page", "before", "source"),
    [
        (f"{SITE}/?utm_source=News%20Letter", "https://google.com/", "news letter"),
        (f"{SITE}/", "https://www.Google.com/search", "google.com"),
        (f"{SITE}/", f"{SITE}/other", "direct"),
        (f"{SITE}/", "https://nordlys.example/other", "direct"),
        (f"{SITE}/", "", "direct"),
        ("", "", "direct"),
        ("https://[", "https://[", "direct"),
        (f"{SITE}/?utm_source=%00%20", "", "\N{REPLACEMENT CHARACTER}"),
        (f"{SITE}/?utm_source=" + "x" * 500, "", "x" * 120),
        (f"{SITE}/?" + "a=1&" * 200 + "utm_source=x", "", "direct"),
    ],
)
def test_where_a_visit_comes_from(page: str, before: str, source: str) -> None:
    assert source_of(page, before) == source


@pytest.mark.parametrize(
    "headers", [{"DNT": "1"}, {"Sec-GPC": "1"}, {"User-Agent": "Googlebot/2.1"}, {"User-Agent": ""}]
)
def test_who_asks_not_to_be_tracked_is_not_and_robots_are_not(site: LeadSource, headers: dict[str, str]) -> None:
    assert report(site, headers=headers).status_code == 204
    assert not SiteVisits.objects.exists()
    assert not SeenVisitor.objects.exists()
    assert not SourceDay.objects.exists()


def test_browsers_are_no_robots() -> None:
    assert not is_robot(FIREFOX)
    assert not is_robot("Mozilla/5.0 (Linux; Android 14; CUBOT X70) Chrome/142.0.0.0 Mobile Safari/537.36")
    assert is_robot("Mozilla/5.0 HeadlessChrome/140.0")


def test_page_views_become_events_of_the_lead_that_proved_itself(site: LeadSource, make_lead: Any) -> None:
    lead = make_lead(email="dana@acme.example")
    report(site, browser=BROWSER, view=VIEW.format(1))
    assert not LeadEvent.objects.exists()
    report(site, browser=BROWSER, view=VIEW.format(2), token=visitor_token(lead))
    report(site, browser=BROWSER, view=VIEW.format(2))
    report(site, browser=BROWSER, view=VIEW.format(3), page=f"{SITE}/demo")
    events = LeadEvent.objects.order_by("id")
    assert [(event.lead_id, event.type, event.properties["path"]) for event in events] == [
        (lead.pk, "page_view", "/pricing"),
        (lead.pk, "page_view", "/demo"),
    ]
    assert events[0].properties == {
        "path": "/pricing",
        "title": "Pricing",
        "site": "nordlys.example",
        "utm_source": "News",
    }


def test_the_token_of_a_merged_lead_leads_to_the_one_that_took_it_in(site: LeadSource, make_lead: Any) -> None:
    kept, gone = make_lead(), make_lead()
    token = visitor_token(gone)
    merge_leads(kept=kept, gone=gone, by=None, at=NOW)
    report(site, browser=BROWSER, view=VIEW.format(1), token=token)
    assert LeadEvent.objects.get().lead == kept


@pytest.mark.parametrize("token", ["nonsense", "eyJh:1:2", "x" * 3000])
def test_a_token_that_we_did_not_sign_ties_nothing(site: LeadSource, token: str) -> None:
    assert report(site, browser=BROWSER, view=VIEW.format(1), token=token).status_code == 204
    assert not SiteVisitor.objects.exists()


def test_an_old_token_ties_nothing(site: LeadSource, make_lead: Any, clock: Any) -> None:
    token = visitor_token(make_lead())
    clock.shift(timedelta(days=31))
    report(site, browser=BROWSER, view=VIEW.format(1), token=token)
    assert not SiteVisitor.objects.exists()


def test_a_browser_reads_no_more_pages_in_a_day_than_a_person(
    site: LeadSource, make_lead: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_views, "VIEWS", Limit("test-views", 2, 86_400))
    token = visitor_token(make_lead())
    for n in range(5):
        report(site, browser=BROWSER, view=VIEW.format(n), token=token)
    assert LeadEvent.objects.count() == 2


def test_made_up_sources_are_counted_as_one(site: LeadSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "MOST_SOURCES", 2)
    for n in range(5):
        report(site, address=f"203.0.113.{n}", page=f"{SITE}/?utm_source=s{n % 4}")
    assert counted() == {"s0": 2, "s1": 1, "other": 2}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[[[" * 3000, 413),
        (b"[[[]]]", 400),
        (b'{"page": "a\\u0000"}', 400),
        (b"[]", 422),
        (b'{"page": 1, "browser": {}}', 204),
        (b'{"page": "https://[", "title": "x"}', 204),
        (b" " * 8193, 413),
    ],
)
def test_a_report_that_is_none_is_refused(site: LeadSource, body: bytes, status: int) -> None:
    answer = Client().post(
        f"/hooks/visit/{site.public_id}/", body, "text/plain", headers={"User-Agent": FIREFOX, "Origin": SITE}
    )
    assert answer.status_code == status


def test_a_page_whose_address_cannot_be_read_is_a_page_view_all_the_same(site: LeadSource, make_lead: Any) -> None:
    report(site, browser=BROWSER, view=VIEW.format(1), token=visitor_token(make_lead()))
    assert report(site, browser=BROWSER, view=VIEW.format(2), page="http://[x").status_code == 204
    assert [event.properties["path"] for event in LeadEvent.objects.order_by("id")] == ["/pricing", "/"]


def test_other_sites_and_floods_are_refused(site: LeadSource, monkeypatch: pytest.MonkeyPatch) -> None:
    assert report(site, headers={"Origin": "https://evil.example"}).status_code == 403
    monkeypatch.setattr(site_views, "OF_ONE", Limit("test-visit", 1, 60))
    answers = [report(site) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [204, 429, 429]
    assert int(answers[1]["Retry-After"]) > 0
    row = SourceDay.objects.get()
    assert (row.received, row.refused) == (1, 3)


def test_an_ended_site_counts_nothing(site: LeadSource, ada: User) -> None:
    report(site)
    retire_source(public_id=site.public_id, by=ada, at=NOW)
    assert report(site, address="203.0.113.10").status_code == 410
    assert counted() == {"news": 1}


def test_the_script_is_small_and_the_same_for_all(db: None) -> None:
    answer = Client().get("/hooks/site.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert len(answer.content) <= 2048
    assert answer.content == (Path(sources.__file__).parent / "site.js").read_bytes()
    assert b"cookie" not in answer.content.split(b"\n", 1)[1]


def test_the_page_of_a_site_tells_how_to_install_it_and_what_it_counted(ada: User) -> None:
    client = Client()
    client.force_login(ada)
    shown = client.post("/settings/sources/new/site/", {"name": "nordlys.example", "origins": SITE}, follow=True)
    site = LeadSource.objects.get()
    assert f"data-source=&quot;{site.public_id}&quot;" in shown.content.decode().replace('"', "&quot;")
    report(site)
    page = client.get(f"/settings/sources/{site.public_id}/").content.decode()
    assert "<dt><bdi>news</bdi></dt><dd>1</dd>" in page
    assert "/hooks/site.js" in page


@pytest.mark.parametrize(("who", "status"), [("mina", 200), ("sam", 403)])
def test_a_program_gets_the_token_of_a_lead(request: Any, make_lead: Any, who: str, status: int) -> None:
    lead: Lead = make_lead()
    person = request.getfixturevalue(who)
    _, text = create_token(owner=person, name="site", by=person)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    answer = client.get(f"/api/leads/{lead.public_id}/visitor-token/")
    assert answer.status_code == status
    assert status == 403 or answer.json() == {"token": visitor_token(lead), "holds_for_days": 30}
