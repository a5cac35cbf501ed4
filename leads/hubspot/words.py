"""The sentences about a connection to HubSpot: why something is refused, and what went wrong meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from leads.intake.words import INTAKE_WORDS

HUBSPOT_WORDS: dict[str, str | Promise] = {
    "hubspot_body_unreadable": _("The body cannot be read: %(detail)s"),
    "hubspot_body_no_list": _("The body must be a list of at most %(limit)d events."),
    "hubspot_paused": _("The connection is paused. Let it go on first."),
    "hubspot_token_missing": _("Enter the private app’s token first."),
}
# Deliveries that were not taken.
REFUSED_WORDS: dict[str, str | Promise] = {
    "secret_missing": _("A delivery came, and no client secret is entered to check it by."),
    "signature_missing": _("A request without a signature. It did not come from HubSpot."),
    "signature_wrong": _(
        "A wrong signature. Compare the client secret, and the address in HubSpot with the one above, letter by letter."
    ),
    "signature_old": _("A signature of version 1 or 2, which this connection does not allow."),
    "timestamp_old": _("A signature older than five minutes, or from the future. Check the clock of this server."),
    "timestamp_unreadable": _("A signature without a readable time."),
    "body_too_large": _("A delivery larger than 8 MB."),
    "body_unreadable": _("A signed delivery that is not JSON: %(detail)s"),
    "body_no_list": _("A signed delivery that is no list of events."),
    "event_unreadable": _("An item of a delivery that is no event."),
    "portal_unknown": _("An event of the portal %(portal)s, which is another one."),
}
# What HubSpot answered, or did not.
FAILED_WORDS: dict[str, str | Promise] = {
    "hubspot_token_refused": _("HubSpot refuses the token. Nothing is asked until a new one is entered."),
    "hubspot_scope_missing": _("The token may not do this: a scope is missing in the private app. %(detail)s"),
    "hubspot_too_often": _("HubSpot says that it was asked too often. It is asked again when the pause is over."),
    "hubspot_fault": _("HubSpot answered with the error %(status)s. It is asked again soon."),
    "hubspot_unreachable": _("HubSpot could not be reached (%(detail)s). It is asked again soon."),
    "hubspot_answer_unreadable": _("HubSpot’s answer could not be read (%(detail)s). It is asked again soon."),
    "hubspot_answer_too_large": _("HubSpot’s answer was larger than %(limit)s MB."),
    "hubspot_absent": _("HubSpot no longer has what it told of."),
    "hubspot_declined": _("HubSpot does not take the request: %(detail)s"),
    "hubspot_form_absent": _("HubSpot has no form %(form)s."),
    "hubspot_submission_nameless": _("A submission of the form %(form)s has no e-mail address."),
    "hubspot_push_declined": _("HubSpot does not take our values for the contact %(contact)s: %(detail)s"),
    "event_set_aside": _("An event (%(type)s) failed five times and was set aside."),
}
# Why an event has no effect.
KEPT_WORDS: dict[str, str | Promise] = {
    "type_unknown": _("its type means nothing here"),
    "lead_unknown": _("it is about nobody we know"),
}


def trouble_words(code: str, facts: Mapping[str, Any]) -> str:
    """What went wrong, as a sentence; values of intake with the contact that they came from."""
    sentence = REFUSED_WORDS.get(code) or FAILED_WORDS.get(code)
    told = {"detail": "", "status": "", **facts}
    if sentence is None and code in INTAKE_WORDS:
        return _now("Contact %(contact)s: %(why)s") % {
            "contact": told.get("contact", ""),
            "why": _filled(INTAKE_WORDS[code], told),
        }
    return _filled(sentence, told) if sentence is not None else code


def _filled(sentence: str | Promise, facts: Mapping[str, Any]) -> str:
    try:
        return str(sentence) % facts
    except (KeyError, TypeError, ValueError):
        return str(sentence)
