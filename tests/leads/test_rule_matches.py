"""Whom a rule matches: counted over leads, events and stored scores; the fields that are offered with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from agreements.compile import Sql
from agreements.models import AgreementVersion
from agreements.terms.rules import holds, parse
from leads.field_map import facts_of
from leads.models import Lead, LeadEvent
from leads.rules import counting, known
from leads.rules.counting import Matches, count_matches
from leads.rules.quick import TooSlow, ask
from leads.scoring import rescore
from slaportal.accounts.models import User
from slaportal.web.refusals import Refused
from tests.agreements.test_pages import logged_in

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def three(make_lead: Any) -> list[Lead]:
    return [
        make_lead(title="Head of Sales", attributes={"employees": "400", "industry": "Software"}, stage="customer"),
        make_lead(title="Student", attributes={"employees": 12, "industry": "Retail"}),
        make_lead(title="CEO", attributes={"industry": "Software"}),
    ]


def happened(lead: Lead, kind: str, name: str, days_ago: int, **properties: Any) -> LeadEvent:
    at = AT - timedelta(days=days_ago)
    facts = {"type": kind, "properties": properties, "occurred_at": at, "received_at": at}
    return LeadEvent.objects.create(lead=lead, source="web", external_id=name, **facts)


def field(name: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": name, "op": op} | ({} if value is None else {"value": value})


RULES: list[dict[str, Any]] = [
    {"all": []},
    {"any": []},
    field("title", "contains", "head"),
    field("attributes.employees", "between", [50, 5000]),
    {"not": field("attributes.employees", "gte", 50)},
    {"any": [field("attributes.industry", "eq", "Software"), field("attributes.industry", "eq", "Retail")]},
    {"all": [field("attributes.industry", "eq", "Software"), {"not": field("title", "eq", "CEO")}]},
    field("account.industry", "eq", "Software"),
    field("attributes.nothing", "is_blank"),
]


@pytest.mark.parametrize("tree", RULES, ids=str)
def test_a_rule_over_leads_counts_those_it_holds_for(three: list[Lead], tree: dict[str, Any]) -> None:
    rule = parse(tree, "lead")
    found = [lead for lead in three if holds(rule, facts_of(lead), AT)]
    won = [lead for lead in found if lead.stage == "customer"]
    assert count_matches(rule, "lead", AT) == Matches(len(found), 3, len(won), 1)


def test_an_interest_rule_counts_events_of_the_last_days_and_their_leads(three: list[Lead]) -> None:
    happened(three[0], "page_view", "1", 1, path="/pricing")
    happened(three[0], "page_view", "2", 2, path="/pricing/all")
    happened(three[1], "page_view", "3", 3, path="/blog")
    happened(three[2], "page_view", "4", 40, path="/pricing")
    happened(three[2], "webinar", "5", 1, path="/pricing")
    rule = parse(field("event.path", "starts_with", "/pricing"), "event")
    assert count_matches(rule, "event", AT, "page_view") == Matches(1, 3, 1, 1, events=2, days=30)


def test_an_interest_rule_needs_its_event(three: list[Lead]) -> None:
    with pytest.raises(Refused, match="type of its event"):
        count_matches(parse({"all": []}, "event"), "event", AT)


def test_the_mql_rule_counts_by_stored_scores_and_raised_hands(
    active_terms: AgreementVersion, three: list[Lead]
) -> None:
    happened(three[2], "demo_request", "1", 3)
    rescore(at=AT)
    bands = dict(Lead.objects.values_list("id", "score__fit_band"))
    all_fits = parse({"fit_band": sorted(set(bands.values()))}, "mql")
    assert count_matches(all_fits, "mql", AT).leads == 3
    assert count_matches(parse({"hand_raise": True}, "mql"), "mql", AT).leads == 1
    assert count_matches(parse({"hand_raise": False}, "mql"), "mql", AT).leads == 2
    own = parse({"all": [{"fit_band": [bands[three[0].pk]]}, field("title", "contains", "head")]}, "mql")
    assert count_matches(own, "mql", AT) == Matches(1, 3, 1, 1)


def test_without_scores_the_mql_rule_says_so(three: list[Lead]) -> None:
    with pytest.raises(Refused, match="No scores are stored yet"):
        count_matches(parse({"hand_raise": True}, "mql"), "mql", AT)


def test_what_takes_too_long_is_stopped_and_leaves_no_limit_behind() -> None:
    with pytest.raises(TooSlow):
        ask(Sql("SELECT pg_sleep(2)"), most_ms=50)
    assert ask(Sql("SELECT 1"), most_ms=5000) == [(1,)]
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


# ------------------------------------------------------------------ the fragment
def asked(client: Client, tree: dict[str, str], scope: str = "lead", **more: str) -> Any:
    sent = {f"when.{name}": value for name, value in tree.items()} | more
    return client.post(
        f"/leads/rule-matches/?name=when&scope={scope}&event_name=event", sent, headers={"HX-Request": "true"}
    )


TITLE = {"kind": "compare", "field": "title", "op": "contains", "value": "head"}


@pytest.mark.parametrize("who", ["mina", "sam", "mia", "ada"])
def test_everybody_who_reads_leads_sees_the_count(request: Any, who: str, three: list[Lead]) -> None:
    answer = asked(logged_in(request.getfixturevalue(who)), TITLE)
    assert answer.status_code == 200
    assert "Matches 1 of 3 leads (33%)" in answer.content.decode()
    assert "among them 1 of 1 customer" in answer.content.decode()


def test_strangers_see_nothing(three: list[Lead]) -> None:
    assert asked(Client(), TITLE)["HX-Redirect"].startswith("/accounts/login/")


def test_the_link_lists_the_very_leads(mia: User, three: list[Lead]) -> None:
    client = logged_in(mia)
    page = asked(client, TITLE).content.decode()
    address = page.split('<a href="')[1].split('"')[0].replace("&amp;", "&")
    listed = client.get(address)
    assert [row.lead for row in listed.context["rows"]] == [three[0]]
    assert "Matches a rule" in listed.content.decode()


@pytest.mark.parametrize(
    "rule", ["{", "[]", '{"field": "x"}', '{"field": "title", "op": "eq", "value": "\\u0000"}', "1"]
)
def test_an_address_with_no_rule_shows_a_list_all_the_same(mia: User, three: list[Lead], rule: str) -> None:
    for scope in ("lead", "event", "mql", "other"):
        assert logged_in(mia).get("/leads/", {"rule": rule, "rule_scope": scope}).status_code == 200


def test_an_incomplete_rule_says_what_it_lacks(mia: User, three: list[Lead]) -> None:
    page = asked(logged_in(mia), TITLE | {"value": " "}).content.decode()
    assert "Not complete yet: Give a text." in page.replace("\n", " ")
    assert "Matches" not in page


def test_a_slow_rule_says_so(mia: User, three: list[Lead], monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_args: Any, **_options: Any) -> None:
        raise TooSlow

    monkeypatch.setattr(counting, "ask", slow)
    assert "too slow to count" in asked(logged_in(mia), TITLE).content.decode()


@pytest.mark.parametrize("query", ["", "name=when", "name=when&scope=all", "name=../x&scope=lead"])
def test_an_address_without_a_rule_is_not_found(mia: User, query: str) -> None:
    assert logged_in(mia).post(f"/leads/rule-matches/?{query}").status_code == 404
    assert logged_in(mia).post(f"/agreements/rule/?{query}").status_code == 404


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "9" * 10_000, "\\u0000", '{"a":' * 3000])
def test_nasty_values_are_counted_or_named(mia: User, three: list[Lead], value: str) -> None:
    was = json.dumps({"op": "contains", "value": value, "shown": ["head"]})
    for change in ({"value": value}, {"field": f"attributes.{value}"}, {"was": was}, {"op": "gte", "value": value}):
        changed = {name: one.encode("utf-8", "replace").decode() for name, one in (TITLE | change).items()}
        assert asked(logged_in(mia), changed).status_code == 200


def test_counting_asks_the_database_a_few_times(
    mia: User, three: list[Lead], django_assert_max_num_queries: Any
) -> None:
    client = logged_in(mia)
    with django_assert_max_num_queries(12):
        asked(client, TITLE)


# ------------------------------------------------------------------ the API
def program(person: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(person)
    return client


def test_a_program_asks_for_the_matches(sam: User, three: list[Lead]) -> None:
    answer = program(sam).post("/api/rule-matches/", {"scope": "lead", "rule": RULES[2]}, format="json")
    counted = {"leads": 1, "of_leads": 3, "customers": 1, "of_customers": 1, "events": None, "days": None}
    assert (answer.status_code, answer.json()) == (200, counted)


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({"scope": "all", "rule": {"all": []}}, "scope"),
        ({"scope": "lead"}, "rule"),
        ({"scope": "lead", "rule": {"any": [{"field": "titel", "op": "eq", "value": "x"}]}}, "rule.any[0].field"),
        ({"scope": "lead", "rule": {"band": ["A1"]}}, "rule"),
        ({"scope": "event", "rule": field("title", "is_blank"), "event": "page_view"}, "rule.field"),
        ({"scope": "lead", "rule": {"all": [field("attributes.industri", "is_blank")]}}, "rule.all[0].field"),
    ],
)
def test_what_cannot_be_asked_is_named_by_path(sam: User, three: list[Lead], sent: dict[str, Any], path: str) -> None:
    answer = program(sam).post("/api/rule-matches/", sent, format="json")
    assert answer.status_code == 422
    assert path in answer.json()["fields"]


def test_refusals_have_codes(sam: User, three: list[Lead]) -> None:
    def code(sent: dict[str, Any]) -> tuple[int, str]:
        answer = program(sam).post("/api/rule-matches/", sent, format="json")
        return answer.status_code, answer.json()["code"]

    assert code({"scope": "event", "rule": {"all": []}}) == (422, "rule_without_event")
    assert code({"scope": "mql", "rule": {"hand_raise": True}}) == (409, "rule_without_scores")


def test_ten_thousand_levels_are_refused_and_a_thousand_conditions_counted(sam: User, three: list[Lead]) -> None:
    deep = '{"scope": "lead", "rule": ' + '{"not": ' * 10_000 + "1" + "}" * 10_001
    answer = program(sam).post("/api/rule-matches/", deep, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "json_too_deep")
    many = {"any": [field("title", "contains", f"word {n}") for n in range(1000)]}
    assert program(sam).post("/api/rule-matches/", {"scope": "lead", "rule": many}, format="json").json()["leads"] == 0


def test_without_a_token_nothing_is_counted(three: list[Lead]) -> None:
    assert (
        APIClient().post("/api/rule-matches/", {"scope": "lead", "rule": {"all": []}}, format="json").status_code == 401
    )


# ------------------------------------------------------------------ the fields that occur
def test_fields_that_occur_are_known_with_their_values(three: list[Lead]) -> None:
    fields = {one.name: one for one in known.lead_fields()}
    assert fields["attributes.industry"].share == 1.0
    assert [one.value for one in fields["attributes.industry"].values] == ["Software", "Retail"]
    assert fields["attributes.employees"].kind == "number"
    assert round(fields["attributes.employees"].share or 0, 2) == 0.67
    assert "customer" in [one.value for one in fields["stage"].values]


def test_properties_are_known_by_type_of_event(three: list[Lead]) -> None:
    happened(three[0], "page_view", "1", 1, path="/pricing", seconds=9)
    happened(three[0], "webinar", "2", 1, title="Spring")
    fields = known.event_fields()
    assert {kind: {one.name for one in of_kind} for kind, of_kind in fields.items()} == {
        "page_view": {"event.path", "event.seconds"},
        "webinar": {"event.title"},
    }


def test_a_hundredth_more_leads_bring_new_fields_at_once(three: list[Lead]) -> None:
    assert known.missing(frozenset({"attributes.budget", "account.tier"})) == {"attributes.budget"}
    came = dict.fromkeys(("created_at", "entered_at", "updated_at", "stage_at"), three[0].created_at)
    Lead.objects.bulk_create([Lead(attributes={"budget": 5}, **came) for _ in range(three[-1].pk // 50 + 1)])
    assert known.missing(frozenset({"attributes.budget"})) == frozenset()


def test_a_field_outside_the_sample_is_looked_for(three: list[Lead], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "LEADS_SAMPLED", 2)
    cache.clear()
    assert known.missing(frozenset({"attributes.employees", "attributes.x"})) == {"attributes.x"}


def test_the_form_offers_what_occurs(mia: User, active_terms: AgreementVersion, three: list[Lead]) -> None:
    client = logged_in(mia)
    client.post("/agreements/default/draft/start/")
    page = client.get("/agreements/default/draft/qualification/").content.decode()
    assert '<option value="attributes.employees" selected>employees · 67%</option>' in page
    assert "/leads/rule-matches/?name=qualification.fit.rules.0.when&amp;scope=lead" in page
