"""Scores for one lead: caps, decay, penalties, bands, the receipt that adds up, and the nearest way to qualify."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.terms.default import default_terms
from agreements.terms.document import Terms, TermsInvalid
from agreements.terms.scoring import (
    FOREVER,
    Event,
    Heat,
    band,
    event_class_key,
    event_classes,
    heats_from_sums,
    heats_of,
    interest_from_sums,
    leaving_of,
    nearest_ways,
    qualifies,
    receipt,
    score_fit,
    score_interest,
    sums_of,
)
from agreements.terms.scoring.fading import Counted, Fading

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DECIDER = {"title": "Head of Sales", "company": "Acme", "country": "FR", "domain": "acme.fr"}


def interest_terms(
    rules: list[dict[str, Any]], groups: list[dict[str, Any]] | None = None, share: float | None = None
) -> Terms:
    named = [{"id": f"rule-{n}", "event": "visit"} | rule for n, rule in enumerate(rules)]
    interest = {"groups": groups or [], "rules": named, "account_share": share}
    return Terms.parse({"qualification": {"interest": interest}})


def visits(*days_ago: float) -> list[Event]:
    return [Event("visit", NOW - timedelta(days=days)) for days in days_ago]


def fading_of(terms: Terms, *own: list[Event], others: tuple[list[Event], ...] = ()) -> Fading:
    """The leads that did these things, and their colleagues."""
    places = {key: place for place, key in enumerate(event_classes(terms), start=1)}

    def counted(events: list[Event]) -> Counted:
        sums = sums_of(terms, events, at=NOW)
        return Counted([sums[key] for key in places], leaving_of(terms, events, NOW))

    return Fading(terms, places, {}, list(map(counted, own)), NOW, list(map(counted, others)))


def test_points_halve_with_every_half_life() -> None:
    terms = interest_terms([{"points": 40, "half_life_days": 14}])
    assert score_interest(terms, visits(0), NOW) == 40
    assert score_interest(terms, visits(14), NOW) == 20
    assert score_interest(terms, visits(14, 28), NOW) == 30


def test_a_rule_and_a_group_give_no_more_than_their_caps() -> None:
    terms = interest_terms([{"points": 20, "cap": 30, "group": "web"}] * 2, [{"id": "web", "cap": 50}])
    assert score_interest(terms, visits(0, 0), NOW) == 50
    assert score_interest(terms, visits(0), NOW) == 40


def test_penalties_do_not_fade_and_their_cap_bounds_their_size() -> None:
    terms = interest_terms([{"points": 90}, {"event": "gone", "points": -30, "cap": 40, "half_life_days": 1}])
    gone = [Event("gone", NOW - timedelta(days=500))]
    assert score_interest(terms, visits(0) + gone, NOW) == 60
    assert score_interest(terms, visits(0) + gone * 3, NOW) == 50


def test_scores_stay_between_zero_and_the_maximum() -> None:
    terms = interest_terms([{"points": 80}, {"event": "gone", "points": -30}])
    assert score_interest(terms, visits(0, 0), NOW) == 100
    assert score_interest(terms, [Event("gone", NOW)], NOW) == 0


def test_an_event_from_the_future_counts_as_one_of_now() -> None:
    terms = interest_terms([{"points": 40, "half_life_days": 14}])
    assert score_interest(terms, visits(-300), NOW) == 40


def test_only_events_that_meet_the_condition_count() -> None:
    when = {"field": "event.path", "op": "starts_with", "value": "/pricing"}
    terms = interest_terms([{"points": 10, "when": when}])
    events = [Event("visit", NOW, {"path": path}) for path in ("/pricing/eu", "/PRICING", "/", None)]
    assert score_interest(terms, events, NOW) == 20


def test_rules_share_a_class_of_events_whatever_their_points_and_caps() -> None:
    rules = interest_terms(
        [
            {"points": 10, "half_life_days": 14},
            {"points": 5, "half_life_days": 14.0, "cap": 7},
            {"points": 5, "half_life_days": 15},
            {"points": -5, "half_life_days": 14},
            {"points": 5},
        ]
    ).qualification.interest.rules
    keys = [event_class_key(rule) for rule in rules]
    assert keys[0] == keys[1]
    assert keys[3] == keys[4]
    assert len(set(keys)) == 3


def test_fit_counts_held_rules_within_group_caps() -> None:
    assert score_fit(default_terms(), DECIDER) == 70
    assert score_fit(default_terms(), DECIDER | {"attributes.employees": "300", "attributes.industry": "SaaS"}) == 100
    assert score_fit(default_terms(), {"title": "Student"}) == 0


@pytest.mark.parametrize(
    ("fit", "interest", "expected"),
    [(70, 60, "A1"), (69, 60, "B1"), (70, 59.9, "A2"), (40, 30, "B2"), (39, 29.9, "C3"), (100, 0, "A3")],
)
def test_bands_begin_at_their_thresholds(fit: int, interest: float, expected: str) -> None:
    assert band(fit, interest, default_terms().qualification.bands) == expected


@pytest.mark.parametrize(
    ("fit", "interest", "hand_raise", "verdict"),
    [
        (70, 60, False, True),
        (70, 30, False, True),
        (70, 29, False, False),
        (40, 60, False, True),
        (40, 30, False, False),
        (40, 0, True, True),
        (39, 100, True, False),
    ],
)
def test_an_mql_is_a1_a2_b1_or_a_raised_hand_with_fit_a_or_b(
    fit: int, interest: float, hand_raise: bool, verdict: bool
) -> None:
    assert qualifies(default_terms(), fit, interest, hand_raise, {}) is verdict


events_of_anyone = st.lists(
    st.builds(
        Event,
        st.sampled_from(["page_view", "email_click", "form_submission", "webinar", "demo_request", "unsubscribe"]),
        st.datetimes(
            datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2026-06-15"), timezones=st.just(UTC)
        ),
        st.fixed_dictionaries({"path": st.sampled_from(["/pricing", "/product", "/"])}),
    ),
    max_size=15,
)
visits_of_anyone = st.lists(st.floats(0, 20), max_size=6).map(lambda days_ago: visits(*days_ago))
facts_of_anyone = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["CEO", "Sales Manager", "Student", "Head"]),
        "company": st.just("Acme"),
        "country": st.sampled_from(["FR", "US"]),
        "domain": st.sampled_from(["acme.fr", "gmail.com"]),
        "attributes.employees": st.integers(1, 10_000),
        "attributes.industry": st.just("Software"),
    },
)


@settings(deadline=None, max_examples=150)
@given(events_of_anyone)
def test_sums_give_the_interest_of_the_events_in_any_order(events: list[Event]) -> None:
    terms = default_terms()
    expected = score_interest(terms, events, NOW)
    assert interest_from_sums(terms, sums_of(terms, events), NOW) == expected
    assert interest_from_sums(terms, sums_of(terms, events[::-1]), NOW) == expected


@settings(deadline=None, max_examples=150)
@given(events_of_anyone, st.sampled_from([5, 30, 60]))
def test_interest_falls_below_a_threshold_exactly_once(events: list[Event], threshold: int) -> None:
    terms = default_terms()
    sums = sums_of(terms, events)
    [falls] = fading_of(terms, events).falls_below_at(threshold)
    is_above = interest_from_sums(terms, sums, NOW) >= threshold
    assert (falls is not None) == is_above
    before, after = (falls or NOW) - timedelta(seconds=1), falls or NOW
    assert interest_from_sums(terms, sums, after) < threshold
    assert not is_above or interest_from_sums(terms, sums, before) >= threshold


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(visits_of_anyone, visits_of_anyone), max_size=5), st.sampled_from([None, 0.3]))
def test_leads_judged_together_get_what_each_gets_alone(
    did: list[tuple[list[Event], list[Event]]], share: float | None
) -> None:
    rules = [{"points": 20, "window_days": 10}, {"points": 20, "half_life_days": 10, "cap": 50}]
    terms = interest_terms(rules, share=share)
    together = fading_of(terms, *(own for own, _ in did), others=tuple(others for _, others in did))
    alone = [fading_of(terms, own, others=(others,)) for own, others in did]
    assert together.interest() == [score_interest(terms, own, NOW, others) for own, others in did]
    assert together.falls_below_at(30) == [falls for one in alone for falls in one.falls_below_at(30)]


def test_points_that_never_fade_never_fall_below() -> None:
    terms = interest_terms([{"points": 50}, {"points": 20, "half_life_days": 10}])
    fading = fading_of(terms, visits(0))
    assert fading.falls_below_at(50) == [FOREVER]
    # 59.95 is still shown as 60.0: 20 · 2^(−days/10) = 9.95.
    assert fading.falls_below_at(60) == [NOW + timedelta(days=10, seconds=6249)]


@settings(deadline=None, max_examples=150)
@given(facts_of_anyone, events_of_anyone, st.booleans())
def test_the_receipt_adds_up_to_the_scores_shown(facts: dict[str, Any], events: list[Event], hand_raise: bool) -> None:
    terms = default_terms()
    slip = receipt(terms, facts, heats_of(terms, events, NOW), NOW, hand_raise=hand_raise)
    fit = sum((row.after for row in slip.rows if row.side == "fit"), Decimal(0))
    interest = sum((row.after for row in slip.rows if row.side == "interest"), Decimal(0))
    assert (fit, interest) == (Decimal(slip.fit), Decimal(str(slip.interest)))
    assert slip.fit == score_fit(terms, facts, NOW)
    assert slip.interest == score_interest(terms, events, NOW)


def test_the_receipt_names_caps_rounding_and_what_held() -> None:
    terms = interest_terms([{"points": 33.33, "group": "web", "half_life_days": 14}] * 2, [{"id": "web", "cap": 50}])
    slip = receipt(terms, {}, heats_of(terms, visits(1), NOW), NOW)
    assert [row.kind for row in slip.rows] == ["rule", "rule", "group_cap"]
    assert slip.rows[0].times == 1
    assert slip.rows[2].clause == "web"
    fit = receipt(default_terms(), DECIDER, heats_of(default_terms(), [], NOW), NOW)
    assert fit.rows[0].clause == "fit-decision-maker"
    assert fit.rows[0].why is not None
    assert fit.rows[0].why["holds"] is True


def test_a_receipt_is_plain_json() -> None:
    terms = default_terms()
    slip = receipt(terms, DECIDER, heats_of(terms, [Event("webinar", NOW)], NOW), NOW).as_dict()
    assert (slip["band"], slip["rows"][-1]["after"], slip["at"]) == ("A3", 20, "2026-06-15T12:00:00+00:00")


@settings(deadline=None, max_examples=40)
@given(facts_of_anyone, events_of_anyone)
def test_every_way_shown_would_qualify(facts: dict[str, Any], events: list[Event]) -> None:
    terms = default_terms()
    heats = heats_of(terms, events, NOW)
    slip = receipt(terms, facts, heats, NOW)
    assert slip.qualifies == (slip.ways == ()) or slip.fit < 40
    for way in slip.ways:
        fit, interest = slip.fit + way.fit_missing, slip.interest + way.interest_missing
        assert qualifies(terms, fit, round(interest, 1), way.hand_raise, facts, NOW)


def test_the_nearest_way_names_the_rule_and_the_event_that_are_missing() -> None:
    terms = default_terms()
    heats = heats_from_sums(terms, {}, NOW)
    ways = nearest_ways(terms, DECIDER, heats, NOW)
    assert [(way.hand_raise, way.event_rule, way.event_times) for way in ways] == [
        (False, "interest-demo", 1),
        (True, None, 0),
    ]
    low = nearest_ways(terms, {"title": "CEO"}, heats | {"interest-demo": Heat(1.0)}, NOW)
    assert (low[0].rules, low[0].fit_missing) == (("fit-industry",), 5)


def test_points_of_a_window_count_in_full_and_then_not_at_all() -> None:
    terms = interest_terms([{"points": 40, "window_days": 14}])
    happened = [Event("visit", NOW)]
    moments = [NOW, NOW + timedelta(days=14, microseconds=-1), NOW + timedelta(days=14)]
    assert [score_interest(terms, happened, at) for at in moments] == [40, 40, 0]


def test_a_band_ends_when_the_events_that_carry_it_leave_the_window() -> None:
    terms = interest_terms([{"points": 20, "window_days": 10}, {"points": 20, "half_life_days": 10}])
    happened = [Event("visit", NOW - timedelta(days=days)) for days in (1, 4, 9)]

    [falls] = fading_of(terms, happened).falls_below_at(60)

    assert falls == NOW + timedelta(days=6)
    assert score_interest(terms, happened, falls) < 60 <= score_interest(terms, happened, falls - timedelta(seconds=1))


def test_the_receipt_says_until_when_an_event_counts() -> None:
    terms = interest_terms([{"points": 20, "window_days": 10}])
    happened = [Event("visit", NOW - timedelta(days=days)) for days in (3, 11)]
    [row] = receipt(terms, {}, heats_of(terms, happened, NOW), NOW).rows
    assert (row.times, row.until, row.after) == (1, NOW + timedelta(days=7), 20)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"points": -5, "window_days": 9}, "penalty_window"),
        ({"points": 5, "window_days": 9, "half_life_days": 9}, "window_or_half_life"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(rule: dict[str, Any], code: str) -> None:
    with pytest.raises(TermsInvalid) as refused:
        interest_terms([rule])
    assert [(one.path, one.code) for one in refused.value.problems] == [
        ("qualification.interest.rules[0].window_days", code)
    ]


def test_rules_without_a_window_keep_their_class() -> None:
    [rule] = interest_terms([{"points": 20, "half_life_days": 10}]).qualification.interest.rules
    assert event_class_key(rule) == "beada22e7560043205d6c509ec56ff75e25f5eb27f7ad1d48b530865260aa512"
