"""Counts the visitors of a site without a name, and tells the page views of those who agreed to be known."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from django.core import signing
from django.db import connection

from leads.intake import append_events
from leads.intake.rows import UNSAFE
from leads.merges.names import lead_by_id
from leads.models import DaySalt, Lead, LeadSource, SeenVisitor, SiteVisitor
from leads.sources.counting import company_day
from leads.sources.designs import UTM

DIRECT, OTHER = "direct", "other"
# Of one site and day; whoever makes up more names of sources is counted under "other".
MOST_SOURCES = 200
LONGEST_SOURCE = 120
LONGEST_TEXT = 500
TOKEN_SALT = "leads.site-visitor"  # noqa: S105 - a name, no secret
TOKEN_HOLDS_FOR = dt.timedelta(days=30)
ROBOTS = re.compile(
    r"(?<!cu)bot|crawl|spider|slurp|preview|headless|lighthouse|monitor|curl|wget|python|java/|go-http|scrap|fetch|archiver",
    re.IGNORECASE,
)

# The second statement finds no row where the visitor was seen today.
COUNT_ONCE = """
WITH seen AS (
  INSERT INTO leads_seenvisitor (site_id, day, digest) VALUES (%(site)s, %(day)s, %(digest)s)
  ON CONFLICT DO NOTHING RETURNING 1
), named AS (
  SELECT CASE WHEN count(*) < %(most)s OR bool_or(source = %(source)s) THEN %(source)s ELSE %(other)s END AS source
  FROM leads_sitevisits WHERE site_id = %(site)s AND day = %(day)s
)
INSERT INTO leads_sitevisits AS v (site_id, day, source, count)
SELECT %(site)s, %(day)s, named.source, 1 FROM seen, named
ON CONFLICT (day, site_id, source) DO UPDATE SET count = v.count + 1
RETURNING count
"""


def is_robot(agent: str) -> bool:
    """Whether a browser of this name is a program; one without a name is."""
    return not agent.strip() or ROBOTS.search(agent) is not None


def count_visit(*, site: LeadSource, source: str, address: str, agent: str, at: dt.datetime) -> bool:
    """Count a visitor once a day; whether this was the first visit today.

    Who it was is kept as a digest of address and browser with the day's salt, and only until the day is over: then
    salt and digests are deleted, and nobody can tell who came, or that it was the same person on another day.
    """
    day = company_day(at)
    told = f"{site.pk}\n{address}\n{agent}".encode("utf-8", "replace")
    digest = hashlib.blake2b(told, key=_salt(day), digest_size=16).digest()
    facts: dict[str, Any] = {
        "site": site.pk,
        "day": day,
        "digest": digest,
        "source": source,
        "other": OTHER,
        "most": MOST_SOURCES,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT_ONCE, facts)
        return cursor.fetchone() is not None


def source_of(page: str, before: str) -> str:
    """Where a visit comes from: utm_source, else the domain of the page before, else "direct"."""
    said = utm_of(page).get("utm_source", "")
    host, host_before = _host(page), _host(before)
    name = said or (host_before if host_before != host else "") or DIRECT
    return " ".join(_clean(name).lower().split())[:LONGEST_SOURCE] or DIRECT


def utm_of(page: str) -> dict[str, str]:
    """The utm_… parameters of an address."""
    try:
        found = parse_qsl(urlsplit(page).query, max_num_fields=100)
    except ValueError:
        return {}
    return {name: _clean(value)[:LONGEST_SOURCE] for name, value in found if name in UTM and value}


def tell_page_view(*, site: LeadSource, browser: UUID, view: str, page: str, title: str, at: dt.datetime) -> bool:
    """Append a page view to the lead that this browser was tied to; whether there is one. The same view counts once."""
    lead = Lead.objects.filter(browsers__browser=browser).first()
    if lead is None:
        return False
    path = _clean(_path(page))[:LONGEST_TEXT] or "/"
    facts: Mapping[str, str] = {"path": path, "title": _clean(title)[:LONGEST_TEXT], "site": site.name, **utm_of(page)}
    event = {
        "source": site.name,
        "external_id": f"{browser}:{view}",
        "lead": {"id": str(lead.public_id)},
        "type": "page_view",
        "occurred_at": at,
        "properties": {name: value for name, value in facts.items() if value},
    }
    return not append_events([event], by=None, at=at).rejected


def visitor_token(lead: Lead) -> str:
    """What a page gives to `slaportal.identify` when it knows for sure who reads it; holds for 30 days."""
    return signing.dumps(str(lead.public_id), salt=TOKEN_SALT)


def tie_browser(*, browser: UUID, token: str, at: dt.datetime) -> bool:
    """Tie a browser to the lead of a token that we signed; whether the token is good. The newest token counts."""
    try:
        public_id = signing.loads(token, salt=TOKEN_SALT, max_age=TOKEN_HOLDS_FOR)
    except signing.BadSignature:
        return False
    lead = lead_by_id(public_id)
    if lead is None:
        return False
    SiteVisitor.objects.update_or_create(browser=browser, defaults={"lead": lead, "linked_at": at})
    return True


def forget_visitors(at: dt.datetime) -> int:
    """Delete salt and digests of the days that are over; how many digests. Called every ten minutes."""
    today = company_day(at)
    DaySalt.objects.filter(day__lt=today).delete()
    return SeenVisitor.objects.filter(day__lt=today).delete()[0]


def _salt(day: dt.date) -> bytes:
    known = DaySalt.objects.filter(day=day).first()
    if known is None:
        DaySalt.objects.bulk_create([DaySalt(day=day, salt=secrets.token_bytes(32))], ignore_conflicts=True)
        known = DaySalt.objects.get(day=day)
    return bytes(known.salt)


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def _clean(text: str) -> str:
    return UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)
