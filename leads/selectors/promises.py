"""Promises beside the queue: Marketing's own, broken ones without a reason, and how many each side may miss."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from agreements.models import AgreementVersion, Signature, Status
from agreements.selectors import TRIED, company_version
from agreements.terms.lifecycle import CommitmentState, commitment_state
from leads.commitments import Kind
from leads.models import Commitment, Handoff, Return
from leads.months import Month
from leads.scoring.governing import Governing
from slaportal.accounts.models import Role, User

# The load at a breach: what the same person had due within this time of it.
LOAD_WITHIN = timedelta(minutes=30)
LOOK_BACK = timedelta(days=92)
TIMES = ("opened_at", "warn_at", "target_at", "due_at", "met_at", "breached_at")


@dataclass(frozen=True)
class Budget:
    """How many promises a side has missed this month, and how many the terms let it miss (None: not agreed)."""

    party: str
    used: int
    allowed: int | None

    @property
    def marks(self) -> list[bool]:
        """One mark per allowed or used miss, True where it is used; empty where there are too many to count."""
        size = max(self.used, self.allowed or 0)
        return [place < self.used for place in range(size)] if self.allowed is not None and size <= 20 else []

    @property
    def left(self) -> int:
        return max((self.allowed or 0) - self.used, 0)

    @property
    def over(self) -> int:
        return max(self.used - (self.allowed or 0), 0)


@dataclass(frozen=True)
class Pace:
    """Marketing's promise for the month: promised, delivered, and how many working time asks for by now."""

    promised: int
    delivered: int
    expected: int
    ends_at: datetime

    @property
    def missing(self) -> int:
        return max(self.promised - self.delivered, 0)

    @property
    def is_behind(self) -> bool:
        return self.delivered < self.expected


@dataclass(frozen=True)
class MonthSoFar:
    """How both sides stand in the running month."""

    month: Month
    budgets: list[Budget]
    pace: Pace | None


@dataclass(frozen=True)
class Bearings:
    """What every Today starts from: the versions in force, proposals that wait for the reader's own signature."""

    in_force: Governing
    # The company's own: its zone counts the days.
    active: AgreementVersion | None
    to_sign: list[AgreementVersion]
    # Whether the reader was ever given a lead.
    had_leads: bool


def bearings(user: User) -> Bearings:
    """One query."""
    same_day = Q(effective_from=F("version__effective_from")) | Q(effective_from=None, version__effective_from=None)
    own = Signature.objects.filter(same_day, version=OuterRef("pk"), side=user.side or "", digest=OuterRef("digest"))
    rows = list(
        AgreementVersion.objects.filter(status__in=(Status.ACTIVE, Status.PROPOSED))
        .select_related("agreement")
        .annotate(is_signed=Exists(own), had_leads=Exists(Handoff.objects.filter(rep=user)))
        .order_by(*TRIED, "number")
    )
    in_force = Governing(tuple(row for row in rows if row.status == Status.ACTIVE))
    waiting = [row for row in rows if row.status == Status.PROPOSED and not row.is_signed]
    to_sign: list[AgreementVersion] = [*waiting] if user.is_manager else []
    return Bearings(in_force, company_version(in_force.versions), to_sign, any(row.had_leads for row in rows))


def returns_to_settle() -> QuerySet[Return]:
    """Returned leads whose path Marketing has not chosen, the oldest first, each with the times of that promise."""
    promise = Commitment.objects.filter(handoff=OuterRef("handoff"), kind=Kind.CHOOSE_PATH)
    times = {name: Subquery(promise.values(name)[:1]) for name in TIMES}
    return (
        Return.objects.filter(path_chosen_at=None)
        .select_related("lead", "by", "handoff")
        .annotate(**{f"promise_{name}": time for name, time in times.items()})
        .defer("handoff__packet")
        .order_by("at", "pk")
    )


def state_of_return(returned: Return, at: datetime) -> CommitmentState:
    """The state of Marketing's promise to choose a path; on time where the terms promise nothing."""
    times = {name: getattr(returned, f"promise_{name}") for name in TIMES}
    if times["due_at"] is None:
        return "on_time"
    return commitment_state(at, **times)


