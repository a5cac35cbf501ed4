"""Reads scores as they stand at a moment: of one lead with its receipt, of a list, as a filter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from django.db.models import Case, CharField, F, Value, When, prefetch_related_objects
from django.db.models.functions import Concat

from agreements.compile import sql
from agreements.models import AgreementVersion
from agreements.terms.document import Terms
from agreements.terms.rules import holds
from agreements.terms.rules.judge import BAND, FIT_BAND, HAND_RAISE
from agreements.terms.scoring import Event, Receipt, heats_of, interest_band, receipt, share_of
from leads.field_map import event_of, facts_of
from leads.models import Lead, LeadEvent
from leads.scoring.colleagues import any_shared, others_of
from leads.scoring.fragments import run
from leads.scoring.governing import Governing, governing, governing_version_of

ROWS = """
SELECT s.lead_id, s.version_id, s.fit, s.fit_band, s.interest, s.band_1_until, s.band_2_until, g.sums,
    (SELECT jsonb_object_agg(key, jsonb_build_array(place, extract(epoch FROM epoch))) FROM leads_engagementslot)
FROM leads_leadscore s LEFT JOIN leads_leadengagement g USING (lead_id) WHERE s.lead_id = ANY({})
"""


@dataclass(frozen=True)
class Score:
    """A lead's scores at a moment under the terms of ``version_id``; the receipt where one lead was asked for."""

    fit: int
    interest: float
    fit_band: str
    band: str
    is_mql: bool
    at: datetime
    version_id: int
    receipt: Receipt | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, for a packet or the API."""
        return {
            "fit": self.fit,
            "interest": self.interest,
            "fit_band": self.fit_band,
            "band": self.band,
            "is_mql": self.is_mql,
            "at": self.at.isoformat(),
            "receipt": self.receipt.as_dict() if self.receipt else None,
        }


def current_score(
    lead: Lead, at: datetime, *, hand_raise: bool = False, version: AgreementVersion | None = None
) -> Score | None:
    """The lead's score at ``at`` from the facts themselves, with its receipt; None where no terms govern it.

    By the version that governs it unless another is given. ``hand_raise``: judge it as of a person who has asked to
    be contacted. Pending events are not in it yet.
    """
    version = version or governing_version_of(lead)
    return current_scores([(lead, version, hand_raise)], at)[lead.pk] if version else None


def current_scores(asked: Sequence[tuple[Lead, AgreementVersion, bool]], at: datetime) -> dict[int, Score]:
    """By lead id, the same of several leads (each with its version, and whether it raises its hand), in one query.

    One more for each lead where colleagues count.
    """
    types = {rule.event for _, version, _ in asked for rule in version.document.qualification.interest.rules}
    events: dict[int, list[Event]] = {lead.pk: [] for lead, *_ in asked}
    for row in LeadEvent.objects.filter(lead__in=list(events), type__in=types, pending=None):
        events[row.lead_id].append(event_of(row))
    return {
        lead.pk: _score_by_events(lead, version, events[lead.pk], at, hand_raise=hand_raise)
        for lead, version, hand_raise in asked
    }


def score_rows(leads: Iterable[Lead], at: datetime, in_force: Governing | None = None) -> dict[int, Score]:
    """Scores by lead id at ``at``, without receipts, each by its own version, in two queries; a lead that was never
    scored has none.

    A third query reads their accounts, where there are any, and a fourth what colleagues did, where that counts.
    A lead that still waits for the rescore by new terms shows the interest of its last scoring.
    """
    by_id = {lead.pk: lead for lead in leads}
    if not by_id or not (in_force := in_force or governing()):
        return {}
    prefetch_related_objects(list(by_id.values()), "account")
    rows = [_Row(*columns) for columns in run(sql(ROWS, list(by_id)))]
    interests = _interests(rows, in_force, by_id, at)
    found = {row.lead_id: _score_of(row, by_id[row.lead_id], in_force, interests.get(row.lead_id), at) for row in rows}
    return {lead_id: score for lead_id, score in found.items() if score is not None}


def band_of(row: Faded, at: datetime) -> str:
    """The band at ``at`` of a stored score."""
    if _is_before(at, row.band_1_until):
        return row.fit_band + "1"
    return row.fit_band + ("2" if _is_before(at, row.band_2_until) else "3")


def band_expression(at: datetime, prefix: str = "") -> Concat:
    """The band at ``at`` for annotations and filters over scores; with ``prefix="score__"`` over leads."""
    return Concat(
        F(f"{prefix}fit_band"),
        Case(
            When(**{f"{prefix}band_1_until__gt": at}, then=Value("1")),
            When(**{f"{prefix}band_2_until__gt": at}, then=Value("2")),
            default=Value("3"),
        ),
        output_field=CharField(),
    )


def stands_as_mql(terms: Terms, lead: Lead, band: str, at: datetime, *, hand_raise: bool = False) -> bool:
    """Does the MQL rule hold for a lead in this band?"""
    standing = {BAND: band, FIT_BAND: band[0], HAND_RAISE: hand_raise}
    return holds(terms.qualification.mql, facts_of(lead) | standing, at)


def _score_by_events(
    lead: Lead, version: AgreementVersion, events: Iterable[Event], at: datetime, *, hand_raise: bool
) -> Score:
    terms = version.document
    heats = heats_of(terms, events, at, _events_of_colleagues(lead, terms))
    found = receipt(terms, facts_of(lead), heats, at, hand_raise=hand_raise)
    return Score(found.fit, found.interest, found.band[0], found.band, found.qualifies, at, version.pk, found)


def _events_of_colleagues(lead: Lead, terms: Terms) -> Iterable[Event]:
    """What counts of the other leads at the account by these terms."""
    types = {rule.event for rule in terms.qualification.interest.rules if share_of(terms, rule)}
    if not types or lead.account_id is None:
        return []
    events = LeadEvent.objects.filter(lead__account=lead.account_id, type__in=types, pending=None)
    return map(event_of, events.exclude(lead=lead).iterator())


class Faded(Protocol):
    """A stored score: the fit band, and until when interest is in bands 1 and 2."""

    @property
    def fit_band(self) -> str: ...
    @property
    def band_1_until(self) -> datetime | None: ...
    @property
    def band_2_until(self) -> datetime | None: ...


@dataclass(frozen=True)
class _Row:
    lead_id: int
    version_id: int
    fit: int
    fit_band: str
    interest: float
    band_1_until: datetime | None
    band_2_until: datetime | None
    sums: list[float] | None
    slots: str | None


def _interests(rows: Sequence[_Row], in_force: Governing, by_id: Mapping[int, Lead], at: datetime) -> dict[int, float]:
    """What the sums are worth at ``at``, of the leads that have their score by a version in force."""
    # Only who reads many scores needs numpy.
    from agreements.terms.scoring.fading import NOTHING, Counted, Fading

    slots = json.loads((rows[0].slots if rows else None) or "{}")
    places = {key: place for key, (place, _) in slots.items()}
    epochs = {key: datetime.fromtimestamp(epoch, UTC) for key, (_, epoch) in slots.items()}
    others = others_of(max(places.values(), default=0), list(by_id)) if any_shared(in_force) else {}
    found: dict[int, float] = {}
    for version in in_force.versions:
        mine = [row for row in rows if row.version_id == version.pk]
        own = [Counted(row.sums or ()) for row in mine]
        theirs = [Counted(others[row.lead_id]) if row.lead_id in others else NOTHING for row in mine]
        interests = Fading(version.document, places, epochs, own, at, theirs).interest()
        found |= zip((row.lead_id for row in mine), interests, strict=True)
    return found


def _score_of(row: _Row, lead: Lead, in_force: Governing, interest: float | None, at: datetime) -> Score | None:
    """``interest``: at ``at``, by a version in force. None for what is left of a lead that no terms govern any more."""
    if interest is not None:
        version = in_force.by_id[row.version_id]
        band = row.fit_band + interest_band(interest, version.document.qualification.bands)
    else:
        interest, band = row.interest, band_of(row, at)
        governs = in_force.of(lead)
        if governs is None:
            return None
        version = governs
    is_mql = stands_as_mql(version.document, lead, band, at)
    return Score(row.fit, interest, row.fit_band, band, is_mql, at, row.version_id)


def _is_before(at: datetime, until: datetime | None) -> bool:
    return until is not None and at < until
