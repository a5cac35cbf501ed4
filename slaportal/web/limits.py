"""How often somebody may come: counted in fixed windows by one atomic statement, so that copies at once count too."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from dataclasses import dataclass

from django.db import connection

from slaportal.web.models import RateCount

# A window that has begun anew starts from nothing; what does not fit any more changes nothing, so that whoever asks
# for too much at once may still ask for less.
TAKE = """
INSERT INTO web_ratecount AS c (key, ends_at, used) VALUES (%(key)s, %(ends_at)s, %(cost)s)
ON CONFLICT (key) DO UPDATE
  SET used = CASE WHEN c.ends_at < excluded.ends_at THEN 0 ELSE c.used END + excluded.used,
      ends_at = greatest(c.ends_at, excluded.ends_at)
  WHERE c.ends_at < excluded.ends_at OR c.used + excluded.used <= %(most)s
RETURNING used
"""
LONGEST_KEY = 200


@dataclass(frozen=True)
class Limit:
    """At most so many in each window of so many seconds; `name` keeps its counts apart from other limits'."""

    name: str
    most: int
    seconds: int


@dataclass(frozen=True)
class Taken:
    """Whether it was granted, how many are left in this window, and in how many seconds the next one begins."""

    limit: Limit
    is_granted: bool
    left: int
    seconds_left: int


def take(limit: Limit, whose: str, *, at: dt.datetime, cost: int = 1) -> Taken:
    """Take `cost` of what `whose` (an address, a token's key) may have in this window; all of it or nothing.

    One statement, safe side by side. Call it outside of a transaction: inside of one, everybody with the same key
    waits until it ends, and what a roll-back undoes was not counted.
    """
    step = dt.timedelta(seconds=limit.seconds)
    ends_at = dt.datetime.fromtimestamp(at.timestamp() // limit.seconds * limit.seconds, dt.UTC) + step
    seconds_left = max(1, math.ceil((ends_at - at).total_seconds()))
    if cost > limit.most:
        return Taken(limit, False, 0, seconds_left)
    facts: dict[str, str | int | dt.datetime] = {
        "key": _key(limit, whose),
        "ends_at": ends_at,
        "cost": cost,
        "most": limit.most,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, facts)
        row = cursor.fetchone()
    return Taken(limit, row is not None, limit.most - row[0] if row else 0, seconds_left)


def forget_past_windows(at: dt.datetime) -> int:
    """Delete the counts of windows that are over; how many there were."""
    return RateCount.objects.filter(ends_at__lt=at).delete()[0]


def _key(limit: Limit, whose: str) -> str:
    """The name of the count; what is long or odd is told by its digest."""
    key = f"{limit.name}:{whose}"
    if len(key) <= LONGEST_KEY and key.isascii() and key.isprintable():
        return key
    return f"{limit.name}:{hashlib.sha256(whose.encode('utf-8', 'surrogatepass')).hexdigest()}"
