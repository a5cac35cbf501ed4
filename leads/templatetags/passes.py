"""Words and links that pages about leads share: clauses, triggers, channels, outcomes, bands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.models import AgreementVersion
from agreements.sentences import events, field_name
from agreements.sentences.values import CHANNELS, JOURNEY
from agreements.terms.document import Terms
from agreements.terms.scoring import Way
from leads import event_words
from leads.attempts import OUTCOMES
from leads.clauses import clause_place
from leads.models import Lead, Stage
from leads.returns import Missing
from slaportal.web.formats import duration_words, number_words, short_day

register = template.Library()

DIALLED = re.compile(r"[^0-9+]")


@register.simple_tag
def clause_link(version: AgreementVersion | None, clause: str) -> SafeString:
    """“§9.2” with a link to the clause that governs; empty where the version does not know it."""
    place = clause_place(version, clause) if version is not None and clause else None
    if place is None or version is None:
        return SafeString("")
    promise = next((one.label for one in version.document.commitments if one.id == clause), "")
    title = _("%(clause)s — version %(version)s of the agreement") % {"clause": promise, "version": place.version}
    title = title if promise else _("Version %(version)s of the agreement") % {"version": place.version}
    return format_html('<a class="clause-link" href="{}" title="{}"><bdi>§{}</bdi></a>', place.url, title, place.number)


@register.simple_tag
def handoff_reason(trigger: str, event: Any = None) -> str:
    """Why a lead was handed over: what it asked for, or that its scores qualified it."""
    return event_words.trigger_name(trigger, getattr(event, "type", event) or "")


@register.filter
def event_name(kind: str) -> str:
    """The name of a type of events."""
    return events.event_name(kind)


@register.filter
def event_detail(properties: Any) -> str:
    """The page, form or subject of an event."""
    return event_words.event_detail(properties)


@register.filter
def left_path(why: str, path: str) -> str:
    """How a lead left a nurture path."""
    return str(event_words.LEFT_PATH.get(why, event_words.LEFT_PATH["stopped"])) % {"path": path}


@register.filter
def channel_name(channel: str) -> str:
    """A channel inside a sentence: "phone", "e-mail"."""
    return str(CHANNELS.get(channel, channel))


@register.filter
def buying_stage(stage: str) -> str:
    """A stage of buying: awareness, consideration, decision."""
    return str(JOURNEY.get(stage, stage))


@register.filter
def outcome_name(outcome: str, channel: str) -> str:
    """How an attempt on this channel ended."""
    return str(OUTCOMES.get(channel, {}).get(outcome, outcome))


@register.filter
def stage_name(stage: str) -> str:
    """A stage as people call it."""
    return str(Stage(stage).label) if stage in Stage.values else stage


@register.filter
def lead_field(name: str) -> str:
    """A lead's field as people call it."""
    return field_name(name)


@register.filter
def field_list(names: Iterable[str]) -> str:
    """Fields as people call them, with commas between."""
    return ", ".join(field_name(name) for name in names)


@register.filter
def dial(phone: str) -> str:
    """A number as tel: takes it."""
    return DIALLED.sub("", phone)


@register.filter
def who(lead: Lead) -> str:
    """The lead's own name, without the company."""
    return str(lead)


@register.filter
def points(value: Any) -> str:
    """Points with their sign and a true minus: "+10", "−1.5"."""
    amount = float(value)
    return f"{'−' if amount < 0 else '+'}{number_words(abs(amount))}"


@register.filter
def day_shown(value: datetime | str) -> str:
    """The day of an instant, also of one in a frozen receipt: "15 Oct"."""
    return short_day(datetime.fromisoformat(value) if isinstance(value, str) else value)


@register.filter
def working_span(seconds: float | None) -> str:
    """A span of working time, in hours and minutes."""
    return duration_words(seconds, in_hours=True)


@register.filter
def still_missing(missing: Missing) -> str:
    """What keeps a reason locked: "4 more attempts, 2 of them calls"."""
    calls = max(missing.needed_calls - missing.logged_calls, 0)
    attempts = max(missing.needed - missing.logged, calls)
    facts = {"attempts": attempts, "calls": calls}
    if not calls:
        return ngettext("%(attempts)s more attempt", "%(attempts)s more attempts", attempts) % facts
    if calls == attempts:
        return ngettext("%(calls)s more call", "%(calls)s more calls", calls) % facts
    return ngettext(
        "%(attempts)s more attempt, %(calls)s of them by phone",
        "%(attempts)s more attempts, %(calls)s of them by phone",
        attempts,
    ) % facts  # fmt: skip


@register.simple_tag
def way_words(version: AgreementVersion | None, way: Any) -> list[str]:
    """A way to qualify as sentences, all of which must come true. ``way``: a Way, or the dict of a frozen receipt."""
    if version is None:
        return []
    one = way if isinstance(way, Way) else Way(**{**way, "rules": tuple(way["rules"])})
    terms = version.document
    sentences = []
    if one.hand_raise:
        sentences.append(_("It asks to be contacted."))
    if one.fit_missing:
        facts = {"points": one.fit_missing, "rules": _rule_labels(terms, one.rules)}
        sentences.append(_("Fit is %(points)s short; this would bring it: %(rules)s.") % facts)
    if one.interest_missing:
        facts = {
            "points": number_words(one.interest_missing),
            "event": _event_label(terms, one.event_rule),
            "times": one.event_times,
        }
        words = ngettext(
            "Interest is %(points)s short; this would bring it: “%(event)s”, once.",
            "Interest is %(points)s short; this would bring it: “%(event)s”, %(times)s times.",
            one.event_times,
        )
        sentences.append(words % facts)
    return sentences


def _rule_labels(terms: Terms, ids: Iterable[str]) -> str:
    labels = {rule.id: rule.label or rule.id for rule in terms.qualification.fit.rules}
    return ", ".join(f"“{labels.get(one, one)}”" for one in ids)


def _event_label(terms: Terms, rule_id: str | None) -> str:
    labels = {rule.id: rule.label or rule.event for rule in terms.qualification.interest.rules}
    return labels.get(rule_id or "", rule_id or "")
