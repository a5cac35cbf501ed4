"""The company's clock: public holidays of its country, and whether promises can be kept by it at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agreements.calendars import check_calendar
from agreements.terms.default import default_terms
from agreements.terms.document import Terms, TermsInvalid

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
MONDAYS = [(AT.date() + timedelta(weeks=n)).isoformat() for n in range(1200)]


def refused_at(**calendar: Any) -> list[str]:
    """The places that are refused of the default terms with another calendar."""
    terms = Terms.parse(default_terms().as_dict() | {"calendar": {"timezone": "Europe/Paris", **calendar}})
    try:
        check_calendar(terms, AT)
    except TermsInvalid as invalid:
        return [path for path, _message in invalid.errors]
    return []


@pytest.mark.parametrize(
    "calendar",
    [
        {},
        {"country": "FR"},
        {"country": "DE-BY"},
        {"hours": {"sun": [["10:00", "12:00"]]}},
        {"hours": {"mon": [["09:00", "18:00"]]}, "holidays": MONDAYS[:50]},
    ],
)
def test_a_calendar_that_can_keep_every_promise_is_taken(calendar: dict[str, Any]) -> None:
    assert refused_at(**calendar) == []


@pytest.mark.parametrize("country", ["XX", "FR-XX"])
def test_a_country_without_known_holidays_is_refused(country: str) -> None:
    assert refused_at(country=country) == ["calendar.country"]


@pytest.mark.parametrize(
    "calendar",
    [
        {"hours": {"mon": [["09:00", "18:00"]]}, "holidays": MONDAYS},
        {"hours": {"mon": [["09:00", "18:00"]]}, "overrides": dict.fromkeys(MONDAYS, [])},
        {"hours": {"mon": [["09:00:00", "09:00:05"]]}},
    ],
)
def test_promises_that_the_calendar_cannot_hold_are_named(calendar: dict[str, Any]) -> None:
    assert {"commitments[0].working_minutes", "cadence.steps[3]"} <= set(refused_at(**calendar))
