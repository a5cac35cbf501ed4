"""The scores as SQL: fit from the lead's fields, interest from stored sums, the MQL rule over both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agreements.compile.pieces import Sql, joined, listed, sql
from agreements.compile.rules import Fields, StandingSql, compile_rule
from agreements.terms.document import Group, InterestRule, Terms
from agreements.terms.scoring import EPOCH, EventClass, event_class_key, fade, half_life_of, share_of
from agreements.terms.scoring.interest import MIN_ADDEND_EXPONENT, SECONDS_PER_DAY
from agreements.terms.scoring.points import HALF_TENTH


def compile_fit(terms: Terms, fields: Fields, now: datetime | None = None) -> Sql:
    """The fit score as an integer expression: group caps and clamp included."""
    chapter = terms.qualification.fit
    parts = [
        (rule.group, sql("CASE WHEN {} THEN {} ELSE 0 END", compile_rule(rule.when, fields, now), rule.points))
        for rule in chapter.rules
    ]
    return sql("GREATEST(0, LEAST({}, {}))", chapter.max, _capped_sum(parts, chapter.groups, "0"))


def compile_interest(
    terms: Terms,
    slots: Mapping[str, int],
    at: datetime,
    *,
    sums: str = "sums",
    epochs: Mapping[str, datetime] | None = None,
    others: str | None = None,
) -> Sql:
    """Interest at ``at`` in tenths, as a double precision expression over a float8[] of sums.

    ``slots``: event class key → place in the array, counted from 1; KeyError if a class of these terms has none.
    ``sums``: SQL of the array (null or too short counts as zeros). ``epochs``: class key → epoch of its sum.
    ``others``: SQL of the array of Σ of the sums of the colleagues at the account; None where they do not count.
    """
    chapter = terms.qualification.interest
    parts = []
    for rule in chapter.rules:
        key = event_class_key(rule)
        factor = rule.points * fade(half_life_of(rule), at, (epochs or {}).get(key, EPOCH))
        points = sql("{} * {}::float8", _sum_of(terms, rule, slots[key], sums, others), float(factor))
        if rule.cap is not None:
            bound = float(-rule.cap if rule.points < 0 else rule.cap)
            points = sql(f"{'GREATEST' if rule.points < 0 else 'LEAST'}({{}}::float8, {{}})", bound, points)
        parts.append((rule.group, points))
    total = _capped_sum(parts, chapter.groups, "0::float8")
    return sql(
        "FLOOR(GREATEST(0, LEAST({}::float8, {})) * 10 + {}::float8) / 10", float(chapter.max), total, HALF_TENTH
    )


def _sum_of(terms: Terms, rule: InterestRule, place: int, sums: str, others: str | None) -> Sql:
    """The sum of the rule's class, with the share of the colleagues where they count."""
    own, share = sql(f"COALESCE(({sums})[{{}}], 0)", place), share_of(terms, rule)
    if others is None or not share:
        return own
    return sql(f"({{}} + COALESCE(({others})[{{}}], 0) * {{}}::float8)", own, place, share)


def compile_held(terms: Terms, fields: Fields, now: datetime | None = None) -> Sql:
    """Which fit rules hold: their places in the terms, from 0, as smallint[]."""
    cases = (
        sql("CASE WHEN {} THEN {} END", compile_rule(rule.when, fields, now), place)
        for place, rule in enumerate(terms.qualification.fit.rules)
    )
    return sql("array_remove(ARRAY[{}]::smallint[], NULL)", listed(cases))


def compile_heats(
    terms: Terms,
    slots: Mapping[str, int],
    at: datetime,
    *,
    sums: str = "sums",
    epochs: Mapping[str, datetime] | None = None,
    others: str | None = None,
) -> Sql:
    """What the events of each interest rule are worth at ``at``, in the order of the rules, as float8[]."""
    heats = (
        sql(
            "{} * {}::float8",
            _sum_of(terms, rule, slots[key], sums, others),
            fade(half_life_of(rule), at, (epochs or {}).get(key, EPOCH)),
        )
        for rule in terms.qualification.interest.rules
        for key in [event_class_key(rule)]
    )
    return sql("ARRAY[{}]::float8[]", listed(heats))


def compile_mql(
    terms: Terms, fields: Fields, fit: Sql, interest: Sql, hand_raise: Sql, now: datetime | None = None
) -> Sql:
    """Does the MQL rule hold? Boolean, never null if the scores (best columns of an inner query) are not."""
    chapter = terms.qualification
    return compile_rule(chapter.mql, fields, now, StandingSql(fit, interest, hand_raise, chapter.bands))


def compile_event_class(one: EventClass, fields: Fields) -> Sql:
    """Is the event of this class? Boolean; ``fields`` must have event.type as it is stored."""
    return sql("({} = {} AND {})", fields["event.type"].sql, one.event, compile_rule(one.when, fields))


def compile_addend(half_life_days: float | None, counted_at: str, epoch: datetime = EPOCH) -> Sql:
    """What an event adds to its class's sum (double precision); ``counted_at``: SQL of its timestamptz."""
    if half_life_days is None:
        return Sql("1::float8")
    days = sql(
        f"EXTRACT(EPOCH FROM ({counted_at}) - {{}}::timestamptz)::float8 / {{}}::float8 / {{}}::float8",
        epoch, SECONDS_PER_DAY, float(half_life_days),
    )  # fmt: skip
    return sql("POWER(2::float8, GREATEST({}, {}::float8))", days, MIN_ADDEND_EXPONENT)


def _capped_sum(parts: Sequence[tuple[str | None, Sql]], groups: Sequence[Group], zero: str) -> Sql:
    """Σ of the parts, those of a group at most its cap."""
    pieces: list[Any] = [part for group, part in parts if group is None]
    for group in groups:
        inside = [part for name, part in parts if name == group.id]
        if inside:
            pieces.append(sql("LEAST({}, {})", group.cap, joined("+", inside, zero)))
    return joined("+", pieces, zero)
