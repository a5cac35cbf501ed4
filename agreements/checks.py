"""What `manage.py verify` checks of the agreements: that every text is still the one that was written and signed."""

from __future__ import annotations

from collections.abc import Iterator

from agreements.models import AgreementVersion, Signature, Status, StoredText
from agreements.selectors import counting_signatures
from agreements.terms.document import Terms, TermsInvalid, digest_of
from slaportal.audit.checks import register

SETTLED = (Status.SIGNED, Status.ACTIVE, Status.SUPERSEDED)


@register
def verify_versions() -> Iterator[str]:
    """Every version whose text no longer has its digest, and every signed one that lacks a side's signature on it."""
    for version in AgreementVersion.objects.select_related("agreement").order_by("agreement_id", "number"):
        try:
            Terms.stored(version.terms)
        except TermsInvalid as invalid:
            yield f"agreement: the terms of {version} cannot be read: {invalid}"
            continue
        if digest_of(version.terms) != version.digest:
            yield f"agreement: the terms of {version} are not what its digest says"
        if version.status in SETTLED and set(counting_signatures(version)) != {"marketing", "sales"}:
            yield f"agreement: {version} is {version.status} without both sides' signatures on this text"


@register
def verify_texts() -> Iterator[str]:
    """Every kept text that no longer has its digest, and every version and signature whose text is not kept."""
    kept = set()
    for text in StoredText.objects.order_by("digest").iterator(chunk_size=100):
        kept.add(text.digest)
        if digest_of(text.terms) != text.digest:
            yield f"agreement: the kept text {text.digest:.12} is not what its digest says"
    for version in AgreementVersion.objects.select_related("agreement").defer("terms").exclude(digest__in=kept):
        yield f"agreement: the text of {version} is not kept"
    for signature in Signature.objects.select_related("version__agreement").exclude(digest__in=kept):
        yield f"agreement: the text that {signature} signed in {signature.version} is not kept"
