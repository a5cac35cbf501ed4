"""Rows that are worth nothing after their time: deleted by an hourly tick."""

from __future__ import annotations

from datetime import datetime

from slaportal.outbox.ticks import every
from slaportal.web.limits import forget_past_windows
from slaportal.web.once import forget_old_answers


@every(3600, name="tidy up")
def tidy_up(at: datetime) -> None:
    """Forget who came how often, and answers that nobody will ask for again."""
    forget_past_windows(at)
    forget_old_answers(at)
