"""The stages of a lead with the allowed moves between them, and the state of a commitment as derived from its times."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Literal


class Stage(StrEnum):
    """How far a lead has come; "nurture" (returned to Marketing) and "disqualified" lie beside the path."""

    VISITOR = "visitor"  # only counted, month by month: no lead ever holds it
    CONTACT = "contact"
    LEAD = "lead"
    MQL = "mql"
    SAL = "sal"
    SQL = "sql"
    OPPORTUNITY = "opportunity"
    CUSTOMER = "customer"
    NURTURE = "nurture"
    DISQUALIFIED = "disqualified"


CommitmentState = Literal["on_time", "due_soon", "overdue", "breached", "met", "excused", "returned", "paused"]

# The path in its order, visitors included.
PATH = (
    Stage.VISITOR,
    Stage.CONTACT,
    Stage.LEAD,
    Stage.MQL,
    Stage.SAL,
    Stage.SQL,
    Stage.OPPORTUNITY,
    Stage.CUSTOMER,
)

# Won, returned, lost: the ways out that a rep has once a lead is accepted.
_OUTCOMES = frozenset({Stage.CUSTOMER, Stage.NURTURE, Stage.DISQUALIFIED})

# While Marketing holds a lead, it may buy without Sales (a shop, an import); while Sales holds it, the rep who accepted
# it wins it. A lead in nurture may qualify again, in a new pass; a disqualified one only after it was reopened.
ALLOWED: Mapping[Stage, frozenset[Stage]] = MappingProxyType(
    {
        Stage.VISITOR: frozenset(),
        Stage.CONTACT: frozenset({Stage.LEAD, Stage.MQL, Stage.CUSTOMER, Stage.DISQUALIFIED}),
        Stage.LEAD: frozenset({Stage.MQL, Stage.CUSTOMER, Stage.NURTURE, Stage.DISQUALIFIED}),
        Stage.MQL: frozenset({Stage.LEAD, Stage.SAL, Stage.NURTURE, Stage.DISQUALIFIED}),
        Stage.SAL: frozenset({Stage.SQL}) | _OUTCOMES,
        Stage.SQL: frozenset({Stage.OPPORTUNITY}) | _OUTCOMES,
        Stage.OPPORTUNITY: _OUTCOMES,
        Stage.CUSTOMER: frozenset(),
        Stage.NURTURE: frozenset({Stage.LEAD, Stage.MQL, Stage.CUSTOMER, Stage.DISQUALIFIED}),
        Stage.DISQUALIFIED: frozenset({Stage.LEAD}),
    }
)


def may_move(old: str, new: str) -> bool:
    """Say whether a lead may go from one stage to another; staying is no move, and an unknown stage has none."""
    return any(old == here and new in onward for here, onward in ALLOWED.items())


def reached(*stages: str) -> tuple[Stage, ...]:
    """Return the stages, from contact on, that a lead with this history of stages counts as having passed.

    The furthest stage counts, with all before it, skipped or not, so that a funnel never widens. Nurture and
    disqualified alone prove only that there was a contact: give them with the stages before. Raises ValueError for an
    unknown stage.
    """
    furthest = max((_place(Stage(stage)) for stage in stages), default=0)
    return PATH[1 : furthest + 1]


def commitment_state(
    now: datetime,
    *,
    opened_at: datetime,
    due_at: datetime,
    target_at: datetime | None = None,
    warn_at: datetime | None = None,
    met_at: datetime | None = None,
    breached_at: datetime | None = None,
    excused: bool = False,
    closed_at: datetime | None = None,
    paused_at: datetime | None = None,
) -> CommitmentState:
    """Derive the state that people see; all times are aware.

    An excuse counts before all else. A breach is permanent, whether or not a sweep has flagged it: it begins after
    `due_at`, and what is done at the very due time is kept. `closed_at` ends a promise that is no longer owed (the lead
    was returned); `paused_at` is the start of a pause that still runs, which stops the clock at that instant.
    """
    if excused:
        return "excused"
    stopped_at = min(filter(None, (now, met_at, closed_at, paused_at)))
    if breached_at is not None or stopped_at > due_at:
        return "breached"
    if met_at is not None:
        return "met"
    if closed_at is not None:
        return "returned"
    if paused_at is not None:
        return "paused"
    return _running_state(now, opened_at, warn_at, target_at)


def _running_state(
    now: datetime, opened_at: datetime, warn_at: datetime | None, target_at: datetime | None
) -> CommitmentState:
    if now < opened_at:  # a planned step: nothing is owed yet
        return "on_time"
    if target_at is not None and now > target_at:
        return "overdue"
    if warn_at is not None and now >= warn_at:
        return "due_soon"
    return "on_time"


def _place(stage: Stage) -> int:
    return PATH.index(stage) if stage in PATH else PATH.index(Stage.CONTACT)
