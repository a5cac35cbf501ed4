"""Refuses terms whose rules look at fields that no lead has: most likely they are misspelt."""

from __future__ import annotations

from agreements.rule_fields import as_problems, missing_fields
from agreements.terms.document import Terms, TermsInvalid, check_fields


def check_known_fields(terms: Terms, before: Terms | None) -> None:
    """Raises TermsInvalid with every comparison over a field that is neither in the data nor in the text before.

    What both sides once agreed on stays agreed, whether or not leads with that field are there today; and before any
    data are there, nothing can be told.
    """
    earlier = {one.field for one in check_fields(before, frozenset())} if before is not None else set()
    asked = [one for one in check_fields(terms, frozenset()) if one.field not in earlier]
    missing = missing_fields(one.field for one in asked)
    if missing:
        raise TermsInvalid(as_problems(one for one in asked if one.field in missing))
