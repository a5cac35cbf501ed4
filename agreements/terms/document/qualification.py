"""The chapter on qualification: fit rules, interest rules, bands, and what makes an MQL and an SQL."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from agreements.terms.document.shapes import Cap, EventRule, EventType, Id, LeadRule, Line, MqlRule, Part, Points, Text
from agreements.terms.rules.tree import ALWAYS, Any_, Standing

Maximum = Annotated[int, Field(ge=1, le=10_000)]
Threshold = Annotated[int, Field(ge=1, le=10_000)]


class Group(Part):
    """Rules that count together: their points add up to at most ``cap``."""

    id: Id
    cap: Annotated[int, Field(gt=0, le=10_000)]
    label: Line = ""


class FitRule(Part):
    """Points for what the lead is; counted once, never decaying."""

    id: Id
    label: Line = ""
    group: Id | None = None
    points: Points
    when: LeadRule


class InterestRule(Part):
    """Points for each event of a type; they halve every ``half_life_days`` (never, if it is null or points < 0).

    With ``window_days`` instead they count in full for so many days after the event, then not at all.
    ``cap`` bounds the rule's sum; for a penalty (points < 0) it bounds the penalty's size.
    """

    id: Id
    label: Line = ""
    group: Id | None = None
    event: EventType
    when: EventRule = ALWAYS
    points: Annotated[float, Field(ge=-1000, le=1000)]
    half_life_days: Annotated[float, Field(ge=1, le=3660)] | None = None
    window_days: Annotated[int, Field(ge=1, le=3660)] | None = None
    cap: Cap | None = None

    @model_serializer(mode="wrap")
    def _as_before_windows(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without the window where there is none: texts from before there were any keep their digest."""
        written: dict[str, Any] = write(self)
        if self.window_days is None:
            written.pop("window_days", None)
        return written


class Fit(Part):
    """Points by rule, capped by group, clamped to 0…max."""

    max: Maximum = 100
    groups: tuple[Group, ...] = ()
    rules: tuple[FitRule, ...] = ()


class Interest(Part):
    """Points by event, decayed, capped by rule and group, clamped to 0…max.

    With ``account_share`` an event counts for the other leads of its lead's account too, as that share of one. Events
    of rules with points below 0 count for their own lead alone.
    """

    max: Maximum = 100
    groups: tuple[Group, ...] = ()
    rules: tuple[InterestRule, ...] = ()
    account_share: Annotated[float, Field(gt=0, le=1)] | None = None

    @model_serializer(mode="wrap")
    def _as_before_shares(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without the share where there is none: texts from before there were any keep their digest."""
        written: dict[str, Any] = write(self)
        if self.account_share is None:
            written.pop("account_share", None)
        return written


class FitBands(Part):
    """From how many points fit is A, and from how many B; below is C."""

    A: Threshold = 70
    B: Threshold = 40


class InterestBands(Part):
    """From how many points interest is 1, and from how many 2; below is 3."""

    first: Threshold = Field(default=60, alias="1")
    second: Threshold = Field(default=30, alias="2")


class Bands(Part):
    """The grid A–C × 1–3."""

    fit: FitBands = FitBands()
    interest: InterestBands = InterestBands()


class ChecklistItem(Part):
    """One thing a rep confirms before a lead counts as an SQL."""

    id: Id
    text: Line


class SqlRule(Part):
    """What a rep confirms to qualify a lead."""

    checklist: tuple[ChecklistItem, ...] = ()


_DEFAULT_MQL = Any_((Standing(bands=("A1", "A2", "B1")), Standing(hand_raise=True, fit_bands=("A", "B"))))


class Qualification(Part):
    """How leads are scored, and which scores make them marketing- and sales-qualified."""

    text: Text = ""
    fit: Fit = Fit()
    interest: Interest = Interest()
    bands: Bands = Bands()
    mql: MqlRule = _DEFAULT_MQL
    # Types of events by which a person asks to be contacted.
    hand_raise_events: tuple[EventType, ...] = ("demo_request", "contact_request", "pricing_request")
    sql: SqlRule = SqlRule()
