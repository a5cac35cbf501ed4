"""What people write freely: a text needs something that can be seen."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Letters and symbols by their class, and blank all the same: fillers of Hangul, the braille pattern without dots.
BLANK_LETTERS = set("\u115f\u1160\u3164\uffa0\u2800")


def refuse_unseen(text: str) -> None:
    """For the validators of a field of a form or of the API: blanks, marks and controls alone say nothing."""
    if not any(unicodedata.category(one)[0] in "LNPS" and one not in BLANK_LETTERS for one in text):
        raise ValidationError(_("Write something that can be seen."), code="unseen")
