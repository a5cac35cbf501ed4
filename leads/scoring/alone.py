"""Leads that qualify by what their colleagues did, and not by what they did themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from agreements.models import AgreementVersion
from agreements.terms.scoring import band, interest_from_sums
from leads.models import EngagementSlot, Handoff, Lead, LeadEngagement
from leads.scoring.colleagues import is_shared
from leads.scoring.fragments import one_of
from leads.scoring.governing import Governing
from leads.scoring.reading import Faded, stands_as_mql
from leads.scoring.slots import fill_slots


class Stored(Faded, Protocol):
    """A stored score: by which version, its fit, and whether it qualifies."""

    @property
    def version_id(self) -> int: ...
    @property
    def fit(self) -> int: ...
    @property
    def is_mql(self) -> bool: ...


def qualified_by_colleagues(
    scores: Mapping[int, Stored], in_force: Governing, slots: list[EngagementSlot], at: datetime
) -> set[int]:
    """Of these leads, those that were never handed over and whose own events alone do not qualify them at ``at``.

    The caller holds their sums.
    """
    shared = {version.pk for version in in_force.versions if is_shared(version)}
    asked = [pk for pk, score in scores.items() if score.is_mql and score.version_id in shared]
    if not asked:
        return set()
    fill_slots(slots, one_of("lead_id", asked), at)
    sums = dict(LeadEngagement.objects.filter(pk__in=asked).values_list("pk", "sums"))
    leads = (
        Lead.objects.select_related("account")
        .filter(pk__in=asked)
        .exclude(pk__in=Handoff.objects.filter(lead__in=asked).values("lead"))
    )
    return {
        lead.pk
        for lead in leads
        if not _stands(in_force.by_id[scores[lead.pk].version_id], lead, scores[lead.pk], slots, sums.get(lead.pk), at)
    }


def _stands(
    version: AgreementVersion,
    lead: Lead,
    score: Stored,
    slots: Sequence[EngagementSlot],
    stored: list[float] | None,
    at: datetime,
) -> bool:
    terms = version.document
    own = {slot.key: stored[slot.place - 1] or 0.0 for slot in slots if stored and slot.place <= len(stored)}
    interest = interest_from_sums(terms, own, at, {slot.key: slot.epoch for slot in slots})
    return stands_as_mql(terms, lead, band(score.fit, interest, terms.qualification.bands), at)
