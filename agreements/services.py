"""What can be done to an agreement: draft, edit, propose, sign, bring into force."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone

from agreements.calendars import check_calendar
from agreements.models import OPEN, Agreement, AgreementVersion, Signature, Status, VersionChange
from agreements.selectors import counting_signatures
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from slaportal.audit.services import record
from slaportal.outbox.services import notify
from slaportal.web.refusals import Refused

if TYPE_CHECKING:
    from slaportal.accounts.models import User

SIDES = ("marketing", "sales")
EDITORS = {"marketing_manager", "sales_manager", "admin"}
SIGNERS = {"marketing_manager": "marketing", "sales_manager": "sales"}


def create_agreement(
    *, slug: str, name: str, by: User | None, terms: Terms | None = None, at: datetime | None = None
) -> AgreementVersion:
    """A new agreement with its first draft (the default terms unless given). Raises TermsInvalid."""
    at = at or timezone.now()
    _may_edit(by)
    if terms is not None:
        check_calendar(terms, at)
    with transaction.atomic():
        try:
            with transaction.atomic():
                agreement = Agreement.objects.create(slug=slug, name=name, order=Agreement.objects.count())
        except IntegrityError as error:
            raise Refused("slug_taken", slug=slug) from error
        return _new_draft(agreement, terms or default_terms(), based_on=None, by=by, at=at)


def start_draft(
    *, agreement: Agreement, by: User | None, terms: Terms | None = None, at: datetime | None = None
) -> AgreementVersion:
    """The next version as a draft: a copy of the terms in force unless others are given. Raises TermsInvalid."""
    at = at or timezone.now()
    _may_edit(by)
    if terms is not None:
        check_calendar(terms, at)
    with transaction.atomic():
        _lock(agreement)
        newest = agreement.versions.exclude(status__in=OPEN).order_by("-number").first()
        if agreement.versions.filter(status__in=OPEN).exists():
            raise Refused("draft_exists")
        return _new_draft(agreement, terms or (newest.document if newest else default_terms()), newest, by, at)


def edit_draft(
    *,
    version: AgreementVersion,
    terms: dict[str, Any] | Terms,
    expected_digest: str,
    by: User | None,
    at: datetime | None = None,
) -> AgreementVersion:
    """Replace the terms of an open version, provided that it still has the digest the editor saw.

    Signatures on the old text stay as history and no longer count. Raises ``TermsInvalid`` with every
    wrong path, and ``Refused("draft_changed")`` when somebody else was faster.
    """
    at = at or timezone.now()
    _may_edit(by)
    document = terms if isinstance(terms, Terms) else Terms.parse(terms)
    check_calendar(document, at)
    with transaction.atomic():
        _lock(version.agreement)
        changed = AgreementVersion.objects.filter(id=version.id, digest=expected_digest, status__in=OPEN).update(
            terms=document.as_dict(), digest=document.digest(), changed_at=at
        )
        version.refresh_from_db()
        if not changed:
            raise Refused("draft_changed" if version.is_open else "version_is_signed", number=version.number)
        if version.digest != expected_digest:
            record("version.edited", by=by, on=_name(version), at=at, old=expected_digest, new=version.digest)
    return version


def propose_version(
    *,
    version: AgreementVersion,
    by: User | None,
    why: str = "",
    effective_from: datetime | None = None,
    at: datetime | None = None,
) -> AgreementVersion:
    """Put a draft before both managers; without a date it comes into force with the second signature."""
    at = at or timezone.now()
    _may_edit(by)
    if effective_from is not None and effective_from < at:
        raise Refused("effective_date_past")
    with transaction.atomic():
        _lock(version.agreement)
        _move(version, Status.DRAFT, Status.PROPOSED, by, at, why=why, effective_from=effective_from, changed_at=at)
        for manager in _managers():
            notify(
                recipient=manager,
                kind="version.proposed",
                key=f"proposed:{version.public_id}:{version.digest}",
                facts={"agreement": version.agreement.name, "number": version.number, "why": why},
                url=_url(version),
                at=at,
            )
    return version


def withdraw_version(*, version: AgreementVersion, by: User | None, at: datetime | None = None) -> AgreementVersion:
    """Take a proposal back to draft; its signatures count again if the same text is proposed for the same day."""
    at = at or timezone.now()
    _may_edit(by)
    with transaction.atomic():
        _lock(version.agreement)
        _move(version, Status.PROPOSED, Status.DRAFT, by, at, changed_at=at)
    return version


def discard_draft(*, version: AgreementVersion, by: User | None, at: datetime | None = None) -> None:
    """Throw away a draft that was never proposed; a text that others were shown stays as history."""
    at = at or timezone.now()
    _may_edit(by)
    with transaction.atomic():
        _lock(version.agreement)
        version.refresh_from_db()
        if not version.is_open:
            raise Refused("version_is_signed", number=version.number)
        if version.signatures.exists() or version.changes.exists():
            raise Refused("draft_has_history")
        record("version.discarded", by=by, on=_name(version), at=at, digest=version.digest)
        AgreementVersion.objects.filter(id=version.id).delete()


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
        raise Refused("not_a_signer")
    with transaction.atomic():
        _lock(version.agreement)
        version.refresh_from_db()
        if version.status != Status.PROPOSED:
            raise Refused("not_proposed", status=version.status)
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
        _settle(version, by, at)
    return version


def sign_by_console(*, version: AgreementVersion, at: datetime | None = None) -> AgreementVersion:
    """Both sides' signatures by the operator of the console, plainly recorded so; brings the version into force."""
    at = at or timezone.now()
    with transaction.atomic():
        _lock(version.agreement)
        version.refresh_from_db()
        if version.status == Status.DRAFT:
            _move(version, Status.DRAFT, Status.PROPOSED, None, at, changed_at=at)
        if version.status != Status.PROPOSED:
            raise Refused("not_proposed", status=version.status)
        for side in SIDES:
            if side not in counting_signatures(version):
                _sign(version, side, None, "console", "", at)
        _settle(version, None, at)
    return version


