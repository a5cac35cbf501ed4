"""Opens a pass: once per lead, to the next rep at work, with a frozen packet and the promises of the terms."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from agreements.models import AgreementVersion
from agreements.terms import lifecycle
from agreements.terms.document import Terms
from leads.commitments import close_choices, open_first_commitments
from leads.handoff.packet import frozen_packet
from leads.models import Handoff, Lead, LeadEvent, Return, Stage
from leads.notices import tell_of_frequent_return, tell_of_handoff, tell_of_past_handoff
from leads.nurture import end_enrollment
from leads.routing import next_rep, take_turn
from leads.scoring import Governing, Score, current_score, governing
from leads.stages import move_stage
from slaportal.accounts.models import Role, User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused

# The terms' word for each way a handoff is opened.
TRIGGERS = {"score": "mql", "hand_raise": "hand_raise", "manual": "manual"}
GIVERS = {Role.MARKETER, Role.MARKETING_MANAGER, Role.SALES_MANAGER}
MANAGERS = {Role.MARKETING_MANAGER, Role.SALES_MANAGER}


def hand_off(
    *,
    lead: Lead,
    trigger: str,
    by: User | None = None,
    at: datetime | None = None,
    event: LeadEvent | None = None,
    version: AgreementVersion | None = None,
    score: Score | None = None,
) -> Handoff | None:
    """Open a pass of the lead to Sales; None where one is open already.

    ``trigger`` is "score", "hand_raise" or "manual". What the terms forbid now (no terms in force, a trigger that is
    not agreed, the cool-down after a return, too many returns, a stage with no way back) is refused to a person and
    is None to a program. ``version`` defaults to the one that governs the lead, ``score`` to the current one.
    """
    at = at or timezone.now()
    if by is not None and by.role not in GIVERS:
        raise Refused("not_marketing")
    with transaction.atomic():
        handoff = _open(lead, trigger, by, at, event, version or governing(), score)
        if handoff is not None:
            tell_of_handoff(handoff)
    return handoff


def hand_off_many(*, leads: Iterable[Lead], by: User | None, at: datetime | None = None) -> list[Handoff]:
    """Hand over leads from the past, each under the version that governs it, spread evenly over the reps at work.

    Those that may not be are passed over. Each lead is its own short transaction: run again after a crash, it goes on
    with the rest. A rep hears of all their new leads in one message.
    """
    at = at or timezone.now()
    if by is not None and by.role not in GIVERS | {Role.ADMIN}:
        raise Refused("not_marketing")
    in_force = governing()
    opened: list[Handoff] = []
    for lead in leads:
        with transaction.atomic():
            handoff = _open(lead, "score", None, at, None, in_force, None)
            if handoff is not None:
                tell_of_past_handoff(handoff)
                opened.append(handoff)
    return opened


def _open(
    lead: Lead,
    trigger: str,
    by: User | None,
    at: datetime,
    event: LeadEvent | None,
    by_terms: AgreementVersion | Governing,
    score: Score | None,
) -> Handoff | None:
    if Handoff.objects.filter(lead_id=lead.pk, closed_at=None).exists():
        return None
    take_turn()
    held = Lead.objects.select_for_update(no_key=True).filter(pk=lead.pk).first()
    if held is None:
        # Merged this very moment: the lead that took it in answers for itself.
        if by is None:
            return None
        raise Refused("merge_gone")
    version = by_terms.of(held) if isinstance(by_terms, Governing) else by_terms
    refused = _refusal(held, trigger, by, at, version)
    if refused is not None or version is None:
        if by is None or refused is None:
            return None
        raise refused
    handoff = _created(held, trigger, at, event, version, score)
    if handoff is None:
        return None
    _settle(handoff, by)
    lead.stage, lead.stage_at, lead.owner = held.stage, held.stage_at, held.owner
    return handoff


def _created(
    lead: Lead, trigger: str, at: datetime, event: LeadEvent | None, version: AgreementVersion, score: Score | None
) -> Handoff | None:
    """The row itself; None where another transaction has opened one: the database allows one per lead."""
    terms = version.document
    clause = _clause_of(terms, trigger) or ""
    packet = frozen_packet(
        lead,
        terms=terms,
        stage=Stage.MQL,
        trigger=trigger,
        clause=clause,
        score=score or current_score(lead, at, hand_raise=trigger == "hand_raise", version=version),
        at=at,
    )
    last = Handoff.objects.filter(lead=lead).aggregate(number=Max("number"))["number"] or 0
    try:
        with transaction.atomic():
            return Handoff.objects.create(
                lead=lead,
                number=last + 1,
                version=version,
                trigger=trigger,
                event=event,
                packet=packet,
                rep=next_rep(at, terms.calendar.timezone),
                opened_at=at,
            )
    except IntegrityError:
        return None


def _settle(handoff: Handoff, by: User | None) -> None:
    """All that follows from an open handoff, in its transaction."""
    lead, at = handoff.lead, handoff.opened_at
    move_stage(lead=lead, to=Stage.MQL, why=handoff.trigger, by=by, at=at, handoff=handoff, version=handoff.version)
    lead.owner = handoff.rep
    Lead.objects.filter(pk=lead.pk).update(owner=handoff.rep)
    open_first_commitments(handoff)
    end_enrollment(lead, "qualified", at)
    close_choices(lead, at)
    record(
        "lead.handed_off",
        by=by,
        on=f"lead:{lead.public_id}",
        at=at,
        handoff=handoff.public_id,
        trigger=handoff.trigger,
        rep=handoff.rep.public_id if handoff.rep else None,
        version=str(handoff.version),
    )


def _refusal(
    lead: Lead, trigger: str, by: User | None, at: datetime, version: AgreementVersion | None
) -> Refused | None:
    """Why this lead is not handed over now, if so."""
    if version is None:
        return Refused("no_active_terms")
    if _clause_of(version.document, trigger) is None:
        return Refused("trigger_not_agreed", trigger=trigger)
    if lead.stage != Stage.MQL and not lifecycle.may_move(lead.stage, Stage.MQL):
        return Refused("stage_move", old=lead.stage, new=Stage.MQL.value)
    return _refusal_after_returns(lead, trigger, by, at, version)


def _refusal_after_returns(
    lead: Lead, trigger: str, by: User | None, at: datetime, version: AgreementVersion
) -> Refused | None:
    terms = version.document
    returns = Return.objects.filter(lead=lead).select_related("handoff__version").defer("handoff__packet")
    returned = returns.order_by("-at").first()
    if returned is None:
        return None
    n_returns = Return.objects.filter(lead=lead).count()
    is_review = by is not None and by.role in MANAGERS
    if n_returns >= terms.returns.max_returns and not is_review:
        tell_of_frequent_return(lead, n_returns, at)
        return Refused("returned_too_often", returns=n_returns)
    until = returned.at + timedelta(days=terms.returns.cool_down_calendar_days)
    if at < until and trigger != "hand_raise" and _rests(version, returned):
        zone = ZoneInfo(terms.calendar.timezone)
        days = {"returned": returned.at.astimezone(zone).date(), "until": until.astimezone(zone).date()}
        return Refused("cooling_down", **days)
    return None


def _rests(version: AgreementVersion, returned: Return) -> bool:
    """Whether a lead returned for this reason rests; a reason that the terms no longer know does.

    Reasons are an agreement's own: one of another agreement is read in the version that it was given under.
    """
    given_under = returned.handoff.version
    terms = (version if given_under.agreement_id == version.agreement_id else given_under).document
    return next((one.cool_down for one in terms.returns.reasons if one.id == returned.reason), True)


def _clause_of(terms: Terms, trigger: str) -> str | None:
    kind = TRIGGERS.get(trigger)
    return next((clause.id for clause in terms.handoff.triggers if clause.kind == kind), None)
