"""What people write freely: a text needs something that can be seen."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Letters and symbols by their class, and blank all the same: fillers of Hangul, the braille pattern without dots.
BLANK_LETTERS = set("\u115f\u1160\u3164\uffa0\u2800")


def is_seen(text: str) -> bool:
    """Blanks, marks and controls alone say nothing."""
    return any(unicodedata.category(one)[0] in "LNPS" and one not in BLANK_LETTERS for one in text)


def refuse_unseen(text: str) -> None:
    """For the validators of a field of a form or of the API."""
    if not is_seen(text):
        raise ValidationError(_("Write something that can be seen."), code="unseen")
