"""The default agreement keeps the values that the trade recommends."""

from __future__ import annotations

from collections import Counter

from agreements.terms.default import default_terms


def test_the_cadence_has_eight_touches_in_fifteen_working_days() -> None:
    cadence = default_terms().cadence
    assert Counter(step.channel for step in cadence.steps) == {"phone": 4, "email": 3, "video": 1}
    assert cadence.duration_working_days == 15


def test_unable_to_reach_needs_six_attempts_of_which_four_calls() -> None:
    returns = default_terms().returns
    assert (returns.attempts.min_attempts, returns.attempts.min_calls) == (6, 4)
    assert [reason.id for reason in returns.reasons if reason.requires_attempts] == ["return-unreachable"]


def test_both_sides_promise() -> None:
    terms = default_terms()
    hand_raise = terms.commitment("first_response_hand_raise")
    assert hand_raise
    assert (hand_raise.target_working_minutes, hand_raise.working_minutes) == (5, 60)
    assert {promise.kind: promise.working_minutes for promise in terms.commitments}["first_response"] == 240
    choose_path = terms.commitment("choose_path")
    assert choose_path
    assert (choose_path.party, choose_path.working_days) == ("marketing", 1)
    assert {promise.party for promise in terms.commitments} == {"marketing", "sales"}


def test_bands_and_half_lives_are_those_of_the_trade() -> None:
    qualification = default_terms().qualification
    assert (qualification.bands.fit.A, qualification.bands.fit.B) == (70, 40)
    assert (qualification.bands.interest.first, qualification.bands.interest.second) == (60, 30)
    assert {rule.half_life_days for rule in qualification.interest.rules} == {14, 60, 90, None}


def test_every_definition_has_three_examples_and_three_counter_examples() -> None:
    for definition in default_terms().definitions:
        assert (len(definition.examples), len(definition.counter_examples)) == (3, 3)
