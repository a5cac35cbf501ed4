"""The starting templates: valid, told apart by their cycle, and true to their own words."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agreements.terms.default import TEMPLATES, default_terms, template_terms
from agreements.terms.document import Terms
from agreements.terms.readiness import problems
from agreements.terms.scoring import Event, band, qualifies, score_fit, score_interest

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SHORT, ENTERPRISE, SMALL = (template_terms(name, str) for name in ("short-cycle", "enterprise", "small-company"))
NAMES = list(TEMPLATES)

PRICING = ("page_view", {"path": "/pricing"})
PRODUCT = ("page_view", {"path": "/product/a"})
FORM = ("form_submission", {})
WEBINAR = ("webinar", {})
DEMO = ("demo_request", {})
CONTACT = ("contact_request", {})

AT_HOME = {"company": "Acme", "country": "FR", "domain": "acme.fr"}
HEAD = AT_HOME | {"title": "Head of Operations", "attributes.employees": "220", "attributes.industry": "Software"}
MANAGER = AT_HOME | {"title": "Marketing Manager"}
AT_TARGET = AT_HOME | {"account.is_target": True}
# Reads a lot, decides nothing, at a company that does not fit.
READER = {"title": "Assistant", "company": "Fjord", "country": "Japan", "domain": "fjord.example"}


def judged(terms: Terms, facts: dict[str, Any], *acts: tuple[str, dict[str, str]], days_ago: float = 3) -> bool:
    """Whether this person is an MQL so many days after these acts."""
    events = [Event(kind, NOW - timedelta(days=days_ago), properties) for kind, properties in acts]
    raised = any(kind in terms.qualification.hand_raise_events for kind, _properties in acts)
    fit, interest = score_fit(terms, facts, NOW), score_interest(terms, events, NOW)
    place = band(fit, interest, terms.qualification.bands)
    return qualifies(terms, fit, interest, raised, facts | {"band": place})


def minutes_of_first_response(terms: Terms) -> tuple[int | None, int | None]:
    promise = terms.commitment("first_response")
    assert promise
    return promise.working_minutes, promise.working_days


@pytest.mark.parametrize("name", NAMES)
def test_every_template_is_a_whole_document(name: str) -> None:
    terms = template_terms(name, str)
    assert Terms.parse(terms.canonical()) == terms
    assert all(terms.as_dict().values())
    assert problems(terms) == []


def test_the_default_terms_are_those_of_the_short_cycle() -> None:
    assert default_terms() == SHORT


def test_an_unknown_template_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        template_terms("yearly", str)


@pytest.mark.parametrize("name", NAMES)
def test_all_words_pass_through_the_translator_and_no_value_does(name: str) -> None:
    def without_words(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without_words(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [without_words(inner) for inner in value]
        return "…" if isinstance(value, str) and (" " in value or value.startswith("«")) else value

    told: list[str] = []
    marked = template_terms(name, lambda words: told.append(words) or f"«{words}»").as_dict()  # type: ignore[func-returns-value]
    plain = template_terms(name, str).as_dict()
    assert all(words == words.strip() and words for words in told)
    assert sentences_of(plain) <= set(told) | {"vice president"}, "not translated"
    assert {key: type(value) for key, value in marked.items()} == {key: type(value) for key, value in plain.items()}
    assert marked["commitments"][0] | {"label": ""} == plain["commitments"][0] | {"label": ""}


def sentences_of(value: Any) -> set[str]:
    """Every text of more than one word."""
    if isinstance(value, dict):
        return {found for inner in value.values() for found in sentences_of(inner)}
    if isinstance(value, list):
        return {found for inner in value for found in sentences_of(inner)}
    return {value} if isinstance(value, str) and " " in value and value != "United Kingdom" else set()


def test_the_clock_is_in_the_zone_that_is_asked_for() -> None:
    assert template_terms("enterprise", str, "Asia/Tokyo").calendar.timezone == "Asia/Tokyo"
    assert ENTERPRISE.calendar.timezone == "Europe/Paris"


@pytest.mark.parametrize("name", NAMES)
def test_every_definition_has_three_cases_on_either_side(name: str) -> None:
    for definition in template_terms(name, str).definitions:
        assert (len(definition.examples), len(definition.counter_examples)) == (3, 3), definition.word


@pytest.mark.parametrize(
    ("terms", "touches", "days", "response"),
    [(SHORT, 8, 15, (240, None)), (ENTERPRISE, 12, 25, (None, 1)), (SMALL, 5, 10, (None, 1))],
)
def test_the_longer_the_cycle_the_more_touches_and_the_slower_the_first(
    terms: Terms, touches: int, days: int, response: tuple[int | None, int | None]
) -> None:
    assert (len(terms.cadence.steps), terms.cadence.duration_working_days) == (touches, days)
    assert minutes_of_first_response(terms) == response


@pytest.mark.parametrize("terms", [SHORT, ENTERPRISE, SMALL])
def test_chapters_agree_with_each_other(terms: Terms) -> None:
    channels = Counter(step.channel for step in terms.cadence.steps)
    decision, volume = terms.commitment("decision"), terms.commitment("mql_volume")
    assert decision
    assert volume
    # A rep who follows the cadence may choose "unable to reach", and decides when it ends.
    assert terms.returns.attempts.min_attempts <= len(terms.cadence.steps)
    assert terms.returns.attempts.min_calls <= channels["phone"]
    assert decision.working_days == terms.cadence.duration_working_days
    assert volume.per_month
    assert terms.goals[1].amount == volume.per_month * 12
    assert "agenda-" in terms.review.agenda[0].id


@pytest.mark.parametrize(("terms", "deals", "price"), [(SHORT, 36, 28e3), (ENTERPRISE, 12, 400e3), (SMALL, 18, 10e3)])
def test_the_goal_follows_from_the_promised_leads_at_the_targeted_rates(terms: Terms, deals: int, price: float) -> None:
    target = {one.kpi: one.target for one in terms.kpis}
    customers = terms.goals[1].amount * target["mql_to_sql"] * target["sql_to_customer"]
    assert round(customers) == deals
    assert customers * price == pytest.approx(terms.goals[0].amount, rel=0.01)
    plan = terms.goals[0].plan
    assert plan
    assert plan.deal_amount == price
    assert (plan.rates.mql_to_sql, plan.rates.sql_to_customer) == (target["mql_to_sql"], target["sql_to_customer"])
    assert sum(one.share * one.cost_per_lead for one in plan.methods) == pytest.approx(target["cost_per_lead"])
    assert f"about {deals} new customers of {price:,.0f} each" in terms.goals[0].text


@pytest.mark.parametrize(("terms", "minutes"), [(SHORT, 60), (ENTERPRISE, 75), (SMALL, 30)])
def test_the_agenda_fills_the_meeting(terms: Terms, minutes: int) -> None:
    assert sum(point.minutes for point in terms.review.agenda) == minutes


def test_enterprise_signals_last_longer() -> None:
    lives = [[rule.half_life_days or 0 for rule in terms.qualification.interest.rules] for terms in (SHORT, ENTERPRISE)]
    assert [(max(one), min(one[:3])) for one in lives] == [(90, 14), (180, 30)]


def test_enterprise_asks_more_before_an_sql_and_small_less() -> None:
    assert [len(terms.qualification.sql.checklist) for terms in (SHORT, ENTERPRISE, SMALL)] == [4, 8, 3]


def test_a_small_company_has_few_rules_and_nobody_to_reassign_to() -> None:
    rules = [len(terms.qualification.fit.rules + terms.qualification.interest.rules) for terms in (SHORT, SMALL)]
    assert rules == [17, 11]
    assert [terms.handoff.escalation.reassign_at_share for terms in (SHORT, ENTERPRISE, SMALL)] == [1.5, 2, None]


@pytest.mark.parametrize(
    ("terms", "facts", "acts"),
    [
        # The examples of each template's own definition.
        (SHORT, HEAD, (PRICING, PRICING, WEBINAR)),
        (SHORT, AT_HOME | {"title": "Director"}, (DEMO,)),
        (SHORT, MANAGER, (WEBINAR, FORM, FORM, PRICING, PRICING)),
        (ENTERPRISE, AT_TARGET | {"title": "Vice President Sales"}, (PRODUCT, PRODUCT, PRODUCT, WEBINAR)),
        (ENTERPRISE, AT_TARGET | {"title": "Architect"}, (DEMO,)),
        (ENTERPRISE, AT_TARGET | {"title": "Purchasing manager"}, (FORM, FORM)),
        (SMALL, AT_HOME | {"title": "Owner"}, (PRICING, PRICING)),
        (SMALL, AT_HOME | {"title": "Office manager"}, (CONTACT,)),
        (SMALL, AT_HOME | {"title": "Managing director"}, (FORM, FORM)),
        # A perfect company need not be on the list.
        (ENTERPRISE, HEAD | {"attributes.employees": "3200"}, (FORM, WEBINAR)),
    ],
)
def test_who_is_meant_is_an_mql(terms: Terms, facts: dict[str, Any], acts: tuple[Any, ...]) -> None:
    assert judged(terms, facts, *acts)


@pytest.mark.parametrize("terms", [SHORT, ENTERPRISE, SMALL])
@pytest.mark.parametrize(
    ("facts", "acts", "days_ago"),
    [
        (READER, (PRICING, PRICING, FORM, FORM, WEBINAR, WEBINAR), 1),
        (HEAD | {"account.is_target": True}, (PRICING, FORM, WEBINAR), 365),
        (HEAD | {"account.is_target": True}, (PRICING, FORM, ("unsubscribe", {})), 1),
        (HEAD, (PRICING,), 1),
        ({"title": "Student", "domain": "gmail.com"}, (DEMO,), 0),
    ],
)
def test_who_is_not_meant_is_none(terms: Terms, facts: dict[str, Any], acts: tuple[Any, ...], days_ago: float) -> None:
    assert not judged(terms, facts, *acts, days_ago=days_ago)


def test_anyone_at_a_target_account_who_asks_is_handed_over() -> None:
    clerk = {"title": "Clerk", "account.is_target": True}
    assert judged(ENTERPRISE, clerk, CONTACT)
    assert not judged(ENTERPRISE, clerk | {"account.is_target": False}, CONTACT)
