"""What the goals page and its API work on: the terms to plan with, the funnel as it is, the scenario and outcome."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from django.core.cache import cache
from django.db.models import Count, Max, Q
from django.http import QueryDict

from agreements.calendars import calendar_of
from agreements.compile import Sql, sql
from agreements.models import Agreement, AgreementVersion
from agreements.selectors import active_version, open_version
from agreements.sentences import problem_words
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from agreements.terms.funnel import FunnelInvalid
from kpis.goals.actuals import Actuals, actuals
from kpis.goals.drafting import goal_in_money
from kpis.goals.form import ScenarioForm
from kpis.goals.outcome import Outcome, outcome_of
from kpis.goals.scenario import Scenario, starting_values
from kpis.goals.worth import Kind, kinds, segments
from kpis.models import VisitorCount
from leads.models import Lead, StageChange
from leads.months import Month
from leads.scoring.governing import governing
from slaportal.accounts.models import Role, Side, Team

# Facts do not change while somebody moves a slider.
KEPT_SECONDS = 600
# Where the core names a value that stands in a field of another name.
FIELD_OF = {"revenue": "amount", "deal_amount": "deal", "period": "start"}


@dataclass(frozen=True)
class Desk:
    """Everything on the table; ``scenario`` and ``outcome`` are None while a value is wrong."""

    agreement: Agreement
    # The draft, else the version in force; None before there are any terms.
    version: AgreementVersion | None
    terms: Terms
    known: Actuals
    kinds: list[Kind]
    form: ScenarioForm
    scenario: Scenario | None
    outcome: Outcome | None
    at: datetime
    # Whether only the leads that this agreement governs are measured, since others govern the rest.
    is_of_own_leads: bool = False

    @property
    def digest(self) -> str:
        """The open draft that was seen, "" where there is none."""
        return self.version.digest if self.version and self.version.is_open else ""


def desk_for(agreement: Agreement, asked: QueryDict, at: datetime) -> Desk:
    """Read the scenario of an address, on top of the draft or the terms in force."""
    version = open_version(agreement) or active_version(agreement.slug)
    terms = version.document if version else default_terms()
    zone = terms.calendar.timezone
    own = _own_leads(agreement)
    known, found = _facts(zone, at, own)
    this = Month.of(at, zone)
    goal = goal_in_money(terms, asked.get("goal", ""))
    form = ScenarioForm(asked, starting_values(goal, known, this, _teams()), this)
    scenario, outcome = None, None
    if form.is_valid():
        scenario = form.scenario()
        try:
            outcome = outcome_of(scenario, terms, calendar_of(terms), segments(found, scenario.ask))
        except FunnelInvalid as invalid:
            _show(form, invalid)
    return Desk(agreement, version, terms, known, found, form, scenario, outcome, at, own is not None)


def from_goal(desk: Desk) -> tuple[Scenario, Outcome] | None:
    """The scenario read back from its goal, which is what the terms can hold; None while a value is wrong."""
    if desk.scenario is None or desk.outcome is None:
        return None
    scenario = replace(desk.scenario, direction="goal")
    try:
        return scenario, outcome_of(scenario, desk.terms, calendar_of(desk.terms))
    except FunnelInvalid as invalid:
        _show(desk.form, invalid)
        return None


def _show(form: ScenarioForm, invalid: FunnelInvalid) -> None:
    for problem in invalid.problems:
        name = problem.path.rpartition(".")[2]
        name = FIELD_OF.get(name, name)
        form.add_error(name if name in form.fields else None, problem_words(problem))


def _own_leads(agreement: Agreement) -> Sql | None:
    """Selects the leads that the agreement governs; None where it governs all, or none because it is not in force."""
    in_force = governing()
    version = next((one for one in in_force.versions if one.agreement_id == agreement.pk), None)
    if version is None or (len(in_force.versions) == 1 and in_force.covers_all):
        return None
    return sql("SELECT l.id FROM leads_lead l WHERE {}", in_force.governed_by(version))


def _facts(zone: str, at: datetime, own: Sql | None) -> tuple[Actuals, list[Kind]]:
    """The funnel as it is, kept until a lead comes, moves, or visitors are counted; the newest ids tell."""
    newest = (
        StageChange.objects.aggregate(newest=Max("pk"))["newest"],
        Lead.objects.aggregate(newest=Max("pk"))["newest"],
        VisitorCount.objects.aggregate(newest=Max("changed_at"), n=Count("pk")),
    )
    state = f"{zone} {at:%Y-%m-%d %H} {newest} {own}"
    key = f"funnel:{hashlib.sha256(state.encode()).hexdigest()}"
    found: tuple[Actuals, list[Kind]] | None = cache.get(key)
    if found is None:
        known = actuals(zone, at, own)
        found = known, kinds(known, at, own)
        cache.set(key, found, KEPT_SECONDS)
    return found


def _teams() -> dict[str, int]:
    """The sales teams that have reps, with how many."""
    reps = Count("members", filter=Q(members__is_active=True, members__role=Role.REP))
    teams = Team.objects.filter(side=Side.SALES).annotate(reps=reps).filter(reps__gt=0).order_by("name")
    return {team.name: team.reps for team in teams}
