"""The goals page: figures of a scenario, wrong values beside their fields, into the draft once, and not over others."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from agreements.models import AgreementVersion
from agreements.selectors import open_version
from agreements.services import create_agreement, edit_draft, propose_version, start_draft
from agreements.terms.document import Terms
from leads.models import StageChange
from slaportal.accounts.models import User
from tests.leads.several import put_in_force

URL = "/agreements/default/goals/"
ASKED: dict[str, Any] = {
    "amount": "600000",
    "currency": "EUR",
    "period": "quarter",
    "start": "2027-01",
    "marketing_share": "60",
    "deal": "8500",
    "visitor_to_lead": "2",
    "lead_to_mql": "25",
    "mql_to_sql": "24",
    "sql_to_customer": "22",
    "team": ["Field Sales", "Inside Sales"],
    "team_share": ["70", "30"],
    "team_reps": ["3", "1"],
    "method": ["Web"],
    "method_share": ["100"],
    "method_cost": ["40"],
}
# The first quarter of 2027 in the default terms' calendar: 90 days, 26 of them weekends.
OPEN_DAYS = 64


def query(**changes: Any) -> str:
    return f"{URL}?{urlencode(ASKED | changes, doseq=True)}"


def logged_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def read(person: User, url: str, status: int = 200) -> str:
    answer = logged_in(person).get(url)
    assert answer.status_code == status
    return str(answer.content.decode())


@pytest.mark.parametrize("who", ["mina", "mia", "sam", "maya", "ada"])
def test_everybody_reads_the_goals(request: Any, who: str, active_terms: AgreementVersion) -> None:
    page = read(request.getfixturevalue(who), URL)
    assert "assumption" in page
    assert "€1,000,000" in page


def test_a_goal_goes_back_to_what_each_team_owes(mina: User, active_terms: AgreementVersion) -> None:
    page = read(mina, query())
    assert "€360,000 takes 817 MQLs from Marketing and 43 deals from Sales" in page
    assert "163,400" in page
    assert "€130,720 in all, €3,040 for each deal." in page


def test_todays_rates_go_forward_to_where_they_end(mina: User, active_terms: AgreementVersion) -> None:
    page = read(mina, query(direction="today", entry="mql", volume="100"))
    # 300 MQLs, 72 SQLs, 15 deals of 8,500.
    assert "These rates and volumes end at €127,500 from 15 deals" in page
    assert "35% of Marketing's share of the goal, €360,000" in page
    assert "put-in-draft" not in page
    assert "amount=212500" in page


def test_a_fragment_is_the_pages_own_part_with_a_short_address(mina: User, active_terms: AgreementVersion) -> None:
    client = logged_in(mina)
    answer = client.get(query(team_share=["70.0", "30"]), headers={"HX-Request": "true"})
    assert answer.content.decode().startswith('<div class="goals"')
    address = answer["HX-Replace-Url"]
    assert "team_share=70&team_reps=3&team=Inside+Sales" in address
    # The address leads back to the very same scenario.
    assert client.get(address, headers={"HX-Request": "true"})["HX-Replace-Url"] == address


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"amount": ""}, "amount", "required"),
        ({"amount": "0"}, "amount", "greater than or equal to 0.01"),
        ({"amount": "NaN"}, "amount", "Enter a number"),
        ({"amount": "1e400"}, "amount", "less than or equal"),
        ({"amount": "999999999999999"}, "amount", "look at the rates again"),
        ({"currency": "euro"}, "currency", "three letters"),
        ({"period": "decade"}, "period", "Select a valid choice"),
        ({"start": "2026-13"}, "start", "Give a month"),
        ({"start": "2150-01"}, "start", "nearer to today"),
        ({"mql_to_sql": "0"}, "mql_to_sql", "greater than or equal to 0.01"),
        ({"mql_to_sql": "101"}, "mql_to_sql", "less than or equal to 100"),
        ({"team_share": ["70", "20"]}, "team", "The shares add up to 90 %, not to 100 %."),
        ({"team_reps": ["three", "1"]}, "team", "whole number"),
        ({"team": ["", "Inside Sales"]}, "team", "required"),
        ({"method_cost": ["-1"]}, "method", "greater than or equal to 0"),
        ({"hours_per_day": "25"}, "hours_per_day", "less than or equal to 24"),
        ({"direction": "sideways"}, "form", "sideways is not one of the available choices"),
        ({"goal": "goal-of-old"}, "form", "The agreement has no such goal in money."),
        ({"volume": "-5"}, "volume", "greater than or equal to 0"),
        ({"entry": "sql"}, "entry", "sql is not one of the available choices"),
        (
            {"team": [f"T{n}" for n in range(110)], "team_share": ["1"] * 110, "team_reps": ["1"] * 110},
            "team",
            "A plan has room for 100 teams; these are 110.",
        ),
        (
            {"method": ["W"] * 101, "method_share": ["1"] * 101, "method_cost": ["1"] * 101},
            "method",
            "A plan has room for 100 ways to bring leads; these are 101.",
        ),
    ],
)
def test_a_wrong_value_is_told_beside_its_field(
    mina: User, active_terms: AgreementVersion, changes: dict[str, Any], place: str, words: str
) -> None:
    page = read(mina, query(**changes), 422)
    state = page.split(f'id="state-{place}"')[1].split("</div>")[0]
    assert words in state
    assert "Correct the marked values" in page


@pytest.mark.parametrize(
    "mess", ["goal=%00", "team=%00&team_share=100&team_reps=1", "start=%F0%9F%92%A9", "volume=1e9"]
)
def test_nonsense_never_breaks_the_page(mina: User, active_terms: AgreementVersion, mess: str) -> None:
    assert logged_in(mina).get(f"{URL}?{mess}").status_code in {200, 400, 422}


def test_a_rate_above_anything_achieved_is_cautioned(
    mina: User, active_terms: AgreementVersion, make_lead: Any
) -> None:
    at = timezone.now() - timedelta(days=40)
    for n in range(20):
        lead = make_lead(created_at=at)
        for stage in ("mql", "sql")[: 2 if n < 5 else 1]:
            StageChange.objects.create(lead=lead, new=stage, why="test", at=at)
    page = read(mina, query(mql_to_sql="26"))
    assert "Above the best month of the last year, 25.0%." in page
    assert "Actual 25.0%:" in page
    assert "Above the best" not in read(mina, query(mql_to_sql="25"))


def test_a_plan_beyond_the_reps_says_how_many_it_takes(mina: User, active_terms: AgreementVersion) -> None:
    page = read(mina, query(team_reps=["1", "0"], minutes_per_touch="6", hours_per_day="1"))
    touches = len(active_terms.document.cadence.steps)
    workable = OPEN_DAYS * 60 // (touches * 6)
    assert f"1 rep can work {workable} leads by the cadence, but the plan hands over 817: that takes" in page


def test_the_page_needs_few_queries(
    mina: User, active_terms: AgreementVersion, django_assert_max_num_queries: Any
) -> None:
    client = logged_in(mina)
    client.get(URL)
    with django_assert_max_num_queries(16):
        client.get(query(), headers={"HX-Request": "true"})


def put(person: User, digest: str = "", url: str = "", **changes: Any) -> Any:
    address = (url or query(**changes)).replace("/goals/?", "/goals/draft/?")
    return logged_in(person).post(address, {"digest": digest})


def test_a_scenario_is_put_in_a_new_draft(mia: User, active_terms: AgreementVersion) -> None:
    answer = put(mia)
    assert (answer.status_code, answer["Location"]) == (302, "/agreements/default/draft/")
    draft = open_version(active_terms.agreement)
    assert draft is not None
    terms = draft.document
    goal = terms.goals[0]
    assert (goal.id, goal.amount, goal.period, goal.starts_on) == ("goal-new-revenue", 600_000, "quarter", "2027-01-01")
    assert goal.plan is not None
    assert (goal.plan.rates.mql_to_sql, [team.share for team in goal.plan.teams]) == (0.24, [0.7, 0.3])
    # 817 MQLs in three months, and the goal in MQLs for its year.
    promise = terms.commitment("mql_volume")
    assert promise is not None
    assert promise.per_month == 273
    assert [one.amount for one in terms.goals if one.metric == "MQL"] == [273 * 12]


def test_what_was_written_is_told(mia: User, active_terms: AgreementVersion) -> None:
    client = logged_in(mia)
    page = client.post(query().replace("/goals/?", "/goals/draft/?"), {"digest": ""}, follow=True).content.decode()
    assert "in the draft of version 2; Marketing&#x27;s promise is 273 MQLs each month." in page


def test_the_page_begins_where_the_draft_ended(mia: User, active_terms: AgreementVersion) -> None:
    put(mia)
    page = read(mia, URL)
    assert "€360,000 takes 817 MQLs from Marketing and 43 deals from Sales" in page
    assert "begins with the draft of version 2" in page


def test_put_twice_changes_nothing_more(mia: User, active_terms: AgreementVersion) -> None:
    put(mia)
    draft = open_version(active_terms.agreement)
    assert draft is not None
    assert put(mia).status_code == 302
    again = open_version(active_terms.agreement)
    assert again is not None
    assert (again.pk, again.digest) == (draft.pk, draft.digest)


@pytest.mark.django_db(transaction=True)
def test_clicks_at_one_moment_all_arrive_at_the_same_draft(mia: User, active_terms: AgreementVersion) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _n: in_thread(put, mia), range(3)))
    assert [answer.status_code for answer in answers] == [302] * 3
    assert AgreementVersion.objects.filter(number=2).count() == 1


def in_thread(call: Any, *arguments: Any) -> Any:
    try:
        return call(*arguments)
    finally:
        connection.close()


def test_a_proposed_version_warns_of_the_signatures(mia: User, active_terms: AgreementVersion) -> None:
    words = "Version 2 is proposed: this changes its text"
    draft = start_draft(agreement=active_terms.agreement, by=mia)
    assert words not in read(mia, query())
    propose_version(version=draft, why="Growth", by=mia)
    assert words in read(mia, query())


def test_more_teams_than_fit_in_a_plan_stay_on_the_page(mina: User, active_terms: AgreementVersion) -> None:
    teams = {"team": [f"T{n}" for n in range(101)], "team_share": ["1"] * 101, "team_reps": ["1"] * 101}
    assert 'value="T100"' in read(mina, query(**teams), 422)
    fitting = {name: cells[:25] for name, cells in teams.items()} | {"team_share": ["4"] * 25}
    assert 'value="T24"' in read(mina, query(**fitting))


def test_after_a_goal_that_is_gone_the_form_goes_on_with_the_one_there(
    mina: User, active_terms: AgreementVersion
) -> None:
    page = read(mina, query(goal="goal-of-old"), 422)
    assert '<input type="hidden" name="goal" value="goal-new-revenue"' in page


def test_ids_of_the_parts_stay(mia: User, active_terms: AgreementVersion) -> None:
    put(mia)
    draft = open_version(active_terms.agreement)
    assert draft is not None
    put(mia, draft.digest, team=["Inside Sales", "Field Sales"])
    draft.refresh_from_db()
    plan = draft.document.goals[0].plan
    assert plan is not None
    assert [team.id for team in plan.teams] == ["team-inside-sales", "team-field-sales"]


def test_somebody_elses_newer_text_is_not_overwritten(mia: User, maya: User, active_terms: AgreementVersion) -> None:
    draft = start_draft(agreement=active_terms.agreement, by=maya)
    seen = draft.digest
    document = draft.document.as_dict()
    document["goals"][0]["title"] = "Maya's words"
    edit_draft(version=draft, terms=document, expected_digest=seen, by=maya)
    answer = put(mia, seen)
    assert answer.status_code == 422
    draft.refresh_from_db()
    goal = draft.document.goals[0]
    assert (goal.title, goal.amount) == ("Maya's words", active_terms.document.goals[0].amount)
    assert put(mia, draft.digest).status_code == 302


def test_a_draft_that_the_reader_did_not_see_is_not_overwritten(
    mia: User, maya: User, active_terms: AgreementVersion
) -> None:
    start_draft(agreement=active_terms.agreement, by=maya)
    assert put(mia).status_code == 422


def test_a_draft_that_is_gone_is_not_started_anew(mia: User, active_terms: AgreementVersion) -> None:
    assert put(mia, "0" * 64).status_code == 422
    assert open_version(active_terms.agreement) is None


def test_only_editors_put_it_in_the_draft(mina: User, sam: User, active_terms: AgreementVersion) -> None:
    assert {put(mina).status_code, put(sam).status_code} == {403}
    assert "put-in-draft" not in read(mina, query())


def test_wrong_values_do_not_reach_the_draft(mia: User, active_terms: AgreementVersion) -> None:
    assert put(mia, mql_to_sql="0").status_code == 422
    assert open_version(active_terms.agreement) is None


def test_terms_without_goal_or_promise_get_both(mia: User, active_terms: AgreementVersion) -> None:
    document = active_terms.document.as_dict() | {"goals": [], "commitments": []}
    draft = start_draft(agreement=active_terms.agreement, terms=Terms.parse(document), by=mia)
    assert put(mia, draft.digest).status_code == 302
    draft.refresh_from_db()
    assert [goal.id for goal in draft.document.goals] == ["goal-new-revenue"]
    assert [one.per_month for one in draft.document.commitments] == [273]


def test_a_goal_with_its_first_draft_only_can_be_planned(mia: User) -> None:
    create_agreement(slug="default", name="Default", by=mia)
    assert "begins with the draft of version 1" in read(mia, URL)


def test_an_unknown_agreement_is_not_found(mia: User, active_terms: AgreementVersion) -> None:
    assert logged_in(mia).get("/agreements/nowhere/goals/").status_code == 404


API = "/api/agreements/default/funnel/"


@pytest.fixture
def api(mina: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(mina)
    return client


def test_a_program_reads_the_same_figures(api: APIClient, active_terms: AgreementVersion) -> None:
    found = api.get(query().replace(URL, API)).json()
    assert found["volumes"] == {"visitor": 163_400, "lead": 3_268, "mql": 817, "sql": 196, "customer": 43}
    assert (found["mqls_per_month"], found["cost"], found["deals_in_all"]) == (273, 130_720.0, 71)
    assert found["months"][-1]["due"]["mql"] == 817
    assert found["rates"]["mql_to_sql"]["value"] == 0.24
    assert [team["mqls"] for team in found["teams"]] == [572, 245]
    assert found["levers"][0]["leads_saved"] == 400


def test_a_program_is_told_every_wrong_value(api: APIClient, active_terms: AgreementVersion) -> None:
    answer = api.get(query(amount="x", team_share=["70", "y"]).replace(URL, API))
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"amount", "team_share.1"}


def test_without_parameters_a_program_gets_the_agreed_goal(api: APIClient, active_terms: AgreementVersion) -> None:
    found = api.get(API).json()
    assert (found["goal"]["id"], found["direction"]) == ("goal-new-revenue", "goal")
    assert api.get(f"{API}?direction=today&entry=lead&volume=100").json()["volumes"]["lead"] == 1200


def test_an_agreement_of_a_segment_measures_its_own_leads(mina: User, make_lead: Any) -> None:
    put_in_force("default")
    put_in_force("france", {"field": "country", "op": "eq", "value": "France"})
    at = timezone.now() - timedelta(days=40)
    for n in range(24):
        lead = make_lead(created_at=at, country="France" if n < 12 else "Chile")
        for stage in ("mql", "sql")[: 2 if n < 6 else 1]:
            StageChange.objects.create(lead=lead, new=stage, why="test", at=at)
    own = read(mina, "/agreements/france/goals/")
    assert "measured on the leads that this agreement governs" in own
    assert "Actual 50.0%:" in own
    link = re.search(r'href="(/leads/\?passed=mql[^"]*on_to=sql[^"]*)"', own)
    assert link is not None
    assert read(mina, link[1].replace("&amp;", "&")).count("<tr data-row") == 6
    others = read(mina, "/agreements/default/goals/")
    assert "Actual 0.0%:" in others


def test_without_a_cadence_nobody_can_say_how_many_can_be_worked(mia: User, active_terms: AgreementVersion) -> None:
    document = active_terms.document.as_dict()
    document["cadence"]["steps"] = []
    start_draft(agreement=active_terms.agreement, terms=Terms.parse(document), by=mia)
    page = read(mia, query())
    assert "There is no contact plan." in page
    assert "can work" not in page.split('id="capacity-title"')[1].split("<table")[0]
