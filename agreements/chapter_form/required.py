"""What a person must fill in before a chapter is saved, although terms that a program sends may lack it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as text

from agreements.sentences.problems import problem_words
from agreements.terms.document import Terms, TermsInvalid
from agreements.terms.readiness import definition_problems

# What a reader knows a clause by: (list, value) by chapter.
NAMES = {
    "goals": [("goals", "title")],
    "definitions": [("definitions", "word"), ("definitions", "text")],
    "profile": [("profile.criteria", "text"), ("profile.personas", "name")],
    "qualification": [("qualification.sql.checklist", "text")],
    "returns": [("returns.reasons", "label")],
    "nurture": [("nurture.paths", "name")],
    "commitments": [("commitments", "label")],
    "review": [("review.agenda", "text"), ("review.guidelines", "text")],
    "calendar": [("calendar.teams", "team")],
}


def missing_in_form(chapter: str, document: dict[str, Any]) -> list[tuple[str, str]]:
    """(path, message) of each; nothing where the document cannot be read yet, which is told by itself."""
    try:
        terms = Terms.parse(document)
    except TermsInvalid:
        return []
    missing = [(path, text("Fill this in.")) for path in _blank_names(chapter, terms.as_dict())]
    if chapter == "definitions":
        missing += [(problem.path, problem_words(problem)) for problem in definition_problems(terms)]
    return missing


def _blank_names(chapter: str, document: dict[str, Any]) -> Iterator[str]:
    for path, key in NAMES.get(chapter, []):
        clauses: Any = document
        for step in path.split("."):
            clauses = clauses[step]
        yield from (f"{path}[{place}].{key}" for place, clause in enumerate(clauses) if not clause[key].strip())
