"""Charts: the geometry, and the pictures that are drawn from it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation

from slaportal.web import charts
from tests.slaportal.web.site import sample_figures

pytestmark = pytest.mark.usefixtures("site")


def drawn(source: str, language: str = "en", **context: Any) -> str:
    with translation.override(language):
        return Template("{% load portal %}" + source).render(Context(sample_figures() | context))


def svg(html: str) -> ET.Element:
    found = re.search(r"<svg.*</svg>", html, re.DOTALL)
    assert found
    return ET.fromstring(found.group())  # noqa: S314 - our own picture


def test_bars_share_one_scale_from_zero() -> None:
    canvas = charts.bars([{"label": "a", "value": 10}, {"label": "b", "value": 5}], mirrored=False)
    assert canvas.marks[0].length == 2 * canvas.marks[1].length > 0


def test_the_outline_and_the_plan_count_for_the_scale() -> None:
    canvas = charts.bars([{"label": "a", "value": 10, "ghost": 20, "tick": 5}], mirrored=False)
    mark = canvas.marks[0]
    assert mark.ghost == 2 * mark.length
    assert mark.tick == mark.x + mark.length / 2


@pytest.mark.parametrize("rows", [[], [{"label": "a", "value": 0}], [{"label": "a", "value": None}]])
def test_nothing_to_draw_is_no_fault(rows: list[dict[str, Any]]) -> None:
    canvas = charts.bars(rows, mirrored=False)
    assert [mark.length for mark in canvas.marks] == [0.0] * len(rows)


@pytest.mark.parametrize(
    ("largest", "top"), [(0, 1), (0.3, 0.5), (1, 1), (1.1, 2), (7, 10), (24, 25), (26, 50), (100, 100), (101, 200)]
)
def test_axes_end_at_a_round_figure(largest: float, top: float) -> None:
    assert charts.nice_top(largest) == pytest.approx(top)


def test_a_line_is_not_drawn_across_a_figure_that_was_not_measured() -> None:
    canvas = charts.line(sample_figures()["series"], mirrored=False)
    assert len(canvas.lines[0].runs) == 1
    assert canvas.lines[0].runs[0].count(",") == 3
    assert len(canvas.lines[0].marks) == 4


def test_the_words_at_the_end_of_a_line_keep_clear_of_the_target() -> None:
    canvas = charts.line(sample_figures()["series"], mirrored=False, top=100, target={"value": 90, "text": "90"})
    assert canvas.target
    assert abs(canvas.lines[0].label_y - canvas.target.y) >= charts.LABEL_CLEARANCE


def test_time_runs_right_to_left_where_people_read_so() -> None:
    series = sample_figures()["series"]
    plain, mirrored = (charts.line(series, mirrored=flag) for flag in (False, True))
    assert [mark.text_x for mark in plain.axis] == sorted(mark.text_x for mark in plain.axis)
    assert [mark.text_x for mark in mirrored.axis] == [round(charts.WIDTH - mark.text_x, 1) for mark in plain.axis]


@pytest.mark.parametrize("language", ["en", "ar", "fr"])
@pytest.mark.parametrize("source", ["{% funnel_chart steps caption='C' %}", "{% line_chart series target=90 %}"])
def test_pictures_are_well_formed_and_have_machine_numbers(source: str, language: str) -> None:
    picture = svg(drawn(source, language))
    assert picture.attrib["role"] == "img"
    assert picture.attrib["direction"] == "ltr"
    places = [
        value for element in picture.iter() for key, value in element.attrib.items() if key in {"x", "y", "cx", "cy"}
    ]
    assert places
    assert all(re.fullmatch(r"-?\d+(\.\d+)?", place) for place in places)


def test_shapes_are_turned_over_on_purpose_and_words_are_not() -> None:
    source = "{% bar_chart steps %}"
    assert "scale(-1 1)" not in drawn(source)
    arabic = svg(drawn(source, "ar"))
    turned = [group for group in arabic.iter() if "scale(-1 1)" in group.attrib.get("transform", "")]
    assert turned
    assert not [text for group in turned for text in group.iter("text")]


def test_every_figure_of_the_picture_stands_in_the_table_too() -> None:
    html = drawn("{% funnel_chart steps %}")
    table = html[html.index("<table") :]
    assert all(figure in table for figure in ("5,200", "1,400", "320", "48", "27 %"))
    assert 'href="/l/"' in table


def test_pictures_carry_no_styles_of_their_own() -> None:
    html = drawn("{% funnel_chart steps %}{% line_chart series target=90 %}{% bar_chart steps %}")
    assert "style" not in html


def test_words_in_pictures_are_escaped() -> None:
    html = drawn("{% bar_chart rows %}", rows=[{"label": "<script>", "value": 1, "text": '"&'}])
    assert "<script>" not in html
    assert svg(html) is not None
