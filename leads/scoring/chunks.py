"""Chunks of leads by ranges of their ids, as large as fits into a span of time."""

from __future__ import annotations

from agreements.compile import sql
from leads.scoring.fragments import run

NEXT = "SELECT max(id), count(*) FROM (SELECT id FROM leads_lead WHERE id > {} ORDER BY id LIMIT {}) chunk"


def next_chunk(after: int, size: int) -> tuple[int | None, int]:
    """The last id of the next ``size`` leads after ``after``, None behind the last one; and how many they are."""
    [(last, n_leads)] = run(sql(NEXT, after, size))
    return last, n_leads


def next_size(size: int, seconds: float, *, most: int, target: float) -> int:
    """How many leads fit into ``target`` seconds, by what the last chunk took.

    At most ``most``, and at most four times as many as in that one.
    """
    return max(1, min(most, 4 * size, int(size * target / max(seconds, 0.001))))
