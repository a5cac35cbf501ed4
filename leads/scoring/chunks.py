"""Chunks of leads by ranges of their ids, as large as fits into a span of time."""

from __future__ import annotations

from django.db.models import Count, Max

from leads.models import Lead


def next_chunk(after: int, size: int) -> tuple[int | None, int]:
    """The last id of the next ``size`` leads after ``after``, None behind the last one; and how many they are."""
    ids = Lead.objects.filter(id__gt=after).order_by("id").values("id")[:size]
    found = ids.aggregate(last=Max("id"), n=Count("id"))
    return found["last"], found["n"]


def next_size(size: int, seconds: float, *, most: int, target: float) -> int:
    """How many leads fit into ``target`` seconds, by what the last chunk took.

    At most ``most``, and at most four times as many as in that one.
    """
    return max(1, min(most, 4 * size, int(size * target / max(seconds, 0.001))))
