"""What a person must fill in before a chapter is saved, although terms that a program sends may lack it."""

from __future__ import annotations

from typing import Any

from agreements.sentences.problems import problem_words
from agreements.terms.document import Terms, TermsInvalid
from agreements.terms.readiness import definition_problems


def missing_in_form(chapter: str, document: dict[str, Any]) -> list[tuple[str, str]]:
    """(path, message) of each; nothing where the document cannot be read yet, which is told by itself."""
    if chapter != "definitions":
        return []
    try:
        terms = Terms.parse(document)
    except TermsInvalid:
        return []
    return [(problem.path, problem_words(problem)) for problem in definition_problems(terms)]
