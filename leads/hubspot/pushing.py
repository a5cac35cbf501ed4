"""Writes our stages and scores back to HubSpot: only what changed since the last time, a hundred contacts at once.

What has to be written follows from the rows: the values now against those that were written last. So nothing is lost
while HubSpot is away, and nothing is written twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from leads.hubspot.client import Absent, Declined, HubSpotApi
from leads.hubspot.options import Options
from leads.hubspot.progress import add_count, step_of
from leads.hubspot.pulling import CONTACTS, Report, contacts_in
from leads.hubspot.records import leads_by_contact
from leads.hubspot.troubles import note_trouble
from leads.models import HubSpotRecord, Lead, LeadSource
from leads.models.hubspot import CONTACT
from leads.scoring.reading import band_of

LOOKED_AT = 1_000
PER_CALL = 100
Change = tuple[HubSpotRecord, dict[str, str]]


def push_changes(source: LeadSource, api: HubSpotApi, report: Report) -> None:
    """Look at all contacts that are leads, and write what differs from what was written last."""
    options = Options.of(source)
    if not options.written_properties:
        return
    last = 0
    while records := _records(source, after=last):
        at = timezone.now()
        changes = _changes(source, records, options, at)
        for start in range(0, len(changes), PER_CALL):
            _write(source, api, changes[start : start + PER_CALL])
            report()
        last = records[-1].pk


def values_of(lead: Lead, options: Options, at: dt.datetime) -> dict[str, str]:
    """What HubSpot shall have of this lead, by its own property names, as text; what says nothing is left out."""
    score = getattr(lead, "score", None)
    known = {"lifecycle": options.stages_out.get(lead.stage, ""), "stage": lead.stage}
    if score is not None:
        known |= {"band": band_of(score, at), "fit": str(score.fit), "interest": str(round(score.interest))}
    return {options.pushed[name]: value for name, value in known.items() if value and options.pushed.get(name)}


def _records(source: LeadSource, *, after: int) -> list[HubSpotRecord]:
    there = HubSpotRecord.objects.filter(source=source, kind=CONTACT, gone_at=None, pk__gt=after)
    return list(there.order_by("pk")[:LOOKED_AT])


def _changes(source: LeadSource, records: Sequence[HubSpotRecord], options: Options, at: dt.datetime) -> list[Change]:
    leads = leads_by_contact(source, [record.object_id for record in records])
    by_id = Lead.objects.select_related("score").in_bulk([lead_id for lead_id, _ in leads.values()])
    changes = []
    for record in records:
        if record.object_id in leads:
            wanted = values_of(by_id[leads[record.object_id][0]], options, at)
            changed = {name: value for name, value in wanted.items() if record.pushed.get(name) != value}
            if changed:
                changes.append((record, changed))
    return changes


def _write(source: LeadSource, api: HubSpotApi, changes: Sequence[Change]) -> None:
    """One call; where HubSpot declines the batch, its halves, down to the contact that it means."""
    inputs = [{"id": record.object_id, "properties": changed} for record, changed in changes]
    try:
        written = {str(one["id"]) for one in contacts_in(api.post(f"{CONTACTS}/batch/update", {"inputs": inputs}))}
    except (Declined, Absent) as declined:
        if len(changes) > 1:
            middle = len(changes) // 2
            _write(source, api, changes[:middle])
            _write(source, api, changes[middle:])
            return
        _note_declined(source, changes[0], str(declined.facts.get("detail", "")))
        return
    _note_written(source, [change for change in changes if change[0].object_id in written])
    for change in changes:
        if change[0].object_id not in written:
            _note_declined(source, change, "")


def _note_written(source: LeadSource, changes: Sequence[Change]) -> None:
    at = timezone.now()
    with step_of(source, "contacts", source.progress.get("contacts")) as progress:
        for record, changed in changes:
            pushed = {**record.pushed, **changed}
            HubSpotRecord.objects.filter(pk=record.pk).update(pushed=pushed, pushed_at=at, push_error="")
        add_count(progress, "pushed", len(changes))


def _note_declined(source: LeadSource, change: Change, detail: str) -> None:
    """HubSpot will not have these values: they are not sent again until they change."""
    record, changed = change
    with transaction.atomic():
        HubSpotRecord.objects.filter(pk=record.pk).update(
            pushed={**record.pushed, **changed}, push_error=detail or "declined"
        )
        note_trouble(source, "hubspot_push_declined", at=timezone.now(), contact=record.object_id, detail=detail)
