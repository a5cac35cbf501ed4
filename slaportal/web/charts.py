"""The geometry of charts: figures in, places on a canvas out. Templates draw; time and length run as people read.

Shapes are placed left to right; in right-to-left scripts the template turns the group of shapes over as a whole, while
texts (which must not be turned) stand at the mirrored place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]

WIDTH = 520
BAR_STEP = 40
VALUE_ROOM = 84
PLOT_START, PLOT_END, PLOT_TOP, PLOT_HEIGHT = 40, 124, 18, 170
LABEL_CLEARANCE = 16


@dataclass(frozen=True)
class Mark:
    """One drawn thing: its place, the mirrored place of its text, its words, tone and the list of leads behind it."""

    x: float
    y: float
    text_x: float
    label: str = ""
    text: str = ""
    note: str = ""
    url: str = ""
    tone: str = ""
    length: float = 0.0
    ghost: float | None = None
    tick: float | None = None


@dataclass
class Line:
    """One series: runs of points without holes, their marks, and its name beside the last one."""

    label: str
    tone: str
    runs: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    label_y: float = 0.0


@dataclass
class Canvas:
    """A chart ready to be drawn."""

    height: float
    mirrored: bool
    width: float = WIDTH
    marks: list[Mark] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    axis: list[Mark] = field(default_factory=list)
    grid: list[Mark] = field(default_factory=list)
    target: Mark | None = None

    @property
    def start(self) -> str:
        """The text anchor at which reading begins."""
        return "end" if self.mirrored else "start"

    @property
    def end(self) -> str:
        return "start" if self.mirrored else "end"

    @property
    def plot_end(self) -> float:
        """Where the plot of a line chart ends and the names of the lines begin."""
        return self.width - PLOT_END

    @property
    def turn(self) -> str:
        """The transform that turns all shapes over, or nothing."""
        return f"translate({self.width} 0) scale(-1 1)" if self.mirrored else ""

    def at(self, x: float) -> float:
        """Where a text for the place x stands."""
        return round(self.width - x if self.mirrored else x, 1)


def bars(rows: Sequence[Row], *, mirrored: bool, largest: float | None = None, label_room: int = 150) -> Canvas:
    """Horizontal bars on one scale from zero.

    A row: `label`, `value` (a number or None); optional `text` (shown at the bar), `note`, `url`, `tone` ("marketing",
    "sales", "quiet"), `ghost` (the period before, an outline), `tick` (the plan).
    """
    figures = [row.get(key) for row in rows for key in ("value", "ghost", "tick")]
    top = largest or max((figure for figure in figures if figure is not None), default=0) or 1
    room = WIDTH - label_room - VALUE_ROOM
    canvas = Canvas(height=max(len(rows), 1) * BAR_STEP, mirrored=mirrored)

    def along(value: float | None) -> float | None:
        return None if value is None else round(min(max(float(value) / float(top), 0), 1) * room, 1)

    for index, row in enumerate(rows):
        length, ghost, tick = along(row.get("value")) or 0.0, along(row.get("ghost")), along(row.get("tick"))
        canvas.marks.append(
            Mark(
                x=label_room,
                y=index * BAR_STEP + 6,
                text_x=canvas.at(label_room + max(length, ghost or 0, tick or 0) + 8),
                length=length,
                ghost=ghost,
                tick=None if tick is None else label_room + tick,
                **_words(row),
            )
        )
    return canvas


def line(series: Sequence[Row], *, mirrored: bool, top: float | None = None, target: Row | None = None) -> Canvas:
    """Lines over the same steps of time, on an axis from zero.

    A series: `label`, `tone`, `points`; a point: `label` (the step), `value` (number or None), optional `text`, `note`
    (n, under the step), `url`. Nothing is drawn across a None. `target`: `value` and `text`.
    """
    figures = [point["value"] for one in series for point in one["points"] if point["value"] is not None]
    if target:
        figures.append(target["value"])
    ceiling = float(top or nice_top(max(figures, default=0)))
    n_steps = max((len(one["points"]) for one in series), default=0)
    canvas = Canvas(height=PLOT_TOP + PLOT_HEIGHT + 46, mirrored=mirrored)

    def across(step: int) -> float:
        return round(PLOT_START + (WIDTH - PLOT_START - PLOT_END) * (step / max(n_steps - 1, 1)), 1)

    def down(value: float) -> float:
        return round(PLOT_TOP + PLOT_HEIGHT * (1 - min(float(value) / ceiling, 1)), 1)

    for share in (0, 0.5, 1):
        text = f"{ceiling * share:g}"
        canvas.grid.append(Mark(x=PLOT_START, y=down(ceiling * share), text_x=canvas.at(PLOT_START - 8), text=text))
    if target:
        y = down(target["value"])
        canvas.target = Mark(x=PLOT_START, y=y, text_x=canvas.at(WIDTH - PLOT_END + 12), text=str(target["text"]))
    for one in series:
        drawn = Line(label=str(one.get("label", "")), tone=str(one.get("tone", "")))
        drawn.marks = [_point(canvas, point, across(step), down) for step, point in enumerate(one["points"])]
        drawn.runs = _runs(drawn.marks, one["points"])
        drawn.marks = [
            mark for mark, point in zip(drawn.marks, one["points"], strict=True) if point["value"] is not None
        ]
        drawn.label_y = _clear_of(canvas.target, drawn.marks[-1].y) if drawn.marks else 0.0
        canvas.lines.append(drawn)
    _set_apart([line for line in canvas.lines if line.marks])
    canvas.axis = _axis(canvas, series, across, every=max(1, math.ceil(n_steps / 9)))
    return canvas


def funnel(steps: Sequence[Row], *, mirrored: bool) -> Canvas:
    """Steps of a funnel as bars on one scale. A step is a row of `bars`; its `note` holds the conversion rate."""
    return bars(steps, mirrored=mirrored, label_room=110)


def nice_top(largest: float) -> float:
    """The first of 1, 2, 2.5, 5 × 10ⁿ that is not below `largest`."""
    if largest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= float(largest) * 0.999999)


def _words(row: Row) -> dict[str, Any]:
    value = row.get("value")
    return {
        "label": str(row["label"]),
        "text": str(row.get("text", "–" if value is None else value)),
        "note": str(row.get("note", "")),
        "url": str(row.get("url", "")),
        "tone": str(row.get("tone", "")),
    }


def _point(canvas: Canvas, point: Row, x: float, down: Any) -> Mark:
    value = point["value"]
    return Mark(x=x, y=0 if value is None else down(value), text_x=canvas.at(x), **_words(point))


def _runs(marks: Sequence[Mark], points: Sequence[Row]) -> list[str]:
    """The points of each stretch without a hole, as the attribute of a polyline; single points are dots only."""
    runs: list[list[str]] = [[]]
    for mark, point in zip(marks, points, strict=True):
        if point["value"] is None:
            runs.append([])
        else:
            runs[-1].append(f"{mark.x},{mark.y}")
    return [" ".join(run) for run in runs if len(run) > 1]


def _clear_of(target: Mark | None, y: float) -> float:
    """The height of the words at a line's end: level with it, but never on top of the target's words."""
    if target is None or abs(y - target.y) >= LABEL_CLEARANCE:
        return y
    return target.y - LABEL_CLEARANCE if y <= target.y else target.y + LABEL_CLEARANCE


def _set_apart(lines: Sequence[Line]) -> None:
    """The names of lines that end at about the same height stand one below the other."""
    above = -math.inf
    for line in sorted(lines, key=lambda line: line.label_y):
        line.label_y = max(line.label_y, above + LABEL_CLEARANCE)
        above = line.label_y


def _axis(canvas: Canvas, series: Sequence[Row], across: Any, *, every: int) -> list[Mark]:
    """The names of the steps under the plot, thinned so that they do not run into each other."""
    points = series[0]["points"] if series else []
    y = PLOT_TOP + PLOT_HEIGHT + 20
    return [
        Mark(
            x=across(step),
            y=y,
            text_x=canvas.at(across(step)),
            label=str(point["label"]),
            note=str(point.get("note", "")),
        )
        for step, point in enumerate(points)
        if step % every == 0
    ]
