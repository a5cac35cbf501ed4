"""The words for what the leads room refuses when a lead is handed over, worked on and returned."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PASS_REFUSALS: dict[str, str | Promise] = {
    "not_yours": _("Only the lead's rep, or a sales manager of the rep's team, can do this."),
    "not_assigner": _("Only a sales manager of the rep's team or an admin gives a lead to another rep."),
    "not_marketing": _("Only marketers and managers hand over leads and choose their paths."),
    "handoff_closed": _("This lead is no longer with Sales. Reload the page to see what became of it."),
    "already_done": _("Somebody was faster: this was already done. Reload the page to see where the lead stands."),
    "not_accepted": _("Accept the lead first."),
    "stage_move": _("A lead does not go from the stage “%(old)s” to “%(new)s”."),
    "trigger_not_agreed": _("The agreement in force does not hand leads over this way."),
    "cooling_down": _("This lead was returned on %(returned)s. It can be handed over again from %(until)s on."),
    "returned_too_often": _(
        "Sales has returned this lead %(returns)s times. A manager decides whether it is handed over again."
    ),
    "channel_unknown": _("“%(channel)s” is not a channel. Choose phone, e-mail or video."),
    "outcome_unknown": _("“%(outcome)s” is not an outcome of this channel. Choose one from the list."),
    "attempt_in_the_future": _("An attempt cannot lie in the future. Check the date and time."),
    "attempt_before_handoff": _("The attempt lies before the lead was handed over. Check the date and time."),
    "checklist_missing": _("Confirm every point of the checklist first. Still missing: %(missing)s."),
    "amount_not_positive": _("Enter the amount of the deal: a number greater than zero, at most 999,999,999,999.99."),
    "lost_reason_missing": _("Say in a few words why the deal was lost."),
    "reason_unknown": _("The agreement knows no such reason. Choose one from the list."),
    "note_missing": _("This reason needs a note."),
    "attempts_missing": _(
        "This reason opens after %(needed)s attempts, %(needed_calls)s of them by phone. So far %(logged)s count, "
        "%(logged_calls)s by phone."
    ),
    "rep_unavailable": _("%(name)s is not available for leads now. Choose somebody else."),
    "already_theirs": _("%(name)s has this lead already."),
    "path_unknown": _("The agreement knows no such path. Choose one from the list."),
    "with_sales": _("This lead is with Sales now. It can enter a nurture path once it is returned."),
    "not_explainer": _("Only who owed it, or a manager of that side, says why a promise was broken."),
    "reason_missing": _("Say in a few words what happened."),
    "not_breached": _("This promise was not broken."),
}
