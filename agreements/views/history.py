"""The history of an agreement: every version with what happened to it, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from agreements import access
from agreements.models import AgreementVersion, Signature, VersionChange
from agreements.selectors import history
from slaportal.accounts.reader import person
from slaportal.web.policy import signed_in
from slaportal.web.rendering import render_page

MOVES: dict[tuple[str, str], Promise] = {
    ("draft", "proposed"): _("proposed"),
    ("proposed", "draft"): _("taken back to draft"),
    ("proposed", "signed"): _("signed by both sides"),
    ("signed", "active"): _("came into force"),
    ("active", "superseded"): _("superseded"),
    ("signed", "superseded"): _("replaced before it came into force"),
}
SIGNED: dict[str, Promise] = {"marketing": _("signed for Marketing"), "sales": _("signed for Sales")}


@dataclass(frozen=True)
class Entry:
    """One thing that happened to a version."""

    at: datetime
    said: str
    name: str = ""
    language: str = ""
    note: str | Promise = ""


@require_GET
@signed_in
def version_history(request: HttpRequest, slug: str) -> HttpResponse:
    """All versions with who proposed, opened and signed what, when and in which language; any two can be compared."""
    one = access.agreement_for(person(request), slug)
    versions = list(history(one))
    numbers = [version.number for version in versions]
    context = {
        "agreement": one,
        "versions": [{"version": version, "story": story_of(version)} for version in versions],
        "numbers": numbers,
        "old_number": str(numbers[1]) if len(numbers) > 1 else "",
        "new_number": numbers[0] if numbers else None,
        "now": timezone.now(),
    }
    return render_page(request, "agreements/history.html", context)


def story_of(version: AgreementVersion) -> list[Entry]:
    """What happened to the version, in the order of time; from rows that are there already."""
    moves = list(version.changes.all())
    entries = [_moved(change) for change in moves if change.new in {"proposed", "draft"}]
    entries += [_signed(version, signature) for signature in version.signatures.all()]
    entries += [
        Entry(one.at, str(_("opened the proposed text")), one.user.name, one.language) for one in version.openings.all()
    ]
    entries += [
        Entry(one.at, str(_("requested changes")), one.by.name, note=one.text) for one in version.change_requests.all()
    ]
    entries += [_moved(change) for change in moves if change.new not in {"proposed", "draft"}]
    # What bears one time keeps this order: proposed, signed by each, signed by both.
    return sorted(entries, key=lambda entry: entry.at)


def _moved(change: VersionChange) -> Entry:
    said = MOVES.get((change.old, change.new), change.new)
    return Entry(change.at, str(said), change.by.name if change.by else "")


def _signed(version: AgreementVersion, signature: Signature) -> Entry:
    counts = (signature.digest, signature.effective_from) == (version.digest, version.effective_from)
    note: str | Promise = "" if counts else _("on an earlier text or for another day: it does not count")
    said = SIGNED.get(signature.side, signature.side)
    return Entry(signature.at, str(said), signature.signer_name, signature.language, note)
