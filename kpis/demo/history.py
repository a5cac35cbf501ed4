"""Plays three months in the order of time: leads come, events are counted, reps work, sweeps run."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from agreements.models import AgreementVersion
from kpis.demo.people import Cast
from kpis.demo.prospects import Prospect
from leads.attempts import OUTCOMES, log_attempt, plan_of
from leads.drain import drain_events
from leads.handoff import accept_handoff, lose_handoff, qualify_handoff, win_handoff
from leads.intake import append_events, save_leads
from leads.models import Handoff, HandoffState, Return
from leads.returns import choose_path, reasons_for, return_handoff
from leads.sweep import sweep
from slaportal.web.refusals import Refused

Act = Callable[[datetime], None]


class History:
    """An agenda in the order of time; each act may put later ones on it."""

    def __init__(self, cast: Cast, version: AgreementVersion, now: datetime, chance: Random) -> None:
        self.cast, self.version, self.now, self.chance = cast, version, now, chance
        self.clock = version.calendar()
        self.agenda: list[tuple[datetime, int, Act]] = []
        self.order = itertools.count()
        self.known: set[int] = set()
        self.waiting: list[dict[str, object]] = []

    def plan(self, at: datetime, act: Act) -> None:
        """Put an act on the agenda, unless it lies beyond now."""
        if at < self.now:
            heapq.heappush(self.agenda, (at, next(self.order), act))

    def play(self) -> None:
        """Do everything on the agenda, in order."""
        while self.agenda:
            at, _order, act = heapq.heappop(self.agenda)
            act(at)

    def plan_prospects(self, prospects: list[Prospect]) -> None:
        """The leads enter when they were created; their acts are counted soon after, raised hands at once."""
        by_day: dict[datetime, list[Prospect]] = {}
        for one in prospects:
            created = datetime.fromisoformat(one.row["created_at"])
            by_day.setdefault(created.replace(minute=0, second=0, microsecond=0), []).append(one)
        for hour, some in sorted(by_day.items()):
            self.plan(hour + timedelta(minutes=59), lambda at, some=some: self.enter(some, at))  # type: ignore[misc]

    def enter(self, some: list[Prospect], at: datetime) -> None:
        """Save the leads of an hour and put their acts on the agenda."""
        save_leads([one.row for one in some], source="web", by=None, at=at)
        for one in some:
            for number, (when, kind, properties) in enumerate(one.acts):
                event = {
                    "source": "web",
                    "external_id": f"{one.row['external_id']}-{number}",
                    "lead": {"email": one.row["email"]},
                    "type": kind,
                    "occurred_at": max(when, datetime.fromisoformat(one.row["created_at"])).isoformat(),
                    "properties": properties,
                }
                self.plan(max(when, at), lambda when, event=event: self.happen(event, when))  # type: ignore[misc]

    def happen(self, event: dict[str, object], at: datetime) -> None:
        """An event comes in; a raised hand is counted on the spot, the rest with the next tick."""
        self.waiting.append(event)
        if event["type"] == "demo_request":
            self.count(at)

    def plan_ticks(self, start: datetime) -> None:
        """Events are counted daily, due promises swept every other day: a breach bears its due time anyway."""
        at = start
        while at < self.now:
            self.plan(at, self.tick)
            at += timedelta(days=1)

    def tick(self, at: datetime) -> None:
        self.count(at)
        if at.day % 2:
            sweep(at)

    def count(self, at: datetime) -> None:
        """Count what came in, and let each new handoff's rep plan their work."""
        if not self.waiting:
            return
        append_events(self.waiting, by=None, at=at)
        self.waiting = []
        drain_events(at)
        for handoff in Handoff.objects.filter(closed_at=None).exclude(pk__in=self.known).select_related("rep"):
            self.known.add(handoff.pk)
            if handoff.rep is not None:
                self.plan_work(handoff)

    def plan_work(self, handoff: Handoff) -> None:
        """A rep's plan for one lead: mostly in time, sometimes late, until it is decided."""
        opened = handoff.opened_at
        is_late = self.chance.random() < 0.06
        hours = self.chance.uniform(5, 9) if is_late else self.chance.uniform(0.05, 0.9)
        at = self.clock.add(opened, round(hours * 3600))
        self.plan(at, lambda when: self.attempt(handoff.pk, 0, when))
        if self.chance.random() < 0.85:
            accepted = self.clock.add(at, round(self.chance.uniform(60, 3600)))
            self.plan(accepted, lambda when: self.accept(handoff.pk, when))

    def accept(self, pk: int, at: datetime) -> None:
        handoff = _open(pk)
        if handoff is not None and handoff.state == HandoffState.OPEN:
            accept_handoff(handoff=handoff, by=handoff.rep, at=at)

    def attempt(self, pk: int, place: int, at: datetime) -> None:
        """One try on the step's channel; then the next step, or the decision."""
        handoff = _open(pk)
        if handoff is None or handoff.rep is None or handoff.state == HandoffState.QUALIFIED:
            return
        steps = plan_of(handoff.version.document)
        is_reached = self.chance.random() < 0.22
        step = steps[place]
        outcome = self._outcome(step.channel, is_reached)
        log_attempt(handoff=handoff, by=handoff.rep, channel=step.channel, outcome=outcome, at=at)
        if is_reached:
            later = self.clock.add(at, round(self.chance.uniform(1, 20) * 3600))
            self.plan(later, lambda when: self.decide(pk, when))
        elif place + 1 < len(steps):
            ready = self._next_at(handoff, place + 1, at)
            self.plan(ready, lambda when: self.attempt(pk, place + 1, when))
        else:
            self.plan(self.clock.add(at, 7200), lambda when: self.give_back(pk, "return-unreachable", when))

    def decide(self, pk: int, at: datetime) -> None:
        """After a talk: qualified, returned with another reason, or lost."""
        handoff = _open(pk)
        if handoff is None or handoff.rep is None:
            return
        if handoff.state == HandoffState.OPEN:
            handoff = accept_handoff(handoff=handoff, by=handoff.rep, at=at)
        draw = self.chance.random()
        if draw < 0.55:
            checklist = {item.id: True for item in handoff.version.document.qualification.sql.checklist}
            qualify_handoff(handoff=handoff, by=handoff.rep, checklist=checklist, at=at)
            later = self.clock.add(at, round(self.chance.uniform(16, 60) * 3600))
            self.plan(later, lambda when: self.close(pk, when))
        elif draw < 0.85:
            reason = self.chance.choice(("return-bad-timing", "return-no-need", "return-no-budget"))
            self.give_back(pk, reason, at)
        else:
            lose_handoff(handoff=handoff, reason="Chose another supplier", by=handoff.rep, at=at)

    def close(self, pk: int, at: datetime) -> None:
        handoff = _open(pk)
        if handoff is None or handoff.rep is None:
            return
        # Enough are won for calibration to have something to say.
        if self.chance.random() < 0.8:
            win_handoff(handoff=handoff, amount=self.chance.randrange(6_000, 60_000, 500), by=handoff.rep, at=at)
        else:
            lose_handoff(handoff=handoff, reason="No decision this year", by=handoff.rep, at=at)

    def give_back(self, pk: int, reason: str, at: datetime) -> None:
        """Return with the first reason that fits and is open; Marketing mostly answers within its day."""
        handoff = _open(pk)
        if handoff is None or handoff.rep is None:
            return
        offered = {choice.id for choice in reasons_for(handoff, at) if not choice.is_locked}
        if reason not in offered:
            return
        returned = return_handoff(handoff=handoff, reason=reason, by=handoff.rep, note="", at=at)
        if self.chance.random() < 0.85:
            later = self.clock.add(at, round(self.chance.uniform(0.5, 10) * 3600))
            self.plan(later, lambda when: self.choose(returned.pk, when))

    def choose(self, pk: int, at: datetime) -> None:
        returned = Return.objects.get(pk=pk)
        try:
            choose_path(returned=returned, path=returned.path, by=self.cast.marketer, at=at)
        except Refused:
            return  # The lead raised its hand again in the meantime.

    def _next_at(self, handoff: Handoff, place: int, at: datetime) -> datetime:
        step = plan_of(handoff.version.document)[place]
        start = self.clock.add_working_days(handoff.opened_at, step.after_working_days)
        ready = max(self.clock.add(start, step.after_working_minutes * 60), at)
        share = self.chance.uniform(1.1, 2.0) if self.chance.random() < 0.03 else self.chance.uniform(0.05, 0.8)
        return self.clock.add(ready, round(step.window_working_minutes * 60 * share))

    def _outcome(self, channel: str, is_reached: bool) -> str:
        answered = {"phone": "reached", "email": "replied", "video": "reached"}
        if is_reached:
            return answered[channel]
        return self.chance.choice([one for one in OUTCOMES[channel] if one not in {*answered.values(), "wrong_number"}])


def _open(pk: int) -> Handoff | None:
    """The handoff while it is still open."""
    return Handoff.objects.filter(pk=pk, closed_at=None).select_related("rep", "lead", "version__agreement").first()
