"""The chapters beside qualification: goals, words, profile, handoff, returns, nurture, cadence, promises, review."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from agreements.terms.document.plan import Plan
from agreements.terms.document.shapes import (
    Count,
    DaysOrNone,
    Id,
    IsoDay,
    Line,
    Part,
    PositiveCount,
    Share,
    Text,
    WorkingDays,
    WorkingMinutes,
)

Channel = Literal["phone", "email", "video", "social"]
ContentChannel = Literal["email", "phone", "video", "social", "ad", "event"]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Side = Literal["marketing", "sales"]


class Goal(Part):
    """A number that both teams share; with ``currency`` an amount of money, else counted in ``unit``."""

    id: Id
    title: Line
    metric: Line
    amount: Annotated[float, Field(ge=0, le=1e15)]
    currency: Currency | None = None
    unit: Line = ""
    period: Literal["month", "quarter", "year"]
    text: Text = ""
    # The first day of the period that is meant, and what the period before it brought, in the same unit.
    starts_on: IsoDay | None = None
    baseline: Annotated[float, Field(ge=0, le=1e15)] | None = None
    plan: Plan | None = None


class Definition(Part):
    """An agreed word, with cases that are meant and cases that are not."""

    id: Id
    word: Line
    text: Text
    examples: tuple[Line, ...] = ()
    counter_examples: tuple[Line, ...] = ()


class Criterion(Part):
    """One trait of the ideal customer."""

    id: Id
    text: Line


class Persona(Part):
    """A kind of person that buys or helps to buy."""

    id: Id
    name: Line
    role: Line = ""
    seniority: Line = ""
    industry: Line = ""
    size: Line = ""
    region: Line = ""
    buying_role: Literal["influencer", "decision_maker"]
    text: Text = ""


class Profile(Part):
    """The ideal customer, the same for both teams."""

    text: Text = ""
    criteria: tuple[Criterion, ...] = ()
    personas: tuple[Persona, ...] = ()
    # Which companies are target accounts, and where their list is kept.
    target_accounts: Text = ""


class Trigger(Part):
    """What hands a lead over."""

    id: Id
    kind: Literal["mql", "hand_raise", "manual"]
    text: Text = ""


class Packet(Part):
    """Which facts about the lead travel with it from this stage on."""

    id: Id
    stage: Literal["mql", "sal", "sql", "opportunity", "nurture"]
    fields: tuple[Line, ...]


class Acceptance(Part):
    """Whether silence until the acceptance is due counts as accepting."""

    silent_means_accepted: bool = True


class Escalation(Part):
    """At which share of the time to the due moment the manager is told, and reassignment is offered (null: never)."""

    manager_at_share: Annotated[float, Field(ge=1, le=10)] = 1.0
    reassign_at_share: Annotated[float, Field(ge=1, le=10)] | None = 1.5


class Handoff(Part):
    """How a lead passes from Marketing to Sales."""

    text: Text = ""
    triggers: tuple[Trigger, ...] = ()
    packet: tuple[Packet, ...] = ()
    notify: tuple[Literal["app", "email"], ...] = ("app", "email")
    routing: Literal["round_robin"] = "round_robin"
    acceptance: Acceptance = Acceptance()
    # An event that comes in later than this is history: it counts, but hands nobody over; 0 lets each hand over.
    live_calendar_days: DaysOrNone = 7
    escalation: Escalation = Escalation()


class AttemptLimit(Part):
    """How much a rep tries before "unable to reach" may be chosen; a finished cadence may count as enough."""

    min_attempts: Count = 6
    min_calls: Count = 4
    # Tries on one channel that follow each other faster are one attempt; 0 lets each count.
    min_minutes_apart: Annotated[int, Field(ge=0, le=1440)] = 30
    or_cadence_done: bool = True


class ReturnReason(Part):
    """Why a lead goes back; ``path`` is the nurture path that takes it, null closes the lead."""

    id: Id
    label: Line
    path: Id | None = None
    requires_attempts: bool = False
    note_required: bool = False
    # Whether the lead rests before it is handed over again; one whose address was only wrong need not.
    cool_down: bool = True


class Returns(Part):
    """When and how Sales returns a lead."""

    text: Text = ""
    attempts: AttemptLimit = AttemptLimit()
    reasons: tuple[ReturnReason, ...] = ()
    # A returned lead is not handed over again before this, unless it raises its hand.
    cool_down_calendar_days: DaysOrNone = 30
    # After so many returns a manager looks at the lead before it is handed over again.
    max_returns: Annotated[int, Field(ge=0, le=100)] = 2


class NurtureStep(Part):
    """One piece of content, so many calendar days after the step before."""

    id: Id
    after_calendar_days: DaysOrNone
    channel: ContentChannel
    content: Text


class NurturePath(Part):
    """Steps for a returned or not yet ready lead; ``then`` is the path that follows, null ends here."""

    id: Id
    name: Line
    stage: Literal["awareness", "consideration", "decision"]
    steps: tuple[NurtureStep, ...]
    then: Id | None = None


class Nurture(Part):
    """The nurture paths."""

    text: Text = ""
    paths: tuple[NurturePath, ...] = ()


class CadenceStep(Part):
    """One attempt, counted in working time from the opening of the handoff, to be made within its window."""

    id: Id
    channel: Channel
    after_working_days: Annotated[int, Field(ge=0, le=366)] = 0
    after_working_minutes: Annotated[int, Field(ge=0, le=525_600)] = 0
    window_working_minutes: WorkingMinutes
    text: Text = ""


class Cadence(Part):
    """The contact plan for a lead in Sales' hands."""

    text: Text = ""
    steps: tuple[CadenceStep, ...] = ()
    duration_working_days: WorkingDays = 15


