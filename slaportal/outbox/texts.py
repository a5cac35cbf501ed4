"""Turns a kind and its facts into words, in the language and time zone of the person who reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template import Context, TemplateDoesNotExist
from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.translation import gettext

from slaportal.web.middleware import zone_named

if TYPE_CHECKING:
    from slaportal.accounts.models import User

BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True)
class Text:
    """A rendered notice: its sentence (also the mail's subject) and the mail's body."""

    sentence: str
    body: str


def text_of(kind: str, *, recipient: User, facts: dict[str, Any], url: str = "") -> Text:
    """The words of templates/notifications/<kind>.txt in the active language; without a template, the kind's name."""
    words = {**_readable(facts), "recipient": recipient, "url": absolute(url) if url else ""}
    try:
        template = get_template(f"notifications/{kind}.txt")
    except TemplateDoesNotExist:
        return Text(gettext("Notice: %(kind)s") % {"kind": kind}, words["url"])
    # Plain text: nothing is escaped here. Pages escape the sentence when they show it.
    rendered = template.template.render(Context(words, autoescape=False)).strip()  # type: ignore[attr-defined]
    sentence, _, body = rendered.partition("\n")
    return Text(sentence.strip(), body.strip())


@contextmanager
def as_read_by(person: User) -> Iterator[None]:
    """The person's language and time zone, or the installation's where they chose none."""
    with (
        translation.override(person.language or settings.LANGUAGE_CODE),
        timezone.override(zone_named(person.timezone)),
    ):
        yield


def mail_to(recipient: User, kind: str, *, facts: dict[str, Any], url: str = "", message_id: object) -> None:
    """Send one mail now; call it outside of a transaction. The Message-ID stays the same when it is sent again."""
    with as_read_by(recipient):
        text = text_of(kind, recipient=recipient, facts=facts, url=url)
        host = urlsplit(settings.PUBLIC_URL).hostname
        message = EmailMessage(
            subject=text.sentence,
            body=f"{text.body}\n",
            to=[recipient.email],
            headers={"Message-ID": f"<{message_id}@{host}>", "Auto-Submitted": "auto-generated"},
        )
        message.send()


def absolute(path: str) -> str:
    """The address of a path of this installation, for use outside of it."""
    return urljoin(f"{settings.PUBLIC_URL}/", path)


def _readable(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as templates want them: moments and days parsed, texts on one line (a subject has no second one)."""
    return {name: _readable_fact(name, value) for name, value in facts.items()}


def _readable_fact(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        if name.endswith("_at"):
            return datetime.fromisoformat(value)
        if name.endswith("_on"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    return BREAKS.sub(" ", value)
