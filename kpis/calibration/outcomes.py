"""How each lead of an agreement ended: won, not, or not decided yet, in one statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from agreements.compile import Sql, sql
from agreements.models import AgreementVersion
from leads.scoring.fragments import run
from leads.scoring.governing import governing

# The newest ones; more would not make the points better, only the wait longer.
MOST_LEADS = 50_000
# From so few times to conversion there is no median to speak of.
LEAST_TIMES = 5
WON, LOST, OPEN = 1, 0, -1

ENDS = """
SELECT l.id, l.created_at, least(l.converted_at, h.won_at, s.won_at),
    coalesce(l.converted, FALSE) OR l.stage = 'customer' OR h.won_at IS NOT NULL,
    l.converted IS FALSE OR l.stage = 'disqualified' OR coalesce(h.is_lost, FALSE)
FROM leads_lead l
LEFT JOIN (
    SELECT lead_id, min(closed_at) FILTER (WHERE outcome = 'won') AS won_at,
        bool_or(outcome = 'lost') AND bool_and(closed_at IS NOT NULL) AS is_lost
    FROM leads_handoff GROUP BY lead_id
) h ON h.lead_id = l.id
LEFT JOIN (
    SELECT lead_id, min(at) AS won_at FROM leads_stagechange WHERE new = 'customer' GROUP BY lead_id
) s ON s.lead_id = l.id
WHERE {} ORDER BY l.id DESC LIMIT {}
"""


@dataclass
class Outcomes:
    """The leads that teach, oldest first, and those that do not, by why."""

    ids: list[int] = field(default_factory=list)
    # WON, LOST or OPEN for each id.
    ends: list[int] = field(default_factory=list)
    won_at: dict[int, datetime] = field(default_factory=dict)
    # Half of the wins took no longer; None where nobody knows.
    median: timedelta | None = None
    # Open for longer than that: they count as not converted.
    n_lapsed: int = 0
    # There are older leads, which were not looked at.
    is_cut: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The counts, as they are stored."""
        n = {end: self.ends.count(end) for end in (WON, LOST, OPEN)}
        days = None if self.median is None else self.median / timedelta(days=1)
        counts = {"won": n[WON], "lost": n[LOST], "open": n[OPEN], "lapsed": self.n_lapsed}
        return counts | {"median_days": days, "is_cut": self.is_cut}


def outcomes_of(version: AgreementVersion, at: datetime, most: int = MOST_LEADS) -> Outcomes:
    """The leads that the version's agreement governs now, as of ``at``; the newest ``most`` of them.

    Won: marked as converted, a customer, or a pass that was won. Not: marked so, disqualified, or its passes lost; and
    open leads that are older than the median time to conversion. Younger ones are not decided.
    """
    rows = run(sql(ENDS, _own(version), most))[::-1]
    found = Outcomes(is_cut=len(rows) == most)
    for lead_id, _created, won_at, is_won, _is_lost in rows:
        if is_won and won_at is not None:
            found.won_at[lead_id] = won_at
    spans = [won_at - created for _id, created, won_at, is_won, _lost in rows if is_won and won_at and won_at > created]
    if len(spans) >= LEAST_TIMES:
        found.median = median(spans)
    for lead_id, created, _won_at, is_won, is_lost in rows:
        has_lapsed = not is_won and not is_lost and found.median is not None and at - created > found.median
        found.n_lapsed += has_lapsed
        found.ids.append(lead_id)
        found.ends.append(WON if is_won else LOST if is_lost or has_lapsed else OPEN)
    return found


def _own(version: AgreementVersion) -> Sql:
    in_force = governing()
    own = next((one for one in in_force.versions if one.pk == version.pk), None)
    return Sql("TRUE") if own is None else in_force.governed_by(own)
