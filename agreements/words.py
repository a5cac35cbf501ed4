"""The words for what the agreements room refuses."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REFUSALS: dict[str, str | Promise] = {
    "paper_too_long": _("This text is too long for a PDF. Print the page instead; it holds the same."),
    "slug_taken": _("An agreement with the address “%(slug)s” exists already. Choose another address."),
    "slug_reserved": _("The address “%(slug)s” is a page of the portal. Choose another address."),
    "unknown_template": _("There is no template “%(template)s” to start from."),
    "unknown_language": _("The texts of the templates are not written in “%(language)s”."),
    "draft_exists": _("A draft of this agreement is open already. Go on with that one."),
    "draft_changed": _(
        "Somebody else has changed this draft since you read it. Nothing was changed now; look at the text as it "
        "stands, then decide again."
    ),
    "draft_closed": _(
        "This draft is no longer open: it was signed or thrown away in the meantime. Nothing was done now."
    ),
    "draft_closed_kept": _(
        "This draft is no longer open: it was signed or thrown away in the meantime. Version %(number)s is the newest "
        "signed one. The form has its text with your entries; nothing is saved until you start a new draft with them."
    ),
    "same_values_changed": _(
        "Somebody else has changed the same values while you were editing. Both are shown below; the form has yours. "
        "Nothing was saved yet."
    ),
    "carry_over_conflicts": _("Both texts changed the same values. Choose one of the two for each of them."),
    "nothing_newer": _("This draft is based on the newest signed text already."),
    "based_on_superseded": _(
        "This draft is based on a text that version %(number)s has replaced. Carry its changes over, or confirm that "
        "the older text is meant."
    ),
    "effective_before_signed": _(
        "Version %(number)s is signed and waits for a later day. Choose that day or a later one, or confirm that this "
        "version takes its place."
    ),
    "terms_not_ready": _("The draft is not ready to be proposed yet. Repair what is listed first."),
    "comment_resolved": _("This comment is resolved already."),
    "comment_open": _("This comment is open already."),
    "proposal_decided": _("Somebody has decided about this proposal already."),
    "version_is_signed": _("Version %(number)s is signed and cannot be changed. Start a new draft."),
    "version_moved_on": _("Version %(number)s has moved on in the meantime. Reload the page to see where it stands."),
    "draft_has_history": _("This draft was already proposed, signed or discussed, so it stays. Edit it instead."),
    "effective_date_past": _("The effective date lies in the past. Choose today or a later day."),
    "effective_date_far": _("The effective date lies more than %(years)s years ahead. Choose an earlier day."),
    "form_cut_off": _("The form did not arrive whole, so nothing is saved. Here is the chapter as it stands."),
    "not_an_editor": _("Only managers and admins change the terms."),
    "not_a_signer": _("Only the marketing manager and the sales manager sign; being an admin does not give the right."),
    "not_proposed": _("Only a proposed version can be signed."),
    "text_changed": _("The text has changed since you read it. Read the new text, then decide again."),
    "day_changed": _("The day from which it holds is not the one that you read. Read it again, then sign."),
    "already_signed": _("Your side has signed this text for this day already."),
    "same_person": _("One person cannot sign for both sides."),
    "wrong_password": _("That password is not right. Nothing was signed."),
    "if_match_missing": _("Send the digest of the draft that you read in the header If-Match."),
    "segment_same": _("%(name)s is for the very same leads: the agreement that is tried later would govern none."),
    "segment_missing": _("There is a default agreement already: say which leads this one is for."),
    "default_has_no_segment": _(
        "The default agreement governs all leads that no other one selects. It has no segment."
    ),
    "default_stays_last": _("The default agreement always comes last."),
    "place_unknown": _("There is no place %(place)s: the last one is %(last)s."),
    "already_default": _("This is the default agreement already."),
    "default_stays_in_force": _(
        "The default agreement stays in force: it governs all leads that no other one selects. Make another one the "
        "default first."
    ),
    "not_in_force": _("No version of this agreement is in force."),
    "no_active_terms": _("No agreement in force governs this lead. Sign one first."),
}