def activate_due(at: datetime | None = None) -> list[AgreementVersion]:
    """Bring every signed version into force whose effective date has come; safe to run twice and side by side."""
    at = at or timezone.now()
    activated = []
    waiting = AgreementVersion.objects.filter(status=Status.SIGNED).select_related("agreement").order_by("number")
    for version in waiting:
        with transaction.atomic():
            _lock(version.agreement)
            version.refresh_from_db()
            if version.status == Status.SIGNED and (version.effective_from is None or version.effective_from <= at):
                _activate(version, None, at)
                activated.append(version)
    return activated


def _new_draft(
    agreement: Agreement, terms: Terms, based_on: AgreementVersion | None, by: User | None, at: datetime
) -> AgreementVersion:
    newest = agreement.versions.order_by("-number").first()
    version = AgreementVersion.objects.create(
        agreement=agreement,
        number=newest.number + 1 if newest else 1,
        terms=terms.as_dict(),
        digest=terms.digest(),
        based_on=based_on,
        created_by=by,
        created_at=at,
        changed_at=at,
    )
    record("version.drafted", by=by, on=_name(version), at=at, digest=version.digest)
    return version


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
    record("version.signed", by=by, on=_name(version), at=at, **facts)


def _settle(version: AgreementVersion, by: User | None, at: datetime) -> None:
    """With both signatures on this text the version is signed, and in force if its day has come."""
    if set(SIDES) <= set(counting_signatures(version)):
        _move(version, Status.PROPOSED, Status.SIGNED, by, at)
        if version.effective_from is None or version.effective_from <= at:
            _activate(version, by, at)


def _activate(version: AgreementVersion, by: User | None, at: datetime) -> None:
    for old in version.agreement.versions.filter(status=Status.ACTIVE):
        _move(old, Status.ACTIVE, Status.SUPERSEDED, by, at)
    _move(version, Status.SIGNED, Status.ACTIVE, by, at)
    for manager in _managers():
        notify(
            recipient=manager,
            kind="version.active",
            key=f"active:{version.public_id}",
            facts={"agreement": version.agreement.name, "number": version.number},
            url=_url(version),
            at=at,
        )


def _move(version: AgreementVersion, old: Status, new: Status, by: User | None, at: datetime, **changes: Any) -> None:
    """Conditional on the old status: whoever comes second is refused."""
    if not AgreementVersion.objects.filter(id=version.id, status=old).update(status=new, **changes):
        raise Refused("version_moved_on", number=version.number)
    VersionChange.objects.create(version=version, old=old, new=new, by=by, at=at)
    record(f"version.{new}", by=by, on=_name(version), at=at, digest=version.digest)
    version.refresh_from_db()


def _lock(agreement: Agreement) -> None:
    """One change to an agreement at a time."""
    Agreement.objects.select_for_update().get(id=agreement.id)


def _may_edit(by: User | None) -> None:
    if by is not None and by.role not in EDITORS:
        raise Refused("not_an_editor")


def _managers() -> list[User]:
    return list(get_user_model().objects.filter(is_active=True, role__in=SIGNERS).order_by("id"))


def _name(version: AgreementVersion) -> str:
    return f"version:{version.agreement.slug}/{version.number}"


def _url(version: AgreementVersion) -> str:
    return f"/agreements/{version.agreement.slug}/v/{version.number}/"
