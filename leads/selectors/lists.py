"""The Leads list: which leads a question asks for, in which order, from which row on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Lower

from agreements.compile import joined, sql
from agreements.selectors import company_version
from agreements.terms.rules import RuleInvalid, parse
from leads.models import Commitment, Handoff, Lead, Return, Stage, StageChange
from leads.months import Month
from leads.routing import WITHOUT_REP
from leads.rules.asking import Asked, matching_leads
from leads.scoring.governing import Governing
from leads.selectors.cohorts import came_as_far_as, first_reached
from leads.selectors.people import alike
from leads.selectors.warming import near_leads
from slaportal.accounts.models import User
from slaportal.web.refusals import Refused

PAGE = 50
# Counting further costs more than it tells.
COUNT_LIMIT = 1000
VIEWS = ("all", "mine", "unassigned", "near", "returned", "breached")
# Counted on every page; "near" reads all scores, so it is counted only where it is shown.
CHEAP_VIEWS = ("mine", "unassigned", "returned", "breached")
NOBODY = "none"

# How each sort reads: its expression, never null, and whether it starts with the largest.
SORTS: Mapping[str, tuple[Any, bool]] = {
    "created": (F("created_at"), True),
    "stage_since": (F("stage_at"), True),
    "name": (Lower("name"), False),
    "source": (Lower("source"), False),
    # The column's own type knows no -1, and Django would take "= -1" for impossible.
    "fit": (Coalesce(F("score__fit"), Value(-1), output_field=IntegerField()), True),
}
DEFAULT_SORT = "-created"


@dataclass(frozen=True)
class Question:
    """What a reader asks the list for; "" or None where it does not matter. Months are resolved already."""

    view: str = "all"
    stage: str = ""
    owner: str = ""
    source: str = ""
    band: str = ""
    # An agreement's address, or NOBODY for leads that none governs.
    agreement: str = ""
    account: str = ""
    q: str = ""
    created: Month | None = None
    arrived: str = ""
    month: Month | None = None
    handed: Month | None = None
    # What happened (arrived, handed, promised) under versions of this agreement, whichever governs the lead now.
    under: str = ""
    promise: str = ""
    kept: str = ""
    kind: str = ""
    # A cohort: first came as far as this stage on these days, and has come as far as `on_to` since.
    passed: str = ""
    since: date | None = None
    until: date | None = None
    on_to: str = ""
    zone: str = "UTC"
    rule: dict[str, Any] | None = None
    rule_scope: Asked = "lead"
    rule_event: str = ""
    sort: str = DEFAULT_SORT
    after: UUID | None = None


@dataclass(frozen=True)
class Page:
    """One page of leads; ``next_after`` is the last lead's id where more follow; ``total`` counts to COUNT_LIMIT."""

    leads: list[Lead]
    next_after: UUID | None
    total: int
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_cut(self) -> bool:
        return self.total > COUNT_LIMIT


def leads_page(question: Question, reader: User, in_force: Governing, at: datetime) -> Page:
    """The asked page with counts. Two queries, one more behind the first page, and one more for words."""
    found = asked_leads(question, reader, in_force, at)
    ordered = _from(found, question)
    rows = list(ordered.select_related("owner", "account")[: PAGE + 1])
    if question.after is not None:
        # A page that is added to the first one shows no counts.
        return Page(rows[:PAGE], rows[PAGE - 1].public_id if len(rows) > PAGE else None, 0)
    views = {view: _view(view, reader, in_force, at) for view in CHEAP_VIEWS}
    counts = _counts({"asked": found} | views)
    total = counts.pop("asked")
    return Page(rows[:PAGE], rows[PAGE - 1].public_id if len(rows) > PAGE else None, total, counts)


def asked_leads(question: Question, reader: User, in_force: Governing, at: datetime) -> QuerySet[Lead]:
    """All leads that the question asks for, in no order."""
    found = _view(question.view, reader, in_force, at)
    if question.stage:
        found = found.filter(stage=question.stage)
    if question.owner:
        found = found.filter(owner=None) if question.owner == NOBODY else found.filter(owner__public_id=question.owner)
    if question.source:
        found = found.filter(source=question.source)
    if question.q:
        found = found.filter(alike(question.q))
    if question.account:
        found = found.filter(account=None) if question.account == NOBODY else found.filter(account__is_target=True)
    if question.band:
        found = found.filter(in_band(question.band, at))
    if question.agreement:
        found = found.filter(governed(question.agreement, in_force))
    return _drilled(found if question.rule is None else found.filter(id__in=_matching(question, at)), question)


def governed(slug: str, in_force: Governing) -> Q:
    """Leads that this agreement governs now."""
    if slug == NOBODY:
        condition = sql("{} IS NULL", in_force.version_id())
    else:
        own = (version for version in in_force.versions if version.agreement.slug == slug)
        condition = joined("OR", map(in_force.governed_by, own), "FALSE")
    found = sql("SELECT l.id FROM leads_lead l WHERE {}", condition)
    return Q(pk__in=RawSQL(found.text, found.params))  # noqa: S611 - compiled terms with bound values


def _matching(question: Question, at: datetime) -> RawSQL:
    """The ids of the leads that a rule matches; none of a rule that cannot be asked any more."""
    try:
        rule = parse(question.rule, question.rule_scope)
        leads = matching_leads(rule, question.rule_scope, at, question.rule_event)
    except (RuleInvalid, Refused):
        return RawSQL("SELECT id FROM leads_lead WHERE FALSE", ())
    ids = sql("SELECT id FROM ({}) matching", leads)
    return RawSQL(ids.text, ids.params)  # noqa: S611 - a compiled rule with bound values


