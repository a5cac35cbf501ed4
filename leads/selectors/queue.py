"""What Sales owes now: one step per lead, by deadline, and when the next one opens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.db.models import F, Q, QuerySet

from agreements.models import AgreementVersion
from agreements.terms.lifecycle import CommitmentState, commitment_state
from leads.attempts import plan_of
from leads.commitments import OWED, Kind
from leads.models import Commitment, Handoff, HandoffState, Lead
from leads.routing import SELLERS, is_rep
from slaportal.accounts.models import User

BANDS: tuple[CommitmentState, ...] = ("breached", "overdue", "due_soon", "on_time")
# More promises than one person or team can look through on a page; the Leads list finds the rest.
MOST = 1000
SHOWN_PER_BAND = 20

Versions = Mapping[int, AgreementVersion]

LEAD_COLUMNS = ("public_id", "name", "email", "company", "title", "phone", "country", "external_id", "stage")
HANDOFF_COLUMNS = ("public_id", "number", "trigger", "state", "opened_at", "n_attempts", "n_calls", "lead", "rep")


@dataclass(frozen=True)
class Step:
    """The next thing owed on a lead: its promise with the state now, and what else is owed on the same handoff."""

    promise: Commitment
    state: CommitmentState
    version: AgreementVersion
    others: tuple[Commitment, ...] = ()

    @property
    def lead(self) -> Lead:
        return cast("Lead", self.promise.lead)

    @property
    def handoff(self) -> Handoff:
        return cast("Handoff", self.promise.handoff)

    @property
    def attempt(self) -> PlannedAttempt | None:
        """The place of a follow-up in the cadence."""
        return planned_attempt(self.version, self.promise)

    @property
    def channel(self) -> str:
        """The channel of the next attempt by the cadence; "" where it is not known from what is owed."""
        if self.attempt is not None:
            return self.attempt.channel
        steps = self.version.document.cadence.steps
        return steps[0].channel if steps and not self.handoff.n_attempts else ""

    @property
    def has_rep(self) -> bool:
        """Whether somebody has the lead who still takes leads."""
        return self.handoff.rep is not None and is_rep(self.handoff.rep)

    @property
    def may_accept(self) -> bool:
        return self.handoff.state == HandoffState.OPEN

    @property
    def score(self) -> dict[str, Any] | None:
        """Fit, interest and band at the handoff, from the frozen packet."""
        score = getattr(self.promise, "packet_score", None)
        return score if isinstance(score, dict) else None

    @property
    def n_missing(self) -> int:
        """How many fields of the packet were blank."""
        missing = getattr(self.promise, "packet_missing", None)
        return len(missing) if isinstance(missing, list) else 0


@dataclass(frozen=True)
class PlannedAttempt:
    """Attempt ``number`` of ``total`` in the cadence, and its channel."""

    number: int
    total: int
    channel: str


@dataclass(frozen=True)
class Band:
    """All steps in one state; ``shown`` is what the page lists of them."""

    state: CommitmentState
    steps: list[Step]
    shown: list[Step]

    @property
    def n_hidden(self) -> int:
        return len(self.steps) - len(self.shown)


@dataclass(frozen=True)
class Queue:
    """What is owed now, and when the next step opens that is not owed yet."""

    steps: list[Step] = field(default_factory=list)
    next_opens_at: datetime | None = None
    n_planned: int = 0
    is_cut: bool = False

    def bands(self, whole: str = "") -> list[Band]:
        """The steps by state, the worst first; of each band so many as a page shows, of the ``whole`` one all."""
        found = []
        for state in BANDS:
            steps = [step for step in self.steps if step.state == state]
            if steps:
                found.append(Band(state, steps, steps if state == whole else steps[:SHOWN_PER_BAND]))
        return found

    @property
    def first(self) -> Step | None:
        return self.steps[0] if self.steps else None

    @property
    def n_missed(self) -> int:
        return sum(step.state == "breached" for step in self.steps)

    @property
    def next_kept(self) -> Step | None:
        """The next promise that can still be kept."""
        return next((step for step in self.steps if step.state != "breached"), None)


def queue_of(user: User, at: datetime, known: Versions | None = None) -> Queue:
    """What this person owes. One query, and one more where versions beside the ``known`` ones govern."""
    return _queue(Commitment.objects.filter(owner=user), at, known)


def queue_of_team(manager: User, at: datetime, known: Versions | None = None) -> Queue:
    """What the reps of a sales manager's team owe, with the leads that no rep has. Queries as above."""
    nobodys = Q(owner=None) | Q(owner__is_active=False) | ~Q(owner__role__in=SELLERS)
    ours = nobodys | Q(owner__team=manager.team_id) if manager.team_id else Q()
    return _queue(Commitment.objects.filter(ours, party="sales"), at, known)


