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
from leads.scoring.fragments import filled
from leads.scoring.governing import Governing

MAY_QUALIFY = [stage for stage in Stage.values if lifecycle.may_move(stage, Stage.MQL)]

QUALIFYING = """
SELECT l.id FROM leads_lead l JOIN leads_leadscore s ON s.lead_id = l.id WHERE l.stage = ANY({}) AND {}
"""
# The first so many. Those that are hot at the moment stand in an index in this order; the others are read only where
# these are too few.
HOTTEST = "SELECT id FROM (({}) UNION ALL ({})) found LIMIT {}"
WAITING = """
SELECT l.id FROM leads_leadscore s JOIN leads_lead l ON l.id = s.lead_id
WHERE {} AND l.stage = ANY({}) AND {}
    AND NOT EXISTS (SELECT FROM leads_handoff h WHERE h.lead_id = l.id AND h.closed_at IS NULL)
ORDER BY s.band_2_until DESC {}, l.id LIMIT {}
"""
# Under one version. Which reasons let a lead rest is agreed in the version that it was given under, if that is another
# agreement's.
QUALIFIES = """
(s.version_id = {version} AND {mql} AND NOT EXISTS (
    SELECT FROM leads_return r WHERE r.lead_id = l.id HAVING count(*) >= {max_returns}
) AND NOT EXISTS (
    SELECT FROM (SELECT * FROM leads_return WHERE lead_id = l.id ORDER BY at DESC LIMIT 1) r
    JOIN leads_handoff h ON h.id = r.handoff_id
    JOIN agreements_agreementversion v ON v.id = h.version_id
    WHERE r.at > {cool_since} AND CASE WHEN v.agreement_id = {agreement} THEN r.reason <> ALL({free}::text[])
        ELSE NOT v.terms @> jsonb_build_object('returns', jsonb_build_object('reasons', jsonb_build_array(
            jsonb_build_object('id', r.reason, 'cool_down', FALSE)))) END
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
    found = sql(QUALIFYING, MAY_QUALIFY, _qualifies(in_force, at, only))
    return _hottest_first(may_be_handed_over(), found)


def hottest_qualified(
    in_force: Governing, at: datetime, limit: int, only: AgreementVersion | None = None
) -> QuerySet[Lead]:
    """The first ``limit`` of the same leads, at a cost that does not grow with how many there are."""
    qualifies = _qualifies(in_force, at, only)
    # In a SELECT of its own the condition has no estimate: the planner takes it to hold for hardly any lead, and would
    # read and sort all that are hot.
    apart = sql("(SELECT {})", qualifies)
    hot = sql(WAITING, sql("s.band_2_until > {}", at), MAY_QUALIFY, apart, Sql(""), limit)
    other = sql("(s.band_2_until > {}) IS NOT TRUE", at)
    rest = sql(WAITING, other, MAY_QUALIFY, qualifies, Sql("NULLS LAST"), limit)
    return _hottest_first(Lead.objects.all(), sql(HOTTEST, hot, rest, limit))


def _hottest_first(leads: QuerySet[Lead], ids: Sql) -> QuerySet[Lead]:
    chosen = leads.filter(id__in=RawSQL(ids.text, ids.params))  # noqa: S611 - compiled terms with bound values
    return chosen.order_by(F("score__band_2_until").desc(nulls_last=True), "id")


def _qualifies(in_force: Governing, at: datetime, only: AgreementVersion | None) -> Sql:
    """Over leads_lead l and leads_leadscore s."""
    versions = [version for version in in_force.versions if only in (None, version)]
    by_one = (sql("({} AND {})", in_force.governed_by(version), _qualifies_by(version, at)) for version in versions)
    return joined("OR", by_one, "FALSE")


def _qualifies_by(version: AgreementVersion, at: datetime) -> Sql:
    terms = version.document
    bands = terms.qualification.bands.interest
    # Enough interest for the band that the lead is in now.
    interest = sql(
        "(CASE WHEN s.band_1_until > {} THEN {} WHEN s.band_2_until > {} THEN {} ELSE 0 END)",
        at, bands.first, at, bands.second,
    )  # fmt: skip
    return filled(
        QUALIFIES,
        version=sql("{}", version.pk),
        mql=compile_mql(terms, LEAD_FIELDS, Sql("s.fit"), interest, Sql("FALSE"), at),
        max_returns=sql("{}", max(1, terms.returns.max_returns)),
        cool_since=sql("{}", at - timedelta(days=terms.returns.cool_down_calendar_days)),
        agreement=sql("{}", version.agreement_id),
        free=sql("{}", [reason.id for reason in terms.returns.reasons if not reason.cool_down]),
    )
