"""A contact of HubSpot as a row of intake: known properties fill fields, chosen ones become attributes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from leads.hubspot.options import Options
from leads.intake.rows import READERS, LeadRow, RowRejected, clean_attribute, read_moment
from leads.models import HubSpotRecord

FIELDS = {"email": "email", "company": "company", "jobtitle": "title", "phone": "phone", "country": "country"}
NAME_PARTS = ("firstname", "lastname")
STAGE = "lifecyclestage"
# What is asked for of each contact, beside the chosen properties.
BASIC = (*FIELDS, *NAME_PARTS, "mobilephone", STAGE, "createdate", "lastmodifieddate")


def row_of(
    properties: Mapping[str, Any], *, record: HubSpotRecord, source: str, options: Options, at: dt.datetime
) -> tuple[LeadRow, list[RowRejected]]:
    """The row that these properties say, and the values that cannot be taken.

    Keeps the parts of the name in the record's facts. What we wrote there ourselves says nothing new.
    """
    row = LeadRow(source=source, external_id=record.object_id)
    faults: list[RowRejected] = []
    said = {name: value for name, value in properties.items() if value not in (None, "")}
    if "phone" in properties and "phone" not in said and "mobilephone" in said:
        said["phone"] = said["mobilephone"]
    for name, field in FIELDS.items():
        if name in said:
            _read(row, field, said[name], faults)
    if name := _full_name(said, record):
        _read(row, "name", name, faults)
    row.stage = stage_of(said, record, options)
    row.created_at = moment_of(said.get("createdate"), until=at)
    for name in options.properties:
        if name in said and name not in options.written_properties:
            _read_attribute(row, name, said[name], faults)
    return row, faults


def stage_of(said: Mapping[str, Any], record: HubSpotRecord, options: Options) -> str:
    """Our stage for HubSpot's; "" where it says nothing, also where it only says what we told it."""
    told = said.get(STAGE)
    written = options.pushed["lifecycle"] == STAGE and record.pushed.get(STAGE) == told
    return "" if written else options.stages_in.get(str(told), "")


def moment_of(value: Any, *, until: dt.datetime) -> dt.datetime | None:
    """An instant as HubSpot writes it, ISO 8601 or milliseconds; None for what is none, or lies ahead."""
    try:
        if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()):
            moment = dt.datetime.fromtimestamp(int(value) / 1000, dt.UTC)
        else:
            moment = read_moment(value, "") or until + dt.timedelta.resolution
    except (RowRejected, ValueError, OverflowError, OSError):
        return None
    return moment if moment <= until else None


def _full_name(said: Mapping[str, Any], record: HubSpotRecord) -> str:
    """Both parts of the name as they stand now; "" where neither was said."""
    parts = {part: str(said[part]) for part in NAME_PARTS if part in said}
    if not parts:
        return ""
    record.facts = {**record.facts, **parts}
    return " ".join(record.facts[part] for part in NAME_PARTS if record.facts.get(part))


def _read(row: LeadRow, field: str, value: Any, faults: list[RowRejected]) -> None:
    try:
        setattr(row, field, READERS[field](str(value), field))
    except RowRejected as error:
        faults.append(error)


def _read_attribute(row: LeadRow, name: str, value: Any, faults: list[RowRejected]) -> None:
    try:
        row.attributes[name] = clean_attribute(value, name)
    except RowRejected as error:
        faults.append(error)
