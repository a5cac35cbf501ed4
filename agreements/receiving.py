"""Terms as files and programs send them: read with every check at once, and never by mistake."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from agreements.calendars import check_calendar
from agreements.terms.document import Terms, TermsInvalid
from agreements.terms.document.reading import MAX_BITS
from agreements.terms.problems import Problem, kind_of

# Rules nest as deep as the terms allow, inside their chapter.
MAX_BODY_DEPTH = 40
# A price of 1e22 is a whole number in canonical form: what is exported must come back.
LARGEST_NUMBER = 2**MAX_BITS - 1


def received_terms(sent: Any, at: datetime) -> Terms:
    """The terms of a JSON value; chapters that it leaves out take their defaults.

    Raises TermsInvalid with the path of every mistake, also where no chapter at all is named: what was lost on its way
    must not replace a whole agreement.
    """
    if isinstance(sent, str):
        # It was read already: a text in it is no document to read once more.
        raise TermsInvalid([Problem("", "not_an_object", {"got": kind_of(sent)})])
    if sent == {}:
        raise TermsInvalid([Problem("", "no_chapter")])
    terms = Terms.parse(sent)
    check_calendar(terms, at)
    return terms
