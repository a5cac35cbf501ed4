"""What leads do, in the reader's words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EVENTS: dict[str, Promise] = {
    "page_view": _("Page view"),
    "email_open": _("E-mail opened"),
    "email_click": _("E-mail link followed"),
    "form_submission": _("Form sent"),
    "webinar": _("Webinar attended"),
    "demo_request": _("Demo requested"),
    "contact_request": _("Contact requested"),
    "pricing_request": _("Prices requested"),
    "unsubscribe": _("Unsubscribed"),
}


def event_name(kind: str) -> str:
    """The name of a type of events; one that we do not know keeps its own, made readable."""
    return str(EVENTS[kind]) if kind in EVENTS else kind.replace("_", " ")
