"""Score history: each crossing of a band and each day's highest score, kept so that a receipt can be built again.

A mark is written by the statement that writes the score. A band that a lead loses as time passes alone is written by
nobody: the next write notes it from the instants of the old score, and until then a reader finds it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from agreements.compile import Sql, compile_heats, compile_held, sql
from agreements.compile.rules import Fields
from agreements.models import AgreementVersion
from agreements.terms.scoring import Heat, Receipt, recorded_receipt
from leads.models import EngagementSlot, Lead, LeadScore, ScoreMark
from leads.scoring.fragments import filled

# A row of the CTE "judged" is a crossing if its fit band or its interest band is another one than before; a lead that
# was never scored had no interest.
KEPT = """
    CASE WHEN {is_marked} THEN {held} END AS held, CASE WHEN {is_marked} THEN {heats} END AS heats
"""
IS_MARKED = "(b.fit_band <> o.fit_band OR b.interest_band <> b.was_interest_band OR ({} AND n.interest > 0))"
# Of the old score's instants, those that have passed are the bands that were lost in silence.
MARKS = """
    INSERT INTO leads_scoremark AS m
        (lead_id, kind, since, at, version_id, was, band, fit, interest, is_mql, fit_rules, heats)
    SELECT id, 'crossing', {at}, {at}, {version}, COALESCE(old_fit_band, fit_band) || was_interest_band,
        fit_band || interest_band, fit, interest, is_mql, held, heats
    FROM judged WHERE fit_band <> old_fit_band OR interest_band <> was_interest_band
    UNION ALL
    SELECT id, 'high', {day}, {at}, {version}, '', fit_band || interest_band, fit, interest, is_mql, held, heats
    FROM judged WHERE {is_news} AND interest > 0
    UNION ALL
    SELECT j.id, 'fade', f.at, f.at, j.old_version, j.old_fit_band || f.was, j.old_fit_band || f.band, j.old_fit,
        NULL::float8, FALSE, ARRAY[]::smallint[], ARRAY[]::float8[]
    FROM judged j CROSS JOIN LATERAL (
        SELECT j.band_1_until AS at, '1' AS was, CASE WHEN j.band_2_until > j.band_1_until THEN '2' ELSE '3' END AS band
        WHERE j.band_1_until <= {at}
        UNION ALL SELECT j.band_2_until, '2', '3'
        WHERE j.band_2_until <= {at} AND j.band_1_until IS DISTINCT FROM j.band_2_until
    ) f WHERE least(j.band_1_until, j.band_2_until) <= {at}
    ON CONFLICT (lead_id, kind, since) DO UPDATE SET at = excluded.at, version_id = excluded.version_id,
        band = excluded.band, fit = excluded.fit, interest = excluded.interest, is_mql = excluded.is_mql,
        fit_rules = excluded.fit_rules, heats = excluded.heats
    WHERE m.kind = 'crossing' OR excluded.fit + excluded.interest > m.fit + m.interest
"""


def kept_sql(
    version: AgreementVersion, slots: Sequence[EngagementSlot], fields: Fields, at: datetime, *, is_news: bool
) -> Sql:
    """The columns held and heats of the CTE ``judged``: what a mark keeps, null where there will be none."""
    terms = version.document
    return filled(
        KEPT,
        is_marked=sql(IS_MARKED, is_news),
        held=compile_held(terms, fields, at),
        heats=compile_heats(
            terms,
            {slot.key: slot.place for slot in slots},
            at,
            sums="g.sums",
            epochs={slot.key: slot.epoch for slot in slots},
            others="g.others",
        ),
    )


def marks_sql(version: AgreementVersion, at: datetime, *, is_news: bool) -> Sql:
    """What the scores in the CTE ``judged`` add to the history: crossings, fades and, if leads did something, highs.

    The highest score of a day is the one with the most fit and interest together, above no interest at all.
    """
    return filled(
        MARKS,
        at=sql("{}::timestamptz", at),
        day=sql("{}::timestamptz", day_of(version, at)),
        version=sql("{}::bigint", version.pk),
        is_news=sql("{}", is_news),
    )


def day_of(version: AgreementVersion, at: datetime) -> datetime:
    """The first moment of the day of ``at``, in the zone of the terms."""
    zone = ZoneInfo(version.document.calendar.timezone)
    return datetime.combine(at.astimezone(zone).date(), time(), zone)


@dataclass(frozen=True)
class Point:
    """A mark with its version; ``receipt`` builds what gave its score, None for a band that faded away."""

    mark: ScoreMark
    version: AgreementVersion

    def receipt(self) -> Receipt | None:
        if self.mark.kind == ScoreMark.Kind.FADE:
            return None
        terms = self.version.document
        fit, interest = terms.qualification.fit.rules, terms.qualification.interest.rules
        heats = {rule.id: Heat(heat) for rule, heat in zip(interest, self.mark.heats, strict=False)}
        held = [fit[place].id for place in self.mark.fit_rules]
        return recorded_receipt(terms, held, heats, self.mark.at, is_mql=self.mark.is_mql)


def points_of(marks: Iterable[ScoreMark]) -> list[Point]:
    """The marks with their versions: one query."""
    listed = list(marks)
    versions = AgreementVersion.objects.select_related("agreement").in_bulk({mark.version_id for mark in listed})
    return [Point(mark, versions[mark.version_id]) for mark in listed]


def mark_named(lead: Lead, name: str) -> ScoreMark | None:
    """The mark that an address names (ScoreMark.name); None where there is none."""
    kind, _, since = name.partition("-")
    try:
        moment = datetime.strptime(since, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    except ValueError:
        return None
    return ScoreMark.objects.filter(lead=lead, kind=kind, since=moment).first()


def unwritten_fades(lead: Lead, now: datetime) -> list[ScoreMark]:
    """The bands that the lead has lost since its score was written, the latest first: nobody writes them down."""
    score = LeadScore.objects.filter(lead=lead).first()
    if score is None:
        return []
    steps = [(score.band_1_until, "1", "2"), (score.band_2_until, "2", "3")]
    if score.band_1_until == score.band_2_until:
        steps = [(score.band_1_until, "1", "3")]
    return [
        ScoreMark(
            lead=lead,
            kind=ScoreMark.Kind.FADE,
            since=until,
            at=until,
            version_id=score.version_id,
            was=score.fit_band + was,
            band=score.fit_band + band,
            fit=score.fit,
            is_mql=False,
        )
        for until, was, band in reversed(steps)
        if until is not None and until <= now
    ]