class Commitment(Part):
    """A promise of one side. The due time is given in exactly one unit; ``mql_volume`` by ``per_month``.

    A ``follow_up`` without a time of its own is due at the end of its cadence step's window.
    """

    id: Id
    party: Side
    kind: Literal[
        "first_response_hand_raise",
        "first_response",
        "acceptance",
        "decision",
        "follow_up",
        "choose_path",
        "mql_volume",
    ]
    label: Line
    text: Text = ""
    target_working_minutes: WorkingMinutes | None = None
    working_minutes: WorkingMinutes | None = None
    working_days: WorkingDays | None = None
    per_month: PositiveCount | None = None
    warn_share: Share = 0.8


class KpiTarget(Part):
    """What a KPI should reach."""

    id: Id
    kpi: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    target: Annotated[float, Field(ge=-1e15, le=1e15)]
    direction: Literal["at_least", "at_most"]


class AgendaItem(Part):
    """One point of the review meeting."""

    id: Id
    text: Line
    minutes: Annotated[int, Field(ge=1, le=480)]


class Guideline(Part):
    """How both teams work together: a step of the workflow, a way to talk, a way to give feedback."""

    id: Id
    about: Literal["workflow", "communication", "feedback"]
    text: Text


class Review(Part):
    """When both teams meet, and about what; ``day`` is a day of the month (or of the week, Monday 1)."""

    text: Text = ""
    rhythm: Literal["weekly", "monthly", "quarterly"] = "monthly"
    day: Annotated[int, Field(ge=1, le=28)] = 5
    agenda: tuple[AgendaItem, ...] = ()
    guidelines: tuple[Guideline, ...] = ()


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Windows = tuple[tuple[str, str], ...]

_OFFICE: Windows = (("09:00", "12:30"), ("13:30", "18:00"))


class WorkingTime(Part):
    """Regular hours, time zone, closed days; ``country`` (ISO 3166, "FR" or "DE-BY") adds its public holidays."""

    timezone: Line = "UTC"
    hours: dict[Day, Windows] = Field(
        default={"mon": _OFFICE, "tue": _OFFICE, "wed": _OFFICE, "thu": _OFFICE, "fri": _OFFICE}
    )
    holidays: tuple[str, ...] = ()
    overrides: dict[str, Windows] = Field(default_factory=dict)
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")] | None = None

    def as_dict(self) -> dict[str, Any]:
        """What ``WorkCalendar.from_dict`` takes."""
        return self.model_dump(mode="json", include={"timezone", "hours", "holidays", "overrides"})


class TeamName(Part):
    """Whose working time it is: the team as it is called in this portal."""

    id: Id
    team: Annotated[str, StringConstraints(min_length=1, max_length=120)]


# The bases in this order: a reader (and the form) sees whose time it is before the time itself.
class TeamTime(WorkingTime, TeamName):
    """The working time of one team, in place of the company's."""


class CalendarTerms(WorkingTime):
    """The company's working time, and that of the teams which keep another."""

    teams: tuple[TeamTime, ...] = ()

    def of(self, team: str) -> WorkingTime:
        """The working time of the team of this name; the company's for any other."""
        wanted = team.strip().casefold()
        return next((one for one in self.teams if one.team.strip().casefold() == wanted), self)
