"""Marketing's promise of so many qualified leads a month: opened for the running month, counted, and kept or broken."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, Q, QuerySet

from agreements.models import AgreementVersion
from agreements.selectors import versions_in_force
from agreements.terms.document import Commitment as Clause
from leads.commitments import OPEN, Kind, times_of
from leads.models import Commitment, Stage, StageChange
from leads.months import Month


def open_month(version: AgreementVersion, at: datetime) -> Commitment | None:
    """Open the promise of the month that ``at`` lies in, once; None where the terms promise nothing or it is open.

    It is due at the month's last instant in the company's time zone; a version that comes into force during the month
    leaves the promise of the version before as it is.
    """
    clause = version.document.commitment(Kind.MQL_VOLUME)
    if clause is None or clause.per_month is None:
        return None
    month = Month.of(at, version.document.calendar.timezone)
    if Commitment.objects.filter(agreement=version.agreement_id, clause=clause.id, period=month.first).exists():
        return None
    return _opened(version, clause, month)


def count_month(promise: Commitment) -> None:
    """Count the leads that became MQLs in the month; with enough of them the promise is kept at the last one's time.

    The caller holds the promise.
    """
    arrivals = _arrivals(promise)
    n = arrivals.count()
    if promise.met_at is None and promise.promised and n >= promise.promised:
        promise.met_at = arrivals[promise.promised - 1]
    elif n == promise.delivered:
        return
    promise.delivered = n
    promise.save(update_fields=["delivered", "met_at"])


def running_months(at: datetime) -> QuerySet[Commitment]:
    """The promises to count: those of months that still run, and those of past months that nobody has settled."""
    of_months = Commitment.objects.filter(kind=Kind.MQL_VOLUME, period__isnull=False)
    return of_months.filter(OPEN | Q(due_at__gte=at)).select_related("version").order_by("pk")


def open_months(at: datetime) -> int:
    """Open the running month's promises of all versions in force; how many there were to open."""
    return sum(open_month(version, at) is not None for version in versions_in_force())


def _opened(version: AgreementVersion, clause: Clause, month: Month) -> Commitment | None:
    last_instant = month.ends_at - timedelta(microseconds=1)
    times = times_of(clause, version.calendar(), month.starts_at, last_instant)
    promise = Commitment(
        party=clause.party,
        version=version,
        agreement_id=version.agreement_id,
        clause=clause.id,
        kind=Kind.MQL_VOLUME,
        period=month.first,
        promised=clause.per_month,
        delivered=0,
        opened_at=month.starts_at,
        **times._asdict(),
    )
    with transaction.atomic():
        Commitment.objects.bulk_create([promise], ignore_conflicts=True)
    return Commitment.objects.filter(OPEN, public_id=promise.public_id).first()


def _arrivals(promise: Commitment) -> QuerySet[StageChange, datetime]:
    """When each lead first became an MQL in the month under this agreement, in order."""
    month = Month.of(promise.opened_at, promise.version.document.calendar.timezone)
    return (
        StageChange.objects.filter(
            new=Stage.MQL,
            at__gte=month.starts_at,
            at__lt=month.ends_at,
            version__agreement=promise.agreement_id,
        )
        .values("lead")
        .annotate(first_at=Min("at"))
        .order_by("first_at")
        .values_list("first_at", flat=True)
    )
