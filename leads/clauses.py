"""Where a clause stands today: its § and its address on the agreement's page, by its permanent id."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from agreements.models import AgreementVersion
from agreements.sentences import chapters

# § numbers by digest: one text has one numbering, and a process meets only a few texts.
_numbers: dict[str, dict[str, str]] = {}


@dataclass(frozen=True)
class ClausePlace:
    """A clause as pages quote it."""

    number: str
    url: str
    version: int


def clause_place(version: AgreementVersion, clause: str) -> ClausePlace | None:
    """The place of this clause in this version; None where the version does not know it."""
    number = _numbering(version).get(clause)
    if number is None:
        return None
    page = reverse("agreements:version", args=[version.agreement.slug, version.number])
    return ClausePlace(number, f"{page}#{clause}", version.number)


def _numbering(version: AgreementVersion) -> dict[str, str]:
    if version.digest not in _numbers:
        _numbers[version.digest] = {
            clause.id: clause.number
            for chapter in chapters(version.document)
            for clause in chapter.clauses
            if clause.number
        }
    return _numbers[version.digest]
