"""Pulls what webhooks do not bring: all contacts once, then those that changed; each page in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from leads.hubspot.client import HubSpotApi, HubSpotAway
from leads.hubspot.contacts import BASIC, moment_of, row_of
from leads.hubspot.options import Options
from leads.hubspot.progress import add_count, step_of
from leads.hubspot.records import records_of, save_records
from leads.hubspot.troubles import note_trouble
from leads.intake import save_leads
from leads.models import HubSpotEvent, LeadSource
from leads.models.hubspot import CONTACT

CONTACTS = "/crm/v3/objects/contacts"
PER_PAGE = 100
# A search shows 10,000 records at most; behind them it is asked anew from the last one's time on.
SEARCHED = 9_900
# What changed while the last pull ran is read again; HubSpot's search is some seconds behind.
OVERLAP = dt.timedelta(minutes=5)

Report = Callable[[], None]


def pull_contacts(source: LeadSource, api: HubSpotApi, report: Report) -> None:
    """All pages from where the last run stopped; `report` hears of each, and may end the turn."""
    while True:
        at = timezone.now()
        seen = source.progress.get("contacts")
        state = dict(seen or {"since": None, "after": None})
        state.setdefault("started_at", at.isoformat())
        page = _page(api, source, state)
        contacts = contacts_in(page)
        with step_of(source, "contacts", seen) as progress:
            take_contacts(source, contacts, at)
            is_last = _go_on(state, page, contacts)
            progress["contacts"] = state
            add_count(progress, "contacts", len(contacts))
        report()
        if is_last:
            return


def read_contacts(source: LeadSource, api: HubSpotApi, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Up to 100 contacts by their numbers; those that are not there are left out."""
    body = {"properties": _properties(source), "inputs": [{"id": one} for one in ids]}
    return contacts_in(api.post(f"{CONTACTS}/batch/read", body))


def take_contacts(source: LeadSource, contacts: Sequence[Mapping[str, Any]], at: dt.datetime) -> None:
    """Save them as leads; the caller holds the connection. What a webhook told of later than this page knows stands."""
    options = Options.of(source)
    records = records_of(source, {(CONTACT, str(contact["id"])) for contact in contacts})
    newer = _newer_changes(source, contacts, at)
    rows = []
    for contact in contacts:
        record = records[CONTACT, str(contact["id"])]
        properties = {
            name: value for name, value in contact["properties"].items() if (record.object_id, name) not in newer
        }
        row, faults = row_of(properties, record=record, source=source.name, options=options, at=at)
        rows.append(row)
        for fault in faults:
            note_trouble(source, fault.code, at=at, contact=record.object_id, **fault.facts)
        record.seen_at, record.wanted_at = updated_at_of(contact, at), None
    for rejection in save_leads(rows, by=None, at=at).rejected:
        facts = {"contact": rows[rejection.index].external_id, **rejection.facts}
        note_trouble(source, rejection.code, at=at, **facts)
    save_records(records.values())
    wake_events(source, [record.object_id for record in records.values()])


def contacts_in(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The records of an answer; HubSpotAway where it is not made of records."""
    found = page.get("results")
    if not isinstance(found, list) or not all(_is_record(one) for one in found):
        raise HubSpotAway("hubspot_answer_unreadable", detail="results")
    return found


def updated_at_of(record: Mapping[str, Any], at: dt.datetime) -> dt.datetime:
    return moment_of(record.get("updatedAt"), until=at) or at


def _is_record(one: Any) -> bool:
    return isinstance(one, dict) and bool(one.get("id")) and isinstance(one.get("properties"), dict)


def _page(api: HubSpotApi, source: LeadSource, state: Mapping[str, Any]) -> dict[str, Any]:
    properties = _properties(source)
    if state["since"] is None:
        return api.get(CONTACTS, limit=PER_PAGE, after=state["after"], properties=",".join(properties))
    changed = {"propertyName": "lastmodifieddate", "operator": "GTE", "value": str(state["since"])}
    body = {
        "filterGroups": [{"filters": [changed]}],
        "sorts": [{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}],
        "properties": properties,
        "limit": PER_PAGE,
    }
    return api.post(f"{CONTACTS}/search", body | ({"after": state["after"]} if state["after"] else {}))


def _go_on(state: dict[str, Any], page: Mapping[str, Any], contacts: Sequence[Mapping[str, Any]]) -> bool:
    """Set where the next page begins; whether this was the last one."""
    after = after_of(page)
    if after is None:
        started_at = dt.datetime.fromisoformat(state.pop("started_at"))
        state |= {"after": None, "since": int((started_at - OVERLAP).timestamp() * 1000)}
        return True
    if after == state["after"]:
        raise HubSpotAway("hubspot_answer_unreadable", detail="paging")
    state["after"] = after
    if state["since"] is not None and after.isdecimal() and int(after) >= SEARCHED:
        last = _modified_at(contacts[-1]) if contacts else None
        # A millisecond further, or as many records of one moment would be read for ever.
        state |= {"after": None, "since": max(last or 0, state["since"] + 1)}
    return False


def after_of(page: Mapping[str, Any]) -> str | None:
    """The cursor of the next page."""
    paging = page.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    after = following.get("after") if isinstance(following, dict) else None
    return str(after) if after else None


def _modified_at(contact: Mapping[str, Any]) -> int | None:
    told = contact["properties"].get("lastmodifieddate") or contact.get("updatedAt")
    moment = moment_of(told, until=dt.datetime.max.replace(tzinfo=dt.UTC))
    return int(moment.timestamp() * 1000) if moment else None


def _properties(source: LeadSource) -> list[str]:
    return list(dict.fromkeys([*BASIC, *Options.of(source).properties]))


def _newer_changes(source: LeadSource, contacts: Iterable[Mapping[str, Any]], at: dt.datetime) -> set[tuple[str, str]]:
    """(contact, property) of the changes that happened after the contact was last changed as this page knows it."""
    known = {str(contact["id"]): updated_at_of(contact, at) for contact in contacts}
    told = HubSpotEvent.objects.filter(source=source, object_id__in=known, applied_at__isnull=False).exclude(
        property=""
    )
    return {
        (object_id, name)
        for object_id, name, moment in told.values_list("object_id", "property", "occurred_at")
        if moment > known[object_id]
    }


def wake_events(source: LeadSource, ids: Iterable[str]) -> None:
    """Let the events that waited for these records be applied now."""
    HubSpotEvent.objects.filter(source=source, object_id__in=set(ids), applied_at=None).update(available_at=None)
