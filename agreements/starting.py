"""The templates that a new agreement starts from, with their texts in the language that its people choose."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.utils import translation

from agreements.terms.default import TEMPLATES, template_terms
from agreements.terms.document import Terms
from slaportal.web.refusals import RefusedInput

LANGUAGES: dict[str, str] = dict(settings.LANGUAGES)


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
