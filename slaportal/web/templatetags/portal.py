"""The words of our templates: states, moments, icons, fields, charts, navigation: `{% load portal %}`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm, BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi, get_language_info

from slaportal.web import charts, formats, navigation, rendering
from slaportal.web.states import STATES

register = template.Library()

# Pictures that point along the line of reading; they turn in right-to-left scripts. Clocks, ticks and phones do not.
TURNING_ICONS = frozenset({"back", "forward", "leave", "return", "undo", "leads", "agreement"})
TURNING_SHAPES = frozenset({"half-disc", "hook"})


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A picture from static/img/icons.svg; silent for screen readers unless it is given a label."""
    sprite = f"{static('img/icons.svg')}#{name}"
    style = "icon icon--turns" if name in TURNING_ICONS else "icon"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}" width="20" height="20"><use href="{}"/></svg>',
            style,
            label,
            sprite,
        )
    return format_html(
        '<svg class="{}" aria-hidden="true" width="20" height="20"><use href="{}"/></svg>', style, sprite
    )


@register.simple_tag
def state_badge(state: str, note: str = "") -> SafeString:
    """Shape and word of a state; `note` (a time, a count) is said after the word. Empty for no state."""
    known = STATES.get(str(state or ""))
    if known is None:
        return SafeString("")
    return format_html(
        '<span class="state state--{}"><svg class="state__shape{}" aria-hidden="true" width="12" height="12">'
        '<use href="{}#{}"/></svg><span class="state__word">{}</span>{}</span>',
        known.code.replace("_", "-"),
        " icon--turns" if known.shape in TURNING_SHAPES else "",
        static("img/icons.svg"),
        f"state-{known.shape}",
        known.word,
        format_html(' <span class="state__note">{}</span>', note) if note else "",
    )


@register.simple_tag(takes_context=True)
def moment(context: Mapping[str, Any], value: dt.datetime | None, relative: bool = False) -> SafeString:
    """A moment in the reader's zone inside <time>; an en dash for None.

    `relative=True` lets the browser append the distance ("in 12 min"); the absolute time stays.
    A view that rendered with its own `now` in the context is believed, so that a page agrees with itself.
    """
    if value is None:
        return SafeString("–")
    now = context.get("now")
    text = formats.short_moment(value, now=now if isinstance(now, dt.datetime) else timezone.now())
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>',
        value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        formats.full_moment(value),
        SafeString(" data-relative") if relative else "",
        text,
    )


@register.filter
def duration(seconds: float | None, unit: str = "") -> str:
    """Seconds as "3 h 20 min"; `{{ seconds|duration:"working" }}` never counts days, since a working day is no 24 h."""
    return formats.duration_words(seconds, in_hours=unit == "working")


@register.filter
def percent(share: float | Decimal | None, digits: int = 0) -> str:
    """A share of 1 as "91%" in the reader's language; an en dash for None."""
    return formats.percent_words(share, digits)


@register.filter
def number(value: float | Decimal | None) -> str:
    """A number with the reader's separators; an en dash for None."""
    return formats.number_words(value)


@register.inclusion_tag("_progress.html")
def progress(done: int, total: int, label: str = "") -> dict[str, Any]:
    """A native progress bar with its figures beside it; without a total it only says that work goes on."""
    share = min(done / total, 1) if total else None
    return {"done": done, "total": total, "label": label, "share": share}


@register.inclusion_tag("_field.html")
def field(bound: BoundField, label: str = "", hide_label: bool = False) -> dict[str, Any]:
    """Label, control, help and error of a form field, tied together for screen readers."""
    widget = bound.field.widget
    kind = "check" if isinstance(widget, CheckboxInput) else "plain"
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        kind = "group"
    return {"field": bound, "label": label or bound.label, "hide_label": hide_label, "kind": kind}


@register.filter
def errors_above(form: object) -> list[str]:
    """What is wrong with a form as a whole, and with those of its fields that nobody sees."""
    if not isinstance(form, BaseForm):
        return []
    unseen = [error for bound in form.hidden_fields() for error in bound.errors]
    return [str(error) for error in (*form.non_field_errors(), *unseen)]


