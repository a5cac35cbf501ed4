"""Every value of the templates says where it comes from, in the form, in the text and before anybody chooses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agreements.models import AgreementVersion
from agreements.services import start_draft
from agreements.sources import KINDS, SOURCES, place_of, source_covering, source_for, sources_by_clause
from agreements.starting import starting_terms
from agreements.terms.default import TEMPLATES
from slaportal.accounts.models import User
from tests.agreements.test_pages import logged_in

DOCUMENTS = {name: starting_terms(template=name, language="en").as_dict() for name in TEMPLATES}
SHORT = DOCUMENTS["short-cycle"]


def numbers(value: Any, path: str) -> Iterator[str]:
    """The paths of all numbers below; what a rule compares with is no value of the trade."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in {"when", "mql"}:
                yield from numbers(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from numbers(inner, f"{path}[{position}]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_number_of_a_template_has_a_source_or_is_our_proposal(template: str) -> None:
    document = DOCUMENTS[template]
    paths = list(numbers(document, ""))
    assert len(paths) > 80
    assert [path for path in paths if source_covering(place_of(path, document)) is None] == []


def test_no_source_stands_for_nothing() -> None:
    places = {place_of(path, document) for document in DOCUMENTS.values() for path in numbers(document, "")}
    known = {one for place in places for one in (place, *widened(place))} | {
        "qualification.mql", "qualification.sql", "definitions", "commitments.warn_share",
    }  # fmt: skip
    assert set(SOURCES) - known == set()


def widened(place: str) -> list[str]:
    steps = place.split(".")
    return [".".join(steps[:n]) for n in range(1, len(steps))]


def test_what_is_no_proposal_of_ours_names_who_says_so() -> None:
    without = {place for place, source in SOURCES.items() if not source.references}
    assert without == {place for place, source in SOURCES.items() if source.kind == "proposal"}
    urls = [one.url for source in SOURCES.values() for one in source.references]
    assert all(url.startswith(("https://", "http://")) and " " not in url for url in urls)
    assert set(KINDS) == {source.kind for source in SOURCES.values()}


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("commitments[0].working_minutes", "commitments.first_response_hand_raise.working_minutes"),
        ("commitments.0.working_minutes", "commitments.first_response_hand_raise.working_minutes"),
        ("kpis[1].target", "kpis.mql_to_sql.target"),
        ("qualification.bands.interest.1", "qualification.bands.interest.1"),
        ("cadence.steps[3].window_working_minutes", "cadence.steps.window_working_minutes"),
        ("commitments[99].working_minutes", "commitments.working_minutes"),
        ("", ""),
    ],
)
def test_a_place_is_a_path_without_positions(path: str, place: str) -> None:
    assert place_of(path, SHORT) == place


@pytest.mark.parametrize(
    ("place", "own", "covering"),
    [
        ("commitments.acceptance.warn_share", "commitments.warn_share", "commitments.warn_share"),
        ("commitments.acceptance.working_days", None, "commitments.acceptance"),
        ("returns.max_returns", "returns.max_returns", "returns.max_returns"),
        ("calendar.hours", None, None),
    ],
)
def test_the_nearest_source_counts(place: str, own: str | None, covering: str | None) -> None:
    assert source_for(place) == (SOURCES[own] if own else None)
    assert source_covering(place) == (SOURCES[covering] if covering else None)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_promise_and_target_is_marked_in_the_text(template: str) -> None:
    document = DOCUMENTS[template]
    marked = sources_by_clause(document)
    ids = {one["id"] for chapter in ("commitments", "kpis", "goals") for one in document[chapter]}
    assert ids - set(marked) == {"promise-follow-up"}


def test_an_empty_document_has_its_parts_only() -> None:
    empty = {"goals": [], "commitments": [], "kpis": [], "definitions": [], "nurture": {"paths": []}}
    marked = sources_by_clause(empty | {"qualification": {"interest": {"rules": []}}})
    assert marked["bands"] == SOURCES["qualification.bands"]
    assert "promise-hand-raise" not in marked


def test_the_template_shows_its_sources_before_anybody_chooses(ada: User) -> None:
    page = logged_in(ada).get("/agreements/new/short-cycle/").content.decode()
    clause = page.split('id="promise-hand-raise"')[1].split('id="promise-first-response"')[0]
    assert "<b>Study.</b> Reached within 5 minutes instead of 30" in clause
    assert 'rel="noopener noreferrer" target="_blank">Oldroyd with InsideSales.com, 2007</a>' in clause


def test_the_agreement_in_force_shows_them_too(sam: User, active_terms: AgreementVersion) -> None:
    page = logged_in(sam).get("/agreements/default/").content.decode()
    marked = sources_by_clause(active_terms.document.as_dict())
    assert page.count('<details class="source" lang="en" dir="ltr">') == len(marked)


@pytest.mark.parametrize(
    ("chapter", "words"),
    [
        ("commitments", "Seen: a warning to the owner at 75–80 % of the time."),
        ("commitments", "Reached within 5 minutes instead of 30"),
        ("cadence", "three or four touches within the first three days"),
        ("qualification", "Thresholds seen: 65 to 100 points"),
        ("returns", "are reached by the sixth call"),
        ("kpis", "Seen: 70–90 % where both teams agree"),
        ("review", "Seen: 30–45 minutes every week"),
    ],
)
def test_the_form_shows_them_beside_the_values(
    maya: User, active_terms: AgreementVersion, chapter: str, words: str
) -> None:
    start_draft(agreement=active_terms.agreement, by=maya)
    assert words in logged_in(maya).get(f"/agreements/default/draft/{chapter}/").content.decode()
