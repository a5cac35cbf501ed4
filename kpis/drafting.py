"""Puts what a page has worked out into the draft of an agreement, and finds ids for what is new in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from agreements.models import Agreement, AgreementVersion
from agreements.selectors import open_version
from agreements.services import edit_draft, start_draft
from agreements.terms.document import Terms
from slaportal.web.refusals import Refused

if TYPE_CHECKING:
    from slaportal.accounts.models import User

Raw = dict[str, Any]


def write_draft(
    *,
    agreement: Agreement,
    base: Terms,
    planned: Callable[[Terms], Raw],
    seen_digest: str,
    by: User | None,
    at: datetime,
) -> AgreementVersion:
    """Write ``planned`` of the open draft into it, or start one from ``base``. Twice changes nothing more.

    ``seen_digest``: the draft that the reader saw, "" where there was none; ``base``: the terms that the page showed.
    Refused: ``draft_changed`` (somebody else was faster, or opened a draft), ``version_is_signed``,
    ``not_an_editor``. Raises TermsInvalid.
    """
    open_one = open_version(agreement)
    terms = Terms.parse(planned(open_one.document if open_one else base))
    if open_one is None:
        if seen_digest:
            raise Refused("draft_changed")
        try:
            return start_draft(agreement=agreement, terms=terms, by=by, at=at)
        except Refused as refused:
            if refused.code != "draft_exists":
                raise
            # Somebody was faster; a second click at the same moment has started this very draft.
            open_one = open_version(agreement)
            if open_one is None or open_one.digest != terms.digest():
                raise Refused("draft_changed") from None
            return open_one
    # The very text is there already: a second click, whatever the page behind it had seen.
    expected = open_one.digest if terms.digest() == open_one.digest else seen_digest
    return edit_draft(version=open_one, terms=terms, expected_digest=expected, by=by, at=at)


def ids_in(value: Any) -> set[str]:
    """Every id that the document uses."""
    if isinstance(value, dict):
        own = {value["id"]} if isinstance(value.get("id"), str) else set()
        return own.union(*map(ids_in, value.values()))
    return set().union(*map(ids_in, value)) if isinstance(value, list) else set()


def free_id(name: str, taken: set[str]) -> str:
    """The name, with a number behind it where it is taken; it is taken from now on."""
    made, n = name, 2
    while made in taken:
        made, n = f"{name}-{n}", n + 1
    taken.add(made)
    return made
