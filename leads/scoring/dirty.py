"""The list of leads whose score must be computed anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable

# The update (and not "do nothing") locks a row that is there already until the change commits: the scorer skips
# it meanwhile, so that it can't score the lead as it was before and then strike it off.
MARK = """
INSERT INTO leads_dirtylead (lead_id, marked_at)
SELECT lead_id, statement_timestamp() FROM unnest(%s::bigint[]) AS marked (lead_id) ORDER BY lead_id
ON CONFLICT (lead_id) DO UPDATE SET marked_at = EXCLUDED.marked_at
"""


def mark_dirty(lead_ids: Iterable[int]) -> None:
    """Ask for new scores of these leads; call it in the transaction that changes them."""
    ids = sorted(set(lead_ids))
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(MARK, [ids])
