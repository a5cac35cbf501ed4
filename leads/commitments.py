"""Promises of both teams: opened with their times by the terms' clauses, then met, broken or no longer owed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import models
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

from agreements.models import AgreementVersion
from agreements.terms import lifecycle
from agreements.terms.calendar import WorkCalendar
from agreements.terms.document import Commitment as Clause
from leads.escalation import escalate
from leads.models import Commitment, Handoff, Lead, Return
from leads.working_time import calendar_for
from slaportal.accounts.models import User

# Neither kept nor broken nor let off: what a team still owes in time.
OPEN = Q(met_at=None, breached_at=None, excused_at=None, closed_at=None)
# The same with the broken ones: they are owed until they are done.
OWED = Q(met_at=None, excused_at=None, closed_at=None)


class Kind(models.TextChoices):
    """What was promised; ``clause`` tells which clause, and so which first response it is."""

    FIRST_RESPONSE = "first_response", _("First response")
    ACCEPTANCE = "acceptance", _("Acceptance")
    DECISION = "decision", _("Decision")
    FOLLOW_UP = "follow_up", _("Follow-up")
    CHOOSE_PATH = "choose_path", _("Choice of a path")
    MQL_VOLUME = "mql_volume", _("Qualified leads of the month")


class Times(NamedTuple):
    """When a promise is due soon, overdue (None: never before it is broken) and due."""

    warn_at: datetime
    target_at: datetime | None
    due_at: datetime


def times_of(clause: Clause, calendar: WorkCalendar, opened_at: datetime, due_at: datetime | None = None) -> Times:
    """The clause's times from this opening, all in working time; ``due_at`` for what has its own (cadence, month)."""
    if due_at is None:
        due_at = _due(clause, calendar, opened_at)
    share = round(calendar.between(opened_at, due_at) * clause.warn_share)
    target = clause.target_working_minutes
    return Times(
        warn_at=min(calendar.add(opened_at, share), due_at),
        target_at=min(calendar.add(opened_at, target * 60), due_at) if target is not None else None,
        due_at=due_at,
    )


def _due(clause: Clause, calendar: WorkCalendar, opened_at: datetime) -> datetime:
    if clause.working_days is not None:
        return calendar.add_working_days(opened_at, clause.working_days)
    if clause.working_minutes is not None:
        return calendar.add(opened_at, clause.working_minutes * 60)
    raise ValueError(f"The clause {clause.id} gives no time.")


def open_commitment(
    *,
    handoff: Handoff,
    clause: Clause | None,
    kind: Kind,
    at: datetime,
    due_at: datetime | None = None,
    step: str = "",
) -> Commitment | None:
    """Open the promise that this clause makes on a handoff; None without a clause, or where it was opened before.

    The caller holds the handoff. Sales' promises are owned by its rep, Marketing's by nobody in particular.
    """
    if clause is None or Commitment.objects.filter(handoff=handoff, kind=kind, step=step).exists():
        return None
    promise = _promise(handoff, clause, kind, at, due_at, step)
    promise.save()
    return promise


def _promise(
    handoff: Handoff, clause: Clause, kind: Kind, at: datetime, due_at: datetime | None = None, step: str = ""
) -> Commitment:
    owner = handoff.rep if clause.party == "sales" else None
    times = times_of(clause, calendar_for(handoff.version, owner), at, due_at)
    return Commitment(
        party=clause.party,
        owner=owner,
        version=handoff.version,
        clause=clause.id,
        kind=kind,
        step=step,
        lead=handoff.lead,
        handoff=handoff,
        opened_at=at,
        **times._asdict(),
    )


def open_first_commitments(handoffs: Iterable[Handoff]) -> None:
    """What Sales owes from the moment of each new handoff: a first response, an acceptance, a decision."""
    Commitment.objects.bulk_create(
        _promise(handoff, clause, kind, handoff.opened_at)
        for handoff in handoffs
        for kind, clause in _first_clauses(handoff)
        if clause is not None
    )


