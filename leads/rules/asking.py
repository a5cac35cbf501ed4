"""A rule as a query over many leads: each field is read once per row, however often the rule looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from agreements.compile import Sql, SqlField, StandingSql, compile_rule, listed, sql
from agreements.compile.pieces import FieldMap
from agreements.terms.document.qualification import Bands
from agreements.terms.rules import All, Any_, Not, Rule, Standing, comparisons
from leads.field_map import EVENT_FIELDS, JOINED_FIELDS
from leads.scoring.governing import governing
from slaportal.web.refusals import Refused, RefusedInput

Asked = Literal["lead", "event", "mql"]
DAYS = 30
# Any thresholds will do to say which band is which.
SCALE = Bands()

# “OFFSET 0” keeps the inner query apart, or each mention of a field would read it again.
LEADS = "SELECT id, is_won FROM (SELECT l.id, l.stage = 'customer' AS is_won {} FROM {} OFFSET 0) l WHERE {}"
EVENTS = """
SELECT l.id, l.stage = 'customer' AS is_won, x.n FROM leads_lead l JOIN (
    SELECT lead_id, count(*) AS n FROM (
        SELECT e.lead_id {} FROM leads_leadevent e
        WHERE e.type = {} AND e.occurred_at > {} AND e.occurred_at <= {} OFFSET 0
    ) e WHERE {} GROUP BY lead_id
) x ON x.lead_id = l.id
"""
ACCOUNTS = "{} LEFT JOIN leads_account a ON a.id = l.account_id"
SCORES = Sql("leads_lead l JOIN leads_leadscore s ON s.lead_id = l.id")
HANDS = """
{} LEFT JOIN (
    SELECT DISTINCT e.lead_id FROM leads_leadevent e
    WHERE e.type = ANY({}) AND e.occurred_at > {} AND e.occurred_at <= {}
) h ON h.lead_id = l.id
"""


def matching_leads(rule: Rule, scope: Asked, at: datetime, event: str = "") -> Sql:
    """A query for id and is_won of the leads that match; of an interest rule with n, its events in the last 30 days.

    The MQL rule is asked of the stored scores, and of hands raised in the last 30 days.
    Refused: ``rule_without_event``, ``rule_without_scores``.
    """
    if scope == "event":
        return _of_events(rule, at, event)
    return _of_scores(rule, at) if scope == "mql" else _of_leads(rule, at)


def _of_leads(rule: Rule, at: datetime) -> Sql:
    fields, read = _read_once(rule, JOINED_FIELDS, "l")
    return sql(LEADS, read, _with_accounts(rule, Sql("leads_lead l")), compile_rule(rule, fields, at))


def _of_events(rule: Rule, at: datetime, event: str) -> Sql:
    if not event:
        raise RefusedInput("rule_without_event")
    fields, read = _read_once(rule, EVENT_FIELDS, "e")
    return sql(EVENTS, read, event, at - timedelta(days=DAYS), at, compile_rule(rule, fields))


def _of_scores(rule: Rule, at: datetime) -> Sql:
    """By the bands as they are stored, of whatever agreement: interest counts as the band in which it still is."""
    in_force = governing()
    if not in_force:
        raise Refused("rule_without_scores")
    source, hand = SCORES, Sql("FALSE")
    if any(one.hand_raise is not None for one in _standings(rule)):
        raising = {event for one in in_force.versions for event in one.document.qualification.hand_raise_events}
        source = sql(HANDS, source, sorted(raising), at - timedelta(days=DAYS), at)
        hand = Sql("h.lead_id IS NOT NULL")
    fields, read = _read_once(rule, JOINED_FIELDS, "l")
    standing = StandingSql(Sql("l.fit"), Sql("l.interest"), Sql("l.hand"), SCALE)
    columns = sql(", {} AS fit, {} AS interest, {} AS hand {}", _fit(), _interest(at), hand, read)
    return sql(LEADS, columns, _with_accounts(rule, source), compile_rule(rule, fields, at, standing))


def _fit() -> Sql:
    """As many points as the stored band needs."""
    return sql("CASE s.fit_band WHEN 'A' THEN {} WHEN 'B' THEN {} ELSE 0 END", SCALE.fit.A, SCALE.fit.B)


def _interest(at: datetime) -> Sql:
    first, second = SCALE.interest.first, SCALE.interest.second
    return sql(
        "CASE WHEN s.band_1_until > {} THEN {} WHEN s.band_2_until > {} THEN {} ELSE 0 END", at, first, at, second
    )


def _read_once(rule: Rule, known: FieldMap, table: str) -> tuple[dict[str, SqlField], Sql]:
    """The rule's fields as columns of the inner query, and the list that makes those columns."""
    names = sorted({one.field for one in comparisons(rule)})
    fields = {name: SqlField(Sql(f"{table}.f{place}"), known[name].kind) for place, name in enumerate(names)}
    read = listed(sql(f"{{}} AS f{place}", known[name].sql) for place, name in enumerate(names))
    return fields, sql(", {}", read) if names else Sql("")


def _with_accounts(rule: Rule, source: Sql) -> Sql:
    """Joined only where the rule looks at accounts."""
    looks = any(one.field.startswith("account.") for one in comparisons(rule))
    return sql(ACCOUNTS, source) if looks else source


def _standings(rule: Rule) -> Iterator[Standing]:
    match rule:
        case All(rules) | Any_(rules):
            for inner in rules:
                yield from _standings(inner)
        case Not(inner):
            yield from _standings(inner)
        case Standing():
            yield rule
