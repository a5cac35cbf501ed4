"""What leads do, how they came to Sales and why they moved, in the reader's words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agreements.sentences.events import event_name

TRIGGERS: dict[str, Promise] = {
    "hand_raise": _("Asked to be contacted"),
    "score": _("Its scores qualified it"),
    "manual": _("Handed over by hand"),
}
LEFT_PATH: dict[str, Promise] = {
    "finished": _("Finished the path “%(path)s”"),
    "qualified": _("Left the path “%(path)s”: it qualified"),
    "replaced": _("Left the path “%(path)s” for another one"),
    "stopped": _("Left the path “%(path)s”"),
}


def trigger_name(trigger: str, event: str = "") -> str:
    """How the lead came to Sales; a raised hand is told by what the lead asked for."""
    if trigger == "hand_raise" and event:
        return event_name(event)
    return str(TRIGGERS.get(trigger, trigger))


def event_detail(properties: object) -> str:
    """What an event was about: a page, a form, a subject; "" where it does not say."""
    if not isinstance(properties, dict):
        return ""
    names = ("message", "path", "url", "form", "title", "subject", "campaign", "name")
    found = (properties.get(name) for name in names)
    return next((value[:200] for value in found if isinstance(value, str) and value), "")
