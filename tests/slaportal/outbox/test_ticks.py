"""Ticks: each at its own interval, and a failing one alone."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import call_command

from slaportal.outbox import tasks, ticks
from slaportal.outbox.models import Heartbeat

AT = dt.datetime(2026, 3, 4, 10, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def only_these_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticks, "_ticks", {})


@pytest.mark.usefixtures("only_these_ticks")
def test_each_tick_has_its_own_interval_and_none_stops_another() -> None:
    seen: list[str] = []

    @ticks.every(5, name="broken")
    def broken(at: dt.datetime) -> None:
        seen.append("broken")
        raise ValueError

    ticks.every(10, name="slow")(lambda at: seen.append("slow"))
    last_runs: dict[str, dt.datetime] = {}
    assert ticks.run_due(last_runs, AT) == ["broken"]
    assert ticks.run_due(last_runs, AT + dt.timedelta(seconds=4)) == []
    ticks.run_due(last_runs, AT + dt.timedelta(seconds=5))
    ticks.run_due(last_runs, AT + dt.timedelta(seconds=10))
    assert seen == ["broken", "slow", "broken", "broken", "slow"]


@pytest.mark.usefixtures("only_these_ticks")
def test_a_tick_is_registered_once() -> None:
    ticks.every(5, name="a")(print)
    with pytest.raises(ValueError, match="already ticks"):
        ticks.every(5, name="a")(print)


def test_the_sweeper_runs_all_ticks_and_is_heard_of() -> None:
    call_command("sweeper", "--once")
    assert Heartbeat.objects.filter(name="sweeper").exists()
    assert {"drain the outbox", "seal the audit"} <= {tick.name for tick in ticks.registered()}


def test_the_tasks_do_the_same_as_the_ticks() -> None:
    tasks.drain_outbox()
    tasks.heartbeat()
    assert Heartbeat.objects.filter(name="worker").exists()
