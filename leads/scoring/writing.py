"""Computes the scores of many leads in one statement and writes those that changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from agreements.compile import (
    Sql,
    compile_fit,
    compile_interest,
    compile_mql,
    fit_band_sql,
    interest_band_sql,
    listed,
    read_once,
    sql,
)
from agreements.models import AgreementVersion
from agreements.terms.document import Terms
from agreements.terms.rules import comparisons
from agreements.terms.rules.tree import AGES
from agreements.terms.scoring import event_classes
from leads.field_map import LEAD_FIELDS
from leads.models import EngagementSlot
from leads.scoring.colleagues import is_shared, leaving_of_others, others_of, with_others
from leads.scoring.fragments import Chosen, filled, one_of, run
from leads.scoring.governing import Governing
from leads.scoring.history import kept_sql, marks_sql
from leads.scoring.windows import leaving_by_lead, width

# Interest is a matter of time, so a row is stale only if the sums of today give another interest for the time at which
# it was scored: mere passing of time rewrites nothing. Which leads are meant is said of each table: from one of them
# the planner concludes nothing about the others, and would read them whole.
WRITE = """
WITH {with_others}judged AS MATERIALIZED (
    SELECT l.id, n.fit, n.interest, {is_mql} AS is_mql, b.fit_band, b.interest_band, b.was_interest_band, {kept},
        o.version_id AS old_version, o.fit AS old_fit, o.fit_band AS old_fit_band, o.band_1_until, o.band_2_until
    FROM leads_lead l
    LEFT JOIN {engagement} g ON g.lead_id = l.id AND {of_sums}
    LEFT JOIN leads_leadscore o ON o.lead_id = l.id AND {of_scores}
    {fields}
    CROSS JOIN LATERAL (SELECT {fit} AS fit, {interest} AS interest OFFSET 0) n
    CROSS JOIN LATERAL (SELECT {fit_band} AS fit_band, {interest_band} AS interest_band,
        CASE WHEN o.band_1_until > {at} THEN '1' WHEN o.band_2_until > {at} THEN '2' ELSE '3' END AS was_interest_band,
        CASE WHEN o.version_id = {version} THEN {sums_then} END AS sums{others_then} OFFSET 0) b
    WHERE {of_leads} AND {asked} AND (o.lead_id IS NULL OR o.version_id <> {version} OR o.fit <> n.fit
        OR o.interest <> {interest_then} OR o.is_mql <> {was_mql} OR ({is_news} AND n.interest >= {second}))
), written AS (
    INSERT INTO leads_leadscore AS s
        (lead_id, version_id, fit, fit_band, interest, band_1_until, band_2_until, is_mql, scored_at)
    SELECT id, {version}, fit, fit_band, interest, NULL, NULL, is_mql, {at} FROM judged ORDER BY id
    ON CONFLICT (lead_id) DO UPDATE SET version_id = excluded.version_id, fit = excluded.fit,
        fit_band = excluded.fit_band, interest = excluded.interest, is_mql = excluded.is_mql,
        scored_at = excluded.scored_at,
        band_1_until = CASE WHEN excluded.interest >= {first} THEN s.band_1_until END,
        band_2_until = CASE WHEN excluded.interest >= {second} THEN s.band_2_until END
    RETURNING lead_id, interest
), marked AS ({marks})
SELECT count(*), array_agg(lead_id ORDER BY lead_id) FILTER (WHERE interest >= {second}) FROM written
"""

KEEP_UNTIL = """
UPDATE leads_leadscore AS s SET band_1_until = u.first, band_2_until = u.second
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS u (lead_id, first, second)
WHERE s.lead_id = u.lead_id AND (s.band_1_until, s.band_2_until) IS DISTINCT FROM (u.first, u.second)
"""
OTHERS_THEN = ", CASE WHEN o.version_id = {} THEN {} END AS others"

# A lead that no agreement in force selects has no score.
CLEAR = "DELETE FROM leads_leadscore s USING leads_lead l WHERE l.id = s.lead_id AND {} AND {} IS NULL"


def write_scores(
    in_force: Governing,
    slots: Sequence[EngagementSlot],
    leads: Chosen,
    at: datetime,
    *,
    changed: list[int] | None = None,
    is_news: bool = True,
) -> int:
    """Score the leads as of ``at``, each by the version that governs it; how many rows were written.

    Where it is known which of them have ``changed``, others that have their score by that version are left out.
    Crossings go into the score history, and the day's highs too if it ``is_news`` of leads, not of terms. The caller
    holds the scores (or, while it counts events, these leads' engagement rows) and has filled the slots.
    """
    if not in_force.covers_all:
        run(sql(CLEAR, leads("l.id"), in_force.version_id()))
    return sum(
        _write(version, slots, leads, _asked(in_force, version, changed), at, is_news=is_news)
        for version in in_force.versions
    )


def _asked(in_force: Governing, version: AgreementVersion, changed: list[int] | None) -> Sql:
    """Which of the leads this version is to score."""
    asked = in_force.governed_by(version)
    # Ages move every day: terms that look at them score all of theirs.
    if changed is None or looks_at_ages(version.document):
        return asked
    return sql("{} AND (o.version_id IS DISTINCT FROM {} OR {})", asked, version.pk, one_of("l.id", changed))


def _write(
    version: AgreementVersion,
    slots: Sequence[EngagementSlot],
    leads: Chosen,
    asked: Sql,
    at: datetime,
    *,
    is_news: bool,
) -> int:
    classes = event_classes(version.document)
    own = [slot for slot in slots if slot.key in classes]
    [(n_written, hot)] = run(_statement(version, own, leads, asked, at, is_news=is_news))
    if hot:
        _write_band_ends(version, own, hot, at)
    return int(n_written)


def looks_at_ages(terms: Terms) -> bool:
    """Can a lead's fit or standing change without any change of the lead?"""
    rules = [*(rule.when for rule in terms.qualification.fit.rules), terms.qualification.mql]
    return any(one.op in AGES for rule in rules for one in comparisons(rule))


def _statement(
    version: AgreementVersion,
    slots: Sequence[EngagementSlot],
    leads: Chosen,
    asked: Sql,
    at: datetime,
    *,
    is_news: bool,
) -> Sql:
    chosen = {"of_leads": leads("l.id"), "of_sums": leads("g.lead_id"), "of_scores": leads("o.lead_id")}
    # What others did depends on which leads are asked for, so it stays outside of what is compiled once.
    others = sql("{}, ", with_others(width(slots), leads("l.id"))) if is_shared(version) else Sql("")
    key = (version.pk, version.digest, *((slot.place, slot.key, slot.epoch) for slot in slots))
    return filled(
        WRITE, asked=asked, with_others=others, **chosen, **_compiled(key, _Ask(version, slots), at, is_news=is_news)
    )


class _Ask(NamedTuple):
    """What is compiled; told by the key of the cache, not by itself."""

    version: AgreementVersion
    slots: Sequence[EngagementSlot]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Ask)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=8)
