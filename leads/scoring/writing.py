"""Computes the scores of many leads in one statement and writes those that changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agreements.compile import Sql, compile_fit, compile_interest, compile_mql, fit_band_sql, sql
from agreements.models import AgreementVersion
from agreements.terms.document import Terms
from agreements.terms.rules import comparisons
from agreements.terms.rules.tree import AGES
from agreements.terms.scoring import Fading, event_classes
from leads.field_map import LEAD_FIELDS
from leads.models import EngagementSlot
from leads.scoring.fragments import listed, one_of, run
from leads.scoring.governing import Governing
from leads.scoring.slots import width

# Interest is a matter of time, so a row is stale only if the sums of today give another interest for the time at which
# it was scored: mere passing of time rewrites nothing.
WRITE = """
WITH written AS (
    INSERT INTO leads_leadscore AS s
        (lead_id, version_id, fit, fit_band, interest, band_1_until, band_2_until, is_mql, scored_at)
    SELECT l.id, {version}, n.fit, {fit_band}, n.interest, NULL, NULL, {is_mql}, {at}
    FROM leads_lead l
    LEFT JOIN leads_leadengagement g ON g.lead_id = l.id
    LEFT JOIN leads_leadscore o ON o.lead_id = l.id
    CROSS JOIN LATERAL (SELECT {fit} AS fit, {interest} AS interest OFFSET 0) n
    CROSS JOIN LATERAL (SELECT CASE WHEN o.version_id = {version} THEN {sums_then} END AS sums OFFSET 0) w
    WHERE {leads} AND (o.lead_id IS NULL OR o.version_id <> {version} OR o.fit <> n.fit
        OR o.interest <> {interest_then} OR o.is_mql <> {was_mql})
    ORDER BY l.id
    ON CONFLICT (lead_id) DO UPDATE SET version_id = excluded.version_id, fit = excluded.fit,
        fit_band = excluded.fit_band, interest = excluded.interest, is_mql = excluded.is_mql,
        scored_at = excluded.scored_at,
        band_1_until = CASE WHEN excluded.interest >= {first} THEN s.band_1_until END,
        band_2_until = CASE WHEN excluded.interest >= {second} THEN s.band_2_until END
    RETURNING lead_id, interest
)
SELECT count(*), array_agg(lead_id ORDER BY lead_id) FILTER (WHERE interest >= {second}) FROM written
"""

KEEP_UNTIL = """
UPDATE leads_leadscore AS s SET band_1_until = u.first, band_2_until = u.second
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS u (lead_id, first, second)
WHERE s.lead_id = u.lead_id
"""


# A lead that no agreement in force selects has no score.
CLEAR = "DELETE FROM leads_leadscore s USING leads_lead l WHERE l.id = s.lead_id AND {} AND {} IS NULL"


def write_scores(
    in_force: Governing, slots: Sequence[EngagementSlot], leads: Sql, at: datetime, *, changed: list[int] | None = None
) -> int:
    """Score the leads (a condition on ``l.id``) as of ``at``, each by the version that governs it; how many rows.

    Where it is known which of them have ``changed``, others that have their score by that version are left out. The
    caller holds the scores (or, while it counts events, these leads' engagement rows) and has filled the slots.
    """
    if not in_force.covers_all:
        run(sql(CLEAR, leads, in_force.version_id()))
    return sum(_write(version, slots, _asked(in_force, version, leads, changed), at) for version in in_force.versions)


def _asked(in_force: Governing, version: AgreementVersion, leads: Sql, changed: list[int] | None) -> Sql:
    """The condition on those of the leads that this version is to score."""
    asked = sql("{} AND {}", leads, in_force.governed_by(version))
    # Ages move every day: terms that look at them score all of theirs.
    if changed is None or looks_at_ages(version.document):
        return asked
    return sql("{} AND (o.version_id IS DISTINCT FROM {} OR {})", asked, version.pk, one_of("l.id", changed))


def _write(version: AgreementVersion, slots: Sequence[EngagementSlot], leads: Sql, at: datetime) -> int:
    own = [slot for slot in slots if slot.key in event_classes(version.document)]
    [(n_written, hot)] = run(_statement(version, own, leads, at))
    if hot:
        _write_band_ends(version.document, own, hot, at)
    return int(n_written)


def looks_at_ages(terms: Terms) -> bool:
    """Can a lead's fit or standing change without any change of the lead?"""
    rules = [*(rule.when for rule in terms.qualification.fit.rules), terms.qualification.mql]
    return any(one.op in AGES for rule in rules for one in comparisons(rule))


def _statement(version: AgreementVersion, slots: Sequence[EngagementSlot], leads: Sql, at: datetime) -> Sql:
    terms = version.document
    bands = terms.qualification.bands
    places = {slot.key: slot.place for slot in slots}
    epochs = {slot.key: slot.epoch for slot in slots}
    fit, interest, no_hand = Sql("n.fit"), Sql("n.interest"), Sql("FALSE")
    return _filled(
        WRITE,
        version=sql("{}", version.pk),
        at=sql("{}::timestamptz", at),
        leads=leads,
        fit=compile_fit(terms, LEAD_FIELDS, at),
        fit_band=fit_band_sql(fit, bands),
        interest=compile_interest(terms, places, at, sums="g.sums", epochs=epochs),
        is_mql=compile_mql(terms, LEAD_FIELDS, fit, interest, no_hand, at),
        sums_then=_sums_then(slots, at),
        interest_then=compile_interest(terms, places, at, sums="w.sums", epochs=epochs),
        was_mql=compile_mql(terms, LEAD_FIELDS, fit, Sql("o.interest"), no_hand, at),
        first=sql("{}", bands.interest.first),
        second=sql("{}", bands.interest.second),
    )


def _filled(template: str, **parts: Sql) -> Sql:
    """The template with each ``{name}`` replaced by the part of that name, as often as it stands there."""
    pieces = template.split("{")
    text, params = pieces[0], list[object]()
    for piece in pieces[1:]:
        name, rest = piece.split("}", 1)
        text += parts[name].text + rest
        params += parts[name].params
    return Sql(text, tuple(params))


def _sums_then(slots: Sequence[EngagementSlot], at: datetime) -> Sql:
    """Sums which give at ``at`` the interest that today's sums give at ``o.scored_at``."""
    by_place = {slot.place: slot for slot in slots}
    return sql("ARRAY[{}]::float8[]", listed(_sum_then(by_place, place, at) for place in range(1, width(slots) + 1)))


def _sum_then(by_place: dict[int, EngagementSlot], place: int, at: datetime) -> Sql:
    half_life = by_place[place].half_life_days if place in by_place else None
    if half_life is None:
        return Sql(f"g.sums[{place}]")
    days = sql("date_part('epoch', {}::timestamptz - o.scored_at) / 86400 / {}::float8", at, half_life)
    factor = sql("power(2, greatest(-300, least(300, {})))", days)
    return sql(f"CASE WHEN g.sums[{place}] > 0 THEN g.sums[{place}] * {{}} END", factor)


def _write_band_ends(terms: Terms, slots: Sequence[EngagementSlot], lead_ids: list[int], at: datetime) -> None:
    """Keep for the hot leads the instants at which interest will have faded below bands 1 and 2."""
    bands = terms.qualification.bands.interest
    fading = Fading(terms, {slot.key: slot.epoch for slot in slots})
    rows = []
    hot = sql("SELECT lead_id, sums FROM leads_leadengagement WHERE {}", one_of("lead_id", lead_ids))
    for lead_id, stored in run(hot):
        sums = {slot.key: stored[slot.place - 1] for slot in slots if slot.place <= len(stored)}
        first = fading.falls_below_at(sums, bands.first, at)
        rows.append((lead_id, first, fading.falls_below_at(sums, bands.second, at)))
    run(Sql(KEEP_UNTIL, tuple(list(column) for column in zip(*rows, strict=True))))
