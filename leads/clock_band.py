"""The clock of one promise as a strip: from its start to its deadline, closed hours hatched, attempts as ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from agreements.terms.calendar import WorkCalendar

WIDTH = 1000.0
# A strip over months would be all stripes; beyond so many pieces only the ends are drawn.
MOST_PIECES = 400


@dataclass(frozen=True)
class Strip:
    """Places on a line of WIDTH units; ``closed`` are (start, length) pairs, ``now`` is None outside the line."""

    closed: list[tuple[float, float]]
    ticks: list[float]
    now: float | None
    used_seconds: float
    total_seconds: float
    skipped: list[date]

    @property
    def elapsed(self) -> float:
        """How much of the strip lies behind."""
        return WIDTH if self.now is None else self.now


def strip_of(
    calendar: WorkCalendar, opened_at: datetime, due_at: datetime, now: datetime, attempts: Sequence[datetime] = ()
) -> Strip:
    """The strip from opening to due time; what it skips are days on which people would else have worked."""
    total = calendar.between(opened_at, due_at)
    rows = calendar.explain(opened_at, total)
    open_pieces = [
        (row.opens_at, row.closes_at) for row in rows if row.opens_at and row.closes_at and row.counted_seconds
    ]
    line = _Line(opened_at, due_at)
    return Strip(
        closed=line.gaps(open_pieces) if len(open_pieces) <= MOST_PIECES else [],
        ticks=[line.place(at) for at in attempts if opened_at <= at <= due_at],
        now=line.place(now) if opened_at <= now < due_at else (0.0 if now < opened_at else None),
        used_seconds=calendar.between(opened_at, min(max(now, opened_at), due_at)),
        total_seconds=total,
        skipped=sorted({row.on for row in rows if row.why in {"holiday", "override"} and not row.counted_seconds}),
    )


class _Line:
    """Instants as places; through seconds since the opening, which are the same in every zone."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.end = start, end
        self.span = max((end - start).total_seconds(), 1.0)

    def place(self, at: datetime) -> float:
        share = (min(max(at, self.start), self.end) - self.start).total_seconds() / self.span
        return round(share * WIDTH, 1)

    def gaps(self, pieces: Sequence[tuple[datetime, datetime]]) -> list[tuple[float, float]]:
        """What lies between the open pieces, before the first and behind the last."""
        edges = [self.start, *(edge for piece in pieces for edge in piece), self.end]
        closed = ((self.place(a), self.place(b)) for a, b in zip(edges[::2], edges[1::2], strict=True))
        return [(a, round(b - a, 1)) for a, b in closed if b > a]
