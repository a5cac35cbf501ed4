"""What a form asks, as its source's options keep it, and the HTML that any site can paste."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.template.loader import render_to_string
from django.urls import reverse

from leads.intake.rows import LIMITS
from leads.models import LeadSource
from slaportal.outbox.texts import absolute

LEAD_FIELDS = ("email", "name", "company", "title", "phone", "country")
MESSAGE = "message"
# A field that people do not see; whoever fills it in is a robot.
TRAP = "homepage"
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
# Filled in by the script, if it is on the page.
HIDDEN = ("page", *UTM, "visitor")
LONGEST_MESSAGE = 5000
LONGEST_ATTRIBUTE = 500
AUTOCOMPLETE = {
    "email": "email",
    "name": "name",
    "company": "organization",
    "title": "organization-title",
    "phone": "tel",
    "country": "country-name",
}
TYPES = {"email": "email", "phone": "tel"}


@dataclass(frozen=True)
class Asked:
    """One field of a form; `name` is a lead's own field, "message" or "attributes.NAME"."""

    name: str
    label: str
    is_required: bool

    @property
    def limit(self) -> int:
        """How many characters it takes."""
        return LONGEST_MESSAGE if self.name == MESSAGE else LIMITS.get(self.name, LONGEST_ATTRIBUTE)

    @property
    def type(self) -> str:
        return TYPES.get(self.name, "text")

    @property
    def autocomplete(self) -> str:
        return AUTOCOMPLETE.get(self.name, "off")


@dataclass(frozen=True)
class FormDesign:
    """A form: its fields, what is agreed to, which event it is, and where the person goes then."""

    asked: tuple[Asked, ...]
    consent: str
    is_consent_required: bool
    event_type: str
    origins: frozenset[str]
    redirect: str
    thanks: str
    button: str

    @classmethod
    def of(cls, source: LeadSource) -> FormDesign:
        """As the source's options keep it."""
        kept: Mapping[str, Any] = source.options
        consent = kept.get("consent") or {}
        return cls(
            asked=tuple(Asked(one["name"], one["label"], one["required"]) for one in kept.get("fields", [])),
            consent=consent.get("text", ""),
            is_consent_required=consent.get("required", False),
            event_type=kept.get("event_type", ""),
            origins=frozenset(kept.get("origins", [])),
            redirect=kept.get("redirect", ""),
            thanks=kept.get("thanks", ""),
            button=kept.get("button", ""),
        )


def snippet(source: LeadSource) -> str:
    """The form as plain HTML: without a script, without a style, for any page."""
    address = absolute(reverse("leads:hooks-form", args=[source.public_id]))
    context = {"design": FormDesign.of(source), "address": address, "trap": TRAP, "hidden": HIDDEN}
    lines = render_to_string("leads/sources/snippet.html", context).splitlines()
    return "\n".join(line for line in lines if line.strip())


def origin_of(address: str) -> str:
    """ "https://www.example.com" of an address there, as browsers write it; "" where it has none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_usual = port is None or port == {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" if is_usual else f"{parts.scheme}://{host}:{port}"
