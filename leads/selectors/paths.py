"""The nurture paths of the terms in force: who is in them, at which step, and who came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from agreements.models import AgreementVersion
from agreements.terms.document import NurturePath, NurtureStep
from leads.models import Enrollment

SHOWN_PER_STEP = 10
SHOWN_RETURNERS = 3


@dataclass(frozen=True)
class PathRow:
    """A path with how many are in it, when its next step is due, how many it has brought back so far."""

    path: NurturePath
    follows: str
    n_enrolled: int
    next_at: datetime | None
    n_qualified: int


@dataclass(frozen=True)
class StepRow:
    """A step with the day it comes on, counted from the start of the path, and who waits for it."""

    step: NurtureStep
    day: int
    waiting: list[Enrollment]
    n_waiting: int

    @property
    def n_hidden(self) -> int:
        return self.n_waiting - len(self.waiting)


def path_rows(version: AgreementVersion) -> list[PathRow]:
    """The paths in the terms' order. One query."""
    running = Q(ended_at=None)
    counted = {
        row["path"]: (row["n"], row["next_at"], row["n_qualified"])
        for row in _of(version)
        .order_by()
        .values("path")
        .annotate(
            n=Count("pk", filter=running),
            next_at=Min("next_step_at", filter=running),
            n_qualified=Count("pk", filter=Q(ended_why="qualified")),
        )
    }
    names = {path.id: path.name for path in version.document.nurture.paths}
    rows = []
    for path in version.document.nurture.paths:
        n, next_at, n_qualified = counted.get(path.id, (0, None, 0))
        rows.append(PathRow(path, names.get(path.then or "", ""), n, next_at, n_qualified))
    return rows


def step_rows(version: AgreementVersion, path: NurturePath) -> list[StepRow]:
    """Each step with who waits for it, the next due first. One query per step, and one to count."""
    running = _of(version).filter(path=path.id, ended_at=None)
    counts = dict(running.order_by().values_list("steps_done").annotate(n=Count("pk")))
    rows, day = [], 0
    for place, step in enumerate(path.steps):
        day += step.after_calendar_days
        here = running.filter(steps_done=place).select_related("lead").order_by("next_step_at", "pk")
        n = counts.get(place, 0)
        rows.append(StepRow(step, day, list(here[:SHOWN_PER_STEP]) if n else [], n))
    return rows


def came_back(version: AgreementVersion, path: NurturePath) -> list[Enrollment]:
    """The last leads that qualified again while they were in this path. One query."""
    qualified = _of(version).filter(path=path.id, ended_why="qualified")
    return list(qualified.select_related("lead").order_by("-ended_at", "-pk")[:SHOWN_RETURNERS])


def _of(version: AgreementVersion) -> QuerySet[Enrollment]:
    """All that ever entered a path of this agreement, under whichever version: path ids are its own."""
    return Enrollment.objects.filter(version__agreement=version.agreement_id)
