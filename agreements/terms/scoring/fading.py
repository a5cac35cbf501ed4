"""Interest as it fades: that of many leads at once, now and at the instants at which it falls below a band.

Needs numpy, which takes its time to be imported: nothing else of the terms does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agreements.terms.document.terms import Terms
from agreements.terms.scoring.interest import (
    EPOCH,
    FOREVER,
    SECONDS_PER_DAY,
    Leaving,
    event_class_key,
    fade,
    half_life_of,
    share_of,
)
from agreements.terms.scoring.points import HALF_TENTH

Floats = npt.NDArray[np.float64]
# So many half-lives leave nothing worth a tenth of any sum of events.
LONG_GONE = 60


class Counted(NamedTuple):
    """What is counted of a lead's events, or of its colleagues': the sums by place, and when events leave windows.

    Places that are missing or None count as zeros. Windows without ``leaving`` stay as they are.
    """

    sums: Sequence[float | None]
    leaving: Leaving = MappingProxyType({})


NOTHING = Counted(())


class Window(NamedTuple):
    """The events in the windows of a rule: whose they are (rows), seconds until they leave, and what each counts."""

    leads: npt.NDArray[np.intp]
    ends: Floats
    weights: Floats


class Fading:
    """The interest of some leads from ``at`` on, if nothing happens any more; answers come in the order of ``own``.

    ``places``: event class key → place of its sum, counted from 1; a class without one gives nothing. ``epochs``: class
    key → epoch of its sum. ``others``: what the colleagues of each lead did, where that may count.
    """

    def __init__(
        self,
        terms: Terms,
        places: Mapping[str, int],
        epochs: Mapping[str, datetime],
        own: Sequence[Counted],
        at: datetime,
        others: Sequence[Counted] = (),
    ) -> None:
        chapter = terms.qualification.interest
        rules = chapter.rules
        self.at = at
        self.maximum = chapter.max
        self.caps = np.array([math.inf if rule.cap is None else rule.cap for rule in rules])
        self.half_lives = np.array([(half_life_of(rule) or math.inf) * SECONDS_PER_DAY for rule in rules])
        # Rules by groups, the last of which has no cap and takes the rules that are in none.
        groups = [group.id for group in chapter.groups]
        self.group_caps = np.array([*(group.cap for group in chapter.groups), math.inf])
        self.members = np.array([[rule.group == group for group in (*groups, None)] for rule in rules], dtype=float)

        keys = [event_class_key(rule) for rule in rules]
        faded = [fade(half_life_of(rule), at, epochs.get(key, EPOCH)) for rule, key in zip(rules, keys, strict=True)]
        shares = np.array([share_of(terms, rule) for rule in rules])
        columns = [places.get(key, 0) for key in keys]
        sums = _by_place(own, columns)
        if others:
            sums += _by_place(others, columns) * shares
        self.points = sums * faded * [rule.points for rule in rules]
        self.windows = {
            n: (rule.points, window)
            for n, (rule, key) in enumerate(zip(rules, keys, strict=True))
            if rule.window_days is not None and (window := _window(key, own, others, shares[n], at)) is not None
        }

    def interest(self) -> list[float]:
        """Interest at ``at``, in tenths."""
        found: list[float] = self._interest(np.zeros(len(self.points))).tolist()
        return found

    def falls_below_at(self, threshold: float) -> list[datetime | None]:
        """The first whole second from ``at`` on when interest, as shown, is below ``threshold``.

        None if it is below already; FOREVER if it stays above without new events (points that do not fade). Interest
        without events only falls, because penalties neither fade nor end: so it is one instant, found by halving.
        """
        low = np.zeros(len(self.points))
        high = np.full(len(self.points), float(self._last_change()))
        is_above, stays_above = self._interest(low) >= threshold, self._interest(high) >= threshold
        for _ in range(self._last_change().bit_length()):
            middle = np.floor((low + high) / 2)
            is_late = self._interest(middle) < threshold
            low, high = np.where(is_late, low, middle), np.where(is_late, middle, high)
        return [
            None if not above else FOREVER if stays else self.at + timedelta(seconds=seconds)
            for above, stays, seconds in zip(is_above.tolist(), stays_above.tolist(), high.tolist(), strict=True)
        ]

    def _interest(self, seconds: Floats) -> Floats:
        """Interest in tenths, so many seconds after ``at`` for each lead."""
        left = self.points * np.exp2(-seconds[:, np.newaxis] / self.half_lives)
        for n, (points, (leads, ends, weights)) in self.windows.items():
            left[:, n] = points * np.bincount(leads, weights * (ends > seconds[leads]), minlength=len(seconds))
        kept = np.clip(left, -self.caps, self.caps)
        total = np.minimum(kept @ self.members, self.group_caps).sum(axis=1)
        rounded: Floats = np.floor(np.clip(total, 0, self.maximum) * 10 + HALF_TENTH) / 10
        return rounded

    def _last_change(self) -> int:
        """Seconds after which nothing worth a tenth is left to fade, and nothing to leave."""
        fading = LONG_GONE * self.half_lives[np.isfinite(self.half_lives)]
        ending = [window.ends + 1 for _, window in self.windows.values()]
        return math.ceil(max(float(times.max(initial=0)) for times in (fading, *ending)))


def _by_place(counted: Sequence[Counted], columns: Sequence[int]) -> Floats:
    """The sums at these places, a row for each lead; at place 0 there is nothing."""
    width = max(columns, default=0) + 1
    missing = [0.0] * width
    rows = [[0.0, *one.sums, *missing][:width] for one in counted]
    found: Floats = np.nan_to_num(np.array(rows, dtype=float).reshape(-1, width))[:, columns]
    return found


def _window(key: str, own: Sequence[Counted], others: Sequence[Counted], share: float, at: datetime) -> Window | None:
    """The window of the class; None where nobody asks what will become of it."""
    if not any(key in one.leaving for one in (*own, *others)):
        return None
    events = [(lead, end, 1.0) for lead, one in enumerate(own) for end in one.leaving.get(key, ())]
    events += [(lead, end, share) for lead, one in enumerate(others) for end in one.leaving.get(key, ())]
    return Window(
        np.array([lead for lead, _, _ in events], dtype=np.intp),
        np.array([(end - at).total_seconds() for _, end, _ in events], dtype=float),
        np.array([weight for _, _, weight in events], dtype=float),
    )
