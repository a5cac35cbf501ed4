"""Fill an empty database with the demo world, or say who can log in to it."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kpis.demo.people import PASSWORD
from kpis.demo.world import make_world
from slaportal.accounts.demo import DOMAIN


class Command(BaseCommand):
    help = "Make the demo world: two teams, a signed agreement and three months of history up to now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--leads", type=int, default=400, help="how many leads (default: %(default)s)")
        parser.add_argument("--show-logins", action="store_true", help="only say who can log in")

    def handle(self, *args: Any, **options: Any) -> None:
        people = get_user_model()._default_manager
        if options["show_logins"]:
            for person in people.filter(email__endswith=f"@{DOMAIN}", is_active=True).order_by("id"):
                self.stdout.write(f"{person.email:24} {PASSWORD}   {person.name}, {person.get_role_display()}")
            return
        if options["leads"] < 0:
            raise CommandError("--leads must not be negative.")
        if people.exists():
            raise CommandError("There are people here already: the demo world is made only in an empty database.")
        started = time.monotonic()
        make_world(n_leads=options["leads"], now=timezone.now())
        self.stdout.write(f"Demo world of {options['leads']} leads made in {time.monotonic() - started:.0f} s.")
