"""What is wrong or missing in terms, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext

from agreements.terms.problems import MESSAGES, Problem


def problem_words(problem: Problem) -> str:
    """The translated sentence of a problem; a translation with a wrong placeholder falls back to English."""
    if problem.code not in MESSAGES:
        return problem.message
    try:
        return gettext(MESSAGES[problem.code]) % problem.shown
    except (KeyError, TypeError, ValueError):
        return problem.message
