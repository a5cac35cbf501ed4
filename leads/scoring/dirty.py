"""The list of leads whose score must be computed anew, and working it off."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from leads.scoring.colleagues import any_shared, fill_with_colleagues, mark_colleagues
from leads.scoring.fragments import one_of, these
from leads.scoring.governing import governing, lock_scores
from leads.scoring.slots import ensure_slots, slots_of
from leads.scoring.windows import due_leads
from leads.scoring.writing import write_scores

# The update (and not "do nothing") locks a row that is there already until the change commits: the scorer skips
# it meanwhile, so that it can't score the lead as it was before and then strike it off.
MARK = """
INSERT INTO leads_dirtylead (lead_id, marked_at)
SELECT lead_id, statement_timestamp() FROM unnest(%s::bigint[]) AS marked (lead_id) ORDER BY lead_id
ON CONFLICT (lead_id) DO UPDATE SET marked_at = EXCLUDED.marked_at
"""
TAKE = """
DELETE FROM leads_dirtylead WHERE lead_id IN (
    SELECT lead_id FROM leads_dirtylead WHERE lead_id BETWEEN %s AND %s ORDER BY lead_id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING lead_id
"""
LAST_ID = 2**63 - 1
# Where colleagues count, a whole account turns hot at once, and to find out when a hot lead cools down takes long: so
# many at a time, or intake would wait.
SHARED_LIMIT = 500


def mark_dirty(lead_ids: Iterable[int]) -> None:
    """Ask for new scores of these leads; call it in the transaction that changes them."""
    ids = sorted(set(lead_ids))
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(MARK, [ids])


def score_dirty(at: datetime | None = None, limit: int = 5_000) -> int:
    """Score up to ``limit`` new and changed leads, and as many of whose windows an event has left; how many they were.

    What qualifies by this counts as past: only an event opens a handoff. Before any terms are in force the list waits.
    """
    at = at or timezone.now()
    prepared = governing()
    if not prepared:
        return 0
    ensure_slots(prepared, at)
    with transaction.atomic():
        lock_scores()
        in_force = governing()
        slots = slots_of(in_force)
        if slots is None:
            return 0  # Other terms came into force this moment; their turn is next.
        if any_shared(in_force):
            limit = min(limit, SHARED_LIMIT)
        due = due_leads(slots, at, limit)
        taken = sorted({*take_dirty(limit=limit), *due})
        if any_shared(in_force):
            mark_colleagues(due, besides=taken)
        if taken:
            fill_with_colleagues(in_force, slots, one_of("lead_id", taken), at)
            write_scores(in_force, slots, these(taken), at)
    return len(taken)


def take_dirty(*, first: int = 0, last: int = LAST_ID, limit: int | None = None) -> list[int]:
    """Strike leads off the list; the caller scores them in the same transaction, whose statements to come see them."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [first, last, limit])
        return sorted(lead_id for (lead_id,) in cursor.fetchall())
