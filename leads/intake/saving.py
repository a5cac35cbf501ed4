"""Saves many leads at once: the same person stays one lead, however often and from wherever it is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from typing import Any

from django.db import DatabaseError, transaction

from leads.accounts.matching import account_ids, lock_accounts
from leads.accounts.names import name_key
from leads.intake import tables
from leads.intake.merging import Batch, Identity, Known
from leads.intake.rows import LeadRow, RowRejected, clean_row
from leads.merges.phones import phone_key
from leads.scoring import mark_dirty, touched_by_moves
from slaportal.accounts.models import User

MAX_ROWS = 5_000
# How often a batch is tried again after a deadlock or after somebody else wrote the same leads in between.
TRIES = 8
# Reading a phone number takes 0.1 ms.
FEW = 50
# Deadlock, and an address or a lead that came or went between our reading and our writing.
RETRIED_ERRORS = {"40P01", "40001", "23505", "23503"}


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was not taken: its place in the batch, why, and which field is at fault."""

    index: int
    code: str
    field: str = ""
    facts: dict[str, Any] = made(default_factory=dict)


@dataclass(slots=True)
class IntakeReport:
    """What became of each row; `outcomes` and `lead_ids` follow the order of the rows (None and 0: rejected)."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = made(default_factory=list)
    outcomes: list[str | None] = made(default_factory=list)
    lead_ids: list[int] = made(default_factory=list)
    # The leads that were written, and the names by which they came to be known.
    written: list[Known] = made(default_factory=list)
    new_names: dict[Identity, Known] = made(default_factory=dict)

    @property
    def accepted(self) -> int:
        return self.created + self.updated + self.unchanged


def save_leads(
    rows: Sequence[Mapping[str, Any] | LeadRow], *, source: str = "", by: User | None, at: dt.datetime
) -> IntakeReport:
    """Add the new leads, change the known ones, leave equal ones alone; bad rows are rejected one by one.

    A lead is known by (source, external_id), else by its e-mail address; `source` stands in where a row names none.
    Blanks erase nothing. Leads that scoring must look at are marked in the same transaction. Safe beside other
    calls with the same people: a batch that was overtaken is judged again on what is there by then.
    """
    if len(rows) > MAX_ROWS:
        raise ValueError(f"At most {MAX_ROWS} rows at once, got {len(rows)}.")
    clean, rejected = _cleaned(rows, source)
    for tries_left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                lock_accounts(shared=True)
                batch = _planned(clean, at=at, lock=tries_left < TRIES - 1)
                _write(batch, by=by, at=at)
                return _report(batch, len(rows), rejected)
        except tables.Overtaken:
            if not tries_left:
                raise
        except DatabaseError as error:
            if not tries_left or getattr(error.__cause__, "pgcode", None) not in RETRIED_ERRORS:
                raise
    raise AssertionError("the last try returns or raises")


def preview_leads(rows: Sequence[LeadRow], *, at: dt.datetime) -> IntakeReport:
    """What `save_leads` would do with these clean rows now; writes nothing."""
    return _report(_planned(dict(enumerate(rows)), at=at, lock=False), len(rows), [])


def _cleaned(rows: Sequence[Mapping[str, Any] | LeadRow], source: str) -> tuple[dict[int, LeadRow], list[Rejection]]:
    clean: dict[int, LeadRow] = {}
    rejected = []
    for index, row in enumerate(rows):
        try:
            clean[index] = row if isinstance(row, LeadRow) else clean_row(row, default_source=source)
        except RowRejected as error:
            rejected.append(Rejection(index, error.code, error.field, error.facts))
    return clean, rejected


def _planned(clean: Mapping[int, LeadRow], *, at: dt.datetime, lock: bool) -> Batch:
    """The rows merged into what the database holds, in their order; with `lock` nobody can overtake us again."""
    batch = Batch(at=at)
    batch.know(*tables.known_leads(clean.values(), lock=lock))
    for index, row in clean.items():
        batch.take(index, row)
    return batch


def _write(batch: Batch, *, by: User | None, at: dt.datetime) -> None:
    """Lock, then write: always in the same order, so that two batches wait for each other instead of deadlocking."""
    changed = [known for known in batch.leads() if known.is_changed and not known.is_new]
    new = [known for known in batch.leads() if known.is_new]
    accounts = find_accounts([*new, *changed])
    _read_phones([*new, *changed])
    tables.lock_unchanged_since(changed)
    tables.update_leads(changed, at=at)
    tables.insert_leads(new, at=at)
    tables.insert_identities(batch.new_identities())
    tables.insert_stage_changes(batch.stage_moves(), by=by)
    scored = [known.id for known in [*new, *changed] if known.is_new or known.needs_scoring]
    mark_dirty([*scored, *touched_by_moves(accounts)])


def find_accounts(leads: Sequence[Known]) -> set[int | None]:
    """Note in the leads about to be written which account they belong to; the accounts that known ones came to or left.

    A new lead has done nothing yet that its colleagues would be scored for.
    """
    moved: set[int | None] = set()
    for known in leads:
        known.values["company_key"] = name_key(known.values["company"])
    people = [(known.values["email"], known.values["company_key"]) for known in leads]
    for known, account_id in zip(leads, account_ids(people), strict=True):
        if not known.is_new and account_id != known.values["account_id"]:
            moved |= {account_id, known.values["account_id"]}
        known.values["account_id"] = account_id
    return moved


def _read_phones(leads: Sequence[Known]) -> None:
    """Of a few leads at once; those of a long list are read later, by a tick."""
    if len(leads) <= FEW:
        for known in leads:
            known.values["phone_key"] = known.values["phone_key"] or phone_key(
                known.values["phone"], known.values["country"]
            )


def _report(batch: Batch, n_rows: int, rejected: list[Rejection]) -> IntakeReport:
    report = IntakeReport(outcomes=[None] * n_rows, lead_ids=[0] * n_rows)
    for index, (outcome, known) in batch.outcomes.items():
        setattr(report, outcome, getattr(report, outcome) + 1)
        report.outcomes[index] = outcome
        report.lead_ids[index] = known.id
    conflicts = [Rejection(index, error.code, error.field, error.facts) for index, error in batch.conflicts.items()]
    report.written = [known for known in batch.leads() if known.is_changed]
    report.new_names = dict(batch.new_identities())
    report.rejected = sorted([*rejected, *conflicts], key=lambda rejection: rejection.index)
    return report
