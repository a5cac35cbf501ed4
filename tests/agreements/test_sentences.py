"""The terms in sentences: each value that binds somebody is said, and said only where it binds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import translation

from agreements.sentences import handing, shared
from agreements.sentences.clause import Clause
from agreements.sentences.values import calendar_days, listed, money, number
from agreements.terms.default import default_terms
from agreements.terms.document import Terms


def said(chapter: Callable[[Terms], Iterator[Clause]], clause: str, changes: dict[str, Any]) -> str:
    """The words of a clause of the default terms, with changes to one part of them: ("part", "value") → value."""
    document = default_terms().as_dict()
    for path, value in changes.items():
        *way, last = path.split(".")
        inner = document
        for step in way:
            inner = inner[step]
        inner[last] = value
    clauses = [one for one in chapter(Terms.parse(document)) if one.id == clause]
    return " ".join(str(line) for one in clauses for line in (one.sentence, *one.lines))


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        (30, 'Attempts on one channel less than <b class="pill">30 minutes</b> apart count as one.'),
        (1, 'Attempts on one channel less than <b class="pill">1 minute</b> apart count as one.'),
    ],
)
def test_the_space_between_attempts_is_said(minutes: int, sentence: str) -> None:
    assert sentence in said(handing.returns, "attempt-limit", {"returns.attempts.min_minutes_apart": minutes})


def test_attempts_that_all_count_need_no_sentence() -> None:
    assert "apart" not in said(handing.returns, "attempt-limit", {"returns.attempts.min_minutes_apart": 0})


def test_the_age_of_an_event_that_hands_over_is_said() -> None:
    sentence = (
        'An event that comes in more than <b class="pill">7 days</b> late counts, but opens no handoff by itself.'
    )
    assert sentence in said(handing.handoff, "late-events", {})
    assert "days" not in said(handing.handoff, "late-events", {"handoff.live_calendar_days": 0})


PLAN: dict[str, Any] = {
    "deal_amount": 8500,
    "marketing_share": 0.6,
    "rates": {"visitor_to_lead": 0.02, "lead_to_mql": 0.25, "mql_to_sql": 0.24, "sql_to_customer": 0.225},
    "teams": [{"id": "team-a", "name": "Field <Sales>", "share": 1, "reps": 3}],
    "methods": [{"id": "method-web", "name": "Web", "share": 1, "cost_per_lead": 40.5}],
    "follow_up": {"minutes_per_touch": 6, "hours_per_working_day": 3},
}


def planned(plan: dict[str, Any] | None) -> str:
    document = default_terms().as_dict()
    document["goals"][0] |= {"amount": 600_000, "period": "quarter", "plan": plan}
    clause = next(iter(shared.goals(Terms.parse(document))))
    return " ".join(str(line) for line in clause.lines).replace('<b class="pill">', "").replace("</b>", "")


def test_a_plan_says_its_rates_and_what_they_ask_for() -> None:
    read = planned(PLAN)
    assert "60% of it comes from Marketing's leads; a deal brings €8,500 on average." in read
    assert "Of the visitors 2% become leads, of the leads 25% MQLs, of the MQLs 24% SQLs" in read
    assert "and of the SQLs 22.5% customers." in read
    # 42.4 → 43 deals; 191.1 → 192 SQLs; 800 MQLs; 3,200 leads.
    assert "asks Marketing for 3,200 leads and 800 MQLs, and Sales for 192 SQLs and 43 deals per quarter." in read
    assert "Web brings 100% of the leads, 3,200, at €40.5 each." in read
    assert "Field &lt;Sales&gt; follows up 100% of the MQLs, 800, with a team of 3." in read
    assert "A rep gives 3 hours of each working day to follow-up, 6 minutes to each attempt." in read


def test_a_plan_without_parts_and_a_goal_without_plan_say_no_more_than_there_is() -> None:
    read = planned({key: PLAN[key] for key in ("deal_amount", "marketing_share", "rates")})
    assert "43 deals" in read
    assert "follow" not in read
    assert "deals" not in planned(None)


@pytest.mark.parametrize(
    ("language", "all_of", "one_of"),
    [
        ("en", "A1, A2, and B1", "A1, A2, or B1"),
        ("ja", "A1、A2、B1", "A1、A2、またはB1"),
        ("ar", "\u2068A1\u2069 و\u2068A2\u2069 و\u2068B1\u2069", "\u2068A1\u2069 أو \u2068A2\u2069 أو \u2068B1\u2069"),
        ("id", "A1, A2, dan B1", "A1, A2, atau B1"),
        ("fr", "A1, A2 et B1", "A1, A2 ou B1"),
        ("zh-hans", "A1、A2和B1", "A1、A2或B1"),
    ],
)
def test_lists_are_written_as_the_language_writes_them(language: str, all_of: str, one_of: str) -> None:
    with translation.override(language):
        assert (listed(["A1", "A2", "B1"]), listed(["A1", "A2", "B1"], "or")) == (all_of, one_of)
        assert listed([]) == ""


@pytest.mark.parametrize(
    ("language", "euros", "half"),
    [
        ("en", "€1,000,000", "0.5"),
        ("ja", "€1,000,000", "0.5"),
        ("ar", "\u200f1,000,000\u00a0€", "0.5"),
        ("id", "€1.000.000", "0,5"),
        ("fr", "1\u202f000\u202f000\u00a0€", "0,5"),
        ("zh-hans", "€1,000,000", "0.5"),
    ],
)
def test_amounts_are_written_as_the_language_writes_them(language: str, euros: str, half: str) -> None:
    with translation.override(language):
        assert (money(1_000_000, "EUR"), number(0.5)) == (euros, half)


@pytest.mark.parametrize(
    ("n", "said"),
    [(0, "0 يوم"), (1, "يوم واحد"), (2, "يومين"), (3, "3 أيام"), (10, "10 أيام"), (11, "11 يومًا"), (99, "99 يومًا"),
     (100, "100 يوم"), (103, "103 أيام")],
)  # fmt: skip
def test_arabic_counts_in_six_forms(n: int, said: str) -> None:
    with translation.override("ar"):
        assert calendar_days(n) == said
