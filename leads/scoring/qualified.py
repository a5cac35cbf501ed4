"""Leads that qualify by their scores and are not handed over yet: those of the past, handed over only when asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from agreements.compile import Sql, compile_mql, joined, sql
from agreements.models import AgreementVersion
from agreements.terms import lifecycle
from leads.field_map import LEAD_FIELDS
from leads.models import Handoff, Lead, Stage
from leads.scoring.governing import Governing

MAY_QUALIFY = [stage for stage in Stage.values if lifecycle.may_move(stage, Stage.MQL)]

QUALIFYING = """
SELECT l.id FROM leads_lead l JOIN leads_leadscore s ON s.lead_id = l.id WHERE l.stage = ANY({}) AND {}
"""
# Under one version.
QUALIFIES = """
(s.version_id = {} AND {} AND NOT EXISTS (
    SELECT FROM leads_return r WHERE r.lead_id = l.id
    HAVING max(r.at) > {} OR count(*) >= {}
))
"""


def may_be_handed_over() -> QuerySet[Lead]:
    """Leads in a stage from which they may become an MQL, without an open handoff."""
    is_open = Handoff.objects.filter(lead=OuterRef("pk"), closed_at=None)
    return Lead.objects.filter(~Exists(is_open), stage__in=MAY_QUALIFY)


def qualified_leads(in_force: Governing, at: datetime, only: AgreementVersion | None = None) -> QuerySet[Lead]:
    """Leads that their scores qualify at ``at`` and that may be handed over, the hottest first; ``only``: by this one.

    Each by the version that governs it: a lead that still has its score by another one waits for its new score.

    Left out, as a handoff would be: those that cool down after a return, and those returned too often.
    """
    versions = [version for version in in_force.versions if only in (None, version)]
    by_one = (sql("({} AND {})", in_force.governed_by(version), _qualifies(version, at)) for version in versions)
    found = sql(QUALIFYING, MAY_QUALIFY, joined("OR", by_one, "FALSE"))
    return (
        may_be_handed_over()
        .filter(id__in=RawSQL(found.text, found.params))  # noqa: S611 - compiled terms with bound values
        .order_by(F("score__band_2_until").desc(nulls_last=True), "id")
    )


def _qualifies(version: AgreementVersion, at: datetime) -> Sql:
    terms = version.document
    bands = terms.qualification.bands.interest
    # Enough interest for the band that the lead is in now.
    interest = sql(
        "(CASE WHEN s.band_1_until > {} THEN {} WHEN s.band_2_until > {} THEN {} ELSE 0 END)",
        at, bands.first, at, bands.second,
    )  # fmt: skip
    return sql(
        QUALIFIES,
        version.pk,
        compile_mql(terms, LEAD_FIELDS, Sql("s.fit"), interest, Sql("FALSE"), at),
        at - timedelta(days=terms.returns.cool_down_calendar_days),
        max(1, terms.returns.max_returns),
    )
