"""The reverse funnel: exact both ways, parts that add up, capacity and value; each refusal has its code."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.terms.calendar import WorkCalendar
from agreements.terms.default import default_terms
from agreements.terms.document import Terms, TermsInvalid
from agreements.terms.funnel import (
    Ask,
    FollowUp,
    FunnelInvalid,
    Rates,
    Segment,
    ask_of,
    capacity,
    deals_in_all,
    due_by,
    exact,
    forward,
    levers,
    mqls_for_value,
    period_end,
    reverse,
    split,
    spread,
    value_of,
)

ASK = Ask(F(600_000), F(8_500), F(60, 100), Rates(F(2, 100), F(25, 100), F(24, 100), F(22, 100)))
OFFICE = WorkCalendar.from_dict(
    {
        "timezone": "Europe/Paris",
        "hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        "holidays": ["2026-01-01"],
    }
)
shares = st.integers(10, 1000).map(lambda n: F(n, 1000))
asks = st.builds(
    Ask,
    st.integers(100, 3 * 10**7).map(lambda n: F(n, 100)),
    st.integers(10**4, 10**7).map(lambda n: F(n, 100)),
    shares,
    st.builds(Rates, st.just(F(1, 50)), shares, shares, shares),
)


def codes(caught: pytest.ExceptionInfo[FunnelInvalid]) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in caught.value.problems]


def test_a_goal_is_rounded_up_at_each_step() -> None:
    # 360,000 ÷ 8,500 = 42.4; 43 ÷ 0.22 = 195.5; 196 ÷ 0.24 = 816.7; 817 ÷ 0.25 = 3,268; ÷ 0.02 = 163,400.
    assert reverse(ASK) == {"visitor": 163_400, "lead": 3_268, "mql": 817, "sql": 196, "customer": 43}
    assert deals_in_all(ASK) == 71


def test_what_divides_evenly_asks_for_none_too_many() -> None:
    tenth = exact(0.1)
    ask = Ask(exact(1_000_000), exact(100_000.0), F(1), Rates(tenth, tenth, tenth, tenth))
    assert reverse(ask) == {"visitor": 100_000, "lead": 10_000, "mql": 1_000, "sql": 100, "customer": 10}


def test_hubspots_worked_example() -> None:
    """Seven customers at 5 % of the leads are 140 leads."""
    ask = Ask(F(7), F(1), F(1), Rates(F(1), F(1), F(1), F(5, 100)))
    assert reverse(ask)["lead"] == 140


@given(asks)
def test_what_is_asked_for_always_reaches_the_goal(ask: Ask) -> None:
    needed = reverse(ask)
    reached = forward(ask.rates, needed["visitor"])
    assert reached["customer"] * ask.deal_amount >= ask.revenue * ask.marketing_share
    assert all(reached[step] >= needed[step] for step in needed)


@given(asks, st.integers(10, 30).map(lambda n: F(n, 10)))
def test_a_greater_goal_never_asks_for_less(ask: Ask, factor: F) -> None:
    less, more = reverse(ask), reverse(replace(ask, revenue=ask.revenue * factor))
    assert all(more[step] >= less[step] for step in less)


@given(asks)
def test_a_better_rate_never_asks_for_more(ask: Ask) -> None:
    assert all(lever.leads_saved >= 0 for lever in levers(ask))
    assert [lever.leads_saved for lever in levers(ask)] == sorted(
        (lever.leads_saved for lever in levers(ask)), reverse=True
    )


def test_the_cheapest_lever_stands_first() -> None:
    first = levers(ASK)[0]
    assert (first.rate, first.before, first.after) == ("sql_to_customer", F(22, 100), F(25, 100))
    # 43 ÷ 0.25 = 172; ÷ 0.24 = 716.7; 717 ÷ 0.25 = 2,868.
    assert first.leads_saved == 3_268 - 2_868


def test_a_lever_does_not_go_beyond_all() -> None:
    ask = replace(ASK, rates=replace(ASK.rates, sql_to_customer=F(99, 100)))
    assert {lever.after for lever in levers(ask) if lever.rate == "sql_to_customer"} == {F(1)}


def test_forward_from_any_step_rounds_down() -> None:
    assert forward(ASK.rates, 100, "mql") == {"mql": 100, "sql": 24, "customer": 5}
    assert forward(ASK.rates, 0) == dict.fromkeys(("visitor", "lead", "mql", "sql", "customer"), 0)


@pytest.mark.parametrize(
    ("ask", "found"),
    [
        (replace(ASK, revenue=F(0)), ("revenue", "amount_not_positive")),
        (replace(ASK, deal_amount=F(-1)), ("deal_amount", "amount_not_positive")),
        (replace(ASK, marketing_share=F(0)), ("marketing_share", "share_out_of_range")),
        (replace(ASK, marketing_share=F(2)), ("marketing_share", "share_out_of_range")),
        (replace(ASK, rates=replace(ASK.rates, mql_to_sql=F(0))), ("rates.mql_to_sql", "rate_zero")),
        (replace(ASK, rates=replace(ASK.rates, mql_to_sql=F(3, 2))), ("rates.mql_to_sql", "rate_above_one")),
        (replace(ASK, revenue=F(10**15)), ("revenue", "volume_beyond_reach")),
    ],
)
def test_a_goal_that_cannot_be_calculated_is_refused(ask: Ask, found: tuple[str, str]) -> None:
    with pytest.raises(FunnelInvalid) as caught:
        reverse(ask)
    assert codes(caught) == [found]


def test_too_many_or_fewer_than_none_do_not_enter() -> None:
    for entering in (-1, 10**13):
        with pytest.raises(FunnelInvalid) as caught:
            forward(ASK.rates, entering)
        assert codes(caught) == [("volume", "volume_beyond_reach")]


@given(st.integers(0, 10**6), st.lists(st.integers(1, 100), min_size=1, max_size=8))
def test_parts_add_up_and_stay_near_their_shares(total: int, weights: list[int]) -> None:
    of = [F(weight, sum(weights)) for weight in weights]
    parts = split(total, of)
    assert sum(parts) == total
    assert all(abs(part - total * share) < 1 for part, share in zip(parts, of, strict=True))


def test_shares_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(FunnelInvalid) as caught:
        split(10, [F(1, 2), F(1, 3)])
    assert codes(caught) == [("shares", "shares_not_one")]
    with pytest.raises(FunnelInvalid, match="between 0 and 100"):
        split(10, [F(3, 2), F(-1, 2)])


def test_months_follow_their_working_days_and_add_up() -> None:
    months = spread({"mql": 100, "customer": 7}, OFFICE, date(2026, 1, 1), date(2026, 3, 31), "month")
    assert [one.working_days for one in months] == [21, 20, 22]
    assert [one.volumes for one in months] == [
        {"mql": 34, "customer": 3},
        {"mql": 32, "customer": 2},
        {"mql": 34, "customer": 2},
    ]
    assert months[-1].due == {"mql": 100, "customer": 7}


def test_weeks_end_on_sundays_and_with_the_period() -> None:
    weeks = spread({"mql": 63}, OFFICE, date(2026, 1, 1), date(2026, 3, 31), "week")
    assert (weeks[0].starts_on, weeks[0].ends_on, weeks[0].working_days) == (date(2026, 1, 1), date(2026, 1, 4), 1)
    assert (weeks[1].ends_on, weeks[1].due["mql"]) == (date(2026, 1, 11), 6)
    assert (weeks[-1].ends_on, weeks[-1].due["mql"]) == (date(2026, 3, 31), 63)
    assert sum(week.volumes["mql"] for week in weeks) == 63


@given(st.integers(0, 10**6), st.integers(1, 300))
def test_the_pace_is_never_behind_and_ends_exact(total: int, days: int) -> None:
    due = [due_by(total, day, days) for day in range(days + 1)]
    assert (due[0], due[-1]) == (0, total)
    assert all(one * days >= total * day for day, one in enumerate(due))


def test_a_period_without_working_days_is_refused() -> None:
    shut = WorkCalendar.from_dict({"timezone": "UTC", "hours": {}})
    with pytest.raises(FunnelInvalid) as caught:
        spread({"mql": 1}, shut, date(2026, 1, 1), date(2026, 1, 31), "month")
    assert codes(caught) == [("period", "no_working_days")]


def test_periods_end_with_their_last_month() -> None:
    ends = [period_end(date(2026, 12, 1), period) for period in ("month", "quarter", "year")]  # type: ignore[arg-type]
    assert ends == [date(2026, 12, 31), date(2027, 2, 28), date(2027, 11, 30)]


def test_capacity_follows_from_the_cadence() -> None:
    """Eight touches of six minutes are 48 minutes: three hours a day are 3.75 leads a day."""
    found = capacity(FollowUp(8, F(6), F(3), 15), working_days=60, reps=2, asked=500)
    assert (found.minutes_per_lead, found.leads_per_rep, found.workable) == (48, 225, 450)
    # 3.75 leads a day, each in the cadence for 15 working days.
    assert found.open_per_rep == 57
    assert (found.is_enough, found.reps_needed, found.load) == (False, 3, F(10, 9))


def test_nobody_works_nothing() -> None:
    found = capacity(FollowUp(8, F(6), F(3), 15), working_days=60, reps=0, asked=10)
    assert (found.workable, found.is_enough, found.load, found.reps_needed) == (0, False, None, 1)


@pytest.mark.parametrize(
    ("follow_up", "days", "found"),
    [
        (FollowUp(0, F(6), F(3), 15), 60, ("cadence.steps", "no_cadence")),
        (FollowUp(8, F(0), F(3), 15), 60, ("minutes_per_touch", "time_not_positive")),
        (FollowUp(8, F(6), F(0), 15), 60, ("hours_per_working_day", "time_not_positive")),
        (FollowUp(8, F(6), F(3), 15), 0, ("period", "no_working_days")),
    ],
)
def test_capacity_is_not_guessed(follow_up: FollowUp, days: int, found: tuple[str, str]) -> None:
    with pytest.raises(FunnelInvalid) as caught:
        capacity(follow_up, working_days=days, reps=1, asked=1)
    assert codes(caught) == [found]


def test_few_good_leads_are_worth_as_much_as_many_weak_ones() -> None:
    good = Segment("a1", F(1, 4), F(20, 100), F(10_000))
    weak = Segment("c3", F(3, 4), F(1, 100), F(8_000))
    assert (good.value_per_mql, weak.value_per_mql) == (2_000, 80)
    assert value_of(100, [good, weak]) == 56_000
    assert mqls_for_value(F(56_000), [good, weak]) == 100
    assert mqls_for_value(F(56_001), [good, weak]) == 101
    assert mqls_for_value(F(1), [Segment("none", F(1), F(0), F(1))]) is None


@given(asks)
def test_at_the_plans_own_rates_the_count_is_worth_the_goal(ask: Ask) -> None:
    probability = ask.rates.mql_to_sql * ask.rates.sql_to_customer
    mix = [Segment("all", F(1), probability, ask.deal_amount)]
    assert value_of(reverse(ask)["mql"], mix) >= ask.revenue * ask.marketing_share


def test_segments_must_add_up() -> None:
    with pytest.raises(FunnelInvalid) as caught:
        value_of(1, [Segment("a", F(1, 2), F(1), F(1))])
    assert codes(caught) == [("segments", "shares_not_one")]


PLAN: dict[str, Any] = {
    "deal_amount": 8_500,
    "marketing_share": 0.6,
    "rates": {"visitor_to_lead": 0.02, "lead_to_mql": 0.25, "mql_to_sql": 0.24, "sql_to_customer": 0.22},
    "teams": [
        {"id": "team-a", "name": "A", "share": 0.7, "reps": 3},
        {"id": "team-b", "name": "B", "share": 0.3, "reps": 1},
    ],
    "methods": [{"id": "method-web", "name": "Web", "share": 1, "cost_per_lead": 40}],
    "follow_up": {"minutes_per_touch": 6, "hours_per_working_day": 3},
}  # fmt: skip


def planned(**changes: Any) -> dict[str, Any]:
    document = default_terms().as_dict()
    document["goals"][0] |= {"amount": 600_000, "plan": PLAN | changes}
    return document


def test_a_plan_in_the_terms_asks_the_same() -> None:
    terms = Terms.parse(planned())
    assert ask_of(terms.goals[0]) == ASK
    assert ask_of(terms.goals[1]) is None
    assert Terms.parse(terms.canonical()).digest() == terms.digest()


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"teams": [{"id": "t", "name": "A", "share": 0.7, "reps": 3}]}, "goals[0].plan.teams"),
        ({"methods": PLAN["methods"] * 2}, "goals[0].plan.methods[1].id"),
        ({"rates": PLAN["rates"] | {"mql_to_sql": 0}}, "goals[0].plan.rates.mql_to_sql"),
        ({"marketing_share": 1.5}, "goals[0].plan.marketing_share"),
        ({"follow_up": {"minutes_per_touch": 6}}, "goals[0].plan.follow_up.hours_per_working_day"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(TermsInvalid) as caught:
        Terms.parse(planned(**changes))
    assert path in dict(caught.value.errors)


def test_a_plan_needs_money() -> None:
    document = planned()
    document["goals"][0]["currency"] = None
    with pytest.raises(TermsInvalid) as caught:
        Terms.parse(document)
    assert [problem.code for problem in caught.value.problems] == ["plan_without_money"]
