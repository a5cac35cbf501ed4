"""The rules for fit and interest that templates choose from, each with the points that the template gives it."""

from __future__ import annotations

from agreements.terms.default.parts import Chapter, Say, contains

HAND_RAISES = ["demo_request", "contact_request", "pricing_request"]
FREE_MAIL = ["gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "gmx.de", "qq.com", "163.com"]
# As people write them in forms: by name or by code.
MARKETS = [
    *("France", "Germany", "Spain", "Italy", "Netherlands", "United Kingdom"),
    *("FR", "DE", "ES", "IT", "NL", "GB"),
]


def fit_groups(text: Say, *, role: int, company: int) -> list[Chapter]:
    """Who the person is and what the company is, each counting at most so much."""
    return [
        {"id": "fit-role", "cap": role, "label": text("Role")},
        {"id": "fit-company", "cap": company, "label": text("Company")},
    ]


def fit_rule(name: str, label: str, points: int, when: Chapter, group: str | None = None) -> Chapter:
    return {"id": f"fit-{name}", "label": label, "group": group, "points": points, "when": when}


def decision_maker(text: Say, points: int, group: str | None = "fit-role") -> Chapter:
    words = text("chief, ceo, cfo, cro, cmo, head, director, vp, vice president, founder, owner")
    return fit_rule("decision-maker", text("Decides about buying"), points, contains("title", words), group)


def influencer(text: Say, points: int, words: str) -> Chapter:
    return fit_rule("influencer", text("Has a say in buying"), points, contains("title", words), "fit-role")


def industry(text: Say, points: int) -> Chapter:
    where = contains("attributes.industry", text("software, saas, technology, services, consulting"))
    return fit_rule("industry", text("An industry we serve"), points, where, "fit-company")


def size(label: str, points: int, *, least: int, most: int) -> Chapter:
    between = {"field": "attributes.employees", "op": "between", "value": [least, most]}
    return fit_rule("size", label, points, between, "fit-company")


def company_known(text: Say, points: int, group: str | None = "fit-company") -> Chapter:
    known = {"field": "company", "op": "is_not_blank"}
    return fit_rule("company-known", text("The company is known"), points, known, group)


def market(text: Say, points: int) -> Chapter:
    where = {"field": "country", "op": "in", "value": MARKETS}
    return fit_rule("market", text("A country we sell in"), points, where)


def work_email(text: Say, points: int) -> Chapter:
    own = {"field": "domain", "op": "not_in", "value": FREE_MAIL}
    return fit_rule("work-email", text("A company's e-mail address"), points, own)


def student(text: Say) -> Chapter:
    return fit_rule("student", text("A student or applicant"), -30, contains("title", text("student, intern")))


def signal(
    name: str, label: str, event: str, points: int, half_life: int, cap: int, group: str | None = None
) -> Chapter:
    """Points for each event of a type, fading."""
    return {
        "id": f"interest-{name}",
        "label": label,
        "group": group,
        "event": event,
        "points": points,
        "half_life_days": half_life,
        "cap": cap,
    }


def pricing_page(text: Say, points: int, half_life: int, cap: int, group: str | None = None) -> Chapter:
    """The page that tells most about a wish to buy."""
    where = {"field": "event.path", "op": "starts_with", "value": "/pricing"}
    rule = signal("pricing-page", text("Read the pricing page"), "page_view", points, half_life, cap, group)
    return rule | {"when": where}


def email_click(text: Say, half_life: int, group: str | None = None) -> Chapter:
    return signal("email-click", text("Followed a link in an e-mail"), "email_click", 5, half_life, 20, group)


def form(text: Say, half_life: int, group: str | None = None) -> Chapter:
    return signal("form", text("Sent a form"), "form_submission", 20, half_life, 40, group)


def hand_raises(text: Say, half_life: int) -> list[Chapter]:
    return [
        signal("demo", text("Asked for a demo"), "demo_request", 60, half_life, 60),
        signal("contact", text("Asked to be contacted"), "contact_request", 50, half_life, 50),
    ]


def unsubscribe(text: Say) -> Chapter:
    """A penalty does not fade."""
    return {
        "id": "interest-unsubscribe",
        "label": text("Unsubscribed"),
        "event": "unsubscribe",
        "points": -30,
        "cap": 30,
    }


def all_signals(text: Say, *, visits: int, content: int, asking: int) -> Chapter:
    """Interest as a team can judge it: pages, content and raised hands, each kind with its half-life in days."""
    of_web, of_content = "interest-web", "interest-content"
    product = {"field": "event.path", "op": "starts_with", "value": "/product"}
    rules = [
        pricing_page(text, 10, visits, 30, of_web),
        signal("product-page", text("Read a product page"), "page_view", 4, visits, 20, of_web) | {"when": product},
        signal("page", text("Read any page"), "page_view", 1, visits, 10, of_web),
        email_click(text, visits, of_content),
        form(text, content, of_content),
        signal("webinar", text("Came to a webinar"), "webinar", 20, content, 40, of_content),
        *hand_raises(text, asking),
        unsubscribe(text),
    ]
    groups = [
        {"id": of_web, "cap": 40, "label": text("Web site")},
        {"id": of_content, "cap": 50, "label": text("Content and events")},
    ]
    return {"max": 100, "groups": groups, "rules": rules}


def checklist(text: Say) -> dict[str, Chapter]:
    """The four questions of any sale."""
    return {
        "need": {"id": "sql-need", "text": text("They have a need that we can meet, in their own words")},
        "decision": {
            "id": "sql-decision",
            "text": text("We know who decides, and we speak with them or with their influencer"),
        },
        "time": {"id": "sql-time", "text": text("There is a time by which they want a solution")},
        "budget": {"id": "sql-budget", "text": text("There is a budget, or a way to get one")},
    }


def qualification(text: Say, *, fit: Chapter, interest: Chapter, bands: Chapter, mql: Chapter) -> Chapter:
    """Without its SQL checklist, which each template adds."""
    return {
        "text": text("Fit says whether we want them; interest says whether they want us. Fit stays, interest fades."),
        "fit": fit,
        "interest": interest,
        "bands": bands,
        "mql": mql,
        "hand_raise_events": HAND_RAISES,
    }
