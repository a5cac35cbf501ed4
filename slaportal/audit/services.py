"""Writes the record of who did what, and seals it into a hash chain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from slaportal.audit.models import AuditEntry
from slaportal.outbox.ticks import every

if TYPE_CHECKING:
    from slaportal.accounts.models import User

SEALER_LOCK = 7_253_001
BATCH = 1000


def record(action: str, *, by: User | None, on: str, at: datetime, **facts: Any) -> AuditEntry:
    """Append one row, in the caller's transaction. `action` is past tense, `on` names the thing: "lead:<uuid>"."""
    [entry] = record_all([entry_of(action, by=by, on=on, at=at, **facts)])
    return entry


def record_all(entries: Iterable[AuditEntry]) -> list[AuditEntry]:
    """Append rows of `entry_of` in this order, in the caller's transaction and one statement."""
    return AuditEntry.objects.bulk_create(entries)


def entry_of(action: str, *, by: User | None, on: str, at: datetime, **facts: Any) -> AuditEntry:
    """The row that `record` appends, not written yet."""
    return AuditEntry(action=action, actor=by, on=on, at=at, facts=json.loads(json.dumps(facts, cls=DjangoJSONEncoder)))


@every(10, name="seal the audit")
def seal(at: datetime) -> int:
    """Give each entry without a place its number and digest in the chain; how many were sealed.

    One sealer at a time: who does not get the lock leaves the work to whoever has it. Entries that commit later
    with a smaller id simply come later in the chain.
    """
    sealed = 0
    while True:
        batch = _seal_batch()
        sealed += batch
        if batch < BATCH:
            return sealed


def digest_of(entry: AuditEntry, *, seq: int, prev: str) -> str:
    """sha256 (hex) over the previous digest, the number and the row as canonical JSON."""
    row = {
        "id": entry.pk,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor_id,
        "action": entry.action,
        "on": entry.on,
        "facts": entry.facts,
    }
    canonical = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{prev}|{seq}|{canonical}".encode()).hexdigest()


def _seal_batch() -> int:
    with transaction.atomic():
        if not _is_only_sealer():
            return 0
        last = AuditEntry.objects.exclude(seq=None).order_by("-seq").only("seq", "digest").first()
        seq, prev = (last.seq or 0, last.digest) if last else (0, "")
        entries = list(AuditEntry.objects.filter(seq=None).order_by("id")[:BATCH])
        for entry in entries:
            seq += 1
            entry.seq, entry.prev, entry.digest = seq, prev, digest_of(entry, seq=seq, prev=prev)
            prev = entry.digest
        AuditEntry.objects.bulk_update(entries, ["seq", "prev", "digest"], batch_size=200)
    return len(entries)


def _is_only_sealer() -> bool:
    """A lock that ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER_LOCK])
        return bool(cursor.fetchone()[0])
