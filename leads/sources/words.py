"""The words for what a source refuses."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SOURCE_WORDS: dict[str, str | Promise] = {
    "source_name_taken": _("There is a source of this name already. Leads and events carry the name: choose another."),
    "source_name_in_use": _(
        "Leads, events or deals that an import or a program brought carry this name as their source already. Choose "
        "another: the two would not be told apart, neither by their ids nor in the figures."
    ),
    "source_retired": _("This source has ended. Make a new one."),
    "source_without_secret": _("This source signs nothing, so it has no secret."),
    "source_paused": _("This source is paused. Send it again later."),
    "webhook_without_id": _("The header webhook-id must hold 1 to 190 characters without blanks."),
    "webhook_without_time": _("The header webhook-timestamp must hold whole seconds since 1970."),
    "webhook_time_differs": _(
        "The header webhook-timestamp is more than %(minutes)d minutes from now. Check the sender’s clock."
    ),
    "webhook_signature_wrong": _("No signature in the header webhook-signature is right for this body."),
    "nothing_taken": _("Nothing of this could be taken. Correct what is named here and send it again."),
    "nothing_mapped": _("The mapping finds neither a lead nor an event in this."),
    "too_often": _("Too many at once. Try again in %(seconds)d seconds."),
    "origin_unknown": _("This page is not one that may send to this source."),
    "form_wrong": _("Some entries are not right. Correct them and send the form again."),
    "body_too_large": _("The body is larger than %(bytes)d bytes."),
}
