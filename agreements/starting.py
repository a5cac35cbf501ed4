"""The templates that a new agreement starts from, with their texts in the language that its people choose."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import translation

from agreements.models import AgreementVersion
from agreements.selectors import company_zone
from agreements.services import create_agreement
from agreements.terms.default import TEMPLATES, template_terms
from agreements.terms.document import Terms
from slaportal.accounts.models import User
from slaportal.web.refusals import RefusedInput

LANGUAGES: dict[str, str] = dict(settings.LANGUAGES)


def start_agreement(
    *, name: str, slug: str, template: str, language: str, by: User, segment: Any = None
) -> AgreementVersion:
    """A new agreement whose first draft is the template, its clock in the time zone of who starts it.

    Refused: ``unknown_template``, ``unknown_language``, and what `create_agreement` refuses. Raises RuleInvalid for
    the segment.
    """
    zone = by.timezone or company_zone() or None
    terms = starting_terms(template=template, language=language, timezone=zone)
    return create_agreement(name=name, slug=slug, terms=terms, segment=segment, by=by)


def starting_terms(*, template: str, language: str, timezone: str | None = None) -> Terms:
    """A template's document. Refused: ``unknown_template``, ``unknown_language``."""
    if template not in TEMPLATES:
        raise RefusedInput("unknown_template", template=template)
    if language not in LANGUAGES:
        raise RefusedInput("unknown_language", language=language)
    return _written(template, language, timezone)


@lru_cache(maxsize=64)
def _written(template: str, language: str, timezone: str | None) -> Terms:
    with translation.override(language):
        return template_terms(template, translation.gettext, timezone)
