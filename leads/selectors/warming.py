"""Leads that are close to qualifying: a tenth more fit and interest, and the MQL rule would hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, FloatField, QuerySet
from django.db.models.expressions import RawSQL

from agreements.compile import Sql, compile_interest, compile_mql, joined, sql
from agreements.models import AgreementVersion
from leads.field_map import LEAD_FIELDS
from leads.models import EngagementSlot, Lead
from leads.scoring.colleagues import joined_others
from leads.scoring.fragments import case
from leads.scoring.governing import Governing
from leads.scoring.qualified import MAY_QUALIFY, may_be_handed_over
from leads.scoring.slots import slots_of

# How much of a threshold must be reached to be near it.
NEAR_SHARE = 0.9

# Interest only falls between events, so the stored one decides cheaply who cannot be near; today's decides the rest.
NEAR = """
SELECT s.lead_id FROM leads_leadscore s JOIN leads_lead l ON l.id = s.lead_id
LEFT JOIN leads_leadengagement g ON g.lead_id = s.lead_id {}
WHERE l.stage = ANY({}) AND {}
"""
# By the rules of one version.
IS_NEAR = "(s.version_id = {} AND {} AND {} AND NOT {})"


@dataclass(frozen=True)
class Warm:
    """A near lead with its scores now, and the points that are missing to the next band of each (0: not that one)."""

    lead: Lead
    fit: int
    interest: float
    fit_missing: int
    interest_missing: float


def near_leads(in_force: Governing, at: datetime) -> QuerySet[Lead]:
    """Leads that Marketing holds and that their terms nearly qualify at ``at``, the most interested first."""
    return _near(in_force, at, slots_of(in_force))


def nearest(in_force: Governing, at: datetime, limit: int) -> list[Warm]:
    """The near leads with the most interest. Two queries."""
    slots = slots_of(in_force)
    interest = case(
        (sql("s.version_id = {}", version.pk), _interest_now(version, slots, at)) for version in in_force.versions
    )
    of_lead = sql("(SELECT {} FROM leads_leadscore s LEFT JOIN leads_leadengagement g "
                  "ON g.lead_id = s.lead_id {} WHERE s.lead_id = leads_lead.id)", interest,
                  joined_others(in_force, slots, "s.lead_id"))  # fmt: skip
    now = RawSQL(of_lead.text, of_lead.params, output_field=FloatField())  # noqa: S611 - compiled, values bound
    found = _near(in_force, at, slots).annotate(
        fit_now=F("score__fit"), interest_now=now, scored_by=F("score__version")
    )
    return [_warm(lead, in_force.by_id[lead.scored_by]) for lead in found[:limit]]


def _warm(lead: Any, version: AgreementVersion) -> Warm:
    bands = version.document.qualification.bands
    return Warm(
        lead,
        lead.fit_now,
        lead.interest_now,
        int(_missing(lead.fit_now, (bands.fit.B, bands.fit.A))),
        round(_missing(lead.interest_now, (bands.interest.second, bands.interest.first)), 1),
    )


def _near(in_force: Governing, at: datetime, slots: list[EngagementSlot] | None) -> QuerySet[Lead]:
    near = (_is_near(version, at, _interest_now(version, slots, at)) for version in in_force.versions)
    found = sql(NEAR, joined_others(in_force, slots, "s.lead_id"), MAY_QUALIFY, joined("OR", near, "FALSE"))
    return (
        may_be_handed_over()
        .filter(id__in=RawSQL(found.text, found.params))  # noqa: S611 - compiled terms with bound values
        .order_by(F("score__interest").desc(), "-id")
    )


def _is_near(version: AgreementVersion, at: datetime, interest: Sql) -> Sql:
    fit, stored = Sql("s.fit"), Sql("s.interest")
    standings = ((_raised(fit), _raised(stored)), (_raised(fit), _raised(interest)), (fit, interest))
    rules = (compile_mql(version.document, LEAD_FIELDS, points, heat, Sql("FALSE"), at) for points, heat in standings)
    return sql(IS_NEAR, version.pk, *rules)


def _interest_now(version: AgreementVersion, slots: list[EngagementSlot] | None, at: datetime) -> Sql:
    """Interest at ``at`` over leads_leadengagement g; that of the last scoring while the slots are being rebuilt."""
    if slots is None:
        return Sql("s.interest")
    places = {slot.key: slot.place for slot in slots}
    epochs = {slot.key: slot.epoch for slot in slots}
    return compile_interest(version.document, places, at, sums="g.sums", epochs=epochs, others="h.others")


def _raised(points: Sql) -> Sql:
    return sql("({} / {}::float8)", points, NEAR_SHARE)


def _missing(points: float, goals: tuple[float, float]) -> float:
    return next((goal - points for goal in goals if points < goal <= points / NEAR_SHARE), 0)