def _compiled(key: tuple[object, ...], ask: _Ask, at: datetime, *, is_news: bool) -> dict[str, Sql]:
    """The parts of the statement but which leads; compiled once for all chunks of a rescore, which has one ``at``."""
    version, slots = ask
    terms = version.document
    of_colleagues = is_shared(version)
    bands = terms.qualification.bands
    places = {slot.key: slot.place for slot in slots}
    epochs = {slot.key: slot.epoch for slot in slots}
    fit, interest, no_hand = Sql("n.fit"), Sql("n.interest"), Sql("FALSE")
    rules = [*(rule.when for rule in terms.qualification.fit.rules), terms.qualification.mql]
    fields, joins = read_once(rules, LEAD_FIELDS)
    return {
        "version": sql("{}", version.pk),
        "at": sql("{}::timestamptz", at),
        "fields": joins,
        "engagement": Sql("with_others" if of_colleagues else "leads_leadengagement"),
        "others_then": sql(OTHERS_THEN, version.pk, _sums_then(slots, at, "g.others")) if of_colleagues else Sql(""),
        "fit": compile_fit(terms, fields, at),
        "fit_band": fit_band_sql(fit, bands),
        "interest_band": interest_band_sql(interest, bands),
        "interest": compile_interest(terms, places, at, sums="g.sums", epochs=epochs, others="g.others"),
        "is_mql": compile_mql(terms, fields, fit, interest, no_hand, at),
        "sums_then": _sums_then(slots, at, "g.sums"),
        "interest_then": compile_interest(terms, places, at, sums="b.sums", epochs=epochs, others="b.others"),
        "was_mql": compile_mql(terms, fields, fit, Sql("o.interest"), no_hand, at),
        "first": sql("{}", bands.interest.first),
        "second": sql("{}", bands.interest.second),
        "is_news": sql("{}", is_news),
        "kept": kept_sql(version, slots, fields, at, is_news=is_news),
        "marks": marks_sql(version, at, is_news=is_news),
    }


def _sums_then(slots: Sequence[EngagementSlot], at: datetime, sums: str) -> Sql:
    """Sums which give at ``at`` the interest that today's sums give at ``o.scored_at``."""
    by_place = {slot.place: slot for slot in slots}
    return sql(
        "ARRAY[{}]::float8[]", listed(_sum_then(by_place, place, at, sums) for place in range(1, width(slots) + 1))
    )


def _sum_then(by_place: dict[int, EngagementSlot], place: int, at: datetime, sums: str) -> Sql:
    half_life = by_place[place].half_life_days if place in by_place else None
    if half_life is None:
        return Sql(f"{sums}[{place}]")
    days = sql("date_part('epoch', {}::timestamptz - o.scored_at) / 86400 / {}::float8", at, half_life)
    factor = sql("power(2, greatest(-300, least(300, {})))", days)
    return sql(f"CASE WHEN {sums}[{place}] > 0 THEN {sums}[{place}] * {{}} END", factor)


def _write_band_ends(
    version: AgreementVersion, slots: Sequence[EngagementSlot], lead_ids: list[int], at: datetime
) -> None:
    """Keep for the hot leads the instants at which interest will have faded below bands 1 and 2."""
    # It takes its time to be imported, and only hot leads need it.
    from agreements.terms.scoring.fading import Counted, Fading

    bands = version.document.qualification.bands.interest
    places, epochs = {slot.key: slot.place for slot in slots}, {slot.key: slot.epoch for slot in slots}
    sums = dict(run(sql("SELECT lead_id, sums FROM leads_leadengagement WHERE {}", one_of("lead_id", lead_ids))))
    leaving = leaving_by_lead(slots, lead_ids, at)
    # Without sums of its own where colleagues alone did something.
    own = [Counted(sums.get(lead_id, ()), leaving[lead_id]) for lead_id in lead_ids]
    others = []
    if is_shared(version):
        theirs, leaving = others_of(width(slots), lead_ids), leaving_of_others(slots, lead_ids, at)
        others = [Counted(theirs[lead_id], leaving.get(lead_id, {})) for lead_id in lead_ids]
    fading = Fading(version.document, places, epochs, own, at, others)
    run(Sql(KEEP_UNTIL, (lead_ids, fading.falls_below_at(bands.first), fading.falls_below_at(bands.second))))
