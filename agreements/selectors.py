"""What is read about agreements: the terms in force, open drafts, history and whose signatures count."""

from __future__ import annotations

from django.db.models import Case, Count, QuerySet, When

from agreements.models import (
    OPEN,
    Agreement,
    AgreementVersion,
    ChangeRequest,
    Comment,
    DraftEdit,
    Proposal,
    ProposalState,
    Signature,
    Status,
    StoredText,
)
from agreements.terms.document import Terms


def agreements() -> QuerySet[Agreement]:
    """All agreements in the order in which their segment rules are tried."""
    return Agreement.objects.order_by("order", "id")


def active_version(slug: str | None = None) -> AgreementVersion | None:
    """The version in force of one agreement; without a slug, of the first agreement that has one."""
    versions = AgreementVersion.objects.filter(status=Status.ACTIVE).select_related("agreement")
    if slug is not None:
        versions = versions.filter(agreement__slug=slug)
    return versions.order_by("agreement__order", "agreement_id").first()


def company_zone() -> str:
    """The time zone of the first agreement in force, "" while there is none; one narrow query."""
    zones = AgreementVersion.objects.filter(status=Status.ACTIVE).order_by("agreement__order", "agreement_id")
    return zones.values_list("terms__calendar__timezone", flat=True).first() or ""


def open_version(agreement: Agreement) -> AgreementVersion | None:
    """The draft or proposed version of an agreement; there is at most one."""
    return AgreementVersion.objects.filter(agreement=agreement, status__in=OPEN).select_related("agreement").first()


def history(agreement: Agreement) -> QuerySet[AgreementVersion]:
    """All versions, newest first, each with its signatures and moves."""
    return (
        AgreementVersion.objects.filter(agreement=agreement)
        .select_related("created_by")
        .prefetch_related("signatures", "changes")
        .order_by("-number")
    )


def counting_signatures(version: AgreementVersion) -> dict[str, Signature]:
    """The signatures on the text and the day as they stand, by side; those on earlier ones are history."""
    signed = version.signatures.filter(digest=version.digest, effective_from=version.effective_from)
    return {signature.side: signature for signature in signed}


def newer_than_base(version: AgreementVersion) -> AgreementVersion | None:
    """The newest signed version where it is not what this draft was based on: the draft is on an older text."""
    newest = version.agreement.versions.exclude(status__in=OPEN).order_by("-number").first()
    if newest is None or version.based_on_id in {None, newest.pk}:
        return None
    return newest


def text_of(digest: str) -> Terms:
    """The text with this digest; it was kept when it was written."""
    return StoredText.objects.get(digest=digest).document


def has_had_text(version: AgreementVersion, digest: str) -> bool:
    """Whether this version has, or once had, the text with this digest."""
    return version.digest == digest or version.edits.filter(old=digest).exists()


def edits_since(version: AgreementVersion, digest: str) -> list[DraftEdit]:
    """What was saved after the version last had that text, in order; nothing if it has it now."""
    if version.digest == digest:
        return []
    left_at = version.edits.filter(old=digest).order_by("-id").values("id")[:1]
    return list(version.edits.filter(id__gte=left_at).select_related("by"))


def standing_requests(version: AgreementVersion) -> list[ChangeRequest]:
    """The requests for changes of the text as it stands, of sides that have not signed it since."""
    signed = counting_signatures(version)
    found = version.change_requests.filter(digest=version.digest).select_related("by")
    return [one for one in found if one.side not in signed]


def open_comment_counts(agreement: Agreement) -> dict[str, int]:
    """How many unresolved comments each clause has; one query for the whole page."""
    counted = Comment.objects.filter(agreement=agreement, resolved_at=None).order_by().values_list("clause")
    return dict(counted.annotate(n=Count("pk")))


def comments_on(agreement: Agreement, clause: str | None = None) -> QuerySet[Comment]:
    """All that was said about a clause, or about any, in order."""
    found = Comment.objects.filter(agreement=agreement).select_related("by", "resolved_by", "version")
    return found if clause is None else found.filter(clause=clause)


def proposals_of(agreement: Agreement) -> QuerySet[Proposal]:
    """All proposed changes, open ones first, newest first."""
    is_open = Case(When(state=ProposalState.OPEN, then=0), default=1)
    return agreement.proposals.select_related("by", "decided_by", "version").order_by(is_open, "-id")


def open_proposal_counts(agreement: Agreement) -> dict[str, int]:
    """How many open proposals each clause has; "" for those of no clause."""
    waiting = agreement.proposals.filter(state=ProposalState.OPEN).order_by().values_list("clause")
    return dict(waiting.annotate(n=Count("pk")))
