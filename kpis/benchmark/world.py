"""Leads and events by the hundred thousand, made by the database itself: skewed as real ones, and always the same."""

from __future__ import annotations

import json
from bisect import bisect
from datetime import datetime
from itertools import accumulate
from random import Random
from typing import Any

from django.db import connection

from agreements.models import AgreementVersion
from kpis.benchmark.database import run
from kpis.benchmark.terms import Points, agreed
from leads.scoring import rescore
from slaportal.accounts.models import Role, User

YEAR_DAYS = 365
REPS = 8
# What leads do: type, properties, and how many in 10,000 events are of that kind.
KINDS: list[tuple[str, dict[str, Any], int]] = [
    ("page_view", {"path": "/pricing"}, 250),
    ("page_view", {"path": "/product/overview", "seconds": 40}, 1000),
    ("page_view", {"path": "/docs/start", "seconds": 95}, 1100),
    ("page_view", {"path": "/customers/", "referrer": "search"}, 450),
    ("page_view", {"path": "/blog/why", "referrer": "social"}, 3200),
    ("email_open", {"campaign": "spring"}, 1900),
    ("email_click", {"campaign": "spring", "link": "/docs/start"}, 650),
    ("form_submission", {"form": "newsletter"}, 200),
    ("webinar", {"title": "What is new"}, 120),
    ("download", {"file": "guide.pdf"}, 300),
    ("event_visit", {"event": "fair"}, 60),
    ("chat", {"seconds": 200}, 150),
    ("demo_request", {"path": "/demo"}, 10),
    ("contact_request", {"path": "/contact"}, 10),
    ("unsubscribe", {}, 50),
    ("video_view", {"seconds": 30}, 550),
]
ENDS = list(accumulate(share for *_, share in KINDS))

LEADS = """
INSERT INTO leads_lead (id, public_id, source, external_id, email, name, company, title, phone, country, attributes,
    as_read, stage, stage_at, company_key, created_at, entered_at, updated_at)
SELECT n, gen_random_uuid(), source, 'L' || n, 'p' || n || '@' || domain, 'Person ' || n, company,
    title, phone, country, jsonb_build_object('industry', industry, 'employees', employees::text, 'revenue',
        (employees * 90000)::text, 'uses', uses, 'newsletter', newsletter, 'city', 'City ' || n %% 500,
        'campaign', 'c' || n %% 40, 'page', '/landing/' || n %% 30, 'device', 'desktop', 'language', 'en')
    || CASE WHEN n %% 50 = 0 THEN '{"competitor": "yes"}' ELSE '{}' END::jsonb,
    '{}', 'lead', at, '', at, at, at
FROM (SELECT n, (%(sources)s::text[])[1 + floor(4 * random() ^ 2)] AS source,
        (%(titles)s::text[])[1 + floor(20 * random() ^ 1.5)] AS title,
        (%(countries)s::text[])[1 + floor(16 * random() ^ 1.5)] AS country,
        (%(industries)s::text[])[1 + floor(12 * random())] AS industry,
        (%(domains)s::text[])[1 + floor(8 * random())] AS domain,
        floor(5 / (random() + 0.0001) ^ 0.9)::int AS employees,
        CASE WHEN random() < 0.8 THEN 'Company ' || n / 3 ELSE '' END AS company,
        CASE WHEN random() < 0.6 THEN '+44 20 ' || n ELSE '' END AS phone,
        CASE WHEN random() < 0.2 THEN 'CRM and mail' ELSE 'mail' END AS uses,
        CASE WHEN random() < 0.5 THEN 'true' ELSE 'false' END AS newsletter,
        %(at)s::timestamptz - random() * %(days)s * interval '1 day' AS at
    FROM generate_series(1, %(n)s) AS n OFFSET 0) one
"""
IDENTITIES = (
    "INSERT INTO leads_leadidentity (lead_id, source, external_id) SELECT id, source, external_id FROM leads_lead"
)
NEXT_ID = "SELECT setval(pg_get_serial_sequence('leads_lead', 'id'), (SELECT max(id) FROM leads_lead))"
# One lead in seven did nothing, half of them a handful of things, a few hundreds; most of it lately, and kept in the
# order of time as events come in.
EVENTS = """
INSERT INTO leads_leadevent (public_id, source, external_id, lead_id, type, properties, occurred_at, received_at)
SELECT gen_random_uuid(), 'past', 'E' || row_number() OVER (ORDER BY at), lead_id, k.type, k.properties, at, at
FROM (
    SELECT l.id AS lead_id, floor(10000 * random())::int AS place,
        %(at)s::timestamptz - interval '1 hour' - random() ^ 2 * %(days)s * interval '1 day' AS at
    FROM (SELECT id, CASE WHEN random() < 0.14 THEN 0
            ELSE least(400, floor(4 / (random() + 0.0001) ^ 0.7))::int END AS n FROM leads_lead OFFSET 0) l,
        LATERAL generate_series(1, l.n)
    OFFSET 0
) e JOIN unnest(%(types)s::text[], %(properties)s::jsonb[], %(starts)s::int[], %(ends)s::int[])
    AS k (type, properties, starts, ends) ON e.place >= k.starts AND e.place < k.ends
ORDER BY at
"""
SOURCES = ["web", "import", "fair", "referral"]
TITLES = [
    *("Sales Manager", "Marketing Specialist", "Software Engineer", "Student", "Consultant", "Project Manager"),
    *(
        "Account Executive",
        "Head of Sales",
        "Analyst",
        "Team Lead",
        "Director of Marketing",
        "Owner",
        "CEO and Founder",
    ),
    *("Architect", "Chief Revenue Officer", "VP Growth", "Assistant", "Internal Auditor", "Buyer", ""),
]
COUNTRIES = [
    *("Germany", "United States", "France", "United Kingdom", "India", "Spain", "Italy", "Brazil", "Netherlands"),
    *("Poland", "Austria", "Japan", "Belgium", "Indonesia", "Canada", ""),
]
INDUSTRIES = [
    *("Software", "Retail", "Finance", "Health", "Technology services", "Education", "Insurance", "Energy", "SaaS"),
    *("Media", "Construction", "Public"),
]
DOMAINS = ["gmail.com", *(f"firm{n}.example" for n in range(6)), "yahoo.com"]


