"""Opens passes: once per lead, to the next rep at work, with a frozen packet and the promises of the terms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from agreements.models import AgreementVersion
from leads.commitments import close_choices, open_first_commitments
from leads.handoff.packet import freeze_packets
from leads.handoff.refusing import guard_lead, returns_of
from leads.models import Handoff, Lead, LeadEvent, Return, Stage, StageChange
from leads.notices import tell_of_handoffs, tell_of_past_handoff
from leads.nurture import end_enrollments
from leads.routing import RoundRobin, take_turn
from leads.scoring import Governing, governing
from leads.stages import move_stages
from slaportal.accounts.models import Role, User
from slaportal.audit.services import entry_of, record_all
from slaportal.web.refusals import Refused

GIVERS = {Role.MARKETER, Role.MARKETING_MANAGER, Role.SALES_MANAGER}


class Asked(NamedTuple):
    """A lead that is to go to Sales: why, under which terms, and by which event."""

    lead: Lead
    trigger: str
    terms: AgreementVersion | Governing
    event_id: int | None = None


def hand_off(
    *,
    lead: Lead,
    trigger: str,
    by: User | None = None,
    at: datetime | None = None,
    event: LeadEvent | None = None,
    version: AgreementVersion | None = None,
) -> Handoff | None:
    """Open a pass of the lead to Sales; None where one is open already.

    ``trigger`` is "score", "hand_raise" or "manual". What the terms forbid now (no terms in force, a trigger that is
    not agreed, the cool-down after a return, too many returns, a stage with no way back) is refused to a person and
    is None to a program. ``version`` defaults to the one that governs the lead.
    """
    if by is not None and by.role not in GIVERS:
        raise Refused("not_marketing")
    asked = Asked(lead, trigger, version or governing(), event.pk if event else None)
    opened = hand_off_together([asked], by=by, at=at or timezone.now())
    return opened[0] if opened else None


def hand_off_together(asked: Sequence[Asked], *, by: User | None = None, at: datetime) -> list[Handoff]:
    """Open passes of these leads, each of another one, as ``hand_off`` does one after the other; those opened.

    The number of queries does not depend on how many they are.
    """
    if not asked:
        return []
    with transaction.atomic():
        opened = _open(asked, by, at)
        tell_of_handoffs(opened, at)
    return opened


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
            for handoff in _open([Asked(lead, "score", in_force)], None, at):
                tell_of_past_handoff(handoff)
                opened.append(handoff)
    return opened


def _open(asked: Sequence[Asked], by: User | None, at: datetime) -> list[Handoff]:
    take_turn()
    opened = _allowed(asked, by, at)
    if not opened:
        return []
    freeze_packets(opened, Stage.MQL)
    reps = RoundRobin(at)
    for handoff in opened:
        handoff.rep = reps.next_rep(handoff.version.document.calendar.timezone)
    Handoff.objects.bulk_create(opened)
    _settle(opened, by, at)
    held = {handoff.lead_id: handoff.lead for handoff in opened}
    for one in asked:
        if lead := held.get(one.lead.pk):
            one.lead.stage, one.lead.stage_at, one.lead.owner = lead.stage, lead.stage_at, lead.owner
    return opened


def _allowed(asked: Sequence[Asked], by: User | None, at: datetime) -> list[Handoff]:
    """The passes that may be opened now, not written yet; the leads are held.

    Whoever opens a pass holds its lead: one that another transaction has opened meanwhile is seen here.
    """
    ids = [one.lead.pk for one in asked]
    locked = Lead.objects.select_for_update(of=("self",), no_key=True).select_related("account")
    held = {lead.pk: lead for lead in locked.filter(pk__in=ids).order_by("pk")}
    passes = Handoff.objects.filter(lead__in=ids).order_by("number").values_list("lead_id", "number", "closed_at")
    last = {lead_id: number for lead_id, number, _ in passes}
    is_open = {lead_id for lead_id, _, closed_at in passes if closed_at is None}
    returns = returns_of(last)
    allowed = []
    for one in asked:
        if one.lead.pk in is_open:
            continue
        try:
            handoff = _agreed(one, held.get(one.lead.pk), by, at, returns.get(one.lead.pk, []))
        except Refused:
            if by is not None:
                raise
            continue
        handoff.number = last.get(one.lead.pk, 0) + 1
        allowed.append(handoff)
    return allowed


def _agreed(one: Asked, lead: Lead | None, by: User | None, at: datetime, returns: Sequence[Return]) -> Handoff:
    """The pass of this lead as the terms agree on it."""
    if lead is None:
        # Merged this very moment: the lead that took it in answers for itself.
        raise Refused("merge_gone")
    governs = one.terms.of(lead) if isinstance(one.terms, Governing) else one.terms
    version = guard_lead(lead, one.trigger, by, at, governs, returns)
    return Handoff(lead=lead, version=version, trigger=one.trigger, event_id=one.event_id, opened_at=at)


def _settle(opened: Sequence[Handoff], by: User | None, at: datetime) -> None:
    """All that follows from open handoffs, in their transaction."""
    leads = [handoff.lead for handoff in opened]
    move_stages(
        StageChange(
            lead=handoff.lead,
            handoff=handoff,
            old=handoff.lead.stage,
            new=Stage.MQL,
            why=handoff.trigger,
            version=handoff.version,
            by=by,
            at=at,
        )
        for handoff in opened
    )
    _give_to_reps(opened)
    open_first_commitments(opened)
    end_enrollments(leads, "qualified", at)
    close_choices([handoff.lead for handoff in opened if handoff.number > 1], at)
    record_all(
        entry_of(
            "lead.handed_off",
            by=by,
            on=f"lead:{handoff.lead.public_id}",
            at=at,
            handoff=handoff.public_id,
            trigger=handoff.trigger,
            rep=handoff.rep.public_id if handoff.rep else None,
            version=str(handoff.version),
        )
        for handoff in opened
    )


def _give_to_reps(opened: Sequence[Handoff]) -> None:
    """Whoever has the open pass owns the lead."""
    own = Handoff.objects.filter(lead=OuterRef("pk"), closed_at=None)
    Lead.objects.filter(pk__in=[handoff.lead_id for handoff in opened]).update(owner=Subquery(own.values("rep")[:1]))
    for handoff in opened:
        handoff.lead.owner = handoff.rep
