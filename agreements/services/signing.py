"""The two sides' word on a proposed text: opened, asked to be changed, signed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from agreements.models import AgreementVersion, ChangeRequest, Opening, Signature, Status
from agreements.selectors import counting_signatures
from agreements.services.activating import settle
from agreements.services.shared import SIDES, SIGNERS, lock_version, managers, move, name_of, tell, url_of
from slaportal.audit.services import record
from slaportal.web.refusals import Refused, RefusedRole

if TYPE_CHECKING:
    from slaportal.accounts.models import User


def sign_version(
    *,
    version: AgreementVersion,
    by: User,
    digest: str,
    effective_from: datetime | None = None,
    language: str = "",
    at: datetime | None = None,
) -> AgreementVersion:
    """One side's signature on the text and day that were read; the second side's makes the version *signed*.

    The caller has asked for the password again. Refused: ``not_a_signer``, ``text_changed`` and ``day_changed`` (not
    the digest, not the day that were read), ``not_proposed``, ``already_signed``, ``same_person``.
    """
    at = at or timezone.now()
    side = SIGNERS.get(by.role)
    if side is None:
        raise RefusedRole("not_a_signer")
    with transaction.atomic():
        lock_version(version)
        if version.status != Status.PROPOSED:
            is_done = not version.is_open and side in counting_signatures(version)
            raise Refused("already_signed", side=side) if is_done else Refused("not_proposed", status=version.status)
        if version.digest != digest:
            raise Refused("text_changed")
        if version.effective_from != effective_from:
            raise Refused("day_changed")
        signed = counting_signatures(version)
        if side in signed:
            raise Refused("already_signed", side=side)
        if any(signature.user_id == by.id for signature in signed.values()):
            raise Refused("same_person")
        _sign(version, side, by, by.name, language, at)
        settle(version, by, at)
    return version


def sign_by_console(*, version: AgreementVersion, at: datetime | None = None) -> AgreementVersion:
    """Both sides' signatures by the operator of the console, plainly recorded so; brings the version into force."""
    at = at or timezone.now()
    with transaction.atomic():
        lock_version(version)
        if version.status == Status.DRAFT:
            move(version, Status.DRAFT, Status.PROPOSED, None, at, changed_at=at)
        if version.status != Status.PROPOSED:
            raise Refused("not_proposed", status=version.status)
        for side in SIDES:
            if side not in counting_signatures(version):
                _sign(version, side, None, "console", "", at)
        settle(version, None, at)
    return version


def note_opening(
    *, version: AgreementVersion, by: User, digest: str, language: str = "", at: datetime | None = None
) -> Opening:
    """That a signer has opened this proposed text; the first time counts."""
    at = at or timezone.now()
    if by.role not in SIGNERS:
        raise RefusedRole("not_a_signer")
    with transaction.atomic():
        lock_version(version)
        if version.status != Status.PROPOSED:
            raise Refused("not_proposed", status=version.status)
        if version.digest != digest:
            raise Refused("text_changed")
        opening, is_first = Opening.objects.get_or_create(
            version=version, user=by, digest=digest, defaults={"language": language, "at": at}
        )
        if is_first:
            record("version.opened", by=by, on=name_of(version), at=at, digest=digest, language=language)
    return opening


def request_changes(
    *, version: AgreementVersion, by: User, text: str, digest: str, at: datetime | None = None
) -> ChangeRequest:
    """A signer says what has to change before they sign. The version stays proposed, with the request visible."""
    at = at or timezone.now()
    side = SIGNERS.get(by.role)
    if side is None:
        raise RefusedRole("not_a_signer")
    with transaction.atomic():
        lock_version(version)
        if version.status != Status.PROPOSED:
            raise Refused("not_proposed", status=version.status)
        if version.digest != digest:
            raise Refused("text_changed")
        if side in counting_signatures(version):
            raise Refused("already_signed", side=side)
        # The button pressed twice asks once.
        asked = version.change_requests.filter(by=by, digest=digest, text=text).first()
        if asked is not None:
            return asked
        request = ChangeRequest.objects.create(version=version, side=side, by=by, text=text, digest=digest, at=at)
        record("version.changes_requested", by=by, on=name_of(version), at=at, digest=digest, text=text)
        last = version.edits.select_related("by").last()
        editors = [one for one in (version.created_by, last.by if last else None) if one is not None]
        told = [one for one in [*managers(), *editors] if one.pk != by.pk]
        facts = {"agreement": version.agreement.name, "number": version.number, "name": by.name, "text": text}
        tell(told, "version.changes_requested", f"changes-requested:{request.pk}", facts, url_of(version), at)
    return request


def _sign(version: AgreementVersion, side: str, by: User | None, name: str, language: str, at: datetime) -> None:
    try:
        with transaction.atomic():
            Signature.objects.create(
                version=version,
                side=side,
                user=by,
                signer_name=name,
                digest=version.digest,
                effective_from=version.effective_from,
                language=language,
                at=at,
            )
    except IntegrityError as error:
        raise Refused("already_signed", side=side) from error
    facts = {"side": side, "digest": version.digest, "effective_from": version.effective_from}
    record("version.signed", by=by, on=name_of(version), at=at, **facts, name=name, language=language)
