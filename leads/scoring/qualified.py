"""Leads that qualify by their scores and are not handed over yet: those of the past, handed over only when asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from agreements.compile import Sql, compile_mql, sql
from agreements.models import AgreementVersion
from agreements.terms import lifecycle
from leads.field_map import LEAD_FIELDS
from leads.models import Handoff, Lead, Stage

MAY_QUALIFY = [stage for stage in Stage.values if lifecycle.may_move(stage, Stage.MQL)]

QUALIFYING = """
SELECT l.id FROM leads_lead l JOIN leads_leadscore s ON s.lead_id = l.id
WHERE s.version_id = {} AND l.stage = ANY({}) AND {}
    AND NOT EXISTS (
        SELECT FROM leads_return r WHERE r.lead_id = l.id
        HAVING max(r.at) > {} OR count(*) >= {}
    )
"""


def may_be_handed_over() -> QuerySet[Lead]:
    """Leads in a stage from which they may become an MQL, without an open handoff."""
    is_open = Handoff.objects.filter(lead=OuterRef("pk"), closed_at=None)
    return Lead.objects.filter(~Exists(is_open), stage__in=MAY_QUALIFY)


def qualified_leads(version: AgreementVersion, at: datetime) -> QuerySet[Lead]:
    """Leads that this version's scores qualify at ``at`` and that may be handed over, the hottest first.

    Left out, as a handoff would be: those that cool down after a return, and those returned too often.
    """
    terms = version.document
    bands = terms.qualification.bands.interest
    # Enough interest for the band that the lead is in now.
    interest = sql(
        "(CASE WHEN s.band_1_until > {} THEN {} WHEN s.band_2_until > {} THEN {} ELSE 0 END)",
        at, bands.first, at, bands.second,
    )  # fmt: skip
    cool_since = at - timedelta(days=terms.returns.cool_down_calendar_days)
    found = sql(
        QUALIFYING,
        version.pk,
        MAY_QUALIFY,
        compile_mql(terms, LEAD_FIELDS, Sql("s.fit"), interest, Sql("FALSE"), at),
        cool_since,
        max(1, terms.returns.max_returns),
    )
    return (
        may_be_handed_over()
        .filter(id__in=RawSQL(found.text, found.params))  # noqa: S611 - compiled terms with bound values
        .order_by(F("score__band_2_until").desc(nulls_last=True), "id")
    )
