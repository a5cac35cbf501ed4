"""What the use cases of an agreement share: who may do what, one change at a time, moves, and who is told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model

from agreements.models import Agreement, AgreementVersion, Status, StoredText, VersionChange
from agreements.selectors import SIDE_OF_ROLE
from agreements.terms.document import digest_of
from slaportal.audit.services import record
from slaportal.outbox.services import notify
from slaportal.web.refusals import Refused, RefusedRole

if TYPE_CHECKING:
    from slaportal.accounts.models import User

SIDES = ("marketing", "sales")
EDITORS = {"marketing_manager", "sales_manager", "admin"}
SIGNERS = SIDE_OF_ROLE


def lock(agreement: Agreement) -> None:
    """One change to an agreement at a time."""
    Agreement.objects.select_for_update().get(id=agreement.id)


def lock_version(version: AgreementVersion) -> None:
    """The same, with the version as it stands now; refused where it was thrown away."""
    lock(version.agreement)
    try:
        version.refresh_from_db()
    except AgreementVersion.DoesNotExist:
        raise Refused("version_moved_on", number=version.number) from None


def move(version: AgreementVersion, old: Status, new: Status, by: User | None, at: datetime, **changes: Any) -> None:
    """Conditional on the old status: whoever comes second is refused."""
    if not AgreementVersion.objects.filter(id=version.id, status=old).update(status=new, **changes):
        raise Refused("version_moved_on", number=version.number)
    VersionChange.objects.create(version=version, old=old, new=new, by=by, at=at)
    record(f"version.{new}", by=by, on=name_of(version), at=at, digest=version.digest)
    version.refresh_from_db()


def keep_text(digest: str, terms: dict[str, Any], at: datetime) -> None:
    """Keep a text by its digest, so that what was shown or signed can be read when the draft has gone on."""
    StoredText.objects.bulk_create([StoredText(digest=digest, terms=terms, at=at)], ignore_conflicts=True)


def may_edit(by: User | None) -> None:
    """Refuses everybody but managers and admins; nobody is the console."""
    if by is not None and by.role not in EDITORS:
        raise RefusedRole("not_an_editor")


def check_read(version: AgreementVersion, digest: str | None, code: str) -> None:
    """Refuse what was decided about another text than this; None: about whatever stands there. Call with the lock."""
    if digest is not None and version.digest != digest:
        raise Refused(code, number=version.number)


def managers() -> list[User]:
    """The people who may sign, of both sides."""
    return list(get_user_model().objects.filter(is_active=True, role__in=SIGNERS).order_by("id"))


def tell(
    people: list[User], kind: str, key: str, facts: dict[str, Any], url: str, at: datetime, *, by_email: bool = True
) -> None:
    """Tell each of these people once."""
    for person in {person.pk: person for person in people if person.is_active}.values():
        notify(recipient=person, kind=kind, key=key, facts=facts, url=url, by_email=by_email, at=at)


def name_of(version: AgreementVersion) -> str:
    """The version in the audit."""
    return f"version:{version.agreement.slug}/{version.number}"


def digest_of_words(**words: str) -> str:
    """What somebody wrote, as a digest: the audit's chain then keeps it without repeating it."""
    return digest_of(dict(words))


def url_of(version: AgreementVersion) -> str:
    """Where the version is read."""
    return f"/agreements/{version.agreement.slug}/v/{version.number}/"