def make_world(n_leads: int, at: datetime) -> AgreementVersion:
    """Leads with their past and their scores under terms in force; the version. About ten events per lead."""
    version = agreed(Points(), at)
    User.objects.bulk_create(
        User(email=f"rep{n}@benchmark.example", name=f"Rep {n}", role=Role.REP) for n in range(REPS)
    )
    _make_leads(n_leads, at)
    rescore(at=at)
    run("VACUUM (ANALYZE)")
    return version


def _make_leads(n_leads: int, at: datetime) -> None:
    starts = [end - share for end, (*_, share) in zip(ENDS, KINDS, strict=True)]
    values: dict[str, Any] = {
        "n": n_leads, "at": at, "days": YEAR_DAYS, "sources": SOURCES, "titles": TITLES, "countries": COUNTRIES,
        "industries": INDUSTRIES, "domains": DOMAINS, "types": [kind for kind, *_ in KINDS],
        "properties": [json.dumps(properties) for _, properties, _ in KINDS], "starts": starts, "ends": ENDS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.42)")
        cursor.execute(LEADS, values)
        cursor.execute(NEXT_ID)
        cursor.execute(IDENTITIES)
        cursor.execute("ANALYZE leads_lead")
        cursor.execute(EVENTS, values)
        cursor.execute("ANALYZE")


def new_events(n: int, n_leads: int, name: str, at: datetime, chance: Random) -> list[dict[str, Any]]:
    """Events as a program sends them, of kinds and leads as skewed as the past."""
    rows = []
    for number in range(n):
        kind, properties, _ = KINDS[bisect(ENDS, chance.randrange(10_000))]
        rows.append(
            {
                "source": "web",
                "external_id": f"{name}-{number}",
                "lead": {"external_id": f"L{1 + int(n_leads * chance.random() ** 1.5)}"},
                "type": kind,
                "occurred_at": at.isoformat(),
                "properties": properties,
            }
        )
    return rows
