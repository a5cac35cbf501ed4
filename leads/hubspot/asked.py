"""Reads the records that events spoke of and we do not know yet: contacts by the hundred, deals one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from leads.hubspot.client import Absent, Declined, HubSpotApi
from leads.hubspot.contacts import moment_of
from leads.hubspot.options import Options
from leads.hubspot.progress import unless_scope_is_missing
from leads.hubspot.pulling import PER_PAGE, Report, read_contacts, take_contacts, updated_at_of, wake_events
from leads.hubspot.records import leads_by_contact, records_of, save_records
from leads.hubspot.troubles import note_trouble
from leads.intake import LeadRow, save_leads
from leads.intake.rows import RowRejected, read_amount
from leads.models import HubSpotRecord, LeadSource
from leads.models.hubspot import CONTACT, DEAL

DEALS = "/crm/v3/objects/deals"
DEAL_PROPERTIES = "dealname,dealstage,pipeline,amount,closedate,hs_is_closed_won"


def read_wanted(source: LeadSource, api: HubSpotApi, report: Report) -> None:
    """All that is wanted, contacts first, in short transactions; what HubSpot does not have is not asked for again."""
    while True:
        if ids := list(_wanted(source, CONTACT).values_list("object_id", flat=True)[:PER_PAGE]):
            _read_contacts(source, api, ids)
        elif deal := _wanted(source, DEAL).first():
            _read_deal(source, api, deal)
        else:
            return
        report()


def is_anything_wanted(source: LeadSource) -> bool:
    return HubSpotRecord.objects.filter(source=source).exclude(wanted_at=None).exists()


def _read_contacts(source: LeadSource, api: HubSpotApi, ids: list[str]) -> None:
    try:
        contacts = read_contacts(source, api, ids)
    except (Absent, Declined) as declined:
        note_trouble(source, declined.code, at=timezone.now(), **declined.facts)
        contacts = []
    with transaction.atomic():
        _hold(source)
        take_contacts(source, contacts, timezone.now())
        _give_up(source, CONTACT, set(ids) - {str(contact["id"]) for contact in contacts})


def _read_deal(source: LeadSource, api: HubSpotApi, deal: HubSpotRecord) -> None:
    """A deal that cannot be read, or may not be, holds up nothing: it is told, and left."""
    try:
        with unless_scope_is_missing(source):
            found = api.get(f"{DEALS}/{deal.object_id}", properties=DEAL_PROPERTIES, associations="contacts")
            if isinstance(found.get("properties"), dict):
                with transaction.atomic():
                    _hold(source)
                    _take_deal(source, deal, found, found["properties"], timezone.now())
                return
    except (Absent, Declined) as declined:
        note_trouble(source, declined.code, at=timezone.now(), **declined.facts)
    with transaction.atomic():
        _hold(source)
        _give_up(source, DEAL, {deal.object_id})


def _take_deal(
    source: LeadSource, deal: HubSpotRecord, found: Mapping[str, Any], properties: Mapping[str, Any], at: dt.datetime
) -> None:
    """The deal's first contact bought, if it is won; a contact that we do not know yet is asked for."""
    contacts = _contacts_of(found)
    deal.facts = {**deal.facts, "contacts": contacts}
    deal.seen_at, deal.wanted_at = updated_at_of(found, at), None
    known = leads_by_contact(source, contacts)
    if contacts and not known:
        record = records_of(source, {(CONTACT, contacts[0])})[CONTACT, contacts[0]]
        if record.seen_at is None and "absent" not in record.facts:
            record.wanted_at = deal.wanted_at = record.wanted_at or at
            save_records([record, deal])
            return
    first = next((one for one in contacts if one in known), None)
    if first is not None and _is_won(source, properties):
        row = LeadRow(source=source.name, external_id=first, converted=True)
        row.converted_at = moment_of(properties.get("closedate"), until=at) or at
        _read_amount(row, properties.get("amount"), source, at)
        save_leads([row], by=None, at=at)
    save_records([deal])
    wake_events(source, {deal.object_id})


def _is_won(source: LeadSource, properties: Mapping[str, Any]) -> bool:
    stage = str(properties.get("dealstage") or "")
    return stage in Options.of(source).won_stages or str(properties.get("hs_is_closed_won")).lower() == "true"


def _read_amount(row: LeadRow, told: Any, source: LeadSource, at: dt.datetime) -> None:
    try:
        row.deal_amount = read_amount(told, "deal_amount")
    except RowRejected as error:
        note_trouble(source, error.code, at=at, contact=row.external_id, **error.facts)


def _contacts_of(found: Mapping[str, Any]) -> list[str]:
    """The numbers of the contacts that an answer ties to a deal, in HubSpot's order."""
    part: Any = found
    for name in ("associations", "contacts", "results"):
        part = part.get(name) if isinstance(part, dict) else None
    ties = part if isinstance(part, list) else []
    return list(dict.fromkeys(str(tie["id"]) for tie in ties if isinstance(tie, dict) and tie.get("id")))


def _give_up(source: LeadSource, kind: str, ids: set[str]) -> None:
    """What is not there is taken by what is known of it; its events wait no longer."""
    missing = list(HubSpotRecord.objects.filter(source=source, kind=kind, object_id__in=ids))
    for record in missing:
        record.facts, record.wanted_at = {**record.facts, "absent": True}, None
    save_records(missing)
    wake_events(source, ids)


def _hold(source: LeadSource) -> None:
    LeadSource.objects.select_for_update(no_key=True).get(pk=source.pk)


def _wanted(source: LeadSource, kind: str) -> QuerySet[HubSpotRecord]:
    wanted = HubSpotRecord.objects.filter(source=source, kind=kind).exclude(wanted_at=None)
    return wanted.order_by("wanted_at", "pk")
