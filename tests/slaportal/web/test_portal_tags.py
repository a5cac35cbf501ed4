"""What the template tags write."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as project
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from slaportal.web.states import STATES
from slaportal.web.templatetags import portal
from tests.slaportal.web.site import SampleForm

NOW = dt.datetime(2025, 10, 15, 9, 20, tzinfo=dt.UTC)
SPRITE = project.BASE_DIR / "static" / "img" / "icons.svg"
LANGUAGES = [code for code, _name in project.LANGUAGES]

pytestmark = pytest.mark.usefixtures("site")


def render(source: str, **context: Any) -> str:
    return Template("{% load portal %}" + source).render(Context(context))


def symbols() -> set[str]:
    return {symbol.attrib["id"] for symbol in ET.parse(SPRITE).getroot()}  # noqa: S314 - our own file


@pytest.mark.parametrize("code", STATES)
def test_a_state_is_shape_and_word(code: str) -> None:
    badge = render("{% state_badge code %}", code=code)
    assert f"state--{code.replace('_', '-')}" in badge
    assert str(STATES[code].word) in badge
    assert f"state-{STATES[code].shape}" in symbols()


def test_every_state_has_a_shape_and_a_word_of_its_own() -> None:
    assert len({state.shape for state in STATES.values()}) == len({str(state.word) for state in STATES.values()}) == 8


def test_no_state_is_nothing_and_notes_are_escaped() -> None:
    assert render("{% state_badge state %}", state=None) == ""
    assert "&lt;b&gt;" in render("{% state_badge 'overdue' note %}", note="<b>")


def test_icons_are_silent_unless_labelled() -> None:
    assert 'aria-hidden="true"' in render("{% icon 'phone' %}")
    assert 'role="img" aria-label="Call"' in render("{% icon 'phone' 'Call' %}")


def test_all_icons_that_templates_name_exist() -> None:
    named = set()
    for template in (project.BASE_DIR / "templates").rglob("*.html"):
        named |= set(re.findall(r'{% icon "([\w-]+)"', template.read_text()))
    assert named - symbols() == set()
    assert named


def test_a_moment_is_in_the_readers_zone_and_unambiguous_for_machines() -> None:
    with timezone.override("Asia/Tokyo"):
        text = render("{% moment at %}", at=NOW, now=NOW)
    assert 'datetime="2025-10-15T09:20:00Z"' in text
    assert ">Oct 15, 18:20</time>" in text
    assert "2025, 18:20 (Asia/Tokyo)" in text


def test_a_moment_of_another_year_shows_it() -> None:
    assert ">Oct 15, 2025, 09:20<" in render("{% moment at %}", at=NOW, now=NOW + dt.timedelta(days=200))


def test_a_moment_may_be_followed_by_its_distance_or_be_missing() -> None:
    assert " data-relative>" in render("{% moment at relative=True %}", at=NOW, now=NOW)
    assert " data-relative>" not in render("{% moment at %}", at=NOW, now=NOW)
    assert render("{% moment at %}", at=None) == "–"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_writes_western_digits_and_24_hours(language: str) -> None:
    with translation.override(language):
        text = render("{% moment at %}{{ 0.915|percent }}{{ 12345.5|number }}", at=NOW.replace(hour=21), now=NOW)
    assert "21:20" in text
    assert not re.search("[٠-٩۰-۹]", text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (12000, "3 h 20 min"),
     (47 * 3600 + 59 * 60, "47 h 59 min"), (48 * 3600, "2 days"), (51 * 3600, "2 d 3 h"), (-90, "1 min")],
)  # fmt: skip
def test_spans_in_words(seconds: float | None, words: str) -> None:
    assert portal.duration(seconds) == words


def test_working_time_has_no_days() -> None:
    assert render("{{ s|duration:'working' }}", s=72 * 3600) == "72 h"


@pytest.mark.parametrize(
    ("share", "digits", "words"), [(0.915, 0, "92%"), (Decimal("0.9154"), 1, "91.5%"), (None, 0, "–"), (0, 0, "0%")]
)
def test_shares_in_words(share: Any, digits: int, words: str) -> None:
    assert portal.percent(share, digits) == words


def test_progress_is_a_native_bar_with_its_figures() -> None:
    text = render("{% progress 4120 9240 %}")
    assert 'max="9240" value="4120"' in text
    assert "4,120 of 9,240" in text
    assert "value=" not in render("{% progress 0 0 %}")


def test_a_field_ties_label_help_and_error_to_its_control() -> None:
    form = SampleForm({"email": "x"})
    text = render("{% field form.name %}", form=form)
    assert '<label class="field__label" for="id_name">' in text
    assert 'aria-describedby="id_name_helptext id_name_error"' in text
    assert 'id="id_name_helptext"' in text
    assert 'id="id_name_error"' in text
    assert 'aria-invalid="true"' in text


def test_a_group_of_choices_is_a_fieldset_with_a_legend() -> None:
    text = render("{% field form.channel %}", form=SampleForm())
    assert text.lstrip().startswith("<fieldset")
    assert "<legend" in text
    assert "</fieldset>" in text


def test_a_page_link_keeps_the_filters() -> None:
    request = RequestFactory().get("/leads/?stage=mql&q=a+b&page=1")
    assert render("{% page_link 3 %}", request=request) == "?stage=mql&amp;q=a+b&amp;page=3"


@pytest.mark.parametrize(
    ("name", "letters"), [("Aiko Mori", "AM"), ("Sam", "S"), ("Lea de la Tour", "LT"), ("", ""), ("森 愛子", "森愛")]
)
def test_initials(name: str, letters: str) -> None:
    assert portal.initials(name) == letters


@pytest.mark.parametrize(("code", "name"), [("fr", "français"), ("zz", "zz"), ("", "")])
def test_a_language_is_named_in_its_own_words_and_an_unknown_one_by_its_code(code: str, name: str) -> None:
    assert portal.language_name(code) == name
