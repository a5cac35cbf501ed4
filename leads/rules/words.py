"""Why the matches of a rule cannot be counted."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RULE_REFUSALS: dict[str, str | Promise] = {
    "rule_too_slow": _("This rule is too slow to count while you wait. It works all the same."),
    "preview_too_slow": _("What this draft would change takes too long to count while you wait."),
    "not_a_lead_counter": _("All leads are counted for Marketing, managers and admins."),
    "rule_without_event": _("An interest rule needs the type of its event."),
    "rule_without_scores": _("No scores are stored yet: they come with the first terms in force."),
}
