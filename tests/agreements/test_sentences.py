"""The terms in sentences: each value that binds somebody is said, and said only where it binds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agreements.sentences import handing
from agreements.sentences.clause import Clause
from agreements.terms.default import default_terms
from agreements.terms.document import Terms


def said(chapter: Callable[[Terms], Iterator[Clause]], clause: str, changes: dict[str, Any]) -> str:
    """The lines of a clause of the default terms, with changes to one part of them: ("part", "value") → value."""
    document = default_terms().as_dict()
    for path, value in changes.items():
        *way, last = path.split(".")
        inner = document
        for step in way:
            inner = inner[step]
        inner[last] = value
    return " ".join(str(line) for one in chapter(Terms.parse(document)) if one.id == clause for line in one.lines)


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        (30, 'Attempts on one channel less than <b class="pill">30 minutes</b> apart count as one.'),
        (1, 'Attempts on one channel less than <b class="pill">1 minute</b> apart count as one.'),
    ],
)
def test_the_space_between_attempts_is_said(minutes: int, sentence: str) -> None:
    assert sentence in said(handing.returns, "returns", {"returns.attempts.min_minutes_apart": minutes})


def test_attempts_that_all_count_need_no_sentence() -> None:
    assert "apart" not in said(handing.returns, "returns", {"returns.attempts.min_minutes_apart": 0})


def test_the_age_of_an_event_that_hands_over_is_said() -> None:
    sentence = (
        'An event that comes in more than <b class="pill">7 days</b> late counts, but opens no handoff by itself.'
    )
    assert sentence in said(handing.handoff, "routing", {})
    assert "late" not in said(handing.handoff, "routing", {"handoff.live_calendar_days": 0})