@register.inclusion_tag("web/_bar_chart.html")
def bar_chart(
    rows: Sequence[Mapping[str, Any]],
    caption: str = "",
    name: str = "bars",
    heading: str = "",
    value_heading: str = "",
    largest: float | None = None,
) -> dict[str, Any]:
    """Horizontal bars with a table beside them; rows as in charts.bars. `name` is unique on the page."""
    canvas = charts.bars(rows, mirrored=get_language_bidi(), largest=largest)
    return {"canvas": canvas, "caption": caption, "name": name, "heading": heading, "value_heading": value_heading}


@register.inclusion_tag("web/_line_chart.html")
def line_chart(
    series: Sequence[Mapping[str, Any]],
    caption: str = "",
    name: str = "line",
    target: float | None = None,
    target_text: str = "",
    top: float | None = None,
    heading: str = "",
) -> dict[str, Any]:
    """Lines over time with a dashed, labelled target and a table beside them; series as in charts.line."""
    goal = None if target is None else {"value": target, "text": target_text or formats.number_words(target)}
    canvas = charts.line(series, mirrored=get_language_bidi(), top=top, target=goal)
    steps = [
        {"label": points[0]["label"], "values": [_shown(point) for point in points]}
        for points in zip(*(one["points"] for one in series), strict=True)
    ]
    return {"canvas": canvas, "caption": caption, "name": name, "heading": heading, "steps": steps}


@register.inclusion_tag("web/_bar_chart.html")
def funnel_chart(
    steps: Sequence[Mapping[str, Any]],
    caption: str = "",
    name: str = "funnel",
    heading: str = "",
    value_heading: str = "",
) -> dict[str, Any]:
    """The funnel as bars on one scale; steps as in charts.funnel."""
    canvas = charts.funnel(steps, mirrored=get_language_bidi())
    return {"canvas": canvas, "caption": caption, "name": name, "heading": heading, "value_heading": value_heading}


def _shown(point: Mapping[str, Any]) -> str:
    if point["value"] is None:
        return "–"
    return str(point.get("text", formats.number_words(point["value"])))


@register.simple_tag(takes_context=True)
def page_link(context: Mapping[str, Any], number: int | str, key: str = "page") -> str:
    """The address of this list at another page, with all its filters kept."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    query[key] = str(number)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def main_places(context: Mapping[str, Any]) -> list[navigation.Place]:
    """The main navigation for this reader."""
    request = context.get("request")
    return navigation.main_places(request) if request else []


@register.simple_tag(takes_context=True)
def personal_places(context: Mapping[str, Any]) -> list[navigation.Place]:
    """The pages of the avatar menu for this reader."""
    request = context.get("request")
    return navigation.personal_places(request) if request else []


@register.simple_tag(takes_context=True)
def page_exists(context: Mapping[str, Any], path: str) -> str:
    """The path, if this reader would find a page there, else ""; for links to pages of other rooms."""
    request = context.get("request")
    return path if request is not None and navigation.is_open(path, request) else ""


@register.simple_tag(takes_context=True)
def unread_count(context: Mapping[str, Any]) -> int:
    """How many notices the reader has not read; one counted query on a partial index."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return 0
    return int(user.notifications.filter(read_at=None).count())


@register.simple_tag
def reader_zone() -> str:
    """The time zone that all times of the page are shown in."""
    return timezone.get_current_timezone_name()


@register.simple_tag
def portal_version() -> str:
    """The version of the product, from settings; for the footer and for bug reports."""
    return str(getattr(settings, "PORTAL_VERSION", "0.1.0"))


@register.filter
def undo_url(notice: Message) -> str:
    """Where a notice's Undo button posts to; "" where nothing can be undone."""
    return rendering.undo_url_of(notice)


@register.filter
def initials(name: str) -> str:
    """One or two letters for the avatar; whole characters only."""
    words = str(name).split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


@register.filter
def language_name(code: str) -> str:
    """A language in its own words; an unknown one by its code."""
    try:
        return str(get_language_info(code)["name_local"])
    except KeyError:
        return code
