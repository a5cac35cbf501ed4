"""Makes an API token for a person, at the console."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from slaportal.accounts.models import User
from slaportal.accounts.tokens import create_token
from slaportal.web.refusals import Refused


class Command(BaseCommand):
    help = "Prints a new API token with the rights of the person at EMAIL; it is shown this once only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--name", default="console", help="what the token is called in the person's list")
        parser.add_argument("--days", type=int, help="the days until it ends; without it, it does not end")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on the last line")

    def handle(self, *args: Any, email: str, name: str, days: int | None, as_json: bool, **options: Any) -> None:
        if days is not None and not 1 <= days <= 3650:
            raise CommandError("--days must be between 1 and 3650.")
        owner = User.objects.filter(email=email.strip().lower()).first()
        if owner is None:
            raise CommandError(f"Nobody has the address {email}.")
        try:
            token, plain_text = create_token(owner=owner, name=name[:100], by=None, days=days)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        if as_json:
            expiry = token.expiry.isoformat() if token.expiry else None
            self.stdout.write(
                json.dumps({"email": owner.email, "name": token.name, "ends_at": expiry, "token": plain_text})
            )
        else:
            self.stdout.write(f"Token “{token.name}” of {owner.email}, shown this once only:")
            self.stdout.write(plain_text)
