"""The words for what the agreements room refuses."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REFUSALS: dict[str, str | Promise] = {
    "slug_taken": _("An agreement with the address “%(slug)s” exists already. Choose another address."),
    "draft_exists": _("A draft of this agreement is open already. Go on with that one."),
    "draft_changed": _(
        "Somebody else has changed this draft while you were editing. Your entries are below; look at the new text, "
        "then save again."
    ),
    "version_is_signed": _("Version %(number)s is signed and cannot be changed. Start a new draft."),
    "version_moved_on": _("Version %(number)s has moved on in the meantime. Reload the page to see where it stands."),
    "draft_has_history": _("This draft was already proposed or signed, so it stays. Edit it instead."),
    "effective_date_past": _("The effective date lies in the past. Choose today or a later day."),
    "not_an_editor": _("Only managers and admins change the terms."),
    "not_a_signer": _("Only the marketing manager and the sales manager sign; being an admin does not give the right."),
    "not_proposed": _("Only a proposed version can be signed."),
    "text_changed": _("The text has changed since you read it. Read the new text, then sign."),
    "day_changed": _("The day from which it holds is not the one that you read. Read it again, then sign."),
    "already_signed": _("Your side has signed this text for this day already."),
    "same_person": _("One person cannot sign for both sides."),
    "wrong_password": _("That password is not right. Nothing was signed."),
    "if_match_missing": _("Send the digest of the draft that you read in the header If-Match."),
    "no_active_terms": _("No agreement is in force yet. Sign one first."),
}
