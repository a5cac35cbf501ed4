"""Which terms govern the scores, and the lock that keeps counting and computing apart."""

from __future__ import annotations

from django.db import connection

from agreements.models import AgreementVersion
from agreements.selectors import active_version

# Any number that no other advisory lock of the project uses.
SCORES = 7_305_001


def governing_version() -> AgreementVersion | None:
    """The version that scores every lead: the active one of the first agreement; None before any is active."""
    return active_version()


def lock_scores(*, shared: bool = False) -> None:
    """Hold the scores until the end of the transaction.

    Whoever counts events takes it shared: any number of drains side by side, each with row locks in the order of the
    lead ids. Whoever computes scores from what is counted, or changes the slots, takes it alone: a score would
    otherwise be written from sums that a drain has just replaced. Take it first in the transaction.
    """
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [SCORES])
