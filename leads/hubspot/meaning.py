"""What a batch of HubSpot's events means: rows for the leads, facts for their timelines, records to ask for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Max

from leads.hubspot.contacts import row_of
from leads.hubspot.options import Options, token_of
from leads.hubspot.records import leads_by_contact, records_of, save_records
from leads.hubspot.troubles import note_trouble
from leads.intake import LeadRow, append_events, save_leads
from leads.models import HubSpotEvent, HubSpotOutcome, HubSpotRecord, LeadIdentity, LeadSource
from leads.models.hubspot import CONTACT, DEAL

# How long an event waits until its contact was read from HubSpot; then it counts by what is known.
PATIENCE = dt.timedelta(minutes=15)
LOOK_AGAIN = dt.timedelta(minutes=1)
LONGEST_VALUE = 10_000
# A change of HubSpot's people is never ours, whatever value it has.
OF_PROGRAMS = frozenset({"INTEGRATION", "INTEGRATIONS_PLATFORM", "API", ""})
CLOCKS_DIFFER = dt.timedelta(minutes=5)
DEAL_PROPERTIES = frozenset({"dealstage", "amount", "closedate", "pipeline", "hs_is_closed_won", ""})
COMES_AND_GOES = frozenset({"contact.deletion", "contact.privacyDeletion", "contact.restore"})
# Subscriptions of newer apps name the object by its number.
OBJECTS = {"0-1": CONTACT, "0-3": DEAL}


class Reading:
    """One batch of one connection, in the order in which it happened; `apply` writes it in the caller's transaction."""

    def __init__(self, source: LeadSource, events: Sequence[HubSpotEvent], at: dt.datetime) -> None:
        self.source, self.at = source, at
        self.events = sorted(events, key=_in_order)
        self.options = Options.of(source)
        self.can_ask = bool(token_of(source)) and not source.progress.get("stopped")
        self.rows: list[tuple[HubSpotEvent, LeadRow]] = []
        # (event, the contact it is about, type, properties)
        self.facts: list[tuple[HubSpotEvent, str, str, dict[str, Any]]] = []
        named = {(_kind_of(event), one) for event in events for one in _objects_of(event)}
        self.records = records_of(source, {name for name in named if name[0] in (CONTACT, DEAL)})
        self.known = leads_by_contact(source, self._contacts())
        self.newest = _newest_changes(source, events)
        self.lasting = _lasting(source, events)

    def apply(self) -> None:
        for event in self.events:
            meaning = MEANINGS.get(_type_of(event))
            if meaning is None:
                self._keep(event)
            else:
                meaning(self, event)
        self._save_rows()
        self._append_facts()
        save_records(self.records.values())
        _mark(self.events)

    def created(self, event: HubSpotEvent) -> None:
        """A new contact: a lead by what is known of it."""
        record = self._record(event)
        if not self._waits(event, record):
            self._take(event, record, {"createdate": _milliseconds(event.occurred_at)})
            self._tell(event, event.object_id, "contact_created")

    def changed(self, event: HubSpotEvent) -> None:
        """A property has a new value: a fact in any case, and the lead's new value unless a newer one is known."""
        record, value = self._record(event), event.payload.get("propertyValue")
        if self._is_ours(event, record):
            event.outcome, event.applied_at = HubSpotOutcome.OURS, self.at
            return
        if self._waits(event, record):
            return
        said = {} if self._is_stale(event, record) else {event.property: value}
        self._take(event, record, said)
        self._tell(event, event.object_id, "property_change", name=event.property, value=_bounded(value))

    def deleted(self, event: HubSpotEvent) -> None:
        """Deleted there: a fact here, where nothing is deleted."""
        if event.pk in self.lasting:
            self._record(event).gone_at = event.occurred_at
        private = event.type.endswith("privacyDeletion")
        self._tell(event, event.object_id, "contact_privacy_deleted" if private else "contact_deleted")

    def restored(self, event: HubSpotEvent) -> None:
        if event.pk in self.lasting:
            self._record(event).gone_at = None
        self._tell(event, event.object_id, "contact_restored")

    def merged(self, event: HubSpotEvent) -> None:
        """Several contacts became one: each of their numbers goes on naming a lead; two leads stay two."""
        main, *others = _objects_of(event) or [""]
        lead = next((self.known[one] for one in (main, *others) if one in self.known), None)
        if lead is not None:
            new = [one for one in (main, *others) if one not in self.known]
            LeadIdentity.objects.bulk_create(
                [LeadIdentity(lead_id=lead[0], source=self.source.name, external_id=one) for one in new],
                ignore_conflicts=True,
            )
            self.known |= dict.fromkeys(new, lead)
        differ = sorted({str(self.known[one][1]) for one in others if one in self.known and self.known[one] != lead})
        self._tell(event, main, "contact_merged", contacts=[main, *others], other_leads=differ)

    def deal(self, event: HubSpotEvent) -> None:
        """About a deal: told on its contact's lead; what it comes to is read from HubSpot."""
        record = self._record(event)
        if self.can_ask and event.property in DEAL_PROPERTIES and not event.type.endswith("deletion"):
            record.wanted_at = record.wanted_at or self.at
        if "contacts" not in record.facts and self._waits(event, record):
            return
        contact = next((one for one in record.facts.get("contacts", []) if one in self.known), "")
        said = {"deal": event.object_id}
        if event.property:
            said |= {"name": event.property, "value": _bounded(event.payload.get("propertyValue"))}
        kind = {"creation": "deal_created", "deletion": "deal_deleted"}.get(event.type.partition(".")[2], "deal_change")
        self._tell(event, contact, kind, **said)

    def _save_rows(self) -> None:
        report = save_leads([row for _, row in self.rows], by=None, at=self.at)
        for rejection in report.rejected:
            event, row = self.rows[rejection.index]
            event.error = rejection.code
            note_trouble(self.source, rejection.code, at=self.at, contact=row.external_id, **rejection.facts)
        self.known = leads_by_contact(self.source, self._contacts())

    def _append_facts(self) -> None:
        """Each on its lead's timeline; about nobody we know, it is kept as it came."""
        told = []
        for event, contact, kind, properties in self.facts:
            event.applied_at = self.at
            if contact in self.known:
                told.append((event, self._lead_event(event, contact, kind, properties)))
            else:
                event.outcome, event.error = HubSpotOutcome.KEPT, event.error or "lead_unknown"
        report = append_events([row for _, row in told], by=None, at=self.at)
        for event, _ in told:
            event.outcome = HubSpotOutcome.APPLIED
        for rejection in report.rejected:
            event = told[rejection.index][0]
            event.outcome, event.error = HubSpotOutcome.KEPT, rejection.code

    def _lead_event(self, event: HubSpotEvent, contact: str, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {
            "source": self.source.name,
            "external_id": f"webhook:{event.key}",
            "lead": {"id": str(self.known[contact][1])},
            "type": kind,
            "occurred_at": min(event.occurred_at, self.at),
            "properties": properties,
        }

    def _tell(self, event: HubSpotEvent, contact: str, kind: str, **properties: Any) -> None:
        by = event.payload.get("changeSource")
        self.facts.append((event, contact, kind, {**properties, **({"by": by} if isinstance(by, str) else {})}))

    def _keep(self, event: HubSpotEvent) -> None:
        event.outcome, event.applied_at, event.error = HubSpotOutcome.KEPT, self.at, "type_unknown"

    def _record(self, event: HubSpotEvent) -> HubSpotRecord:
        return self.records[_kind_of(event), event.object_id]

    def _take(self, event: HubSpotEvent, record: HubSpotRecord, said: dict[str, Any]) -> None:
        """What is said of a contact goes to its lead; of one that is gone there, no new lead is made."""
        if record.gone_at is not None and event.object_id not in self.known:
            return
        row, faults = row_of(said, record=record, source=self.source.name, options=self.options, at=self.at)
        for fault in faults:
            note_trouble(self.source, fault.code, at=self.at, contact=record.object_id, **fault.facts)
        self.rows.append((event, row))

    def _waits(self, event: HubSpotEvent, record: HubSpotRecord) -> bool:
        """Whether HubSpot is asked first who this is; not for ever, and not twice."""
        is_known = record.kind == CONTACT and event.object_id in self.known
        was_read = record.seen_at is not None or "absent" in record.facts
        may_ask = self.can_ask and event.object_id.isdecimal()
        if is_known or was_read or not may_ask or event.received_at < self.at - PATIENCE:
            return False
        record.wanted_at = record.wanted_at or self.at
        event.available_at = self.at + LOOK_AGAIN
        return True

    def _is_ours(self, event: HubSpotEvent, record: HubSpotRecord) -> bool:
        """Whether HubSpot tells us what we wrote there ourselves."""
        if record.pushed_at is None or event.occurred_at < record.pushed_at - CLOCKS_DIFFER:
            return False
        by = event.payload.get("changeSource")
        same = record.pushed.get(event.property) == event.payload.get("propertyValue")
        return event.property in record.pushed and same and str(by or "") in OF_PROGRAMS

    def _is_stale(self, event: HubSpotEvent, record: HubSpotRecord) -> bool:
        if record.seen_at is not None and record.seen_at >= event.occurred_at:
            return True
        return self.newest.get((event.object_id, event.property), event.occurred_at) > event.occurred_at

    def _contacts(self) -> set[str]:
        of_deals = (one for record in self.records.values() for one in record.facts.get("contacts", []))
        return {object_id for kind, object_id in self.records if kind == CONTACT} | set(of_deals)


MARK = """
UPDATE leads_hubspotevent AS e
SET applied_at = r.applied_at, outcome = r.outcome, error = r.error, available_at = r.available_at
FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::timestamptz[])
    AS r (id, applied_at, outcome, error, available_at) WHERE e.id = r.id
"""
Meaning = Callable[[Reading, HubSpotEvent], None]
MEANINGS: dict[str, Meaning] = {
    "contact.creation": Reading.created,
    "contact.propertyChange": Reading.changed,
    "contact.deletion": Reading.deleted,
    "contact.privacyDeletion": Reading.deleted,
    "contact.restore": Reading.restored,
    "contact.merge": Reading.merged,
    "deal.creation": Reading.deal,
    "deal.propertyChange": Reading.deal,
    "deal.deletion": Reading.deal,
}


def _type_of(event: HubSpotEvent) -> str:
    """The subscription's type; one of a newer app with its object's name. Without an object it means nothing."""
    if not _objects_of(event):
        return ""
    start, _, rest = event.type.partition(".")
    return f"{_kind_of(event)}.{rest}" if start == "object" else event.type


def _kind_of(event: HubSpotEvent) -> str:
    start = event.type.partition(".")[0]
    return OBJECTS.get(str(event.payload.get("objectTypeId")), CONTACT) if start == "object" else start[:10]


def _objects_of(event: HubSpotEvent) -> list[str]:
    """The numbers that an event is about, the surviving one of a merge first."""
    payload = event.payload
    merged = payload.get("mergedObjectIds")
    named = [payload.get("newObjectId"), payload.get("primaryObjectId"), event.object_id]
    numbers = [str(one)[:64] for one in [*named, *(merged if isinstance(merged, list) else [])] if one]
    return list(dict.fromkeys(numbers)) if event.type.endswith(".merge") else [event.object_id][: bool(event.object_id)]


def _newest_changes(source: LeadSource, events: Iterable[HubSpotEvent]) -> dict[tuple[str, str], dt.datetime]:
    """When each property of these contacts was last changed, by all that ever came."""
    named = [event for event in events if event.property]
    found = (
        HubSpotEvent.objects.filter(
            source=source,
            object_id__in={event.object_id for event in named},
            property__in={event.property for event in named},
        )
        .values("object_id", "property")
        .annotate(last=Max("occurred_at"))
        .values_list("object_id", "property", "last")
    )
    return {(object_id, name): last for object_id, name, last in found}


def _lasting(source: LeadSource, events: Iterable[HubSpotEvent]) -> set[int]:
    """Which events say last, by all that ever came, whether these contacts are there."""
    named = {event.object_id for event in events if _type_of(event) in COMES_AND_GOES}
    if not named:
        return set()
    found = HubSpotEvent.objects.filter(source=source, object_id__in=named, property="")
    said = sorted((event for event in found if _type_of(event) in COMES_AND_GOES), key=_in_order)
    return set({event.object_id: event.pk for event in said}.values())


def _mark(events: Sequence[HubSpotEvent]) -> None:
    """Store what became of them; a bulk_update would take nine tenths of the whole time."""
    columns: list[list[Any]] = [
        [event.pk for event in events],
        [event.applied_at for event in events],
        [str(event.outcome) for event in events],
        [event.error for event in events],
        [event.available_at for event in events],
    ]
    with connection.cursor() as cursor:
        cursor.execute(MARK, columns)


def _in_order(event: HubSpotEvent) -> tuple[dt.datetime, int, int]:
    """As it happened; of one moment, what begins comes first and what ends last."""
    end = event.type.rpartition(".")[2]
    return event.occurred_at, {"creation": 0, "merge": 2, "deletion": 3, "privacyDeletion": 3}.get(end, 1), event.pk


def _milliseconds(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)


def _bounded(value: Any) -> Any:
    return value[:LONGEST_VALUE] if isinstance(value, str) else value
