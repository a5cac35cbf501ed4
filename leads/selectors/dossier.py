"""All that a lead's page shows: its handoff with the promises on it, its way, its nurture path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agreements.models import AgreementVersion
from agreements.terms import lifecycle
from agreements.terms.document import NurtureStep
from agreements.terms.lifecycle import CommitmentState
from leads.clock_band import Strip, strip_of
from leads.models import Commitment, Deal, Enrollment, Handoff, Lead, Return, Stage
from leads.nurture import path_of
from leads.selectors.queue import PlannedAttempt, Step, most_urgent, planned_attempt, state_of
from leads.working_time import calendar_for

PATH = (Stage.LEAD, Stage.MQL, Stage.SAL, Stage.SQL, Stage.CUSTOMER)


@dataclass(frozen=True)
class PromiseLine:
    """A promise on the handoff with its state now, and its place in the cadence."""

    promise: Commitment
    state: CommitmentState
    attempt: PlannedAttempt | None


@dataclass(frozen=True)
class Clock:
    """The promise whose turn it is, drawn as a strip, and all promises of the handoff."""

    step: Step | None
    strip: Strip | None
    lines: list[PromiseLine]
    attempts: list[datetime]


@dataclass(frozen=True)
class PathStep:
    """A stage on the lead's way: done, here, or ahead."""

    stage: Stage
    mark: str


@dataclass(frozen=True)
class Dossier:
    """A lead with its last handoff; ``is_open`` while Sales has it."""

    lead: Lead
    handoff: Handoff | None
    version: AgreementVersion | None
    n_passes: int
    returned: Return | None
    enrollment: Enrollment | None
    clock: Clock | None
    path: list[PathStep]
    deals: list[Deal]

    @property
    def is_open(self) -> bool:
        return self.handoff is not None and self.handoff.closed_at is None

    @property
    def next_channel(self) -> str:
        """The channel that the cadence asks for next; "" behind its end."""
        if self.handoff is None or self.clock is None:
            return ""
        steps = self.handoff.version.document.cadence.steps
        if not self.clock.attempts:
            return steps[0].channel if steps else ""
        owed = (line for line in self.clock.lines if line.promise.met_at is None and line.promise.closed_at is None)
        return next((line.attempt.channel for line in owed if line.attempt), "")

    @property
    def waits_for_path(self) -> bool:
        return not self.is_open and self.returned is not None and self.returned.path_chosen_at is None


def dossier_of(lead: Lead, at: datetime) -> Dossier:
    """At most six queries."""
    handoffs = list(
        Handoff.objects.filter(lead=lead)
        .select_related("rep__team", "version__agreement", "event")
        .order_by("-number")[:1]
    )
    handoff = handoffs[0] if handoffs else None
    returned = Return.objects.filter(lead=lead).select_related("by").order_by("-at").first() if handoff else None
    enrollment = Enrollment.objects.filter(lead=lead, ended_at=None).select_related("version__agreement", "by").first()
    return Dossier(
        lead=lead,
        handoff=handoff,
        version=handoff.version if handoff else None,
        n_passes=handoff.number if handoff else 0,
        returned=returned if returned and handoff and returned.handoff_id == handoff.pk else None,
        enrollment=enrollment,
        clock=clock_of(handoff, at) if handoff else None,
        path=_path(lead),
        deals=list(Deal.objects.filter(lead=lead).order_by("-created_at")[:20]),
    )


def clock_of(handoff: Handoff, at: datetime) -> Clock:
    """The promises of a handoff, and the strip of the one whose turn it is. Two queries."""
    promises = list(handoff.commitments.select_related("lead", "owner__team").order_by("due_at", "pk"))
    for promise in promises:
        promise.handoff = handoff
    attempts = list(handoff.attempts.order_by("at").values_list("at", flat=True))
    owed = [row for row in promises if row.met_at is None and row.closed_at is None and row.excused_at is None]
    if handoff.closed_at is not None:
        owed = [row for row in owed if row.party == "marketing"]
    planned = min((row for row in owed if row.opened_at > at), key=lambda row: row.opened_at, default=None)
    turn = most_urgent(owed, at) or planned
    lines = [PromiseLine(row, state_of(row, at), planned_attempt(handoff.version, row)) for row in promises]
    if turn is None:
        return Clock(None, None, lines, attempts)
    step = Step(turn, state_of(turn, at), handoff.version, tuple(row for row in owed if row is not turn))
    strip = strip_of(calendar_for(handoff.version, turn.owner), turn.opened_at, turn.due_at, at, attempts)
    return Clock(step, strip, lines, attempts)


def next_touches(enrollment: Enrollment) -> Sequence[NurtureStep]:
    """The steps of its path that still lie before an enrolled lead."""
    path = path_of(enrollment.version.document, enrollment.path)
    return path.steps[enrollment.steps_done :] if path else ()


def _path(lead: Lead) -> list[PathStep]:
    """The stages in order; beside the path (nurture, disqualified) and off it (contact, opportunity) as one more."""
    here = Stage(lead.stage)
    passed = set(lifecycle.reached(here))
    steps = [
        PathStep(stage, "here" if stage == here else "done" if stage.value in passed else "ahead") for stage in PATH
    ]
    if here in PATH:
        return steps
    place = {Stage.CONTACT: 0, Stage.OPPORTUNITY: 4}.get(here)
    if place is None:
        return [PathStep(Stage.LEAD, "done"), PathStep(here, "here")]
    return [*steps[:place], PathStep(here, "here"), *steps[place:]]
