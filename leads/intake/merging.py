"""Merges rows into leads in memory: which row speaks of which lead, and what it changes there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agreements.terms import lifecycle
from leads.intake.rows import TOLERANCE, LeadRow, RowRejected, shown_short
from leads.models import Stage

Identity = tuple[str, str]

# A later row overrides these; source and external id are only filled in, as other systems may know the lead too.
OVERRIDDEN = ("email", "name", "company", "title", "phone", "country", "created_at", "converted_at", "deal_amount")
FILLED_ONCE = ("source", "external_id")
EARLY_STAGES = frozenset({Stage.CONTACT.value, Stage.LEAD.value})


@dataclass(slots=True, eq=False)
class Known:
    """A lead as it is stored or about to be; `row_version` tells whether somebody wrote it in between."""

    values: dict[str, Any]
    id: int = 0
    row_version: str = ""
    was_passed_to_sales: bool = False
    is_changed: bool = False
    needs_scoring: bool = False
    # The values as they were stored; those of nested objects are replaced, never changed in place.
    stored: dict[str, Any] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return not self.row_version


@dataclass(frozen=True, slots=True)
class StageMove:
    """A row of the stage log to be written."""

    known: Known
    old: str
    new: str
    at: dt.datetime


@dataclass(slots=True)
class Batch:
    """The rows of one call on their way into leads."""

    at: dt.datetime
    outcomes: dict[int, tuple[str, Known]] = field(default_factory=dict)
    conflicts: dict[int, RowRejected] = field(default_factory=dict)
    by_identity: dict[Identity, Known] = field(default_factory=dict)
    by_email: dict[str, Known] = field(default_factory=dict)
    # Who is known by another address too keeps the one that was chosen.
    of_old: dict[str, Known] = field(default_factory=dict)
    _new_identities: dict[Identity, Known] = field(default_factory=dict)
    _moves: list[StageMove] = field(default_factory=list)

    def know(
        self, leads: Mapping[int, Known], identities: Mapping[Identity, int], addresses: Mapping[str, int]
    ) -> None:
        """Start from what the database holds: leads by id, and the ids of identities and of addresses of old."""
        self.by_identity = {identity: leads[lead_id] for identity, lead_id in identities.items()}
        self.by_email = {known.values["email"]: known for known in leads.values() if known.values["email"]}
        self.of_old = {email: leads[lead_id] for email, lead_id in addresses.items()}
        self.by_email |= self.of_old

    def take(self, index: int, row: LeadRow) -> None:
        """Merge one row into the lead it speaks of; one that speaks of two leads, or of days to come, is refused."""
        for name in ("created_at", "converted_at"):
            moment = getattr(row, name)
            if moment is not None and moment > self.at + TOLERANCE:
                self.conflicts[index] = RowRejected("date_in_future", name, value=moment.isoformat())
                return
        identity = (row.source, row.external_id) if row.external_id else None
        named = self.by_identity.get(identity) if identity else None
        addressed = self.by_email.get(row.email) if row.email else None
        if named and addressed and named is not addressed:
            self.conflicts[index] = RowRejected("email_of_another_lead", "email", value=shown_short(row.email))
            return
        known = named or addressed
        outcome = "unchanged"
        if known is None:
            known = self._added(row)
            outcome = "created"
        elif self._merged(known, row) | (identity is not None and named is None):
            outcome = "updated"
        if identity and named is None:
            self.by_identity[identity] = self._new_identities[identity] = known
        if row.email:
            self.by_email[row.email] = known
        self.outcomes[index] = (outcome, known)

    def leads(self) -> Iterable[Known]:
        """Each lead that a row spoke of, once, in the order of the rows."""
        return dict.fromkeys(known for _, known in self.outcomes.values())

    def new_identities(self) -> Mapping[Identity, Known]:
        return self._new_identities

    def stage_moves(self) -> list[StageMove]:
        return self._moves

    def _added(self, row: LeadRow) -> Known:
        values = {name: getattr(row, name) for name in (*FILLED_ONCE, *OVERRIDDEN)}
        created_at = row.created_at or self.at
        stage = row.stage or default_stage(is_converted=bool(row.converted))
        values |= {
            "attributes": dict(row.attributes),
            "as_read": dict(row.as_read),
            "converted": row.converted,
            "created_at": created_at,
            "stage": stage,
            "stage_at": created_at,
            # Found before it is written.
            "company_key": "",
            "phone_key": "",
            "account_id": None,
        }
        known = Known(values, is_changed=True, needs_scoring=True)
        first = stage if stage in EARLY_STAGES else Stage.LEAD.value
        self._moves.append(StageMove(known, "", first, created_at))
        if stage != first:
            values["stage_at"] = max(created_at, row.converted_at or created_at)
            self._moves.append(StageMove(known, first, stage, values["stage_at"]))
        return known

    def _merged(self, known: Known, row: LeadRow) -> bool:
        """Whether the row changed anything; the lead is changed in place."""
        was_converted, address = known.values["converted"], known.values["email"]
        facts = self._merged_facts(known.values, row, has_old_address=row.email in self.of_old)
        if known.values["email"] != address:
            # Given up: a later row may bring it for somebody else.
            self.by_email.pop(address, None)
        moved = self._moved(known, row, was_converted=bool(was_converted))
        shown = _merged_as_read(known.values, row)
        known.needs_scoring |= facts or moved
        known.is_changed |= facts or moved or shown
        return facts or moved or shown

    @staticmethod
    def _merged_facts(values: dict[str, Any], row: LeadRow, *, has_old_address: bool) -> bool:
        changes = _overridden(values, row)
        if has_old_address:
            changes.pop("email", None)
        if changes.keys() & {"phone", "country"}:
            changes["phone_key"] = ""
        for name in FILLED_ONCE:
            if getattr(row, name) and not values[name]:
                changes[name] = getattr(row, name)
        if row.converted is not None and row.converted != values["converted"]:
            changes["converted"] = row.converted
        if any(not is_same(values["attributes"].get(name), said) for name, said in row.attributes.items()):
            changes["attributes"] = {**values["attributes"], **row.attributes}
        values.update(changes)
        return bool(changes)

    def _moved(self, known: Known, row: LeadRow, *, was_converted: bool) -> bool:
        """Stage by the row's word, or customer by a new conversion; never against what Sales has in hand."""
        old = known.values["stage"]
        new = row.stage or (Stage.CUSTOMER.value if row.converted and not was_converted else old)
        if new == old or known.was_passed_to_sales or not (known.is_new or lifecycle.may_move(old, new)):
            return False
        known.values |= {"stage": new, "stage_at": self.at}
        self._moves.append(StageMove(known, old, new, self.at))
        return True


def _overridden(values: Mapping[str, Any], row: LeadRow) -> dict[str, Any]:
    """What the row says otherwise than the lead."""
    changes: dict[str, Any] = {}
    for name in OVERRIDDEN:
        said = getattr(row, name)
        if said is not None and said != "" and said != values[name]:
            changes[name] = said
    return changes


def default_stage(*, is_converted: bool) -> str:
    """Where a new lead stands of whose stage nothing is said."""
    return Stage.CUSTOMER.value if is_converted else Stage.LEAD.value


def _merged_as_read(values: dict[str, Any], row: LeadRow) -> bool:
    """Keep the texts that the file's columns show now, and those of other files."""
    if not row.headers:
        return False
    kept = {header: text for header, text in values["as_read"].items() if header not in row.headers}
    shown = kept | row.as_read
    for name, header in row.naming_headers.items():
        if getattr(row, name) and getattr(row, name) != values[name]:
            shown[header] = getattr(row, name)
    if shown == values["as_read"]:
        return False
    values["as_read"] = shown
    return True


def is_same(stored: Any, said: Any) -> bool:
    """Equal and of the same kind: in Python True equals 1, in a rule it does not."""
    return stored == said and isinstance(stored, bool) == isinstance(said, bool)
