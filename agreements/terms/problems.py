"""What can be wrong with a document or a rule: a place, a code with facts, and the plain English words for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TYPE_WORDS = {"str": "text", "int": "a number", "float": "a number", "bool": "true or false", "NoneType": "nothing"}


def N_(words: str) -> str:  # noqa: N802 - the name that collectors of texts look for
    """Marks words that the pages translate; here they stay as they are."""
    return words


# The English words are also the message ids under which a translation may be kept.
MESSAGES: dict[str, str] = {
    "json_invalid": N_("This is not valid JSON: %(reason)s."),
    "not_an_object": N_("The terms must be a JSON object, not %(got)s."),
    "no_chapter": N_("This names no chapter of the terms; nothing is replaced."),
    "too_large": N_("The document has %(size)d bytes; at most %(limit)d are allowed."),
    "too_deep": N_("The document is nested more than %(limit)d levels deep."),
    "not_finite": N_("NaN and Infinity are not numbers that an agreement can hold."),
    "number_too_big": N_("This number is too big."),
    "bad_character": N_("This text holds a character that cannot be stored (NUL or half of a surrogate pair)."),
    "not_json": N_("A value of this kind (%(got)s) cannot stand in a document."),
    "key_twice": N_("The key “%(key)s” stands here twice."),
    "id_twice": N_("The id “%(id)s” is already used at %(first)s."),
    "unknown_group": N_("There is no group “%(group)s”."),
    "unknown_path": N_("There is no nurture path “%(path)s”."),
    "path_loops": N_("This nurture path leads to itself: %(loop)s."),
    "bands_order": N_("%(high)s must be greater than %(low)s."),
    "above_max": N_("The threshold %(threshold)s is above the maximum of %(max)s."),
    "one_duration": N_("Exactly one of %(names)s must be given."),
    "count_only": N_("A volume is promised by per_month alone."),
    "no_count": N_("per_month belongs to mql_volume alone."),
    "target_after_due": N_("The target of %(target)d minutes is later than the due time of %(due)d minutes."),
    "calls_above_attempts": N_("The calls (%(calls)d) cannot be more than the attempts (%(attempts)d)."),
    "step_outside": N_("This step starts after the cadence has ended (%(days)d working days)."),
    "app_tells": N_("The app always tells the rep: keep “app”; e-mail may be left out."),
    "unknown_country": N_("The public holidays of “%(country)s” are not known; write FR, or with a region DE-BY."),
    "no_working_time": N_("The week needs at least one working window."),
    "beyond_hours": N_("With this calendar that takes more than %(years)d years."),
    "calendar_invalid": N_("The calendar is refused: %(reason)s"),
    "calendar_unknown_zone": N_("There is no such time zone; choose one of the list, such as Europe/Paris."),
    "calendar_overlap": N_("These hours overlap others of the same day."),
    "calendar_not_a_pair": N_("Hours need both an opening and a closing time."),
    "penalty_window": N_("A penalty stays: if it ended by itself, a score would rise while nothing happens."),
    "window_or_half_life": N_("Points either halve or end after so many days: give one of the two, not both."),
    "calendar_empty_window": N_("The closing time must differ from the opening time."),
    "calendar_crosses_midnight": N_(
        "Hours must not cross midnight: end them at 24:00 and add the rest to the next day."
    ),
    "calendar_bad_time": N_("Write a time as 09:30, from 00:00 to 24:00."),
    "calendar_bad_date": N_("There is no such day; write it as 2026-12-25."),
    "team_twice": N_("The team “%(team)s” has working hours already."),
    "bad_day": N_("There is no day “%(day)s”."),
    "missing": N_("This is required."),
    "extra_forbidden": N_("There is no such entry in the terms."),
    "string_too_short": N_("This must not be empty."),
    "string_too_long": N_("At most %(max_length)d characters are allowed."),
    "greater_than": N_("This must be more than %(gt)s."),
    "greater_than_equal": N_("This must be at least %(ge)s."),
    "less_than": N_("This must be less than %(lt)s."),
    "less_than_equal": N_("This must be at most %(le)s."),
    "int_type": N_("This must be a whole number."),
    "int_from_float": N_("This must be a whole number."),
    "float_type": N_("This must be a number."),
    "bool_type": N_("This must be true or false."),
    "string_type": N_("This must be a text."),
    "literal_error": N_("This must be one of: %(expected)s."),
    "tuple_type": N_("This must be a list."),
    "dict_type": N_("This must be an object."),
    "model_type": N_("This must be an object."),
    "definition_examples": N_("“%(word)s” needs three examples; missing: %(missing)d."),
    "definition_counter_examples": N_("“%(word)s” needs three counter-examples; missing: %(missing)d."),
    "no_trigger": N_("Nothing hands a lead over: add a trigger."),
    "mql_unreachable": N_("No lead can ever become an MQL: the rules bring too few points for the bands it asks for."),
    "no_promise_sales": N_("Sales promises nothing yet."),
    "no_promise_marketing": N_("Marketing promises nothing yet."),
    "no_goal": N_("There is no shared goal."),
    "no_definition": N_("The word “%(word)s” is not defined."),
    "no_reason": N_("There is no reason for which Sales may return a lead."),
    "no_cadence": N_("There is no contact plan."),
    "no_agenda": N_("The review meeting has no agenda."),
    "no_checklist": N_("Nothing says what makes an SQL: the checklist is empty."),
    "smart_specific": N_("“%(title)s”: say in a sentence what exactly is meant."),
    "smart_measurable": N_("“%(title)s”: give an amount above 0, its unit or currency, and what it is measured by."),
    "smart_achievable": N_("“%(title)s”: say what the period before brought, so that all see how far the goal is."),
    "smart_relevant": N_("“%(title)s”: give it a currency, or add a goal in money that it serves."),
    "smart_time_bound": N_("“%(title)s”: give the first day of its period."),
    "amount_not_positive": N_("This amount must be greater than 0."),
    "rate_zero": N_("A rate of 0 brings nobody to the next step."),
    "rate_above_one": N_("More than all cannot reach the next step: at most 100 %%."),
    "share_out_of_range": N_("A share lies between 0 and 100 %%."),
    "shares_not_one": N_("The shares add up to %(percent)g %%, not to 100 %%."),
    "volume_beyond_reach": N_("That takes more than %(most)d people: look at the rates again."),
    "time_not_positive": N_("This takes some time: more than 0."),
    "no_working_days": N_("The period has no working day."),
    "plan_without_money": N_("Only a goal in money can have a plan: give its currency."),
    "rule_not_object": N_('A rule must be an object such as {"field": …, "op": …, "value": …}, not %(got)s.'),
    "rule_shape": N_("A rule has either all, any, not, or field and op; this one has: %(keys)s."),
    "rule_list": N_("“%(key)s” needs a list of rules."),
    "rule_key": N_("“%(key)s” does not belong in this rule."),
    "rule_too_deep": N_("Rules may be nested at most %(limit)d levels deep."),
    "unknown_field": N_("There is no field “%(field)s”."),
    "field_not_in_data": "No lead has the field “%(field)s”.",
    "field_not_in_data_near": "No lead has the field “%(field)s”. Is it one of these: %(nearest)s?",
    "event_field_here": N_("“%(field)s” belongs to an event: only interest rules can look at it."),
    "lead_field_here": N_("“%(field)s” belongs to the lead: an interest rule can look only at its event (event.…)."),
    "unknown_operator": N_("There is no operator “%(op)s”."),
    "operator_not_here": N_("“%(op)s” moves with today's date: an interest rule cannot use it (half_life_days can)."),
    "segment_none": N_("Say which leads this agreement is for."),
    "segment_empty": N_("A group without conditions holds for all leads or for none: add a condition."),
    "segment_stage": N_("The stage changes with every step of a lead: it cannot decide which agreement governs it."),
    "segment_age": N_("“%(op)s” moves with today's date: a segment must stay until somebody changes the lead."),
    "value_missing": N_("“%(op)s” needs a value."),
    "value_not_wanted": N_("“%(op)s” takes no value."),
    "value_scalar": N_("“%(op)s” needs a text, a number, or true or false."),
    "value_text": N_("“%(op)s” needs a text that is not blank."),
    "value_list": N_("“%(op)s” needs a list of 1 to %(limit)d texts, numbers, or true or false."),
    "value_comparable": N_("“%(op)s” needs a number or an ISO date such as 2026-05-31."),
    "value_pair": N_("“between” needs two numbers or two ISO dates, the smaller one first."),
    "value_days": N_("“%(op)s” needs a whole number of days from 0 to %(limit)d."),
    "standing_not_here": N_("“%(key)s” can be used only in the MQL rule."),
    "standing_bands": N_("“%(key)s” needs a list of bands out of %(known)s."),
    "standing_hand_raise": N_("“hand_raise” is true or false."),
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
        return MESSAGES[self.code] % self.shown if self.code in MESSAGES else str(self.facts["words"])

    @property
    def shown(self) -> dict[str, Any]:
        """The facts as a sentence takes them: a bound of 0.0 is a 0."""
        return {
            name: int(fact) if isinstance(fact, float) and fact.is_integer() else fact
            for name, fact in self.facts.items()
        }


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
