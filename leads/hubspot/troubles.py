"""What went wrong with a connection, counted by its code; the words stand in leads.hubspot.words."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db import connection

from leads.models import LeadSource

NOTE = """
INSERT INTO leads_hubspottrouble AS t (source_id, code, facts, n, last_at) VALUES (%s, %s, %s::jsonb, %s, %s)
ON CONFLICT (source_id, code) DO UPDATE SET facts = excluded.facts, n = t.n + excluded.n, last_at = excluded.last_at
"""


def note_trouble(source: LeadSource, code: str, *, at: dt.datetime, n: int = 1, **facts: Any) -> None:
    """Count it; the facts of the last one are kept."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE, [source.pk, code[:60], json.dumps(facts, default=str), n, at])
