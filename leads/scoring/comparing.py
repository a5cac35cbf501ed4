"""Judges leads by the text in force and by another at the same instant, over the same facts; nothing is written.

One statement judges each lead by both. Event classes that only the new text has are counted from the events themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import transaction

from agreements.compile import (
    Sql,
    compile_fit,
    compile_interest,
    compile_mql,
    fit_band_sql,
    interest_band_sql,
    listed,
    sql,
)
from agreements.models import AgreementVersion
from agreements.selectors import agreements
from agreements.terms.document import Terms
from agreements.terms.rules import dump
from agreements.terms.scoring import event_classes
from leads.field_map import LEAD_FIELDS
from leads.models import EngagementSlot
from leads.rules.quick import ask
from leads.scoring.fragments import Chosen, filled, run
from leads.scoring.governing import Governing
from leads.scoring.moving import in_order, without
from leads.scoring.qualified import MAY_QUALIFY
from leads.scoring.slots import weight
from leads.scoring.windows import is_in

EXAMPLES = 5
BANDS = tuple(fit + interest for fit in "ABC" for interest in "123")

PREVIEW = """
WITH fresh AS ({fresh}){totals}
SELECT was_band, band, was_mql, is_mql, may, count(*),
    (array_agg(id ORDER BY id DESC) FILTER (WHERE was_mql <> is_mql))[1:{examples}]
FROM (
    SELECT l.id, {was_band} AS was_band, {band} AS band, {was_mql} AS was_mql, {is_mql} AS is_mql,
        l.stage = ANY({stages}) AND NOT EXISTS (
            SELECT FROM leads_handoff h WHERE h.lead_id = l.id AND h.closed_at IS NULL) AS may
    FROM leads_lead l
    LEFT JOIN leads_leadengagement g ON g.lead_id = l.id
    LEFT JOIN fresh f ON f.lead_id = l.id
    {of_account}
    CROSS JOIN LATERAL (SELECT {sums} AS sums{others} OFFSET 0) w
    CROSS JOIN LATERAL (
        SELECT {was_fit} AS was_fit, {was_interest} AS was_interest, {fit} AS fit, {interest} AS interest OFFSET 0
    ) n
    WHERE {leads} AND {some}
) judged GROUP BY was_band, band, was_mql, is_mql, may
"""
FRESH = """
SELECT lead_id, ARRAY[{}]::float8[] AS sums FROM leads_leadevent e
WHERE e.type = ANY({}) AND {}
    AND NOT EXISTS (SELECT FROM leads_pendingevent p WHERE p.event_id = e.id)
GROUP BY lead_id
"""
# Of the accounts of the leads that are judged.
TOTALS = """, totals AS MATERIALIZED (
    SELECT l.account_id, ARRAY[{}]::float8[] AS sums FROM leads_lead l
    LEFT JOIN leads_leadengagement g ON g.lead_id = l.id LEFT JOIN fresh f ON f.lead_id = l.id
    WHERE l.account_id IN (SELECT l.account_id FROM leads_lead l WHERE {}) GROUP BY l.account_id
)"""
NOTHING_OF_COLLEAGUES = {name: Sql("") for name in ("totals", "of_account", "others")}
NOTHING_FRESH = "SELECT NULL::bigint AS lead_id, NULL::float8[] AS sums WHERE FALSE"


@dataclass(frozen=True)
class Way:
    """Leads that would cross one way, how many of them may be handed over, and the ids of the newest, newest first."""

    n: int = 0
    may_be_handed_over: int = 0
    newest: tuple[int, ...] = ()

    def __add__(self, other: Way) -> Way:
        newest = sorted((*self.newest, *other.newest), reverse=True)[:EXAMPLES]
        return Way(self.n + other.n, self.may_be_handed_over + other.may_be_handed_over, tuple(newest))

    def times(self, step: int) -> Way:
        return Way(self.n * step, self.may_be_handed_over * step, self.newest)


@dataclass(frozen=True)
class Tally:
    """``n`` judged leads: who would become an MQL, who no longer, and band → (before, after)."""

    n: int = 0
    up: Way = Way()
    down: Way = Way()
    bands: dict[str, tuple[int, int]] = field(default_factory=lambda: dict.fromkeys(BANDS, (0, 0)))

    def __add__(self, other: Tally) -> Tally:
        bands = {band: (was + other.bands[band][0], now + other.bands[band][1]) for band, (was, now) in self._bands}
        return Tally(self.n + other.n, self.up + other.up, self.down + other.down, bands)

    def times(self, step: int) -> Tally:
        """As if each judged lead stood for ``step`` of them."""
        bands = {band: (was * step, now * step) for band, (was, now) in self._bands}
        return Tally(self.n * step, self.up.times(step), self.down.times(step), bands)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Tally:
        """What ``as_dict`` gave, read back from JSON."""
        up, down = (Way(**(kept[name] | {"newest": tuple(kept[name]["newest"])})) for name in ("up", "down"))
        return cls(kept["n"], up, down, {band: (was, now) for band, (was, now) in kept["bands"].items()})

    @property
    def _bands(self) -> list[tuple[str, tuple[int, int]]]:
        return list(self.bands.items())


@dataclass(frozen=True)
class Comparison:
    """A draft beside what is in force: its agreement's own text before it, all agreements with it in force after it."""

    draft: AgreementVersion
    in_force: Governing

    @cached_property
    def before(self) -> AgreementVersion | None:
        agreement = self.draft.agreement_id
        return next((one for one in self.in_force.versions if one.agreement_id == agreement), None)

    @cached_property
    def after(self) -> Governing:
        """As if the draft were in force in its agreement's place."""
        return in_order(Governing((*without(self.in_force, self.draft.agreement).versions, self.draft)), agreements())

    @cached_property
    def key(self) -> str:
        """Names what is compared: the very text of the draft, its segment, and all that is in force."""
        named = f"{self.in_force.key},{self.after.key},{self.draft.digest}"
        return hashlib.sha256(named.encode()).hexdigest()

    def tally(self, some: Chosen, at: datetime, *, most_ms: int) -> Tally:
        """The leads of ``some`` that the draft would govern, judged at ``at``; TooSlow after ``most_ms``."""
        with transaction.atomic():
            # Compiling the long expressions would take longer than they run.
            run(Sql("SET LOCAL jit = off"))
            rows = ask(_statement(self, some, at), most_ms=most_ms)
        return sum((_tally_of(*row) for row in rows), Tally())


