"""Each delivery counts once: its name is claimed in the transaction that takes it, and copies wait for that."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from leads.models import LeadSource, SourceDelivery, SourceKind

# A second click, a reload, a page that sends again by itself: all within this time.
FORM_REMEMBERED_FOR = dt.timedelta(minutes=10)

CLAIM = """
INSERT INTO leads_sourcedelivery AS d (source_id, name, received_at) VALUES (%(source)s, %(name)s, %(at)s)
ON CONFLICT (source_id, name) DO UPDATE SET received_at = excluded.received_at
  WHERE d.received_at < %(forgotten)s::timestamptz
RETURNING id
"""


def claim(source: LeadSource, name: str, *, at: dt.datetime, remembered_for: dt.timedelta | None = None) -> bool:
    """Whether this delivery is new, for ever or as long as names are remembered; inside the caller's transaction."""
    forgotten = at - remembered_for if remembered_for else None
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"source": source.pk, "name": name, "at": at, "forgotten": forgotten})
        return cursor.fetchone() is not None


def forget_forms(at: dt.datetime) -> int:
    """Delete the digests of forms that no second click can follow any more; how many there were."""
    past = SourceDelivery.objects.filter(source__kind=SourceKind.FORM, received_at__lt=at - FORM_REMEMBERED_FOR)
    return past.delete()[0]
