"""The words of a calibration: why a field was left out, what a rule does, what to be careful about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from slaportal.web.formats import number_words, percent_words

USES: dict[str, Promise] = {
    "used": _("Used"),
    "doubtful": _("Used, with a doubt"),
    "left_out": _("Left out"),
    "no_use": _("Of no use"),
}
REASONS: dict[str, Promise] = {
    "named_after": _("By its name it is filled in after the outcome, or because of it."),
    "may_be_named_after": _("By its name it may have been filled in after the outcome."),
    "separates": _("Alone it tells the outcome almost by itself (AUC %(auc)s): it may be the outcome in other words."),
    "pure_values": _("Values under which %(rate)s were won hold %(part)s of all wins."),
    "filled_by_outcome": _("It is filled in for %(won)s of the wins and %(lost)s of the others."),
    "one_outcome_if_filled": _("Where it is filled in, %(rate)s were won: nearly always the same outcome."),
    "blank_before": _("It is filled in for %(before)s of the open leads and %(after)s of the decided ones."),
    "hardly_filled": _("Only %(n)s leads have it."),
    "one_value": _("It is the same for all leads."),
    "all_different": _("It is different for every lead."),
    "ticked": _("Used because somebody ticked it."),
    "unticked": _("Left out because somebody unticked it."),
}
FINDINGS: dict[str, Promise] = {
    "tells": _("tells"),
    "nothing": _("does nothing: the interval holds 1"),
    "never": _("never holds"),
    "always": _("always holds"),
    "too_few": _("too few leads to tell"),
    "wrong_way": _("points the wrong way"),
}
WARNINGS: dict[str, Promise] = {
    "no_signal": _(
        "These fields do not tell who converts: the interval of the AUC holds 0.5, which is chance."
        " No table is offered."
    ),
    "small_sample": _(
        "Few leads: read the intervals, not the figures, and calibrate again when there are more than a thousand"
        " decided leads and a hundred wins."
    ),
    "too_good": _(
        "This is too good to be true: look for a field that is filled in after the outcome, untick it, and calibrate"
        " again."
    ),
    "overfitted": _("The points do clearly worse on new leads than on those that they were learned on."),
}
# Reasons whose figures are no shares.
PLAIN = {"auc": lambda value: f"{value:.2f}", "n": number_words}


def reason_words(reason: Mapping[str, Any]) -> str:
    """One reason as a sentence with its figures."""
    facts = {name: PLAIN.get(name, percent_words)(value) for name, value in reason["facts"].items()}
    return str(REASONS[reason["code"]]) % facts
