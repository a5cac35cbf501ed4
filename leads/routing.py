"""Which rep is next: round-robin among those who are at work."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from leads.models import Handoff
from slaportal.accounts.models import Absence, Role, User

# Any fixed number will do; it names the queue for the next rep among PostgreSQL's advisory locks.
_ROUND_ROBIN = 7_352_001

# Who may have leads; a sales manager is given some only where the company has no rep.
SELLERS = (Role.REP, Role.SALES_MANAGER)

# Handoffs that nobody works on: without a rep, or with one who was deactivated or does something else now.
LEFT = Q(rep__is_active=False) | (Q(rep__isnull=False) & ~Q(rep__role__in=SELLERS))
WITHOUT_REP = Q(rep=None) | LEFT

# Higher than the key of any handoff so far.
AFTER_ALL_KEYS = 2**63


def is_rep(user: User) -> bool:
    """Whether this person takes leads at all, today or another day."""
    return user.is_active and user.role in SELLERS


def take_turn() -> None:
    """Wait until no other transaction is choosing a rep; the turn ends with the caller's transaction.

    Taken before any lead or handoff is locked, so that two who hand over never wait for each other in a ring.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ROUND_ROBIN])


def reps_at_work(at: datetime, timezone: str) -> QuerySet[User]:
    """Active reps who are available and not absent on the day that `at` is in the company's time zone.

    Where the company has no active rep, its sales managers take the leads: in the smallest team they are the rep.
    """
    today = at.astimezone(ZoneInfo(timezone)).date()
    absent = Absence.objects.filter(user=OuterRef("pk"), starts_on__lte=today, ends_on__gte=today)
    has_reps = Exists(User.objects.filter(role=Role.REP, is_active=True))
    sells = Q(role=Role.REP) | (Q(role=Role.SALES_MANAGER) & ~has_reps)
    return User.objects.filter(~Exists(absent), sells, is_active=True, is_available=True)


class RoundRobin:
    """Chooses the reps of the handoffs that are opened at one moment, one after the other. Needs the turn."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._reps: dict[str, list[User]] = {}
        # The key of the handoff by which each rep was last given a lead. Keys are in the order of the turns, whatever
        # time those who took them went by.
        self._last: dict[int, int] = {}
        self._new_keys = count(AFTER_ALL_KEYS)

    def next_rep(self, timezone: str) -> User | None:
        """The rep at work whose last handoff is the longest ago (none at all comes first), then by id."""
        if timezone not in self._reps:
            self._reps[timezone] = self._at_work(timezone)
        rep = min(self._reps[timezone], key=lambda rep: (self._last[rep.pk], rep.pk), default=None)
        if rep is not None:
            self._last[rep.pk] = next(self._new_keys)
        return rep

    def _at_work(self, timezone: str) -> list[User]:
        last = Handoff.objects.filter(rep=OuterRef("pk")).order_by("-pk").values("pk")[:1]
        found = reps_at_work(self.at, timezone).select_related("team").annotate(last=Subquery(last))
        for rep in found:
            self._last.setdefault(rep.pk, rep.last or 0)
        return list(found)
