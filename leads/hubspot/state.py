"""A connection as its page shows it: what came, what was asked, what went wrong."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.hubspot.jobs import unfinished_pull
from leads.hubspot.options import Options
from leads.hubspot.progress import moment_in
from leads.hubspot.words import KEPT_WORDS, REFUSED_WORDS, trouble_words
from leads.models import HubSpotEvent, HubSpotOutcome, HubSpotTrouble, LeadSource, SourceKind
from leads.sources.lookup import source_for, state_of
from slaportal.accounts.sealing import unseal

SHOWN = 20
OUTCOMES: dict[str, Promise] = {
    HubSpotOutcome.APPLIED: _("Events counted"),
    HubSpotOutcome.OURS: _("Events that told our own changes"),
    HubSpotOutcome.KEPT: _("Events kept without effect"),
    HubSpotOutcome.SET_ASIDE: _("Events set aside"),
}


@dataclass(frozen=True)
class Trouble:
    """How often, when last, and why in words."""

    words: str
    n: int
    last_at: dt.datetime
    is_refusal: bool


def connection_for(public_id: Any) -> LeadSource:
    """The connection, or 404."""
    return source_for(public_id, SourceKind.HUBSPOT)


def hook_address(source: LeadSource) -> str:
    """The address that HubSpot calls and signs."""
    return f"{settings.PUBLIC_URL}{reverse('hubspot:hook', args=[source.public_id])}"


def state_of_connection(source: LeadSource) -> dict[str, Any]:
    """All that the page shows."""
    kept = unseal(source.sealed)
    progress = source.progress
    events = HubSpotEvent.objects.filter(source=source)
    outcomes = dict(events.values_list("outcome").annotate(n=Count("id")))
    error = progress.get("error")
    troubles = [
        Trouble(trouble_words(one.code, one.facts), one.n, one.last_at, one.code in REFUSED_WORDS)
        for one in HubSpotTrouble.objects.filter(source=source).order_by("-last_at")
    ]
    return {
        "source": source,
        "state": state_of(source),
        "options": Options.of(source),
        "address": hook_address(source),
        "has_secret": bool(kept.get("secret")),
        "has_token": bool(kept.get("token")),
        "last_event": events.order_by("-received_at").first(),
        "outcomes": [(words, outcomes[name]) for name, words in OUTCOMES.items() if name in outcomes],
        "n_waiting": outcomes.get("", 0),
        "n_set_aside": outcomes.get(HubSpotOutcome.SET_ASIDE, 0),
        "kept": _kept(source),
        "counts": progress.get("counts", {}),
        "pulled_at": moment_in(progress, "pulled_at"),
        "not_before": moment_in(progress, "not_before"),
        "error": trouble_words(error["code"], error["facts"]) if error else "",
        "error_at": moment_in(error, "at") if error else None,
        "refusals": [one for one in troubles if one.is_refusal],
        "troubles": [one for one in troubles if not one.is_refusal],
        "job": unfinished_pull(source),
    }


def _kept(source: LeadSource) -> list[tuple[str, str, int]]:
    """(type, why, how many) of the events that have no effect, the most frequent first."""
    kept = HubSpotEvent.objects.filter(source=source, outcome=HubSpotOutcome.KEPT)
    rows = kept.values_list("type", "error").annotate(n=Count("id")).order_by("-n", "type")[:SHOWN]
    return [(kind, str(KEPT_WORDS.get(why, why)), n) for kind, why, n in rows]
