"""How much each source sent and when, one row per day; each count is one atomic statement of its own."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from django.db import connection
from django.utils import timezone

from leads.models import LeadSource, SourceDay
from slaportal.web.middleware import zone_named

What = Literal["received", "refused", "spam"]

COUNT = """
INSERT INTO leads_sourceday AS d (source_id, day, received, refused, spam, last_received_at)
VALUES (%(source)s, %(day)s, %(received)s, %(refused)s, %(spam)s, CASE WHEN %(received)s > 0 THEN %(at)s END)
ON CONFLICT (source_id, day) DO UPDATE
  SET received = d.received + excluded.received, refused = d.refused + excluded.refused, spam = d.spam + excluded.spam,
      last_received_at = greatest(d.last_received_at, excluded.last_received_at)
"""


def count(source: LeadSource, what: What, *, at: dt.datetime, n: int = 1) -> None:
    """Count what came. Outside of a transaction: whoever counts the same source waits until it ends."""
    counts = {name: n if name == what else 0 for name in ("received", "refused", "spam")}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"source": source.pk, "day": company_day(at), "at": at, **counts})


def company_day(at: dt.datetime) -> dt.date:
    """The day that it is where the company keeps its hours."""
    return timezone.localtime(at, zone_named("")).date()


def today_of(source: LeadSource, at: dt.datetime) -> SourceDay:
    """What came today; zeros where nothing did."""
    day = company_day(at)
    return SourceDay.objects.filter(source=source, day=day).first() or SourceDay(
        source=source, day=day, received=0, refused=0, spam=0
    )
