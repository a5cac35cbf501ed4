"""What stands around the clauses: whose agreement it is, where it stands, and the block of signatures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agreements.models import AgreementVersion, Signature, Status
from agreements.selectors import counting_signatures
from agreements.sentences.values import SIDES
from slaportal.web.formats import reader_locale

STATUS_WORDS: dict[str, Promise] = {
    Status.DRAFT: _("Draft"),
    Status.PROPOSED: _("Proposed"),
    Status.SIGNED: _("Signed"),
    Status.ACTIVE: _("In force"),
    Status.SUPERSEDED: _("Superseded"),
}
# Who holds the paper must see at once that it does not bind, or no longer.
MARKS: dict[str, Promise] = {
    Status.DRAFT: _("DRAFT"),
    Status.PROPOSED: _("PROPOSED"),
    Status.SUPERSEDED: _("SUPERSEDED"),
}
NOTES: dict[str, Promise] = {
    Status.DRAFT: _("This is a draft. It binds nobody until both sides have signed it."),
    Status.PROPOSED: _("This text is proposed. It binds nobody until both sides have signed it."),
    Status.SUPERSEDED: _("A later version has taken the place of this one."),
}


@dataclass(frozen=True)
class Fact:
    """A label and its value; `is_code` for what must stay as it is, letter by letter."""

    label: str
    value: str
    is_code: bool = False


@dataclass(frozen=True)
class SignatureBox:
    """One side's place to sign: what its signature says, or nothing yet."""

    side: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Frame:
    """All words of the paper beside the clauses."""

    title: str
    subtitle: str
    mark: str
    note: str
    facts: tuple[Fact, ...]
    boxes: tuple[SignatureBox, ...]
    # What a signature says, told over the boxes.
    meaning: str
    address: str


def frame_of(version: AgreementVersion) -> Frame:
    """The frame in the active language."""
    zone = ZoneInfo(version.document.calendar.timezone)
    signatures = counting_signatures(version)
    return Frame(
        title=version.agreement.name,
        subtitle=gettext("Service level agreement (SLA) between Marketing and Sales"),
        mark=str(MARKS.get(version.status, "")),
        note=str(NOTES.get(version.status, "")),
        facts=tuple(_facts(version, zone)),
        boxes=tuple(
            SignatureBox(str(SIDES[side]), _signed(signatures[side], zone) if side in signatures else ())
            for side in SIDES
        ),
        meaning=gettext("A signature stands for the text with this digest and for the day from which it holds."),
        address=settings.PUBLIC_URL + reverse("agreements:version", args=[version.agreement.slug, version.number]),
    )


def moment(at: dt.datetime, zone: dt.tzinfo) -> str:
    """Day, time and zone; the same on every copy, whoever prints it."""
    local, locale = at.astimezone(zone), reader_locale()
    day = format_skeleton("yMMMd", local, locale=locale)
    words = str(locale.datetime_formats["medium"]).format(local.strftime("%H:%M"), day)
    return f"{words} ({getattr(zone, 'key', 'UTC')})"


def _facts(version: AgreementVersion, zone: ZoneInfo) -> list[Fact]:
    facts = [
        Fact(gettext("Parties"), gettext("Marketing and Sales")),
        Fact(gettext("Version"), str(version.number)),
        Fact(gettext("Status"), str(STATUS_WORDS[version.status])),
        Fact(gettext("In force from"), _effective(version, zone)),
    ]
    if version.based_on:
        facts.append(Fact(gettext("Based on version"), str(version.based_on.number)))
    if version.why:
        facts.append(Fact(gettext("Reason for this version"), version.why))
    return [*facts, Fact(gettext("Digest of the text (SHA-256)"), version.digest, is_code=True)]


def _effective(version: AgreementVersion, zone: ZoneInfo) -> str:
    if version.effective_from:
        return moment(version.effective_from, zone)
    return gettext("the moment of the second signature")


def _signed(signature: Signature, zone: ZoneInfo) -> tuple[Fact, ...]:
    language = dict(settings.LANGUAGES).get(signature.language, signature.language)
    return (
        Fact(gettext("Name"), signature.signer_name),
        Fact(gettext("Signed at"), moment(signature.at, dt.UTC)),
        Fact(gettext("Local time"), moment(signature.at, zone)),
        *([Fact(gettext("Language read"), language)] if language else []),
    )
