"""What is read about agreements: the terms in force, open drafts, history and whose signatures count."""

from __future__ import annotations

from django.db.models import QuerySet

from agreements.models import OPEN, Agreement, AgreementVersion, Signature, Status


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
