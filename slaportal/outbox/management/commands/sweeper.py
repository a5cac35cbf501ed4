"""The broker-free loop: does all ticks in one process, so that losing Celery or Redis only costs seconds."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from django.utils import timezone

from slaportal.outbox import ticks

PULSE_SECONDS = 1.0


class Command(BaseCommand):
    help = "Runs all ticks (outbox, jobs, sweeps, sealing …) without broker or beat, until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="run each tick once and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if once:
            self._once()
            return
        stopping = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopping.set())
        self.stdout.write("The sweeper runs; Ctrl-C ends it.")
        last_runs: dict[str, datetime] = {}
        while not stopping.is_set():
            close_old_connections()
            ticks.run_due(last_runs, timezone.now())
            stopping.wait(PULSE_SECONDS)

    def _once(self) -> None:
        failed = ticks.run_due({}, timezone.now())
        if failed:
            raise CommandError(f"These ticks failed: {', '.join(failed)}.")


@ticks.every(30, name="heartbeat of the sweeper")
def heartbeat(at: datetime) -> None:
    """Registered only in the sweeper's own process."""
    ticks.beat("sweeper", at=at)
