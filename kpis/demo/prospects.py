"""Who comes by: invented people with a profile, and what they do over the days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils.text import slugify

FIRST = [
    "Aiko",
    "Amina",
    "Anders",
    "Bruno",
    "Camille",
    "Carmen",
    "Chidi",
    "Dana",
    "Elena",
    "Emeka",
    "Farid",
    "Giulia",
    "Hana",
    "Hugo",
    "Ines",
    "Ivan",
    "Jonas",
    "Kamal",
    "Karin",
    "Lea",
    "Lina",
    "Marco",
    "Mei",
    "Nadia",
    "Nils",
    "Olga",
    "Omar",
    "Paula",
    "Pedro",
    "Priya",
    "Rana",
    "Ravi",
    "Rosa",
    "Samir",
    "Sofia",
    "Tomas",
    "Uma",
    "Viktor",
    "Yara",
    "Zoe",
]
LAST = [
    "Adeyemi",
    "Alvarez",
    "Andersson",
    "Bakker",
    "Bauer",
    "Bianchi",
    "Brandt",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fontaine",
    "Garcia",
    "Haddad",
    "Hansen",
    "Ibrahim",
    "Ito",
    "Jansen",
    "Kaya",
    "Keller",
    "Kowalski",
    "Larsen",
    "Lindqvist",
    "Marino",
    "Mendes",
    "Mori",
    "Moreau",
    "Nguyen",
    "Novak",
    "Okafor",
    "Petit",
    "Romero",
    "Rossi",
    "Roy",
    "Santos",
    "Sato",
    "Schmidt",
    "Silva",
    "Tanaka",
    "Weber",
    "Yilmaz",
]
COMPANIES = [
    "Acme",
    "Nordlys",
    "Volta",
    "Helio",
    "Brightwater",
    "Cedar",
    "Corvus",
    "Deltaform",
    "Ember",
    "Fjordline",
    "Granite",
    "Harbor",
    "Ionia",
    "Juniper",
    "Kestrel",
    "Lumen",
    "Meridian",
    "Northwind",
    "Opal",
    "Pinecone",
    "Quarry",
    "Ridgeway",
    "Solstice",
    "Tidewater",
    "Umbra",
    "Vantage",
    "Willow",
    "Xylem",
    "Yarrow",
    "Zenith",
]
FORMS = ("Software", "Systems", "Consulting", "Services", "Logistics", "Foods", "Energy")
INDUSTRY = {
    "Logistics": "Logistics",
    "Foods": "Food",
    "Energy": "Energy",
    "Consulting": "Consulting",
    "Services": "Services",
}
COUNTRIES = ("France", "Germany", "Spain", "Italy", "Netherlands", "United Kingdom", "Japan", "United States", "Brazil")
SOURCES = ("web", "webinar", "referral", "fair", "partner")
TITLES = {
    "ideal": ("Head of Sales", "VP Marketing", "Chief Revenue Officer", "Director of Operations", "Founder"),
    "good": ("Marketing Manager", "Sales Operations Lead", "CRM Specialist", "Growth Consultant"),
    "poor": ("Student", "Intern", "Office Assistant", "Researcher", "Teacher"),
}
WARMTH = {"cold": 1, "mild": 4, "warm": 9, "hot": 14}


@dataclass(frozen=True)
class Prospect:
    """One invented lead: its row as an API client would send it, and its acts as (when, type, properties)."""

    row: dict[str, Any]
    acts: tuple[tuple[datetime, str, dict[str, Any]], ...]


def prospects(n: int, start: datetime, now: datetime, chance: Random) -> list[Prospect]:
    """``n`` leads spread over the span, more of them lately, each with its acts up to ``now``."""
    span = (now - start).total_seconds()
    return [
        _prospect(number, start + timedelta(seconds=span * chance.random() ** 0.6), now, chance) for number in range(n)
    ]


def _prospect(number: int, created: datetime, now: datetime, chance: Random) -> Prospect:
    kind = chance.choices(("ideal", "good", "poor"), (30, 40, 30))[0]
    warmth = chance.choices(tuple(WARMTH), (34, 32, 21, 13))[0]
    form = chance.choice(FORMS)
    company = f"{chance.choice(COMPANIES)} {form}"
    first, last = chance.choice(FIRST), chance.choice(LAST)
    domain = "gmail.com" if kind == "poor" else f"{slugify(company)}.example"
    row = {
        "external_id": f"L{number + 1:05}",
        "source": chance.choices(SOURCES, (50, 18, 12, 10, 10))[0],
        "email": f"{first}.{last}.{number + 1}@{domain}".lower(),
        "name": f"{first} {last}",
        "company": company if kind != "poor" or chance.random() < 0.3 else "",
        "title": chance.choice(TITLES[kind]),
        "phone": f"+49 30 5550 {number:04}",
        "country": chance.choice(COUNTRIES[:6] if kind == "ideal" else COUNTRIES),
        "created_at": created.isoformat(),
        "attributes": {
            "industry": INDUSTRY.get(form, "Software"),
            "employees": str(chance.choice((12, 40, 85, 220, 900, 3200))),
            "campaign": chance.choice(("autumn-guide", "pricing-ads", "webinar-series", "newsletter")),
        },
    }
    return Prospect(row, tuple(_acts(created, WARMTH[warmth], kind, now, chance)))


def _acts(
    created: datetime, n: int, kind: str, now: datetime, chance: Random
) -> list[tuple[datetime, str, dict[str, Any]]]:
    acts: list[tuple[datetime, str, dict[str, Any]]] = []
    at = created
    for _place in range(chance.randint(max(1, n // 2), n)):
        acts.append((at, *_act(chance)))
        at += timedelta(minutes=chance.choice((3, 8, 25, 240, 1440, 2880)) * chance.uniform(0.5, 1.5))
    if n >= 9 and kind != "poor" and chance.random() < 0.35:
        acts.append((at, "demo_request", {"path": "/demo", "message": "Please show us how the handoff works."}))
    return [act for act in acts if act[0] < now]


def _act(chance: Random) -> tuple[str, dict[str, Any]]:
    kind = chance.choices(("pricing", "product", "page", "click", "form", "webinar"), (22, 20, 20, 18, 12, 8))[0]
    if kind == "click":
        return "email_click", {"campaign": "newsletter"}
    if kind == "form":
        return "form_submission", {"form": "guide", "path": "/guide"}
    if kind == "webinar":
        return "webinar", {"title": "An agreement that runs"}
    paths = {"pricing": "/pricing", "product": "/product/scoring", "page": "/blog/sla"}
    return "page_view", {"path": paths[kind]}
