"""Writing a draft: start, edit as a whole or by chapter, bring onto a newer text, throw away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from agreements.calendars import check_calendar
from agreements.known_fields import check_known_fields
from agreements.models import OPEN, Agreement, AgreementVersion, DraftEdit, ProposalState
from agreements.selectors import counting_signatures, edits_since, has_had_text, newer_than_base, text_of
from agreements.services.arranging import clean_segment, hold_all, refuse_same_segment
from agreements.services.shared import check_read, keep_text, lock, lock_version, may_edit, name_of, tell, url_of
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from agreements.terms.merge import Merged, merge
from slaportal.audit.services import record
from slaportal.web.refusals import Refused, RefusedInput

if TYPE_CHECKING:
    from slaportal.accounts.models import User


# What stands in the place of an agreement's address.
RESERVED_SLUGS = frozenset({"new", "rule"})


def create_agreement(
    *,
    slug: str,
    name: str,
    by: User | None,
    terms: Terms | None = None,
    segment: Any = None,
    at: datetime | None = None,
) -> AgreementVersion:
    """A new agreement with its first draft (the default terms unless given). Raises TermsInvalid, RuleInvalid.

    The first one is the default and governs every lead; each later one needs a segment rule and is tried after the
    others. Refused: slug_taken, segment_missing, segment_same, default_has_no_segment.
    """
    at = at or timezone.now()
    may_edit(by)
    if slug in RESERVED_SLUGS:
        raise RefusedInput("slug_reserved", slug=slug)
    if terms is not None:
        check_calendar(terms, at)
    with transaction.atomic():
        hold_all()
        n_others = Agreement.objects.count()
        if Agreement.objects.filter(slug__iexact=slug).exists():
            raise Refused("slug_taken", slug=slug)
        cleaned = {} if segment in (None, {}) else clean_segment(segment)
        if bool(cleaned) != bool(n_others):
            raise RefusedInput("segment_missing" if n_others else "default_has_no_segment")
        refuse_same_segment(cleaned)
        agreement = Agreement.objects.create(slug=slug, name=name, segment=cleaned, order=n_others)
        record("agreement.created", by=by, on=f"agreement:{slug}", at=at, segment=cleaned)
        return _new_draft(agreement, terms or default_terms(), based_on=None, by=by, at=at)


def start_draft(
    *,
    agreement: Agreement,
    by: User | None,
    terms: Terms | None = None,
    source: AgreementVersion | None = None,
    at: datetime | None = None,
) -> AgreementVersion:
    """The next version as a draft: a copy of the newest signed terms unless other terms are given. Raises TermsInvalid.

    With ``source`` an earlier version of the agreement is taken up again, and is what the draft is based on.
    """
    at = at or timezone.now()
    may_edit(by)
    if terms is not None:
        check_calendar(terms, at)
    with transaction.atomic():
        lock(agreement)
        if agreement.versions.filter(status__in=OPEN).exists():
            raise Refused("draft_exists")
        base = source or agreement.versions.exclude(status__in=OPEN).order_by("-number").first()
        if terms is not None:
            check_known_fields(terms, base.document if base else None)
        return _new_draft(agreement, terms or (base.document if base else default_terms()), base, by, at)


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
    may_edit(by)
    document = terms if isinstance(terms, Terms) else Terms.parse(terms)
    check_calendar(document, at)
    check_known_fields(document, version.document)
    with transaction.atomic():
        lock(version.agreement)
        _replace(version, document, expected_digest, by, at)
    return version


def save_chapter(
    *,
    version: AgreementVersion,
    chapter: str,
    value: Any,
    base_digest: str,
    by: User | None,
    at: datetime | None = None,
) -> list[DraftEdit]:
    """Put a chapter that was written on the text ``base_digest`` into the draft; what others saved since then stays.

    Returns those edits of others. Raises ``TermsInvalid``; ``Refused("same_values_changed")`` with the conflicts and
    the text as it would be with one's own values, where both changed the same value; ``Refused("draft_changed")``
    where the draft never had that text.
    """
    at = at or timezone.now()
    may_edit(by)
    with transaction.atomic():
        lock_version(version)
        if not version.is_open:
            raise Refused("version_is_signed", number=version.number)
        if not has_had_text(version, base_digest):
            raise Refused("draft_changed")
        text = text_of(base_digest)
        base = text.as_dict()
        own = Terms.parse(base | {chapter: value})
        check_calendar(own, at)
        check_known_fields(own, text)
        merged = merge(base, own.as_dict(), version.document.as_dict())
        if merged.conflicts:
            raise Refused("same_values_changed", n=len(merged.conflicts), merged=merged)
        since = edits_since(version, base_digest)
        _replace(version, _checked(merged, at), version.digest, by, at)
    return since


def carry_over(
    *,
    version: AgreementVersion,
    expected_digest: str,
    choices: Mapping[str, str],
    by: User | None,
    at: datetime | None = None,
) -> AgreementVersion:
    """Bring a draft's own changes onto the newest signed text, which becomes what it is based on.

    ``choices`` says “mine” or “theirs” for the path of each conflict. Raises ``Refused("carry_over_conflicts")`` while
    any is undecided, ``Refused("nothing_newer")``, ``TermsInvalid``.
    """
    at = at or timezone.now()
    may_edit(by)
    with transaction.atomic():
        lock_version(version)
        newer = newer_than_base(version) if version.is_open else None
        if newer is None or version.based_on is None:
            raise Refused("nothing_newer", number=version.number)
        base, own, other = (one.document.as_dict() for one in (version.based_on, version, newer))
        merged = merge(base, own, other, choices)
        if merged.conflicts:
            raise Refused("carry_over_conflicts", n=len(merged.conflicts), merged=merged)
        _replace(version, _checked(merged, at), expected_digest, by, at)
        AgreementVersion.objects.filter(id=version.id).update(based_on=newer)
        record("version.carried_over", by=by, on=name_of(version), at=at, onto=newer.number, choices=dict(choices))
    version.refresh_from_db()
    return version


def discard_draft(
    *, version: AgreementVersion, by: User | None, digest: str | None = None, at: datetime | None = None
) -> None:
    """Throw away a draft that was neither proposed nor discussed; the proposals it had taken are open again.

    With ``digest`` only the text that was seen: refused ``draft_changed`` where it is another one by now.
    """
    at = at or timezone.now()
    may_edit(by)
    with transaction.atomic():
        lock_version(version)
        if not version.is_open:
            raise Refused("version_is_signed", number=version.number)
        check_read(version, digest, "draft_changed")
        if version.signatures.exists() or version.changes.exists() or version.comments.exists():
            raise Refused("draft_has_history")
        record("version.discarded", by=by, on=name_of(version), at=at, digest=version.digest)
        undone = {"state": ProposalState.OPEN, "version": None, "decided_by": None, "decided_at": None}
        version.proposals.update(**undone)
        version.edits.all().delete()
        AgreementVersion.objects.filter(id=version.id).delete()


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
    keep_text(version.digest, version.terms, at)
    record("version.drafted", by=by, on=name_of(version), at=at, digest=version.digest)
    return version


def _replace(version: AgreementVersion, terms: Terms, expected: str, by: User | None, at: datetime) -> None:
    """Conditional on the digest; the caller holds the agreement. Who has signed what is no longer there is told."""
    voided = counting_signatures(version).values()
    digest = terms.digest()
    changed = AgreementVersion.objects.filter(id=version.id, digest=expected, status__in=OPEN).update(
        terms=terms.as_dict(), digest=digest, changed_at=at
    )
    version.refresh_from_db()
    if not changed:
        raise Refused("draft_changed" if version.is_open else "version_is_signed", number=version.number)
    if digest == expected:
        return
    keep_text(digest, version.terms, at)
    edit = DraftEdit.objects.create(version=version, old=expected, new=digest, by=by, at=at)
    record("version.edited", by=by, on=name_of(version), at=at, old=expected, new=digest)
    facts = {"agreement": version.agreement.name, "number": version.number, "name": by.name if by else "console"}
    signers = [one.user for one in voided if one.user is not None]
    tell(signers, "version.text_changed", f"text-changed:{edit.pk}", facts, url_of(version), at)


def _checked(merged: Merged, at: datetime) -> Terms:
    """The merged text under all checks: two sound edits may contradict each other."""
    terms = Terms.parse(merged.document)
    check_calendar(terms, at)
    return terms