def sources() -> list[str]:
    """The sources that leads came from, at most 200."""
    names = Lead.objects.exclude(source="").order_by("source").values_list("source", flat=True).distinct()
    return list(names[:200])


def next_promises(leads: list[Lead]) -> dict[int, list[Commitment]]:
    """What is owed on these leads, by lead id, the nearest due first. One query."""
    owed: dict[int, list[Commitment]] = {}
    rows = Commitment.objects.filter(lead__in=leads, met_at=None, excused_at=None, closed_at=None)
    for row in rows.order_by("due_at", "pk"):
        owed.setdefault(row.lead_id or 0, []).append(row)
    return owed


def _view(view: str, reader: User, in_force: Governing, at: datetime) -> QuerySet[Lead]:
    leads = Lead.objects.all()
    match view:
        case "mine":
            return leads.filter(owner=reader)
        case "unassigned":
            return leads.filter(Exists(Handoff.objects.filter(WITHOUT_REP, lead=OuterRef("pk"), closed_at=None)))
        case "near":
            return near_leads(in_force, at).order_by()
        case "returned":
            return leads.filter(Exists(Return.objects.filter(lead=OuterRef("pk"))), stage=Stage.NURTURE)
        case "breached":
            version = company_version(in_force.versions)
            month = Month.of(at, version.document.calendar.timezone if version else "UTC")
            return leads.filter(
                Exists(
                    Commitment.objects.filter(
                        lead=OuterRef("pk"), breached_at__gte=month.starts_at, breached_at__lt=month.ends_at
                    )
                )
            )
        case _:
            return leads


def in_band(band: str, at: datetime) -> Q:
    """Leads whose score stands in this band now ("A", "A1"), by plain conditions on columns: a text put together
    for each lead takes five times as long."""
    fit, interest = Q(score__fit_band=band[0]), band[1:]
    is_first = Q(score__band_1_until__gt=at)
    is_second = ~is_first & Q(score__band_2_until__gt=at)
    match interest:
        case "1":
            return fit & is_first
        case "2":
            return fit & is_second
        case "3":
            return fit & ~is_first & ~Q(score__band_2_until__gt=at)
        case _:
            return fit


def _drilled(found: QuerySet[Lead], question: Question) -> QuerySet[Lead]:
    """The lists behind the figures of a month, each by the definition that its figure has."""
    if question.created:
        found = found.filter(created_at__gte=question.created.starts_at, created_at__lt=question.created.ends_at)
    if question.arrived:
        moves = StageChange.objects.filter(lead=OuterRef("pk"), new=question.arrived)
        found = found.filter(Exists(_in_month(_under(moves, question), "at", question.month)))
    if question.handed:
        handoffs = Handoff.objects.filter(lead=OuterRef("pk"))
        found = found.filter(Exists(_in_month(_under(handoffs, question), "opened_at", question.handed)))
    if question.passed:
        found = first_reached(found, question.passed, question.since, question.until, question.zone)
        found = came_as_far_as(found, question.on_to) if question.on_to else found
    if question.promise:
        promises = _under(Commitment.objects.filter(lead=OuterRef("pk"), party=question.promise), question)
        if question.kind:
            promises = promises.filter(kind=question.kind)
        found = found.filter(Exists(_in_month(_kept(promises, question.kept), "due_at", question.month)))
    return found


def _kept(promises: QuerySet[Commitment], kept: str) -> QuerySet[Commitment]:
    """As the figures count them: what is excused is neither kept nor broken."""
    match kept:
        case "yes":
            return promises.filter(met_at__isnull=False, breached_at=None, excused_at=None)
        case "no":
            return promises.filter(breached_at__isnull=False, excused_at=None)
        case "running":
            return promises.filter(met_at=None, breached_at=None, excused_at=None, closed_at=None)
        case _:
            return promises


def _under(rows: QuerySet[Any], question: Question) -> QuerySet[Any]:
    return rows.filter(version__agreement__slug=question.under) if question.under else rows


def _in_month(rows: QuerySet[Any], column: str, month: Month | None) -> QuerySet[Any]:
    if month is None:
        return rows
    return rows.filter(**{f"{column}__gte": month.starts_at, f"{column}__lt": month.ends_at})


def _from(found: QuerySet[Lead], question: Question) -> QuerySet[Lead]:
    """In the asked order, from behind the row ``after`` on: no offset, so that deep pages cost what the first costs."""
    name = question.sort.lstrip("-")
    is_down = question.sort.startswith("-")
    expression, _ = SORTS[name]
    found = found.annotate(sort_key=expression)
    order = (F("sort_key").desc(), "-pk") if is_down else (F("sort_key").asc(), "pk")
    if question.after is not None:
        rows = Lead.objects.filter(public_id=question.after).annotate(sort_key=expression)
        last = rows.values_list("sort_key", "pk").first()
        if last is None:
            return found.none()
        key, pk = last
        word = "lt" if is_down else "gt"
        beyond = Q(**{f"sort_key__{word}": key}) | Q(**{"sort_key": key, f"pk__{word}": pk})
        # The first comparison alone bounds the index scan.
        found = found.filter(beyond, **{f"sort_key__{word}e": key})
    return found.order_by(*order)


def _counts(lists: Mapping[str, QuerySet[Lead]]) -> dict[str, int]:
    """How long each list is, counted to one more than the limit. One query."""
    parts: list[str] = []
    params: list[Any] = []
    for leads in lists.values():
        text, values = leads.order_by().values("pk")[: COUNT_LIMIT + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({text}) counted)")  # noqa: S608 - built by the ORM, values bound
        params += values
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), params)
        row = cursor.fetchone()
    return dict(zip(lists, row, strict=True))