def unexplained_breaches(user: User, at: datetime) -> QuerySet[Commitment]:
    """Broken promises of the last three months that still need a reason from this person or their team."""
    found = Commitment.objects.filter(
        breached_at__gte=at - LOOK_BACK, breach_reason="", excused_at=None
    ).select_related("lead", "owner")
    if user.role == Role.SALES_MANAGER:
        ours = Q(owner=None) | Q(owner__team=user.team_id) if user.team_id else Q()
        found = found.filter(ours, party="sales")
    elif user.role == Role.MARKETING_MANAGER:
        found = found.filter(party="marketing")
    else:
        found = found.filter(owner=user)
    return found.annotate(load=_load()).order_by("-breached_at", "-pk")


def month_so_far(versions: Sequence[AgreementVersion], zone: str, at: datetime) -> MonthSoFar:
    """The running month under all versions in force: the misses of both sides, Marketing's promised number. One query.

    Allowed misses = (1 - target share of kept promises) x the handoffs planned for the month, of all agreements.
    """
    month = Month.of(at, zone)
    by_agreement = {version.agreement_id: version for version in versions}
    missed = Q(breached_at__gte=month.starts_at, breached_at__lt=month.ends_at, excused_at=None)
    volume = Q(kind=Kind.MQL_VOLUME, period=month.first, agreement__in=by_agreement)
    rows = (
        Commitment.objects.filter(missed | volume)
        .order_by()
        .values("party", "period", "promised", "delivered", "agreement")
        .annotate(n_missed=Count("pk", filter=missed))
    )
    used: dict[str, int] = {}
    paces = []
    for row in rows:
        used[row["party"]] = used.get(row["party"], 0) + row["n_missed"]
        if row["period"] == month.first and row["promised"] and row["agreement"] in by_agreement:
            version = by_agreement[row["agreement"]]
            paces.append(_pace(version, month, row["promised"], row["delivered"] or 0, at))
    budgets = [_budget(versions, party, used.get(party, 0)) for party in ("sales", "marketing")]
    return MonthSoFar(month, budgets, _together(paces))


def _together(paces: Sequence[Pace]) -> Pace | None:
    """The promises of all agreements as one."""
    if not paces:
        return None
    return Pace(
        promised=sum(pace.promised for pace in paces),
        delivered=sum(pace.delivered for pace in paces),
        expected=sum(pace.expected for pace in paces),
        ends_at=max(pace.ends_at for pace in paces),
    )


def _pace(version: AgreementVersion, month: Month, promised: int, delivered: int, at: datetime) -> Pace:
    calendar = version.calendar()
    whole = calendar.between(month.starts_at, month.ends_at)
    share = calendar.between(month.starts_at, at) / whole if whole else 1.0
    return Pace(promised, delivered, int(promised * share), month.ends_at - timedelta(microseconds=1))


def _budget(versions: Iterable[AgreementVersion], party: str, used: int) -> Budget:
    allowed = [found for version in versions if (found := _allowed(version, party)) is not None]
    return Budget(party, used, sum(allowed) if allowed else None)


def _allowed(version: AgreementVersion, party: str) -> int | None:
    terms = version.document
    volume = terms.commitment(Kind.MQL_VOLUME)
    share = next((target.target for target in terms.kpis if target.kpi == f"promises_kept_{party}"), None)
    planned = volume.per_month if volume else None
    return None if share is None or planned is None else max(round((1 - share) * planned), 0)


def _load() -> Coalesce:
    """How many promises of the same person were due around the same time, this one left out."""
    around = (
        Commitment.objects.filter(
            owner=OuterRef("owner"),
            due_at__gte=OuterRef("due_at") - LOAD_WITHIN,
            due_at__lte=OuterRef("due_at") + LOAD_WITHIN,
        )
        .exclude(pk=OuterRef("pk"))
        .exclude(closed_at__lt=OuterRef("due_at") - LOAD_WITHIN)
        .order_by()
        .annotate(one=F("owner"))
        .values("one")
        .annotate(n=Count("lead", distinct=True))
        .values("n")
    )
    return Coalesce(Subquery(around), 0)