def queue_on(handoff: Handoff, at: datetime) -> Queue:
    """What is owed on one handoff: at most one step."""
    return _queue(Commitment.objects.filter(handoff=handoff), at)


def state_of(promise: Commitment, at: datetime) -> CommitmentState:
    """The state of a promise as people see it at ``at``."""
    return commitment_state(
        at,
        opened_at=promise.opened_at,
        due_at=promise.due_at,
        target_at=promise.target_at,
        warn_at=promise.warn_at,
        met_at=promise.met_at,
        breached_at=promise.breached_at,
        excused=promise.excused_at is not None,
        closed_at=promise.closed_at,
    )


def most_urgent(promises: Iterable[Commitment], at: datetime) -> Commitment | None:
    """Of what is owed on one handoff: the promise whose turn it is; None while all that is open lies ahead.

    The decision is owed all the while; it is the next step only when its warning came, or nothing else is planned.
    """
    rows = sorted(promises, key=lambda row: (row.due_at, row.pk))
    opened = [row for row in rows if row.opened_at <= at]
    steps = [row for row in opened if _presses(row, at)]
    if steps:
        return steps[0]
    return opened[0] if len(rows) == len(opened) and opened else None


def _presses(promise: Commitment, at: datetime) -> bool:
    """Whether it is open, and no decision that still has time."""
    is_near = promise.kind != Kind.DECISION or (promise.warn_at or promise.due_at) <= at
    return promise.opened_at <= at and is_near


def planned_attempt(version: AgreementVersion, promise: Commitment) -> PlannedAttempt | None:
    """Which attempt of the cadence a promise is about; None for other promises."""
    plan = plan_of(version.document)
    for number, step in enumerate(plan, start=1):
        if promise.step and step.id == promise.step:
            return PlannedAttempt(number, len(plan), step.channel)
    return None


def versions_of(ids: Iterable[int]) -> dict[int, AgreementVersion]:
    """The versions with their agreements, by id: one query however many rows name them."""
    return AgreementVersion.objects.select_related("agreement").in_bulk(set(ids))


def _queue(promises: QuerySet[Commitment], at: datetime, known: Versions | None = None) -> Queue:
    rows = list(_owed(promises))
    unknown = {row.version_id for row in rows} - (known or {}).keys()
    versions = {**(known or {}), **(versions_of(unknown) if unknown else {})}
    by_handoff: dict[int, list[Commitment]] = defaultdict(list)
    for row in rows:
        by_handoff[row.handoff_id or 0].append(row)
    steps, opens = [], []
    for owed in by_handoff.values():
        turn = most_urgent(owed, at)
        if turn is None:
            opens.append(min(row.opened_at for row in owed if row.opened_at > at))
            continue
        others = tuple(row for row in owed if row is not turn and _presses(row, at))
        steps.append(Step(turn, state_of(turn, at), versions[turn.version_id], others))
    steps.sort(key=lambda step: (BANDS.index(step.state), step.promise.due_at, step.promise.pk))
    return Queue(steps, min(opens, default=None), len(opens), len(rows) >= MOST)


def _owed(promises: QuerySet[Commitment]) -> QuerySet[Commitment]:
    columns = [f"lead__{name}" for name in LEAD_COLUMNS] + [f"handoff__{name}" for name in HANDOFF_COLUMNS]
    columns += [f"handoff__rep__{name}" for name in ("name", "team", "role", "is_active")]
    own = [column.attname for column in Commitment._meta.concrete_fields]
    return (
        promises.filter(OWED, handoff__isnull=False, handoff__closed_at=None)
        .select_related("lead", "handoff__rep", "handoff__event")
        # The packet itself is large; the queue needs two things of it.
        .annotate(packet_score=F("handoff__packet__score"), packet_missing=F("handoff__packet__missing"))
        .only(*own, *columns, "handoff__event__type")
        .order_by("due_at", "pk")[:MOST]
    )
