"""The due time that the calendar's form works out while one edits it, and the SMART lines beside the goals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from agreements.calendars import public_holidays
from agreements.due_example import due_examples
from agreements.models import AgreementVersion
from agreements.services import start_draft
from agreements.terms.default import default_terms
from slaportal.accounts.models import User
from tests.agreements.forms import sent_by

# The Wednesday before Easter 2026.
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


def chapter(**changes: Any) -> dict[str, Any]:
    return default_terms().as_dict()["calendar"] | {"timezone": "Europe/Berlin"} | changes


def test_twenty_minutes_are_left_on_friday_and_the_rest_is_on_monday() -> None:
    [example] = due_examples(chapter(), NOW)
    assert example.due_at == datetime(2026, 4, 6, 7, 40, tzinfo=UTC)
    assert example.skipped == ["Apr 4, 2026 is skipped: closed", "Apr 5, 2026 is skipped: closed"]
    assert "Fri, Apr 3, 2026, 17:40" in example.sentence
    assert "Mon, Apr 6, 2026, 09:40" in example.sentence


def test_public_holidays_are_named_and_skipped() -> None:
    [example] = due_examples(chapter(country="DE"), NOW)
    assert example.due_at == datetime(2026, 4, 7, 8, 0, tzinfo=UTC)
    names = public_holidays("DE")
    assert example.skipped[0] == f"Apr 3, 2026 is skipped: {names['2026-04-03']}"
    assert example.skipped[-1] == f"Apr 6, 2026 is skipped: {names['2026-04-06']}"


def test_each_team_has_its_own_example() -> None:
    team = {"id": "team-x", "team": "Tokyo", "timezone": "Asia/Tokyo", "hours": {"sat": [["10:00", "16:00"]]}}
    company, tokyo = due_examples(chapter(teams=[team]), NOW)
    assert (company.name, tokyo.name) == ("", "Tokyo")
    assert tokyo.due_at == datetime(2026, 4, 4, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes",
    [{"hours": {"mon": [["18:00", "09:00"]]}}, {"hours": {}}, {"timezone": "x"}, {"country": "XX"}, {"hours": "x"}],
)
def test_hours_that_cannot_be_read_give_no_due_time(changes: dict[str, Any]) -> None:
    [example] = due_examples(chapter(**changes), NOW)
    assert (example.due_at, example.skipped) == (None, [])


@pytest.fixture
def editor(active_terms: AgreementVersion, maya: User) -> Client:
    start_draft(agreement=active_terms.agreement, by=maya)
    client = Client()
    client.force_login(maya)
    return client


def test_the_example_follows_the_form_and_saves_nothing(editor: Client) -> None:
    path = "/agreements/default/draft/calendar/"
    page = editor.get(path).content.decode()
    assert "with one working hour to answer" in page
    form = sent_by(page, "chapter-form") | {"example": ["1"], "calendar.timezone": ["Asia/Tokyo"]}
    before = AgreementVersion.objects.get(number=2).digest
    part = editor.post(path, form, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<section class="due-examples"')
    whole = editor.post(path, form).content.decode()
    assert '<option value="Asia/Tokyo" selected>' in whole
    assert AgreementVersion.objects.get(number=2).digest == before


@pytest.mark.parametrize("path", ["v/1/", "draft/", "draft/goals/"])
def test_the_five_lines_stand_with_the_goals(editor: Client, path: str) -> None:
    page = editor.get(f"/agreements/default/{path}").content.decode()
    assert page.count("smart__line smart__line--") == 5 * len(default_terms().goals)
    assert "Time-bound" in page
