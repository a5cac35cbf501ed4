"""The benchmark's terms as one UPDATE that somebody wrote by hand: knowing the data, with nothing left to find out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agreements.terms.scoring import fade
from kpis.benchmark.terms import FREE_MAIL, FURTHER, MARKETS, Points
from leads.models import EngagementSlot

# Narrow rows with room for their next version, and one row of sums per lead, each in a column.
CREATE_REFERENCE = (
    """
    CREATE TABLE reference_score (lead_id bigint PRIMARY KEY, version_id bigint NOT NULL, fit smallint NOT NULL,
        fit_band varchar(1) NOT NULL, interest float8 NOT NULL, is_mql boolean NOT NULL, scored_at timestamptz NOT NULL)
        WITH (fillfactor = 60, autovacuum_enabled = off)
    """,
    "CREATE TABLE reference_engagement (lead_id bigint PRIMARY KEY, "
    + ", ".join(f"s{n} float8 NOT NULL" for n in range(15))
    + ")",
    """
    INSERT INTO reference_score SELECT lead_id, version_id, fit, fit_band, interest, is_mql, scored_at
    FROM leads_leadscore ORDER BY lead_id
    """,
    *(f"ALTER TABLE {table} SET (autovacuum_enabled = off)" for table in ("leads_leadscore", "leads_leadengagement")),
)
FILL_REFERENCE = (  # fifteen places of the array become columns
    "INSERT INTO reference_engagement SELECT l.id, "  # noqa: S608 - our own numbers
    + ", ".join("coalesce(sums[{}], 0)" for _ in range(15))
    + " FROM leads_lead l LEFT JOIN leads_leadengagement g ON g.lead_id = l.id ORDER BY l.id"
)

UPDATE = """
UPDATE reference_score r SET version_id = %(version)s, fit = n.fit,
    fit_band = CASE WHEN n.fit >= 60 THEN 'A' WHEN n.fit >= 40 THEN 'B' ELSE 'C' END, interest = n.interest,
    is_mql = n.fit >= 60 AND n.interest >= 30, scored_at = %(at)s
FROM (
    SELECT l.id,
        greatest(0, least(100,
            least(40,
                CASE WHEN strpos(a.title, 'chief') > 0 OR strpos(a.title, 'head') > 0
                    OR strpos(a.title, 'director') > 0 OR strpos(a.title, 'vp') > 0
                    OR strpos(a.title, 'founder') > 0 OR strpos(a.title, 'owner') > 0 THEN %(decides_points)s ELSE 0 END
                + CASE WHEN strpos(a.title, 'manager') > 0 OR strpos(a.title, 'lead') > 0
                    OR strpos(a.title, 'architect') > 0 THEN 15 ELSE 0 END
                + CASE WHEN (strpos(a.title, 'sales') > 0 OR strpos(a.title, 'revenue') > 0) THEN 10 ELSE 0 END
                + CASE WHEN (strpos(a.title, 'marketing') > 0 OR strpos(a.title, 'growth') > 0) THEN 8 ELSE 0 END)
            + least(50,
                CASE WHEN strpos(a.industry, 'software') > 0 OR strpos(a.industry, 'saas') > 0
                    OR strpos(a.industry, 'technology') > 0 THEN 15 ELSE 0 END
                + CASE WHEN a.industry IN ('finance', 'insurance') THEN 10 ELSE 0 END
                + CASE WHEN employees >= 1000 THEN 20 WHEN employees >= 200 THEN 15
                    WHEN employees >= 50 THEN 5 ELSE 0 END
                + CASE WHEN revenue >= 10000000 THEN 10 ELSE 0 END
                + CASE WHEN l.company <> '' THEN 5 ELSE 0 END)
            + CASE WHEN (strpos(a.title, 'student') > 0 OR strpos(a.title, 'intern') > 0) THEN -30 ELSE 0 END
            + CASE WHEN l.country = ANY(%(markets)s) THEN 10 WHEN l.country = ANY(%(further)s) THEN 4 ELSE 0 END
            + CASE WHEN split_part(l.email, '@', 2) <> ALL(%(free)s) THEN 5 ELSE 0 END
            + CASE WHEN l.phone <> '' THEN 3 ELSE 0 END
            + CASE WHEN strpos(lower(a.uses COLLATE "C"), 'crm') > 0 THEN 8 ELSE 0 END
            + CASE WHEN l.source IN ('web', 'referral') THEN 5 ELSE 0 END
            + CASE WHEN a.newsletter = 'true' THEN 2 ELSE 0 END
            + CASE WHEN a.competitor <> '' THEN -20 ELSE 0 END)) AS fit,
        floor(greatest(0, least(100,
            least(40, least(30, s0 * %(k0)s::float8) + least(20, s1 * %(k1)s::float8) + least(12, s2 * %(k2)s::float8)
                + least(12, s3 * %(k3)s::float8) + least(10, s4 * %(k4)s::float8))
            + least(50, least(8, s5 * %(k5)s::float8) + least(20, s6 * %(k6)s::float8) + least(40, s7 * %(k7)s::float8)
                + least(40, s8 * %(k8)s::float8) + least(30, s9 * %(k9)s::float8) + least(30, s10 * %(k10)s::float8))
            + least(20, s11 * %(k11)s::float8) + least(60, s12 * %(k12)s::float8) + least(50, s13 * %(k13)s::float8)
            + greatest(-30, s14 * %(k14)s::float8))) * 10 + 0.500001) / 10 AS interest
    FROM leads_lead l JOIN reference_engagement e ON e.lead_id = l.id
    CROSS JOIN LATERAL (
        SELECT lower(l.title COLLATE "C") AS title, lower(l.attributes ->> 'industry' COLLATE "C") AS industry,
            l.attributes ->> 'employees' AS employees_text, l.attributes ->> 'revenue' AS revenue_text,
            l.attributes ->> 'uses' AS uses, l.attributes ->> 'newsletter' AS newsletter,
            l.attributes ->> 'competitor' AS competitor OFFSET 0
    ) a
    CROSS JOIN LATERAL (
        SELECT CASE WHEN employees_text ~ '^[0-9]+$' THEN employees_text::numeric END AS employees,
            CASE WHEN revenue_text ~ '^[0-9]+$' THEN revenue_text::numeric END AS revenue OFFSET 0
    ) b
    OFFSET 0
) n WHERE r.lead_id = n.id
"""


def update_by_hand(
    version: int, points: Points, slots: Sequence[EngagementSlot], at: datetime
) -> tuple[str, dict[str, Any]]:
    """The statement and its values; ``slots`` in the order of the interest rules."""
    per_event = [points.pricing, 4, 2, 3, 1, 1, 5, 20, 20, 10, 15, 10, 60, 50, -30]
    factors = {
        f"k{n}": score * fade(slot.half_life_days, at, slot.epoch)
        for n, (score, slot) in enumerate(zip(per_event, slots, strict=True))
    }
    texts = {"markets": list(MARKETS), "further": list(FURTHER), "free": list(FREE_MAIL)}
    return UPDATE, {"version": version, "at": at, "decides_points": points.decides, **texts, **factors}