def _tally_of(
    was_band: str | None, band: str, was_mql: bool, is_mql: bool, may: bool, n: int, newest: list[int] | None
) -> Tally:
    """So many leads that stand alike before and after."""
    way = Way(n, n if may else 0, tuple(newest or ()))
    bands = {one: (n if one == was_band else 0, n if one == band else 0) for one in BANDS}
    return Tally(n, way if is_mql and not was_mql else Way(), way if was_mql and not is_mql else Way(), bands)


def _statement(compared: Comparison, some: Chosen, at: datetime) -> Sql:
    terms = compared.draft.document
    known = compared.before.document if compared.before else None
    classes = event_classes(terms) | (event_classes(known) if known else {})
    # What is in a window is true as of the last count only: it is counted anew, like what nobody has counted yet.
    stored = {slot.key: slot for slot in EngagementSlot.objects.exclude(filled_at=None) if slot.window_days is None}
    fresh = [
        EngagementSlot(
            key=key,
            event=one.event,
            when=dump(one.when),
            half_life_days=one.half_life_days,
            window_days=one.window_days,
            epoch=at,
        )
        for key, one in classes.items()
        if key not in stored
    ]
    places = {key: place for place, key in enumerate(classes, 1)}
    epochs = {key: stored[key].epoch if key in stored else at for key in classes}
    fresh_places = {slot.key: place for place, slot in enumerate(fresh, 1)}
    each = [f"g.sums[{stored[key].place}]" if key in stored else f"f.sums[{fresh_places[key]}]" for key in classes]
    is_shared = any(one.qualification.interest.account_share is not None for one in (terms, known) if one)
    was = _judged(known, "was_", places, epochs, at) if known else _nobody()
    return filled(
        PREVIEW,
        # Colleagues count, also those that are not judged.
        fresh=_fresh(fresh, at, _and_colleagues(some) if is_shared else some),
        **(_of_colleagues(each, some) if is_shared else NOTHING_OF_COLLEAGUES),
        examples=sql("{}", EXAMPLES),
        stages=sql("{}", MAY_QUALIFY),
        sums=Sql(f"ARRAY[{', '.join(each)}]::float8[]"),
        leads=compared.after.governed_by(compared.draft),
        some=some("l.id"),
        **was,
        **_judged(terms, "", places, epochs, at),
    )


def _and_colleagues(some: Chosen) -> Chosen:
    """These leads and all at their accounts."""
    at_their_accounts = "SELECT m.id FROM leads_lead l JOIN leads_lead m ON m.account_id = l.account_id WHERE {}"
    return lambda column: sql(f"({{}} OR {column} IN ({at_their_accounts}))", some(column), some("l.id"))


def _of_colleagues(sums: list[str], some: Chosen) -> dict[str, Sql]:
    """What the colleagues at each lead's account did, from the expressions of each lead's own sums."""
    totals = Sql(", ".join(f"sum({one})" for one in sums))
    others = ", ".join(f"greatest(coalesce(t.sums[{n}], 0) - coalesce({one}, 0), 0)" for n, one in enumerate(sums, 1))
    return {
        "totals": sql(TOTALS, totals, some("l.id")),
        "of_account": Sql("LEFT JOIN totals t ON t.account_id = l.account_id"),
        "others": Sql(f", ARRAY[{others}]::float8[] AS others"),
    }


def _judged(
    terms: Terms, prefix: str, places: Mapping[str, int], epochs: Mapping[str, datetime], at: datetime
) -> dict[str, Sql]:
    """A text's scores, band and MQL rule; the names of what it finds begin with ``prefix``."""
    bands = terms.qualification.bands
    fit, interest = Sql(f"n.{prefix}fit"), Sql(f"n.{prefix}interest")
    return {
        f"{prefix}fit": compile_fit(terms, LEAD_FIELDS, at),
        f"{prefix}interest": compile_interest(terms, places, at, sums="w.sums", epochs=epochs, others="w.others"),
        f"{prefix}band": sql("({} || {})", fit_band_sql(fit, bands), interest_band_sql(interest, bands)),
        f"{prefix}mql" if prefix else "is_mql": compile_mql(terms, LEAD_FIELDS, fit, interest, Sql("FALSE"), at),
    }


def _nobody() -> dict[str, Sql]:
    """Before any text of the agreement is in force."""
    nothing = {name: Sql("NULL::float8") for name in ("was_fit", "was_interest")}
    return nothing | {"was_band": Sql("NULL::text"), "was_mql": Sql("FALSE")}


def _fresh(slots: list[EngagementSlot], at: datetime, some: Chosen) -> Sql:
    """The sums of the classes that nobody has counted yet, by lead; one pass over their events."""
    if not slots:
        return Sql(NOTHING_FRESH)
    sums = (
        weight(slot) if slot.window_days is None else sql("count(*) FILTER (WHERE {})", is_in(slot, at))
        for slot in slots
    )
    return sql(FRESH, listed(sums), sorted({slot.event for slot in slots}), some("lead_id"))
