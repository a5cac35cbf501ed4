"""The words for what the kpis room refuses."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REFUSALS: dict[str, str | Promise] = {
    "not_a_counter": _("Visitors are entered by Marketing, managers and admins."),
    "visitors_out_of_range": _("Enter a whole number from 0 to %(most)s."),
    "month_in_future": _("That month has not begun yet."),
}
