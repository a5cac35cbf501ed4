"""Takes what a visitor entered in a form: a lead, what they asked for, and what they agreed to."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from leads.intake import append_events, save_leads
from leads.merges.names import lead_by_address
from leads.models import Lead, LeadSource, SiteVisitor
from leads.sources.deliveries import FORM_REMEMBERED_FOR, claim
from leads.sources.designs import LEAD_FIELDS, MESSAGE, FormDesign
from slaportal.web.refusals import RefusedInput

CONSENT_GIVEN = "consent_given"
ATTRIBUTE = "attributes."


@dataclass(frozen=True, slots=True)
class Submission:
    """The lead that a form brought, and whether the same form was taken minutes ago (then: who has that address)."""

    lead: Lead | None
    is_repeated: bool


def take_submission(
    *,
    source: LeadSource,
    entries: Mapping[str, str],
    about: Mapping[str, str],
    has_consented: bool,
    at: dt.datetime,
    browser: UUID | None = None,
) -> Submission:
    """Save the lead and append its event, and what was agreed to as another; the same entries again change nothing.

    Anybody can type anybody's address, so a form fills in what is not known of a lead and replaces nothing; what
    differs is kept in the event. `about` is where it was sent from (page, utm_…), `browser` the one whose owner agreed
    to be known: it is tied to the lead only where the form made the lead, never to one that was there before.
    A second click is told by the entries themselves, since a pasted form cannot carry a token of its own: the same
    content within ten minutes is the same form. RefusedInput(code, field=…) where an entry cannot be stored.
    """
    design = FormDesign.of(source)
    name = f"form:{_digest(entries, has_consented=has_consented)}"
    with transaction.atomic():
        if not claim(source, name, at=at, remembered_for=FORM_REMEMBERED_FOR):
            return Submission(lead_by_address(entries["email"]), is_repeated=True)
        row, differing = _row(entries)
        saved = save_leads([{**row, "source": source.name}], by=None, at=at)
        for rejection in saved.rejected:
            raise RefusedInput(rejection.code, field=rejection.field, **rejection.facts)
        lead = Lead.objects.get(pk=saved.lead_ids[0])
        told = {**about, "entered": differing, MESSAGE: entries.get(MESSAGE, "")}
        events = _events(design, source, told, has_consented=has_consented)
        for event in events:
            event |= {"source": source.name, "lead": {"id": str(lead.public_id)}, "occurred_at": at}
            event["external_id"] = f"{name}:{int(at.timestamp())}:{event['type']}"
        report = append_events(events, by=None, at=at)
        for rejection in report.rejected:
            raise RefusedInput(rejection.code, field="", **rejection.facts)
        if browser is not None and saved.created:
            tied = [SiteVisitor(browser=browser, lead=lead, linked_at=at)]
            SiteVisitor.objects.bulk_create(tied, ignore_conflicts=True)
    return Submission(lead, is_repeated=False)


def _row(entries: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What the form adds to the lead, and what it says otherwise than we know."""
    known = lead_by_address(entries["email"])
    row: dict[str, Any] = {"email": entries["email"], "attributes": {}}
    differing = {}
    for name, value in entries.items():
        is_own = name in LEAD_FIELDS
        if not value or name == "email" or not (is_own or name.startswith(ATTRIBUTE)):
            continue
        attribute = name.removeprefix(ATTRIBUTE)
        there = None if known is None else getattr(known, name) if is_own else known.attributes.get(attribute)
        if there in (None, ""):
            (row if is_own else row["attributes"])[attribute] = value
        elif there != value:
            differing[attribute] = value
    return row, differing


def _events(
    design: FormDesign, source: LeadSource, told: Mapping[str, Any], *, has_consented: bool
) -> list[dict[str, Any]]:
    """What was asked for, and what was agreed to, word for word."""
    asked = {name: value for name, value in told.items() if value}
    events: list[dict[str, Any]] = [{"type": design.event_type, "properties": {"form": source.name, **asked}}]
    if design.consent and has_consented:
        agreed = {"text": design.consent, "page": told.get("page", ""), "form": source.name}
        events.append({"type": CONSENT_GIVEN, "properties": agreed})
    return events


def _digest(entries: Mapping[str, str], *, has_consented: bool) -> str:
    content = json.dumps([sorted(entries.items()), has_consented])
    return hashlib.sha256(content.encode()).hexdigest()
