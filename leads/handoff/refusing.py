"""Refuses to hand a lead over now: what the terms do not agree on, where it stands, and after its returns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agreements.models import AgreementVersion
from agreements.terms import lifecycle
from agreements.terms.document import Terms
from leads.models import Lead, Return, Stage
from leads.notices import tell_of_frequent_return
from slaportal.accounts.models import Role, User
from slaportal.web.refusals import Refused

# The terms' word for each way a handoff is opened.
TRIGGERS = {"score": "mql", "hand_raise": "hand_raise", "manual": "manual"}
MANAGERS = {Role.MARKETING_MANAGER, Role.SALES_MANAGER}


def guard_lead(
    lead: Lead,
    trigger: str,
    by: User | None,
    at: datetime,
    version: AgreementVersion | None,
    returns: Sequence[Return],
) -> AgreementVersion:
    """The version under which the lead may go to Sales now; ``returns``: its own, as ``returns_of`` gives them.

    Refused: no_active_terms, trigger_not_agreed, stage_move, returned_too_often, cooling_down.
    """
    if version is None:
        raise Refused("no_active_terms")
    if clause_of(version.document, trigger) is None:
        raise Refused("trigger_not_agreed", trigger=trigger)
    if lead.stage != Stage.MQL and not lifecycle.may_move(lead.stage, Stage.MQL):
        raise Refused("stage_move", old=lead.stage, new=Stage.MQL.value)
    if returns:
        _guard_returns(lead, trigger, by, at, version, returns)
    return version


def returns_of(lead_ids: Collection[int]) -> dict[int, list[Return]]:
    """The returns of each of these leads, the latest first. One query."""
    by_lead: dict[int, list[Return]] = defaultdict(list)
    found = Return.objects.filter(lead__in=lead_ids).select_related("handoff__version").defer("handoff__packet")
    for returned in found.order_by("-at"):
        by_lead[returned.lead_id].append(returned)
    return by_lead


def clause_of(terms: Terms, trigger: str) -> str | None:
    """The id of the clause that agrees on this trigger."""
    kind = TRIGGERS.get(trigger)
    return next((clause.id for clause in terms.handoff.triggers if clause.kind == kind), None)


def _guard_returns(
    lead: Lead, trigger: str, by: User | None, at: datetime, version: AgreementVersion, returns: Sequence[Return]
) -> None:
    terms, returned = version.document, returns[0]
    is_review = by is not None and by.role in MANAGERS
    if len(returns) >= terms.returns.max_returns and not is_review:
        tell_of_frequent_return(lead, len(returns), at)
        raise Refused("returned_too_often", returns=len(returns))
    until = returned.at + timedelta(days=terms.returns.cool_down_calendar_days)
    if at < until and trigger != "hand_raise" and _rests(version, returned):
        zone = ZoneInfo(terms.calendar.timezone)
        days = {"returned": returned.at.astimezone(zone).date(), "until": until.astimezone(zone).date()}
        raise Refused("cooling_down", **days)


def _rests(version: AgreementVersion, returned: Return) -> bool:
    """Whether a lead returned for this reason rests; a reason that the terms no longer know does.

    Reasons are an agreement's own: one of another agreement is read in the version that it was given under.
    """
    given_under = returned.handoff.version
    terms = (version if given_under.agreement_id == version.agreement_id else given_under).document
    return next((one.cool_down for one in terms.returns.reasons if one.id == returned.reason), True)
