"""What the business says no to: one exception with a code and facts, and one table of words for the codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext

_words: dict[str, str | Promise] = {}


class Refused(Exception):
    """A use case refuses, for a reason that has a code; the only exception that crosses layers.

    `status` is the HTTP status of the API’s answer: 409, because the state of things forbids it; `RefusedInput`, for
    input that can never be right, answers 422. Pages always answer 422 with the form.
    """

    status = 409

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        return words_for(self)


class RefusedInput(Refused):
    """A refusal about the input itself; the API answers 422."""

    status = 422


class RefusedRole(Refused):
    """A refusal of what this person's role does not do; the API answers 403."""

    status = 403


class RefusedForNow(Refused):
    """A refusal of what comes too often; the API answers 429."""

    status = 429


def register_words(words: Mapping[str, str | Promise]) -> None:
    """Add the sentences of an app's codes; called from its AppConfig.ready(). A code has one sentence only."""
    for code, sentence in words.items():
        if _words.get(code, sentence) != sentence:
            raise ValueError(f"The refusal code “{code}” already has other words.")
        _words[code] = sentence


def words_for(refused: Refused) -> str:
    """The translated sentence of a refusal; a code without words is told plainly, never an error page."""
    sentence = _words.get(refused.code)
    if sentence is not None:
        try:
            return str(sentence) % refused.facts
        except (KeyError, TypeError, ValueError):
            # A translation with a wrong placeholder must not turn a refusal into an error page.
            pass
    return gettext("This is not possible now (%(code)s).") % {"code": refused.code}


def known_codes() -> frozenset[str]:
    """All codes that have words."""
    return frozenset(_words)
