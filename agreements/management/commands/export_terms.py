"""Print the terms of an agreement as canonical JSON."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agreements.models import AgreementVersion
from agreements.selectors import active_version


class Command(BaseCommand):
    help = "Write the terms in force (or of --number) as canonical JSON to FILE or to the terminal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument("--agreement", default=None, help="slug (default: the first agreement in force)")
        parser.add_argument("--number", type=int, help="version number (default: the one in force)")

    def handle(self, *args: Any, **options: Any) -> None:
        version = self._version(options["agreement"], options["number"])
        text = version.canonical
        if options["file"]:
            options["file"].write_bytes(text)
        else:
            self.stdout.write(text.decode(), ending="")

    def _version(self, slug: str | None, number: int | None) -> AgreementVersion:
        if number is None:
            version = active_version(slug)
        else:
            versions = AgreementVersion.objects.filter(number=number)
            version = (versions.filter(agreement__slug=slug) if slug else versions).first()
        if version is None:
            raise CommandError("There is no such version. See which there are on the agreement's history page.")
        return version
