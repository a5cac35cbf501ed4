"""Take terms from a JSON file as the open draft of an agreement, and bring them into force when asked."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from agreements.models import Agreement, AgreementVersion
from agreements.receiving import LARGEST_NUMBER, MAX_BODY_DEPTH, received_terms
from agreements.selectors import open_version
from agreements.services import create_agreement, edit_draft, sign_by_console, start_draft
from agreements.terms.document import Terms, TermsInvalid
from agreements.terms.rules import RuleInvalid
from slaportal.web.json_input import BadJson, parse_json
from slaportal.web.refusals import Refused

MAX_BYTES = 4 * 1024 * 1024


class Command(BaseCommand):
    help = "Import terms from a JSON file into the draft; --activate signs them for both sides as “console”."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--agreement", default="default", help="slug of the agreement (default: %(default)s)")
        parser.add_argument("--segment", type=Path, help="JSON file: which leads a new agreement beside others is for")
        parser.add_argument("--activate", action="store_true", help="sign by the console and bring into force")
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"]
        terms = self._read(file)
        try:
            segment = self._json(options["segment"]) if options["segment"] else None
            version = self._draft(options["agreement"], terms, segment)
            if options["activate"]:
                version = sign_by_console(version=version)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        except RuleInvalid as error:
            lines = "\n".join(f"  {path or 'rule'}: {message}" for path, message in error.errors)
            raise CommandError(f"{options['segment']}: the segment is refused:\n{lines}") from error
        except TermsInvalid as error:
            raise _refused(file, error) from error
        report = {
            "agreement": version.agreement.slug,
            "number": version.number,
            "status": version.status,
            "digest": version.digest,
        }
        if options["json"]:
            self.stdout.write(json.dumps(report))
        else:
            self.stdout.write("{agreement} version {number} is {status} ({digest}).".format(**report))

    def _json(self, file: Path) -> Any:
        try:
            return parse_json(
                file.read_bytes(), max_bytes=MAX_BYTES, max_depth=MAX_BODY_DEPTH, max_integer=LARGEST_NUMBER
            )
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.") from error
        except BadJson as error:
            raise CommandError(f"{file}: {error.detail}") from error

    def _read(self, file: Path) -> Terms:
        try:
            return received_terms(self._json(file), timezone.now())
        except TermsInvalid as error:
            raise _refused(file, error) from error

    def _draft(self, slug: str, terms: Terms, segment: Any) -> AgreementVersion:
        agreement = Agreement.objects.filter(slug=slug).first()
        if agreement is None:
            name = slug.replace("-", " ").capitalize()
            return create_agreement(slug=slug, name=name, by=None, terms=terms, segment=segment)
        draft = open_version(agreement)
        if draft is None:
            return start_draft(agreement=agreement, by=None, terms=terms)
        return edit_draft(version=draft, terms=terms, expected_digest=draft.digest, by=None)


def _refused(file: Path, invalid: TermsInvalid) -> CommandError:
    lines = "\n".join(f"  {path or 'document'}: {message}" for path, message in invalid.errors)
    return CommandError(f"{file}: the terms are refused as a whole:\n{lines}")
