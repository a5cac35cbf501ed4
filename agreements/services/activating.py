"""Coming into force: with the second signature, or on the day that was signed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from agreements.models import AgreementVersion, Status
from agreements.selectors import counting_signatures, overtaken_by
from agreements.services.shared import SIDES, lock, managers, move, tell, url_of

if TYPE_CHECKING:
    from slaportal.accounts.models import User


def activate_due(at: datetime | None = None) -> list[AgreementVersion]:
    """Bring every signed version into force whose effective date has come; safe to run twice and side by side."""
    at = at or timezone.now()
    activated = []
    waiting = AgreementVersion.objects.filter(status=Status.SIGNED).select_related("agreement").order_by("number")
    for version in waiting:
        with transaction.atomic():
            lock(version.agreement)
            version.refresh_from_db()
            if version.status == Status.SIGNED and (version.effective_from is None or version.effective_from <= at):
                activate(version, None, at)
                activated.append(version)
    return activated


def settle(version: AgreementVersion, by: User | None, at: datetime) -> None:
    """With both signatures on this text the version is signed, and in force if its day has come.

    What was signed before for a later day gives way, without ever coming into force.
    """
    if set(SIDES) <= set(counting_signatures(version)):
        overtaken = [one for one in overtaken_by(version) if one.effective_from is None or one.effective_from > at]
        move(version, Status.PROPOSED, Status.SIGNED, by, at)
        for later in overtaken:
            move(later, Status.SIGNED, Status.SUPERSEDED, by, at)
        if version.effective_from is None or version.effective_from <= at:
            # One that was signed before and is due, too, must not come later and replace this one.
            for older in version.agreement.versions.filter(status=Status.SIGNED, number__lt=version.number):
                activate(older, by, at)
            activate(version, by, at)


def activate(version: AgreementVersion, by: User | None, at: datetime) -> None:
    """Put this version in the place of the one in force; the caller holds the agreement."""
    for old in version.agreement.versions.filter(status=Status.ACTIVE):
        move(old, Status.ACTIVE, Status.SUPERSEDED, by, at)
    move(version, Status.SIGNED, Status.ACTIVE, by, at)
    facts = {"agreement": version.agreement.name, "number": version.number}
    tell(managers(), "version.active", f"active:{version.public_id}", facts, url_of(version), at)
