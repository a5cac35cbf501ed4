"""Agreements in force beside the default one, each with its own terms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from agreements.models import AgreementVersion
from agreements.services import create_agreement, sign_by_console, start_draft
from agreements.terms.default import default_terms
from agreements.terms.document import Terms

SINCE = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def country(name: str) -> dict[str, Any]:
    return {"field": "country", "op": "eq", "value": name}


def own_terms(slug: str, **changes: Any) -> Terms:
    """The default terms with clause ids of this agreement's own; ``changes`` replace parts of the qualification."""
    terms = default_terms().as_dict()
    terms["commitments"] = [one | {"id": f"{slug}-{one['id']}"} for one in terms["commitments"]]
    terms["qualification"] |= changes
    return Terms.parse(terms)


def put_in_force(slug: str, segment: Any = None, **changes: Any) -> AgreementVersion:
    """A new agreement, signed and in force."""
    terms = own_terms(slug, **changes)
    version = create_agreement(slug=slug, name=slug.title(), by=None, terms=terms, segment=segment, at=SINCE)
    return sign_by_console(version=version, at=SINCE)


def next_version(active: AgreementVersion, **changes: Any) -> AgreementVersion:
    """Newer terms of the same agreement in force."""
    terms = own_terms(active.agreement.slug, **changes)
    draft = start_draft(agreement=active.agreement, by=None, terms=terms, at=SINCE)
    return sign_by_console(version=draft, at=SINCE)


def fit(points: int, bands: tuple[int, int] = (70, 40)) -> dict[str, Any]:
    """A qualification in which every lead with a name has so many points of fit."""
    when = {"field": "name", "op": "is_not_blank"}
    rule = {"id": "named", "points": points, "when": when}
    return {"fit": {"max": 100, "rules": [rule]}}
