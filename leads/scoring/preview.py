"""What other terms would make of the leads that are here: who would cross into MQL and out of it, before anybody signs.

Some leads are judged while somebody waits; of more, a sample, until a job has counted them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from agreements.compile import sql
from agreements.models import AgreementVersion
from leads.models import Lead
from leads.rules.quick import TooSlow
from leads.scoring.comparing import Comparison, Tally, Way
from leads.scoring.governing import Governing
from leads.scoring.preview_count import counted
from slaportal.web.refusals import Refused

MOST_MS = 8_000
# More leads than these are judged by every second, third … of them: somebody waits for the page.
MOST_LEADS = 25_000


@dataclass(frozen=True)
class Crossing:
    """Leads that would cross one way: how many, how many of them may be handed over, and the newest of them."""

    n: int
    may_be_handed_over: int
    examples: list[Lead]


@dataclass(frozen=True)
class Preview:
    """Of the ``n`` leads that the agreement would govern at ``at``: crossings, and leads per band.

    ``is_many``: they are too many to judge all of them while somebody waits. With a ``step`` above 1 every figure is an
    estimate: every ``step``-th lead by id was judged, and counts as so many.
    ``bands``: band → (by the text in force, by the draft); without a text in force nobody has a band before.
    """

    n: int
    step: int
    at: datetime
    is_many: bool
    up: Crossing
    down: Crossing
    bands: Mapping[str, tuple[int, int]]

    @property
    def is_exact(self) -> bool:
        return self.step == 1


def preview(draft: AgreementVersion, in_force: Governing, at: datetime) -> Preview:
    """What the draft would make of its leads: of few at ``at``, of many when a job last counted them all.

    Where no job has counted this very text beside these terms, an estimate. Refused: ``preview_too_slow``.
    """
    compared = Comparison(draft, in_force)
    step = max(1, -(-Lead.objects.count() // MOST_LEADS))
    if step > 1 and (known := counted(compared)):
        return _preview(known.found, 1, known.at, is_many=True)
    try:
        found = compared.tally(lambda column: sql(f"mod({column}, {{}}) = 0", step), at, most_ms=MOST_MS)
    except TooSlow as slow:
        raise Refused("preview_too_slow") from slow
    return _preview(found.times(step), step, at, is_many=step > 1)


def _preview(found: Tally, step: int, at: datetime, *, is_many: bool) -> Preview:
    return Preview(found.n, step, at, is_many, _crossing(found.up), _crossing(found.down), found.bands)


def _crossing(way: Way) -> Crossing:
    examples = Lead.objects.filter(pk__in=way.newest).order_by("-pk")
    return Crossing(way.n, way.may_be_handed_over, list(examples))
