"""Terms of the size of real ones: 20 rules for fit, 15 for interest, agreed through the services that people use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agreements.models import Agreement, AgreementVersion
from agreements.selectors import open_version
from agreements.services import create_agreement, sign_by_console, start_draft
from agreements.terms.default import default_terms
from agreements.terms.document import Terms

Chapter = dict[str, Any]


@dataclass(frozen=True)
class Points:
    """The points that the rounds change, so that each rescore has something to write."""

    decides: int = 25
    pricing: int = 10


def agreed(points: Points, at: datetime) -> AgreementVersion:
    """The terms with these points, signed by both sides and in force."""
    agreement = Agreement.objects.first()
    terms = benchmark_terms(points)
    if agreement is None:
        version = create_agreement(slug="default", name="Benchmark", by=None, terms=terms, at=at)
    else:
        version = open_version(agreement) or start_draft(agreement=agreement, by=None, terms=terms, at=at)
    return sign_by_console(version=version, at=at)


def benchmark_terms(points: Points) -> Terms:
    """The default terms with many rules."""
    chapters = default_terms().as_dict()
    chapters["qualification"] |= {
        "fit": {"max": 100, "groups": FIT_GROUPS, "rules": fit_rules(points)},
        "interest": {"max": 100, "groups": INTEREST_GROUPS, "rules": interest_rules(points)},
        "bands": {"fit": {"A": 60, "B": 40}, "interest": {"1": 60, "2": 30}},
        "mql": {"any": [{"band": ["A1", "A2"]}, {"hand_raise": True, "fit_band": ["A", "B"]}]},
    }
    return Terms.parse(chapters)


FIT_GROUPS = [{"id": "role", "cap": 40}, {"id": "firm", "cap": 50}]
INTEREST_GROUPS = [{"id": "web", "cap": 40}, {"id": "content", "cap": 50}]
DECIDES = ("chief", "head", "director", "vp", "founder", "owner")
ADVISES = ("manager", "lead", "architect")
FREE_MAIL = ("gmail.com", "yahoo.com", "hotmail.com")
MARKETS = ("France", "Germany", "Spain", "Italy", "Netherlands", "United Kingdom")
FURTHER = ("Austria", "Belgium", "Poland")


def fit_rules(points: Points) -> list[Chapter]:
    def rule(name: str, score: int, when: Chapter, group: str | None = None) -> Chapter:
        return {"id": f"fit-{name}", "group": group, "points": score, "when": when}

    def holds(field: str, op: str, value: Any = None) -> Chapter:
        return {"field": field, "op": op, **({} if value is None else {"value": value})}

    def contains(field: str, *words: str) -> Chapter:
        return {"any": [holds(field, "contains", word) for word in words]}

    return [
        rule("decides", points.decides, contains("title", *DECIDES), "role"),
        rule("advises", 15, contains("title", *ADVISES), "role"),
        rule("sells", 10, contains("title", "sales", "revenue"), "role"),
        rule("markets", 8, contains("title", "marketing", "growth"), "role"),
        rule("studies", -30, contains("title", "student", "intern")),
        rule("industry", 15, contains("attributes.industry", "software", "saas", "technology"), "firm"),
        rule("finance", 10, holds("attributes.industry", "in", ["Finance", "Insurance"]), "firm"),
        rule("large", 20, holds("attributes.employees", "gte", 1000), "firm"),
        rule("middle", 15, holds("attributes.employees", "between", [200, 999]), "firm"),
        rule("small", 5, holds("attributes.employees", "between", [50, 199]), "firm"),
        rule("revenue", 10, holds("attributes.revenue", "gte", 10_000_000), "firm"),
        rule("company", 5, holds("company", "is_not_blank"), "firm"),
        rule("market", 10, holds("country", "in", list(MARKETS))),
        rule("further", 4, holds("country", "in", list(FURTHER))),
        rule("work-mail", 5, holds("domain", "not_in", list(FREE_MAIL))),
        rule("phone", 3, holds("phone", "is_not_blank")),
        rule("uses", 8, contains("attributes.uses", "crm")),
        rule("asked", 5, holds("source", "in", ["web", "referral"])),
        rule("newsletter", 2, holds("attributes.newsletter", "is_true")),
        rule("competes", -20, holds("attributes.competitor", "is_not_blank")),
    ]


def interest_rules(points: Points) -> list[Chapter]:
    def rule(name: str, score: int, event: str, days: int | None, cap: int, group: str | None = None) -> Chapter:
        decays = {} if days is None else {"half_life_days": days}
        return {"id": f"interest-{name}", "group": group, "event": event, "points": score, "cap": cap} | decays

    def page(name: str, score: int, days: int, cap: int) -> Chapter:
        where = {"field": "event.path", "op": "starts_with", "value": f"/{name}"}
        return rule(name, score, "page_view", days, cap, "web") | {"when": where}

    return [
        page("pricing", points.pricing, 14, 30),
        page("product", 4, 14, 20),
        page("docs", 2, 30, 12),
        page("customers", 3, 30, 12),
        rule("page", 1, "page_view", 14, 10, "web"),
        rule("open", 1, "email_open", 14, 8, "content"),
        rule("click", 5, "email_click", 30, 20, "content"),
        rule("form", 20, "form_submission", 90, 40, "content"),
        rule("webinar", 20, "webinar", 90, 40, "content"),
        rule("download", 10, "download", 60, 30, "content"),
        rule("visit", 15, "event_visit", 90, 30, "content"),
        rule("chat", 10, "chat", 14, 20),
        rule("demo", 60, "demo_request", 180, 60),
        rule("contact", 50, "contact_request", 180, 50),
        rule("unsubscribe", -30, "unsubscribe", None, 30),
    ]
