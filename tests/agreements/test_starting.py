"""The templates in every language: complete, workable, and without a sentence left in English."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from agreements.sentences import chapters
from agreements.sentences.comparison import CYCLES, FOR_WHOM, TEMPLATE_TITLES, differences, key_numbers
from agreements.starting import LANGUAGES, starting_terms
from agreements.terms.default import TEMPLATES, template_terms
from agreements.terms.document import Terms
from agreements.terms.readiness import problems
from slaportal.web.refusals import RefusedInput

OTHER = [language for language in LANGUAGES if language != "en"]
BOTH = pytest.mark.parametrize(("template", "language"), [(one, code) for one in TEMPLATES for code in OTHER])
# Words that are the same in some of the other languages.
SHARED_WORDS = {
    "MQL", "SAL", "SQL", "Contact", "Europe", "Sponsor", "Prospect",
    "United Kingdom", "vice president", "EUR",
}  # fmt: skip


def texts_of(value: Any) -> list[str]:
    """All texts of a document in their order."""
    if isinstance(value, dict):
        return [found for key in sorted(value) for found in texts_of(value[key])]
    if isinstance(value, list):
        return [found for inner in value for found in texts_of(inner)]
    return [value] if isinstance(value, str) else []


def written_in_english(template: str) -> set[str]:
    """Every text that a template says, as its author wrote it."""
    told: set[str] = set()

    def listen(words: str) -> str:
        told.add(words)
        return words

    template_terms(template, listen)
    return told


@BOTH
def test_every_template_is_ready_in_every_language(template: str, language: str) -> None:
    terms = starting_terms(template=template, language=language)
    assert problems(terms) == []
    assert Terms.parse(terms.canonical()) == terms


@BOTH
def test_nothing_is_left_in_english(template: str, language: str) -> None:
    terms = starting_terms(template=template, language=language)
    left = (set(texts_of(terms.as_dict())) & written_in_english(template)) - SHARED_WORDS
    assert left == set()


@BOTH
def test_only_words_differ_between_languages(template: str, language: str) -> None:
    english, other = (starting_terms(template=template, language=code) for code in ("en", language))
    assert other.commitments[0].working_minutes == english.commitments[0].working_minutes
    assert [(step.id, step.after_working_days) for step in other.cadence.steps] == [
        (step.id, step.after_working_days) for step in english.cadence.steps
    ]
    assert other.qualification.bands == english.qualification.bands
    assert other.qualification.mql == english.qualification.mql
    assert [rule.id for rule in other.qualification.fit.rules] == [rule.id for rule in english.qualification.fit.rules]


@BOTH
def test_titles_are_known_in_the_language_and_in_english(template: str, language: str) -> None:
    rules = {rule.id: rule for rule in starting_terms(template=template, language=language).qualification.fit.rules}
    words = [compared.value for compared in rules["fit-decision-maker"].when.rules]  # type: ignore[union-attr]
    assert {"ceo", "head", "director"} < set(words)
    assert len(words) > 11
    assert all(word == word.strip() and word and "、" not in word for word in words)


@BOTH
def test_the_whole_template_is_read_in_its_language(template: str, language: str) -> None:
    terms = starting_terms(template=template, language=language)
    english = starting_terms(template=template, language="en")
    with translation.override(language):
        told = {line for one in chapters(terms) for clause in one.clauses for line in (clause.sentence, *clause.lines)}
    with translation.override("en"):
        plain = {line for one in chapters(english) for clause in one.clauses for line in clause.lines if " " in line}
    assert {str(line) for line in told} & {str(line) for line in plain} == set()


def test_texts_in_english_are_the_templates_own() -> None:
    assert starting_terms(template="enterprise", language="en") == template_terms("enterprise", str)


def test_the_reader_s_language_is_none_of_its_business() -> None:
    with translation.override("ja"):
        assert starting_terms(template="short-cycle", language="fr").definitions[1].word == "Prospect"


@pytest.mark.parametrize(
    ("template", "language", "code"),
    [("yearly", "en", "unknown_template"), ("enterprise", "xx", "unknown_language"), ("", "", "unknown_template")],
)
def test_what_is_not_there_is_refused(template: str, language: str, code: str) -> None:
    with pytest.raises(RefusedInput) as refused:
        starting_terms(template=template, language=language)
    assert refused.value.code == code


def test_every_template_is_introduced() -> None:
    assert set(TEMPLATES) == set(TEMPLATE_TITLES) == set(FOR_WHOM) == set(CYCLES)


def test_the_comparison_shows_what_differs_and_nothing_else() -> None:
    documents = [starting_terms(template=template, language="en") for template in TEMPLATES]
    rows = {row.label: row.values for row in differences(documents)}
    assert rows["First response to a raised hand"] == (
        "1 working hour, if possible 5 working minutes",
        "1 working hour, if possible 15 working minutes",
        "4 working hours, if possible 1 working hour",
    )
    assert rows["Touches"] == ("8 in 15 working days", "12 in 25 working days", "5 in 10 working days")
    assert rows["Review"] == ("Monthly, 60 minutes", "Monthly, 75 minutes", "Weekly, 30 minutes")
    assert rows["Reassignment offered"] == ("at 150% of the time", "at 200% of the time", "never")
    assert rows["Half-lives of interest"] == ("14 to 90 days", "30 to 180 days", "30 to 60 days")
    assert [row.label for row in differences(documents[:1] * 2)] == []


@pytest.mark.parametrize("language", OTHER)
def test_key_numbers_are_said_in_the_language(language: str) -> None:
    terms = starting_terms(template="enterprise", language="en")
    english = {str(words) for _label, words in key_numbers(terms)}
    with translation.override(language):
        assert {str(words) for _label, words in key_numbers(terms)} & english == set()
