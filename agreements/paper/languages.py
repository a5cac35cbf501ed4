"""The language of a paper: the one that is asked for, else the reader's."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import get_language

from slaportal.accounts.models import User


def language_or_none(asked: str, reader: User) -> str | None:
    """The portal's code of the language asked for, “zh_Hans” as well as “zh-hans”; None for one it does not speak."""
    known = dict(settings.LANGUAGES)
    code = asked.strip().lower().replace("_", "-") if asked else language_of(reader)
    return code if code in known else None


def language_of(reader: User) -> str:
    """What this reader reads."""
    return reader.language or get_language() or settings.LANGUAGE_CODE
