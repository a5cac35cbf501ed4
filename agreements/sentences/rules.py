"""A rule tree in words: nested lists, so that no sentence is glued together from halves."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agreements.sentences.values import listed, pill
from agreements.terms.rules.tree import All, Any_, Compare, Not, Rule, Standing, Value

FIELDS: dict[str, Promise] = {
    "email": _("E-mail"),
    "name": _("Name"),
    "company": _("Company"),
    "title": _("Job title"),
    "phone": _("Phone"),
    "country": _("Country"),
    "source": _("Source"),
    "stage": _("Stage"),
    "created_at": _("Created"),
    "domain": _("E-mail domain"),
    "account.is_target": _("Target account"),
    "event.type": _("Event"),
    "receipt": _("Score receipt"),
    "events": _("Latest events"),
    "attempts": _("Contact attempts"),
    "checklist": _("SQL checklist"),
    "return": _("Return and its reason"),
}
OPERATORS: dict[str, Promise] = {
    "eq": _("{field} is {value}"),
    "ne": _("{field} is not {value}"),
    "in": _("{field} is one of {value}"),
    "not_in": _("{field} is none of {value}"),
    "contains": _("{field} contains {value}"),
    "starts_with": _("{field} starts with {value}"),
    "gt": _("{field} is more than {value}"),
    "gte": _("{field} is at least {value}"),
    "lt": _("{field} is less than {value}"),
    "lte": _("{field} is at most {value}"),
    "between": _("{field} lies between {low} and {high}"),
    "is_blank": _("{field} is blank"),
    "is_not_blank": _("{field} is filled in"),
    "is_true": _("{field} is yes"),
    "within_days": _("{field} lies within the last {value} days"),
    "older_than_days": _("{field} is older than {value} days"),
}


def field_name(field: str) -> str:
    """A field in the reader's words; a column that an import brought keeps its own name."""
    if field in FIELDS:
        return str(FIELDS[field])
    kind, _dot, name = field.partition(".")
    if kind == "account":
        return gettext("Account: %(name)s") % {"name": name}
    return name or field.replace("_", " ")


def rule_html(rule: Rule) -> SafeString:
    """The tree as nested lists of conditions."""
    match rule:
        case All(rules):
            return _listed(gettext("all of these hold:"), rules) if rules else format_html("{}", gettext("always"))
        case Any_(rules):
            return _listed(gettext("at least one of these holds:"), rules)
        case Not(inner):
            return _listed(gettext("this does not hold:"), (inner,))
        case Compare():
            return _compared(rule)
        case Standing():
            return _standing(rule)


def _compared(rule: Compare) -> SafeString:
    words, field = str(OPERATORS[rule.op]), field_name(rule.field)
    if rule.op == "between" and isinstance(rule.value, tuple):
        return format_html(words, field=field, low=pill(rule.value[0]), high=pill(rule.value[1]))
    return format_html(words, field=field, value=pill(_value(rule.value)))


def _listed(intro: str, rules: tuple[Rule, ...]) -> SafeString:
    """The intro over the list; a list of one needs no words around it (but “not” does)."""
    if len(rules) == 1 and intro != gettext("this does not hold:"):
        return rule_html(rules[0])
    items = format_html_join("", "<li>{}</li>", ((rule_html(rule),) for rule in rules))
    return format_html('{} <ul class="rule">{}</ul>', intro, items)


def _standing(rule: Standing) -> SafeString:
    parts = []
    if rule.bands is not None:
        parts.append(format_html(gettext("the band is one of {bands}"), bands=pill(listed(rule.bands, "or"))))
    if rule.hand_raise is not None:
        said = gettext("the lead raised its hand") if rule.hand_raise else gettext("the lead did not raise its hand")
        parts.append(pill(said))
    if rule.fit_bands is not None:
        parts.append(format_html(gettext("fit is in band {bands}"), bands=pill(listed(rule.fit_bands, "or"))))
    if len(parts) == 1:
        return parts[0]
    items = format_html_join("", "<li>{}</li>", ((part,) for part in parts))
    return format_html('{} <ul class="rule">{}</ul>', gettext("all of these hold:"), items)


def _value(value: Value) -> str:
    if isinstance(value, tuple):
        return listed(map(_value, value), "or")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value)
