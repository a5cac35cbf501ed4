"""What is read about agreements: the terms in force, open drafts, history and whose signatures count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db.models import Case, Count, QuerySet, When

from agreements.models import (
    OPEN,
    Agreement,
    AgreementVersion,
    ChangeRequest,
    Comment,
    DraftEdit,
    Opening,
    Proposal,
    ProposalState,
    Signature,
    Status,
    StoredText,
)
from agreements.terms.document import Terms
from slaportal.accounts.models import User

SIDE_OF_ROLE = {"marketing_manager": "marketing", "sales_manager": "sales"}

PLAIN_CURRENCY = "EUR"
# In the order in which segments are tried; the default agreement is the last.
TRIED = ("agreement__is_default", "agreement__order", "agreement_id")
# The company's own comes first: its zone counts months, whatever zone a region's agreement has.
COMPANY_FIRST = ("-agreement__is_default", "agreement__order", "agreement_id")


def agreements() -> QuerySet[Agreement]:
    """All agreements in the order in which their segment rules are tried; the default one comes last."""
    return Agreement.objects.order_by("is_default", "order", "id")


def versions_in_force() -> QuerySet[AgreementVersion]:
    """The version in force of each agreement that has one, in the order in which their segments are tried."""
    return AgreementVersion.objects.filter(status=Status.ACTIVE).select_related("agreement").order_by(*TRIED)


def active_version(slug: str | None = None) -> AgreementVersion | None:
    """The version in force of one agreement; without a slug the company's: the default agreement's.

    While the default agreement has none in force, the company's is that of the first which has.
    """
    versions = versions_in_force().order_by(*COMPANY_FIRST)
    if slug is not None:
        versions = versions.filter(agreement__slug=slug)
    return versions.first()


def company_version(versions: Sequence[AgreementVersion]) -> AgreementVersion | None:
    """The company's among the versions in force (in the order in which their segments are tried), as active_version."""
    return next((version for version in versions if version.agreement.is_default), versions[0] if versions else None)


def usual_currency(version: AgreementVersion | None) -> str:
    """The currency of the goals that both sides signed; euros before there are any."""
    goals = version.document.goals if version else []
    return next((goal.currency for goal in goals if goal.currency), PLAIN_CURRENCY)


def company_zone() -> str:
    """The time zone of the company's version in force, "" while there is none; one narrow query."""
    zones = AgreementVersion.objects.filter(status=Status.ACTIVE).order_by(*COMPANY_FIRST)
    return zones.values_list("terms__calendar__timezone", flat=True).first() or ""


def open_version(agreement: Agreement) -> AgreementVersion | None:
    """The draft or proposed version of an agreement; there is at most one."""
    return AgreementVersion.objects.filter(agreement=agreement, status__in=OPEN).select_related("agreement").first()


def history(agreement: Agreement) -> QuerySet[AgreementVersion]:
    """All versions, newest first, each with its signatures and moves."""
    return (
        AgreementVersion.objects.filter(agreement=agreement)
        .select_related("agreement", "created_by", "based_on")
        .prefetch_related("signatures", "changes__by", "openings__user", "change_requests__by")
        .order_by("-number")
    )


def counting_signatures(version: AgreementVersion) -> dict[str, Signature]:
    """The signatures on the text and the day as they stand, by side; those on earlier ones are history."""
    signed = version.signatures.filter(digest=version.digest, effective_from=version.effective_from)
    signed = signed.select_related("user")
    return {signature.side: signature for signature in signed}


def newer_than_base(version: AgreementVersion) -> AgreementVersion | None:
    """The newest signed version where it is not what this draft was based on: the draft is on an older text."""
    newest = version.agreement.versions.exclude(status__in=OPEN).order_by("-number").first()
    if newest is None or version.based_on_id in {None, newest.pk}:
        return None
    return newest


def overtaken_by(version: AgreementVersion) -> list[AgreementVersion]:
    """Signed versions that wait for a later day than this one's: with both signatures on it they never come into force.

    Without a day of its own it holds from the second signature on, before all that wait.
    """
    waiting = version.agreement.versions.filter(status=Status.SIGNED, number__lt=version.number)
    if version.effective_from is not None:
        waiting = waiting.filter(effective_from__gt=version.effective_from)
    return list(waiting.exclude(effective_from=None).order_by("number"))


def text_of(digest: str) -> Terms:
    """The text with this digest; it was kept when it was written."""
    return StoredText.objects.get(digest=digest).document


def kept_text(digest: str) -> Terms | None:
    """The same, where the digest was sent to us: None where no text with it was ever written."""
    kept = StoredText.objects.filter(digest=digest).first()
    return kept.document if kept else None


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


@dataclass(frozen=True)
class Signer:
    """Where one person who may sign stands with a proposed text: opened, signed, asked for changes."""

    side: str
    name: str
    user: User | None
    opening: Opening | None = None
    signature: Signature | None = None
    request: ChangeRequest | None = None
    # What they signed before the text or its day changed; it no longer counts.
    earlier: Signature | None = None


def signers_of(version: AgreementVersion) -> list[Signer]:
    """The people of both sides: who has signed, or else everybody who may; five queries."""
    openings = {one.user_id: one for one in version.openings.filter(digest=version.digest)}
    signed, earlier = counting_signatures(version), _voided_signatures(version)
    asked = {one.by_id: one for one in standing_requests(version)}
    people = get_user_model().objects.filter(is_active=True, role__in=SIDE_OF_ROLE).order_by("id")
    signers = [
        Signer(side, one.signer_name, one.user, openings.get(one.user_id or 0), one) for side, one in signed.items()
    ]
    for person in people:
        side = SIDE_OF_ROLE[person.role]
        if side not in signed:
            facts = (openings.get(person.pk), None, asked.get(person.pk), earlier.get(person.pk))
            signers.append(Signer(side, person.name, person, *facts))
    return sorted(signers, key=lambda one: one.side)


def settled_signers(version: AgreementVersion) -> list[Signer]:
    """Who signed a version that is settled, and when they had opened it; two queries."""
    openings = {one.user_id: one for one in version.openings.filter(digest=version.digest)}
    return [
        Signer(side, one.signer_name, one.user if one.user_id else None, openings.get(one.user_id or 0), one)
        for side, one in sorted(counting_signatures(version).items())
    ]


def _voided_signatures(version: AgreementVersion) -> dict[int, Signature]:
    """The latest signature of each person that does not count any more."""
    counts = {"digest": version.digest, "effective_from": version.effective_from}
    return {one.user_id: one for one in version.signatures.exclude(**counts).order_by("id") if one.user_id}
