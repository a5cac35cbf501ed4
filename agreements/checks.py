"""What `manage.py verify` checks of the agreements: that every text is still the one that was written and signed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.core.serializers.json import DjangoJSONEncoder

from agreements.models import AgreementVersion, Signature, Status, StoredText
from agreements.selectors import counting_signatures
from agreements.services.shared import name_of
from agreements.terms.document import Terms, TermsInvalid, digest_of
from slaportal.audit.checks import register
from slaportal.audit.models import AuditEntry

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


class Signed(NamedTuple):
    """A signature as the audit's chain holds it: on which version, by whom, when, for which side, text and day."""

    on: str
    actor: int | None
    at: datetime
    side: str
    digest: str
    effective_from: str | None


@register
def verify_signatures() -> Iterator[str]:
    """Every signature that the audit does not know like this, and every one that it knows and that is gone.

    The chain of the audit cannot be changed without a trace, so a text that was forged with its digest and its
    signatures is found here; so is an audit whose last entries were cut off.
    """
    # The version's own move to "signed" has the same name, but no side.
    recorded = AuditEntry.objects.filter(action="version.signed", facts__has_key="side").order_by("id")
    known = {_as_recorded(entry): entry for entry in recorded}
    for signature in Signature.objects.select_related("version__agreement").order_by("id"):
        entry = known.pop(_as_stored(signature), None)
        if entry is None or not _is_named_so(signature, entry):
            yield f"agreement: the audit knows no signature like that of {signature} in {signature.version}"
    for entry in known.values():
        yield f"agreement: a signature that the audit knows ({entry.on}, {entry.facts.get('side')}) is gone"


def _as_recorded(entry: AuditEntry) -> Signed:
    facts = entry.facts
    side, digest = str(facts.get("side")), str(facts.get("digest"))
    return Signed(entry.on, entry.actor_id, entry.at, side, digest, facts.get("effective_from"))


def _as_stored(signature: Signature) -> Signed:
    day = json.loads(json.dumps(signature.effective_from, cls=DjangoJSONEncoder))
    on = name_of(signature.version)
    return Signed(on, signature.user_id, signature.at, signature.side, signature.digest, day)


def _is_named_so(signature: Signature, entry: AuditEntry) -> bool:
    """Whether name and language are those of the entry; the first entries of all did not hold them."""
    said = {"name": signature.signer_name, "language": signature.language}
    return all(entry.facts.get(fact, value) == value for fact, value in said.items())
