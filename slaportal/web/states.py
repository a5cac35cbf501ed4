"""The state words that people see: each with its own shape, so that colour never carries the meaning alone."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class State:
    """A state as it is shown: its code (also its CSS class), the shape's symbol in icons.svg, the word."""

    code: str
    shape: str
    word: str | Promise


STATES = {
    state.code: state
    for state in (
        State("on_time", "disc", pgettext_lazy("state", "On time")),
        State("due_soon", "triangle", pgettext_lazy("state", "Due soon")),
        State("overdue", "half-disc", pgettext_lazy("state", "Overdue")),
        State("breached", "diamond", pgettext_lazy("state", "Breached")),
        State("returned", "hook", pgettext_lazy("state", "Returned")),
        State("paused", "bars", pgettext_lazy("state", "Paused")),
        State("met", "check", pgettext_lazy("state", "Kept")),
        State("excused", "ring", pgettext_lazy("state", "Excused")),
    )
}
