"""What can be wrong with a document or a rule: a place, a code with facts, and the plain English words for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TYPE_WORDS = {"str": "text", "int": "a number", "float": "a number", "bool": "true or false", "NoneType": "nothing"}

# The English words are also the message ids under which a translation may be kept.
MESSAGES: dict[str, str] = {
    "json_invalid": "This is not valid JSON: %(reason)s.",
    "not_an_object": "The terms must be a JSON object, not %(got)s.",
    "no_chapter": "This names no chapter of the terms; nothing is replaced.",
    "too_large": "The document has %(size)d bytes; at most %(limit)d are allowed.",
    "too_deep": "The document is nested more than %(limit)d levels deep.",
    "not_finite": "NaN and Infinity are not numbers that an agreement can hold.",
    "number_too_big": "This number is too big.",
    "bad_character": "This text holds a character that cannot be stored (NUL or half of a surrogate pair).",
    "not_json": "A value of this kind (%(got)s) cannot stand in a document.",
    "key_twice": "The key “%(key)s” stands here twice.",
    "id_twice": "The id “%(id)s” is already used at %(first)s.",
    "unknown_group": "There is no group “%(group)s”.",
    "unknown_path": "There is no nurture path “%(path)s”.",
    "path_loops": "This nurture path leads to itself: %(loop)s.",
    "bands_order": "%(high)s must be greater than %(low)s.",
    "above_max": "The threshold %(threshold)s is above the maximum of %(max)s.",
    "one_duration": "Exactly one of %(names)s must be given.",
    "count_only": "A volume is promised by per_month alone.",
    "no_count": "per_month belongs to mql_volume alone.",
    "target_after_due": "The target of %(target)d minutes is later than the due time of %(due)d minutes.",
    "calls_above_attempts": "The calls (%(calls)d) cannot be more than the attempts (%(attempts)d).",
    "step_outside": "This step starts after the cadence has ended (%(days)d working days).",
    "app_tells": "The app always tells the rep: keep “app”; e-mail may be left out.",
    "unknown_country": "The public holidays of “%(country)s” are not known; write FR, or with a region DE-BY.",
    "no_working_time": "The week needs at least one working window.",
    "beyond_hours": "With this calendar that takes more than %(years)d years.",
    "calendar_invalid": "The calendar is refused: %(reason)s",
    "rule_not_object": 'A rule must be an object such as {"field": …, "op": …, "value": …}, not %(got)s.',
    "rule_shape": "A rule has either all, any, not, or field and op; this one has: %(keys)s.",
    "rule_list": "“%(key)s” needs a list of rules.",
    "rule_key": "“%(key)s” does not belong in this rule.",
    "rule_too_deep": "Rules may be nested at most %(limit)d levels deep.",
    "unknown_field": "There is no field “%(field)s”.",
    "event_field_here": "“%(field)s” belongs to an event: only interest rules can look at it.",
    "lead_field_here": "“%(field)s” belongs to the lead: an interest rule can look only at its event (event.…).",
    "unknown_operator": "There is no operator “%(op)s”.",
    "operator_not_here": "“%(op)s” moves with today's date: an interest rule cannot use it (half_life_days can).",
    "value_missing": "“%(op)s” needs a value.",
    "value_not_wanted": "“%(op)s” takes no value.",
    "value_scalar": "“%(op)s” needs a text, a number, or true or false.",
    "value_text": "“%(op)s” needs a text that is not blank.",
    "value_list": "“%(op)s” needs a list of 1 to %(limit)d texts, numbers, or true or false.",
    "value_comparable": "“%(op)s” needs a number or an ISO date such as 2026-05-31.",
    "value_pair": "“between” needs two numbers or two ISO dates, the smaller one first.",
    "value_days": "“%(op)s” needs a whole number of days from 0 to %(limit)d.",
    "standing_not_here": "“%(key)s” can be used only in the MQL rule.",
    "standing_bands": "“%(key)s” needs a list of bands out of %(known)s.",
    "standing_hand_raise": "“hand_raise” is true or false.",
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where (``qualification.fit.rules[3].points``), and what (a code with facts)."""

    path: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The words in English; pydantic's own codes bring theirs along as the fact ``words``."""
        return MESSAGES[self.code] % self.facts if self.code in MESSAGES else str(self.facts["words"])


def path_text(steps: Iterable[str | int]) -> str:
    """Steps into a document as one text: ``("rules", 3, "points")`` → ``rules[3].points``."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def joined(base: str, inner: str) -> str:
    """Two path texts after one another."""
    if not base or not inner or inner.startswith("["):
        return base + inner
    return f"{base}.{inner}"


def kind_of(value: object) -> str:
    """What a JSON value is, in a word for a message."""
    if isinstance(value, (list, tuple)):
        return "a list"
    return _TYPE_WORDS.get(type(value).__name__, "an object")
