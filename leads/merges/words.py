"""The sentences that say why two leads cannot be merged, or not be parted again."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MERGE_WORDS: dict[str, str | Promise] = {
    "not_merger": _("Marketers, managers and admins merge leads. Ask one of them."),
    "merge_same": _("These are one lead already."),
    "merge_gone": _("One of the two leads is not here any more: somebody has just merged or removed it."),
    "merge_both_with_sales": _(
        "Sales works on both leads (%(names)s). Close or return one of the two passes first, then merge."
    ),
    "merge_customer_with_sales": _(
        "One of the two is a customer, and %(name)s works on the other. Close or return that pass first, then merge."
    ),
    "merge_deals_too_large": _("The won deals of both come to more than an amount can hold. Correct them first."),
    "keep_unknown": _("“%(field)s” cannot be kept from “%(value)s”. Name a field, and “kept” or “gone”."),
    "unmerge_done": _("These two leads were parted already."),
    "unmerge_too_late": _("A merge can be undone for %(days)d days; this one is older."),
    "unmerge_merged_on": _("The lead was merged again since. Undo the later merge first."),
    "unmerge_moved_on": _("The lead has moved to another stage since: its history can no longer be parted."),
    "unmerge_email_kept": _("This lead was given the other one’s address, %(email)s. Give it another one first."),
    "unmerge_email_taken": _("Another lead has one of the old addresses by now. Change it there first."),
}
