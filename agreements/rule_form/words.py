"""The editor's words: fields, comparisons, groups, and what is wrong with a rule, beside the control it is wrong at."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agreements.terms.problems import Problem
from agreements.terms.rules.tree import (
    AGES,
    COMPARISONS,
    EQUALITIES,
    LEAD_FIELDS,
    MEMBERSHIPS,
    PRESENCES,
    TEXT_MATCHES,
)

OPERATORS: dict[str, str | Promise] = {
    "eq": pgettext_lazy("rule", "is"),
    "ne": pgettext_lazy("rule", "is not"),
    "in": pgettext_lazy("rule", "is one of"),
    "not_in": pgettext_lazy("rule", "is none of"),
    "contains": pgettext_lazy("rule", "contains"),
    "starts_with": pgettext_lazy("rule", "starts with"),
    "gt": pgettext_lazy("rule", "is more than"),
    "gte": pgettext_lazy("rule", "is at least"),
    "lt": pgettext_lazy("rule", "is less than"),
    "lte": pgettext_lazy("rule", "is at most"),
    "between": pgettext_lazy("rule", "lies between"),
    "is_blank": pgettext_lazy("rule", "is blank"),
    "is_not_blank": pgettext_lazy("rule", "is filled in"),
    "is_true": pgettext_lazy("rule", "is yes"),
    "within_days": pgettext_lazy("rule", "lies within the last … days"),
    "older_than_days": pgettext_lazy("rule", "is older than … days"),
}
# On a moment, the same comparisons say before and after.
DATE_OPERATORS: dict[str, str | Promise] = {
    "gt": pgettext_lazy("rule", "is after"),
    "gte": pgettext_lazy("rule", "is on or after"),
    "lt": pgettext_lazy("rule", "is before"),
    "lte": pgettext_lazy("rule", "is on or before"),
}
MATCHES: dict[str, str | Promise] = {
    "all": _("All of these hold"),
    "any": _("At least one of these holds"),
    "none": _("None of these holds"),
    "notall": _("Not all of these hold"),
}
HANDS: dict[str, str | Promise] = {
    "": _("does not matter"),
    "yes": _("the lead raised its hand"),
    "no": _("the lead did not raise its hand"),
}

_TEXT = EQUALITIES | MEMBERSHIPS | TEXT_MATCHES | PRESENCES - {"is_true"}
_MOMENT = COMPARISONS | {"between"} | AGES | PRESENCES - {"is_true"}


def fitting(field: str, scope: str) -> frozenset[str]:
    """The comparisons that can hold for a field: built-in ones are texts or moments, others whatever was brought."""
    if field == "created_at":
        return frozenset(_MOMENT)
    if field in LEAD_FIELDS or field == "event.type":
        return frozenset(_TEXT)
    return frozenset(OPERATORS) - (AGES if scope == "event" else frozenset())


def words_of(problem: Problem) -> str:
    """The problem in the reader's words; what the form cannot bring about keeps the parser's."""
    words = _PROBLEMS.get(problem.code)
    if problem.code == "unknown_field" and problem.facts.get("field") in {"", "?", None}:
        words = _CHOOSE_FIELD
    return str(words) % _told(problem) if words else problem.message


def _told(problem: Problem) -> dict[str, Any]:
    facts = dict(problem.facts)
    if "op" in facts:
        facts["op"] = OPERATORS.get(facts["op"], facts["op"])
    return facts


_CHOOSE_FIELD = _("Choose a field.")
_PROBLEMS: dict[str, str | Promise] = {
    "unknown_field": _("There is no field “%(field)s”. Columns of your own are called attributes.name."),
    "event_field_here": _("“%(field)s” belongs to an event: only interest rules can look at it."),
    "lead_field_here": _("“%(field)s” belongs to the lead: an interest rule looks only at its event."),
    "operator_unfit": _("“%(op)s” cannot be asked of this field."),
    "operator_not_here": _("“%(op)s” moves with today's date, which an interest rule cannot use."),
    "unknown_operator": _("Choose a comparison."),
    "value_missing": _("Give a value."),
    "value_scalar": _("Give a value."),
    "value_text": _("Give a text."),
    "value_list": _("Give 1 to %(limit)d values, one per line."),
    "value_comparable": _("Give a number such as 250 or 0.5, or a date such as 2026-05-31."),
    "value_date": _("Give a date such as 2026-05-31."),
    "value_pair": _("Give two numbers or two dates, the smaller one first."),
    "value_days": _("Give a whole number of days from 0 to %(limit)d."),
    "standing_bands": _("Tick at least one band."),
    "standing_not_here": _("Only the MQL rule can look at bands and raised hands."),
    "group_empty": _("This group has no condition. Add one, or remove the group."),
    "rule_too_deep": _("Rules may be nested at most %(limit)d levels deep."),
    "segment_none": _("Say which leads this agreement is for."),
    "segment_empty": _("A group without conditions holds for all leads or for none: add a condition."),
    "segment_stage": _("The stage changes with every step of a lead: it cannot decide which agreement governs it."),
    "segment_age": _("“%(op)s” moves with today's date: a segment must stay until somebody changes the lead."),
}
