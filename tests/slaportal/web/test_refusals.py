"""Refusals: a code, facts, and one sentence."""

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from slaportal.web import refusals
from slaportal.web.refusals import Refused, RefusedInput, known_codes, register_words, words_for


@pytest.fixture(autouse=True)
def own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "_words", dict(refusals._words))


def test_a_refusal_is_told_with_its_facts() -> None:
    register_words({"too_few": gettext_lazy("%(needed)s are needed, there are %(logged)s.")})
    assert words_for(Refused("too_few", needed=6, logged=2)) == "6 are needed, there are 2."
    assert str(Refused("too_few", needed=6, logged=2)) == "6 are needed, there are 2."


def test_a_code_without_words_is_still_told() -> None:
    assert words_for(Refused("never_named")) == "This is not possible now (never_named)."


def test_words_with_a_wrong_placeholder_do_not_break_the_page() -> None:
    register_words({"wrong_words": "Needs %(other)s."})
    assert "wrong_words" in words_for(Refused("wrong_words", needed=6))


def test_a_code_has_one_sentence_only() -> None:
    register_words({"twice": "One."})
    register_words({"twice": "One."})
    with pytest.raises(ValueError, match="twice"):
        register_words({"twice": "Two."})


def test_the_words_follow_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    register_words({"yes": gettext_lazy("Yes")})
    with translation.override("fr"):
        assert words_for(Refused("yes")) == "Oui"
    assert "yes" in known_codes()


def test_refused_input_answers_422_and_any_other_refusal_409() -> None:
    assert (Refused("a").status, RefusedInput("a").status) == (409, 422)
