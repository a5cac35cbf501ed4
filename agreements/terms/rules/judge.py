"""The judge for one lead: does a rule hold for these facts, and why.

Law: a comparison with a missing value is false, also ``ne`` and ``not_in``; ``not`` flips that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from agreements.terms.rules.tree import AGES, All, Any_, Compare, Not, Rule, Standing
from agreements.terms.rules.values import TRUE_WORDS, folded, instant_of, number_of, text_of

Facts = Mapping[str, Any]

# Where the scores stand in the facts when an MQL rule is judged.
BAND, FIT_BAND, HAND_RAISE = "score.band", "score.fit_band", "score.hand_raise"


def holds(rule: Rule, facts: Facts, now: datetime | None = None) -> bool:
    """Does the rule hold? ``facts`` maps field names ("title", "attributes.X", "event.path") to values.

    ``now`` (aware) is needed only for within_days and older_than_days: ValueError without it.
    """
    match rule:
        case All(rules):
            return all(holds(inner, facts, now) for inner in rules)
        case Any_(rules):
            return any(holds(inner, facts, now) for inner in rules)
        case Not(inner):
            return not holds(inner, facts, now)
        case Compare():
            return _compare(rule, facts.get(rule.field), now)
        case Standing():
            return _stands(rule, facts)


def explain(rule: Rule, facts: Facts, now: datetime | None = None) -> dict[str, Any]:
    """The tree again with ``holds`` at every node and the ``actual`` value (text or None) at every comparison.

    Nodes carry ``code``: all, any, not, compare, standing; groups carry their parts in ``parts``.
    """
    verdict = holds(rule, facts, now)
    match rule:
        case All(rules) | Any_(rules):
            parts = [explain(inner, facts, now) for inner in rules]
            return {"code": "all" if isinstance(rule, All) else "any", "holds": verdict, "parts": parts}
        case Not(inner):
            return {"code": "not", "holds": verdict, "parts": [explain(inner, facts, now)]}
        case Compare(field, op, value):
            wanted = list(value) if isinstance(value, tuple) else value
            actual = text_of(facts.get(field))
            return {"code": "compare", "holds": verdict, "field": field, "op": op, "value": wanted, "actual": actual}
        case Standing(bands, hand_raise, fit_bands):
            return {
                "code": "standing",
                "holds": verdict,
                "bands": bands and list(bands),
                "hand_raise": hand_raise,
                "fit_bands": fit_bands and list(fit_bands),
                "actual": facts.get(BAND),
            }


def _stands(rule: Standing, facts: Facts) -> bool:
    return (
        (rule.bands is None or facts.get(BAND) in rule.bands)
        and (rule.fit_bands is None or facts.get(FIT_BAND) in rule.fit_bands)
        and (rule.hand_raise is None or bool(facts.get(HAND_RAISE)) is rule.hand_raise)
    )


def _compare(rule: Compare, fact: Any, now: datetime | None) -> bool:
    if rule.op in AGES:
        return _is_aged(rule, instant_of(fact), now)
    if rule.op in _TEXT_TESTS:
        text = text_of(fact)
        return text is not None and _TEXT_TESTS[rule.op](text, rule.value)
    if rule.op == "is_blank":
        return text_of(fact) is None
    bounds = rule.value if isinstance(rule.value, tuple) else (rule.value,)
    read: Callable[[Any], Any] = number_of if number_of(bounds[0]) is not None else instant_of
    found = read(fact)
    return found is not None and _ORDER_TESTS[rule.op](found, [read(bound) for bound in bounds])


def _is_aged(rule: Compare, found: datetime | None, now: datetime | None) -> bool:
    if now is None:
        raise ValueError(f"{rule.op} needs to know the present moment")
    if found is None or not isinstance(rule.value, int):
        return False
    edge = now - timedelta(days=rule.value)
    return edge <= found <= now if rule.op == "within_days" else found < edge


_TEXT_TESTS: dict[str, Callable[[str, Any], bool]] = {
    "eq": lambda text, value: text == text_of(value),
    "ne": lambda text, value: text != text_of(value),
    "in": lambda text, value: text in {text_of(one) for one in value},
    "not_in": lambda text, value: text not in {text_of(one) for one in value},
    "contains": lambda text, value: folded(value) in folded(text),
    "starts_with": lambda text, value: folded(text).startswith(folded(value)),
    "is_not_blank": lambda text, value: True,
    "is_true": lambda text, value: folded(text) in TRUE_WORDS,
}

_ORDER_TESTS: dict[str, Callable[[Any, list[Any]], bool]] = {
    "gt": lambda found, bounds: found > bounds[0],
    "gte": lambda found, bounds: found >= bounds[0],
    "lt": lambda found, bounds: found < bounds[0],
    "lte": lambda found, bounds: found <= bounds[0],
    "between": lambda found, bounds: bounds[0] <= found <= bounds[1],
}