def _first_clauses(handoff: Handoff) -> list[tuple[Kind, Clause | None]]:
    terms = handoff.version.document
    first = terms.commitment("first_response")
    if handoff.trigger == "hand_raise":
        first = terms.commitment("first_response_hand_raise") or first
    return [
        (Kind.FIRST_RESPONSE, first),
        (Kind.ACCEPTANCE, terms.commitment("acceptance")),
        (Kind.DECISION, terms.commitment("decision")),
    ]


def meet(*, handoff: Handoff, kind: Kind, at: datetime, met_at: datetime | None = None, step: str = "") -> bool:
    """Note that the promise was kept; whether there was one. The caller holds the handoff.

    ``at`` is when it is known, ``met_at`` when it was done (the same unless given). What is known only after the due
    time stays broken, whether or not the sweep has seen it yet: nobody repairs a breach by dating an attempt back.
    What is done before its planned opening opens then: no promise is kept before it was made.
    """
    owed = Commitment.objects.filter(OWED, handoff=handoff, kind=kind, step=step)
    rows = _locked(owed)
    record_breaches(rows, at)
    done_at = met_at or at
    owed.update(met_at=done_at, opened_at=Least("opened_at", Value(done_at)))
    return bool(rows)


def close_owed(handoff: Handoff, at: datetime, *kinds: Kind) -> None:
    """Nothing of this (of these kinds) is owed any more; what is past its due time is broken first."""
    owed = Commitment.objects.filter(OWED, handoff=handoff, **({"kind__in": kinds} if kinds else {}))
    record_breaches(_locked(owed), at)
    owed.update(closed_at=at)


def close_choices(leads: Iterable[Lead], at: datetime) -> None:
    """The leads are with Sales again: Marketing has no path to choose any more."""
    ids = [lead.pk for lead in leads]
    owed = Commitment.objects.filter(OWED, lead__in=ids, kind=Kind.CHOOSE_PATH)
    record_breaches(_locked(owed), at)
    owed.update(closed_at=at)
    Return.objects.filter(lead__in=ids, path_chosen_at=None).update(path_chosen_at=at)


def record_breaches(rows: Iterable[Commitment], at: datetime) -> int:
    """Stamp those past their due time as broken at that time, once, and tell the people concerned.

    The caller holds the rows. A promise is kept up to and including its due time.
    """
    late = [row for row in rows if row.due_at < at and row.breached_at is None]
    marked = Commitment.objects.filter(OPEN, pk__in=[row.pk for row in late]).update(
        breached_at=F("due_at"), noticed_at=at
    )
    for row in late:
        row.breached_at, row.noticed_at = row.due_at, at
    escalate(late, at)
    return marked


def state_of(promise: Commitment, now: datetime) -> str:
    """The state word of a promise as people see it at ``now``, whether or not a sweep has come by."""
    return lifecycle.commitment_state(
        now,
        opened_at=promise.opened_at,
        due_at=promise.due_at,
        target_at=promise.target_at,
        warn_at=promise.warn_at,
        met_at=promise.met_at,
        breached_at=promise.breached_at,
        excused=promise.excused_at is not None,
        closed_at=promise.closed_at,
    )


def pass_to(handoff: Handoff, rep: User | None) -> None:
    """What Sales still owes on this handoff is owed by the new rep."""
    Commitment.objects.filter(OWED, handoff=handoff, party="sales").update(owner=rep)


def has_silent_acceptance(version: AgreementVersion) -> bool:
    """Whether these terms take silence until the due time as acceptance."""
    return version.document.handoff.acceptance.silent_means_accepted


def _locked(owed: QuerySet[Commitment]) -> list[Commitment]:
    return list(
        owed.select_for_update(of=("self",), no_key=True).select_related("owner", "lead", "version").order_by("pk")
    )
