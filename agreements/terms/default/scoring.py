"""The default rules for fit and interest, the bands, and what makes an MQL and an SQL."""

from __future__ import annotations

from typing import Any

Chapter = dict[str, Any]


def _contains(field: str, *words: str) -> Chapter:
    return {"any": [{"field": field, "op": "contains", "value": word} for word in words]}


def _fit() -> Chapter:
    free_mail = ["gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "gmx.de", "qq.com", "163.com"]
    markets = [
        "France",
        "Germany",
        "Spain",
        "Italy",
        "Netherlands",
        "United Kingdom",
        "FR",
        "DE",
        "ES",
        "IT",
        "NL",
        "GB",
    ]
    rules = [
        {
            "id": "fit-decision-maker",
            "label": "Decides about buying",
            "group": "fit-role",
            "points": 35,
            "when": _contains(
                "title",
                "chief",
                "ceo",
                "cfo",
                "cro",
                "cmo",
                "head",
                "director",
                "vp",
                "vice president",
                "founder",
                "owner",
            ),
        },
        {
            "id": "fit-influencer",
            "label": "Has a say in buying",
            "group": "fit-role",
            "points": 20,
            "when": _contains("title", "manager", "lead", "specialist", "consultant"),
        },
        {
            "id": "fit-industry",
            "label": "An industry we serve",
            "group": "fit-company",
            "points": 20,
            "when": _contains("attributes.industry", "software", "saas", "technology", "services", "consulting"),
        },
        {
            "id": "fit-size",
            "label": "50 to 5,000 employees",
            "group": "fit-company",
            "points": 25,
            "when": {"field": "attributes.employees", "op": "between", "value": [50, 5000]},
        },
        {
            "id": "fit-company-known",
            "label": "The company is known",
            "group": "fit-company",
            "points": 10,
            "when": {"field": "company", "op": "is_not_blank"},
        },
        {
            "id": "fit-market",
            "label": "A country we sell in",
            "points": 15,
            "when": {"field": "country", "op": "in", "value": markets},
        },
        {
            "id": "fit-work-email",
            "label": "A company's e-mail address",
            "points": 10,
            "when": {"field": "domain", "op": "not_in", "value": free_mail},
        },
        {
            "id": "fit-student",
            "label": "A student or applicant",
            "points": -30,
            "when": _contains("title", "student", "intern"),
        },
    ]
    groups = [
        {"id": "fit-role", "cap": 35, "label": "Role"},
        {"id": "fit-company", "cap": 45, "label": "Company"},
    ]
    return {"max": 100, "groups": groups, "rules": rules}


def _interest() -> Chapter:
    def path_is(start: str) -> Chapter:
        return {"field": "event.path", "op": "starts_with", "value": start}

    rules = [
        {
            "id": "interest-pricing-page",
            "label": "Read the pricing page",
            "group": "interest-web",
            "event": "page_view",
            "when": path_is("/pricing"),
            "points": 10,
            "half_life_days": 14,
            "cap": 30,
        },
        {
            "id": "interest-product-page",
            "label": "Read a product page",
            "group": "interest-web",
            "event": "page_view",
            "when": path_is("/product"),
            "points": 4,
            "half_life_days": 14,
            "cap": 20,
        },
        {
            "id": "interest-page",
            "label": "Read any page",
            "group": "interest-web",
            "event": "page_view",
            "points": 1,
            "half_life_days": 14,
            "cap": 10,
        },
        {
            "id": "interest-email-click",
            "label": "Followed a link in an e-mail",
            "group": "interest-content",
            "event": "email_click",
            "points": 5,
            "half_life_days": 14,
            "cap": 20,
        },
        {
            "id": "interest-form",
            "label": "Sent a form",
            "group": "interest-content",
            "event": "form_submission",
            "points": 20,
            "half_life_days": 60,
            "cap": 40,
        },
        {
            "id": "interest-webinar",
            "label": "Came to a webinar",
            "group": "interest-content",
            "event": "webinar",
            "points": 20,
            "half_life_days": 60,
            "cap": 40,
        },
        {
            "id": "interest-demo",
            "label": "Asked for a demo",
            "event": "demo_request",
            "points": 60,
            "half_life_days": 90,
            "cap": 60,
        },
        {
            "id": "interest-contact",
            "label": "Asked to be contacted",
            "event": "contact_request",
            "points": 50,
            "half_life_days": 90,
            "cap": 50,
        },
        {"id": "interest-unsubscribe", "label": "Unsubscribed", "event": "unsubscribe", "points": -30, "cap": 30},
    ]
    groups = [
        {"id": "interest-web", "cap": 40, "label": "Web site"},
        {"id": "interest-content", "cap": 50, "label": "Content and events"},
    ]
    return {"max": 100, "groups": groups, "rules": rules}


def qualification() -> Chapter:
    return {
        "text": "Fit says whether we want them; interest says whether they want us. Fit stays, interest fades.",
        "fit": _fit(),
        "interest": _interest(),
        "bands": {"fit": {"A": 70, "B": 40}, "interest": {"1": 60, "2": 30}},
        "mql": {"any": [{"band": ["A1", "A2", "B1"]}, {"hand_raise": True, "fit_band": ["A", "B"]}]},
        "hand_raise_events": ["demo_request", "contact_request", "pricing_request"],
        "sql": {
            "checklist": [
                {"id": "sql-need", "text": "They have a need that we can meet, in their own words"},
                {"id": "sql-decision", "text": "We know who decides, and we speak with them or with their influencer"},
                {"id": "sql-time", "text": "There is a time by which they want a solution"},
                {"id": "sql-budget", "text": "There is a budget, or a way to get one"},
            ]
        },
    }
