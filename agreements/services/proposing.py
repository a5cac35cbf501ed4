"""Putting a draft before both sides, and taking it back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from agreements.models import AgreementVersion, Status
from agreements.selectors import newer_than_base, overtaken_by
from agreements.services.shared import check_read, lock_version, managers, may_edit, move, tell, url_of
from agreements.terms.readiness import problems
from slaportal.web.refusals import Refused

if TYPE_CHECKING:
    from slaportal.accounts.models import User

# A slip of the year would let a signed version wait for centuries.
MOST_YEARS_AHEAD = 3


def propose_version(
    *,
    version: AgreementVersion,
    by: User | None,
    why: str = "",
    effective_from: datetime | None = None,
    on_older_text: bool = False,
    in_place_of_waiting: bool = False,
    digest: str | None = None,
    at: datetime | None = None,
) -> AgreementVersion:
    """Put a draft before both managers; without a date it comes into force with the second signature.

    Refused: ``effective_date_past``, ``effective_date_far``, ``effective_before_signed`` (another signed version
    waits for a later day) unless ``in_place_of_waiting`` confirms that this one takes its place,
    ``based_on_superseded`` unless ``on_older_text`` confirms it, ``terms_not_ready`` with what is to be repaired,
    ``text_changed`` where ``digest`` says that another text was seen.
    """
    at = at or timezone.now()
    may_edit(by)
    if effective_from is not None and effective_from < at:
        raise Refused("effective_date_past")
    if effective_from is not None and effective_from.year > at.year + MOST_YEARS_AHEAD:
        raise Refused("effective_date_far", years=MOST_YEARS_AHEAD)
    with transaction.atomic():
        lock_version(version)
        check_read(version, digest, "text_changed")
        version.effective_from = effective_from
        _check_ready(version, on_older_text=on_older_text, in_place_of_waiting=in_place_of_waiting)
        move(version, Status.DRAFT, Status.PROPOSED, by, at, why=why, effective_from=effective_from, changed_at=at)
        facts = {"agreement": version.agreement.name, "number": version.number, "why": why}
        key = f"proposed:{version.public_id}:{version.digest}"
        tell(managers(), "version.proposed", key, facts, url_of(version), at)
    return version


def withdraw_version(
    *, version: AgreementVersion, by: User | None, digest: str | None = None, at: datetime | None = None
) -> AgreementVersion:
    """Take a proposal back to draft; its signatures count again if the same text is proposed for the same day.

    With ``digest`` only the text that was seen: refused ``text_changed`` where it is another one by now.
    """
    at = at or timezone.now()
    may_edit(by)
    with transaction.atomic():
        lock_version(version)
        check_read(version, digest, "text_changed")
        move(version, Status.PROPOSED, Status.DRAFT, by, at, changed_at=at)
    return version


def _check_ready(version: AgreementVersion, *, on_older_text: bool, in_place_of_waiting: bool) -> None:
    if version.status != Status.DRAFT:
        raise Refused("version_moved_on", number=version.number)
    newer = newer_than_base(version)
    if newer is not None and not on_older_text:
        raise Refused("based_on_superseded", number=newer.number)
    overtaken = overtaken_by(version)
    if overtaken and not in_place_of_waiting:
        raise Refused("effective_before_signed", number=overtaken[-1].number)
    found = problems(version.document)
    if found:
        raise Refused("terms_not_ready", n=len(found), problems=found)
