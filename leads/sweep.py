"""What happens because time passes: warnings, breaches, acceptance by silence, nurture steps, the month's volume.

Everything is found from stored times by partial indexes and taken in short batches that skip rows somebody else
holds; a row changes only from the state in which it was found, and log rows bear the time that it fell due. So a sweep
may run late, twice, or side by side with others. A row that fails is left for the next sweep and reported.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count, Model, QuerySet
from django.utils import timezone

from agreements.models import AgreementVersion
from leads.commitments import OPEN, Kind, has_silent_acceptance, record_breaches
from leads.handoff.decisions import accept_by_silence
from leads.models import Commitment, Enrollment, Handoff
from leads.notices import tell_of_due_soon, tell_of_rep_who_left
from leads.nurture import take_due_steps
from leads.routing import LEFT
from leads.volumes import count_month, open_months, running_months
from slaportal.accounts.models import User
from slaportal.web.refusals import Refused

logger = logging.getLogger(__name__)

BATCH = 250

Row = TypeVar("Row", bound=Model)
Do = Callable[[Sequence[Row]], object]


@dataclass
class SweepReport:
    """How many rows each step changed, how many leads are with reps who left, and what failed as "model:id"."""

    accepted: int = 0
    volumes: int = 0
    warned: int = 0
    breached: int = 0
    nurtured: int = 0
    left: int = 0
    failed: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def sweep(at: datetime | None = None) -> SweepReport:
    """Do all that is due at ``at`` (default now). Silence and the month's count come first: they keep promises that
    would else be broken."""
    at = at or timezone.now()
    report = SweepReport()
    report.accepted = _accept_by_silence(at, report)
    report.volumes = _count_volumes(at, report)
    report.breached = _breach(at, report)
    report.warned = _warn(at, report)
    report.nurtured = _nurture(at, report)
    report.left = _tell_of_left(at)
    return report


def _accept_by_silence(at: datetime, report: SweepReport) -> int:
    """Each in its own transaction, lead first: the promise is only looked up here and locked by the service."""
    due = Commitment.objects.filter(
        OPEN, kind=Kind.ACCEPTANCE, due_at__lt=at, version__in=_silent_versions(at)
    ).order_by("due_at", "pk")
    accepted = 0
    for handoff in Handoff.objects.filter(pk__in=list(due.values_list("handoff", flat=True))).order_by("pk"):
        try:
            accepted += accept_by_silence(handoff=handoff, at=at)
        except Refused:
            continue  # Closed or accepted while we came.
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            _report_failure(handoff, report)
    return accepted


def _silent_versions(at: datetime) -> list[int]:
    """The versions with an acceptance due whose terms take silence for a yes."""
    due = Commitment.objects.filter(OPEN, kind=Kind.ACCEPTANCE, due_at__lt=at)
    versions = AgreementVersion.objects.filter(pk__in=due.values("version").distinct())
    return [version.pk for version in versions if has_silent_acceptance(version)]


def _count_volumes(at: datetime, report: SweepReport) -> int:
    open_months(at)
    counted = 0
    running = running_months(at)
    for promise in running:
        counted += _alone(promise, running, lambda rows: count_month(rows[0]), report)
    return counted


def _breach(at: datetime, report: SweepReport) -> int:
    # An acceptance that silence could not give (its lead failed above) is tried again; it is not broken meanwhile.
    silent = _silent_versions(at)
    due = Commitment.objects.filter(OPEN, due_at__lt=at).exclude(kind=Kind.ACCEPTANCE, version__in=silent)
    found = due.select_related("owner", "lead", "version").order_by("due_at", "pk")
    return _in_batches(found, lambda rows: record_breaches(rows, at), report)


def _warn(at: datetime, report: SweepReport) -> int:
    due = Commitment.objects.filter(OPEN, warned_at=None, warn_at__lte=at, due_at__gte=at)
    return _in_batches(
        due.select_related("owner", "lead").order_by("warn_at", "pk"), lambda rows: _warn_rows(rows, at), report
    )


def _warn_rows(rows: Sequence[Commitment], at: datetime) -> None:
    Commitment.objects.filter(pk__in=[row.pk for row in rows], warned_at=None).update(warned_at=at)
    tell_of_due_soon(rows, at)


def _nurture(at: datetime, report: SweepReport) -> int:
    due = Enrollment.objects.filter(ended_at=None, next_step_at__lte=at).select_related("lead", "version", "returned")
    return _in_batches(due.order_by("next_step_at", "pk"), take_due_steps, report)


def _tell_of_left(at: datetime) -> int:
    """How many open leads are with people who take none any more; their managers are told."""
    left = Handoff.objects.filter(LEFT, closed_at=None).order_by("rep").values("rep").annotate(n=Count("pk"))
    n_leads = {row["rep"]: row["n"] for row in left}
    for rep in User.objects.filter(pk__in=n_leads).order_by("pk"):
        tell_of_rep_who_left(rep, n_leads[rep.pk], at)
    return sum(n_leads.values())


def _in_batches(due: QuerySet[Row], do: Do[Row], report: SweepReport) -> int:
    """Take what is due until nothing is left that is free and sound; each batch is one short transaction.

    ``do`` must change its rows so that they are due no longer.
    """
    done, bad = 0, set[Any]()
    while True:
        with transaction.atomic():
            rows = list(due.exclude(pk__in=bad).select_for_update(of=("self",), skip_locked=True, no_key=True)[:BATCH])
            if not rows:
                return done
            wrong = _bad_rows(rows, do)
        for row in wrong:
            _report_failure(row, report)
        bad |= {row.pk for row in wrong}
        done += len(rows) - len(wrong)


def _bad_rows(rows: Sequence[Row], do: Do[Row]) -> list[Row]:
    """Do all at once; if that fails, one by one, to find those that fail. The rows stay held throughout."""
    if _goes_well(rows, do):
        return []
    if len(rows) == 1:
        return list(rows)
    # What the failed try changed in memory is not in the database: read the rows again.
    return [row for row in rows if not _goes_well([_fresh(row)], do)]


def _goes_well(rows: Sequence[Row], do: Do[Row]) -> bool:
    try:
        with transaction.atomic():
            do(rows)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("a step of the sweep failed")
        return False
    return True


def _fresh(row: Row) -> Row:
    return type(row)._default_manager.get(pk=row.pk)


def _alone(row: Row, due: QuerySet[Row], do: Do[Row], report: SweepReport) -> int:
    """Do one row that stays due afterwards, if it is free."""
    with transaction.atomic():
        rows = list(due.filter(pk=row.pk).select_for_update(of=("self",), skip_locked=True, no_key=True))
        if not rows:
            return 0
        is_well = _goes_well(rows, do)
    if not is_well:
        _report_failure(row, report)
    return int(is_well)


def _report_failure(row: Model, report: SweepReport) -> None:
    name = f"{row._meta.model_name}:{row.pk}"
    logger.error("the sweep leaves %s for the next time", name)
    report.failed.append(name)
