"""HubSpot's contacts and deals as rows of ours, and the leads that contacts are."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from leads.models import HubSpotRecord, LeadIdentity, LeadSource

RecordName = tuple[str, str]
CHANGING = ("facts", "wanted_at", "seen_at", "gone_at")


def records_of(source: LeadSource, names: Iterable[RecordName]) -> dict[RecordName, HubSpotRecord]:
    """The records by (kind, number); those that nobody mentioned before are new and not stored yet."""
    names = set(names)
    found = HubSpotRecord.objects.filter(source=source, object_id__in={object_id for _, object_id in names})
    records = {(record.kind, record.object_id): record for record in found}
    return {
        (kind, object_id): records.get((kind, object_id))
        or HubSpotRecord(source=source, kind=kind, object_id=object_id)
        for kind, object_id in sorted(names)
    }


def save_records(records: Iterable[HubSpotRecord]) -> None:
    """Store what was found out; the caller holds the connection, so nobody else writes them."""
    HubSpotRecord.objects.bulk_create(
        records, update_conflicts=True, unique_fields=["source", "kind", "object_id"], update_fields=CHANGING
    )


def leads_by_contact(source: LeadSource, contacts: Iterable[str]) -> dict[str, tuple[int, UUID]]:
    """{contact's number: (key, public id) of its lead}."""
    found = LeadIdentity.objects.filter(source=source.name, external_id__in=set(contacts))
    return {
        contact: (lead_id, public_id)
        for contact, lead_id, public_id in found.values_list("external_id", "lead_id", "lead__public_id")
    }
