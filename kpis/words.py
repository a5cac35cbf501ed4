"""The words for what the kpis room refuses."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REFUSALS: dict[str, str | Promise] = {
    "not_a_counter": _("Visitors are entered by Marketing, managers and admins."),
    "visitors_out_of_range": _("Enter a whole number from 0 to %(most)s."),
    "not_a_spender": _("What sources cost is entered by Marketing, managers and admins."),
    "bad_month": _("“%(value)s” is not a month. Write it as 2026-11."),
    "bad_day": _("“%(value)s” is not a day. Write it as 2026-11-21."),
    "day_in_future": _("That day has not begun yet. Check the sender’s clock."),
    "month_or_day": _("Give either a day or a month, and not both."),
    "bad_currency": _("“%(value)s” is not a currency. Write three capital letters, like EUR."),
    "month_in_future": _("That month has not begun yet."),
    "not_a_calibrator": _("Calibrations are started by Marketing, managers and admins."),
    "calibration_is_running": _("A calibration with other fields is running. Wait until it is done."),
    "too_few_decided": _(
        "Too few leads are decided: %(n)s, of which %(won)s were won and %(lost)s were not. A calibration needs"
        " %(leads)s leads, of which %(wins)s were won and %(wins)s were not."
    ),
    "all_won": _("All %(n)s decided leads were won: there is nothing to tell apart."),
    "none_won": _("None of the %(n)s decided leads was won: there is nothing to tell apart."),
    "nothing_proposed": _("This calibration has found no points that are better than chance."),
    "calibration_is_older": _("There is a newer calibration. Look at its points first."),
}
