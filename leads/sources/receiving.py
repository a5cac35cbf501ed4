"""Takes what a signed webhook delivers: leads, events or both, in our shapes or in the sender's own."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from leads.intake import MAX_ROWS, Rejection, RowRejected, append_events, save_leads
from leads.intake.saving import IntakeReport
from leads.models import Lead, LeadSource, SourceSample
from leads.sources.deliveries import claim
from leads.sources.mapping import FieldPaths
from slaportal.web.refusals import RefusedInput

MOST_SAMPLE_BYTES = 65_536


@dataclass(slots=True)
class DeliveryReport:
    """What became of a delivery; `is_repeated`: it came before, and nothing was looked at again."""

    is_repeated: bool = False
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    events: int = 0
    duplicates: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    lead_ids: list[int] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """Leads and events that are here now because of this delivery, or were here before."""
        return self.created + self.updated + self.unchanged + self.events + self.duplicates


@dataclass(frozen=True, slots=True)
class Item:
    """One object of the body: a lead, an event, or both."""

    lead: Mapping[str, Any] | None
    event: Mapping[str, Any] | None


def receive_delivery(*, source: LeadSource, delivery: str, body: Any, at: dt.datetime) -> DeliveryReport:
    """Save the leads and append the events of a JSON object or list; the same delivery again changes nothing.

    The source speaks in its own name alone: whatever the body says, leads and events are known under the source's.
    An event without a time happened now; one without a name is named by the delivery and its place in it.
    RefusedInput("too_many_rows"), or RefusedInput("nothing_taken", report=…) where every item is rejected: then the
    delivery is not remembered, so that it can be sent again once the mapping is right.
    """
    sent = body if isinstance(body, list) else [body]
    if len(sent) > MAX_ROWS:
        raise RefusedInput("too_many_rows", limit=MAX_ROWS, rows=len(sent))
    report = DeliveryReport()
    with transaction.atomic():
        if not claim(source, delivery, at=at):
            return DeliveryReport(is_repeated=True)
        items = _read(sent, source, report)
        public_ids = _save(items, source, report, at)
        _append(items, public_ids, source, delivery, report, at)
        report.rejected.sort(key=lambda rejection: rejection.index)
        if not report.taken:
            raise RefusedInput("nothing_taken", report=report)
    return report


def keep_sample(source: LeadSource, body: Any, *, at: dt.datetime) -> None:
    """Keep the body as the newest one, unless it is so large that nobody could map it by hand, or has no fields."""
    if isinstance(body, dict | list) and len(json.dumps(body)) <= MOST_SAMPLE_BYTES:
        SourceSample.objects.update_or_create(source=source, defaults={"body": body, "received_at": at})


def read_item(given: Any, options: Mapping[str, Any]) -> Item:
    """One object of a body by the source's options; RowRejected where it holds nothing that we know.

    {"lead": …, "event": …} in the API's shapes, or a lead alone; with a mapping, whatever the mapping finds.
    """
    if not isinstance(given, Mapping):
        raise RowRejected("row_not_an_object")
    paths = FieldPaths.of(options)
    found = paths.applied_to(given) if paths else given
    if not paths and not found.keys() & {"lead", "event"}:
        found = {"lead": given}
    for name in found:
        if name not in {"lead", "event"}:
            raise RowRejected("unknown_field", str(name)[:100], name=str(name)[:100])
    lead, event = found.get("lead"), found.get("event")
    for name, part in (("lead", lead), ("event", event)):
        if part is not None and not isinstance(part, Mapping):
            raise RowRejected("row_not_an_object", name)
    if lead is None and event is None:
        raise RowRejected("nothing_mapped")
    return Item(lead, _with_type(event, options))


def _with_type(event: Mapping[str, Any] | None, options: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The event with the source's own type where it says none; a lead alone brings an event if the source has one."""
    kind = options.get("event_type")
    if kind and not (event or {}).get("type"):
        return {**(event or {}), "type": kind}
    return event


def _read(sent: Sequence[Any], source: LeadSource, report: DeliveryReport) -> dict[int, Item]:
    items = {}
    for index, given in enumerate(sent):
        try:
            items[index] = read_item(given, source.options)
        except RowRejected as error:
            report.rejected.append(Rejection(index, error.code, error.field, error.facts))
    return items


def _save(items: Mapping[int, Item], source: LeadSource, report: DeliveryReport, at: dt.datetime) -> dict[int, str]:
    """The public ids of the saved leads by the place of their item."""
    places = [index for index, item in items.items() if item.lead is not None]
    saved = save_leads([{**(items[index].lead or {}), "source": source.name} for index in places], by=None, at=at)
    _tell(saved, places, report)
    ids = {places[place]: key for place, key in enumerate(saved.lead_ids) if key}
    known = dict(Lead.objects.filter(pk__in=ids.values()).values_list("pk", "public_id"))
    report.lead_ids = list(ids.values())
    return {index: str(known[key]) for index, key in ids.items()}


def _tell(saved: IntakeReport, places: Sequence[int], report: DeliveryReport) -> None:
    report.created, report.updated, report.unchanged = saved.created, saved.updated, saved.unchanged
    report.rejected += [_moved(rejection, places, "lead") for rejection in saved.rejected]


def _append(
    items: Mapping[int, Item],
    public_ids: Mapping[int, str],
    source: LeadSource,
    delivery: str,
    report: DeliveryReport,
    at: dt.datetime,
) -> None:
    """Append the events; one whose lead was rejected is left out, since the lead's own mistake is told already."""
    places = [i for i, item in items.items() if item.event is not None and (item.lead is None or i in public_ids)]
    rows = []
    for index in places:
        given: dict[str, Any] = {"occurred_at": at, **(items[index].event or {}), "source": source.name}
        given["external_id"] = given.get("external_id") or f"{delivery}:{index}"
        if index in public_ids:
            given["lead"] = {"id": public_ids[index]}
        rows.append(given)
    appended = append_events(rows, by=None, at=at)
    report.events, report.duplicates = appended.accepted, appended.duplicates
    report.rejected += [_moved(rejection, places, "event") for rejection in appended.rejected]


def _moved(rejection: Rejection, places: Sequence[int], part: str) -> Rejection:
    """The rejection with the item's place in the body and the part at fault in front of the field."""
    path = f"{part}.{rejection.field}" if rejection.field else part
    return Rejection(places[rejection.index], rejection.code, path, rejection.facts)
