"""What is said after something was done: one sentence with what comes next."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from agreements.terms.document import Terms
from leads.commitments import Kind
from leads.models import ContactAttempt, Handoff, Lead, Return
from leads.nurture import path_of
from leads.selectors.queue import queue_on
from leads.working_time import calendar_for
from slaportal.web.formats import duration_words, short_moment


def of_attempt(attempt: ContactAttempt, now: datetime) -> str:
    """The first attempt tells how fast it was; each tells what the lead's next step is."""
    handoff = Handoff.objects.select_related("version").get(pk=attempt.handoff_id)
    facts: dict[str, object] = {"lead": str(attempt.lead), "number": handoff.n_attempts}
    if handoff.n_attempts == 1 and handoff.response_seconds is not None:
        promised = _promised(handoff)
        times = {
            "spent": duration_words(handoff.response_seconds, in_hours=True),
            "promised": duration_words(promised, in_hours=True),
        }
        if promised is not None:
            return _("First response to %(lead)s after %(spent)s; the promise was %(promised)s.") % {**facts, **times}
    left = queue_on(handoff, now)
    if left.first is not None:
        facts["when"] = short_moment(left.first.promise.due_at, now=now)
        return _("Attempt %(number)s to reach %(lead)s is logged. Next step by %(when)s.") % facts
    if left.next_opens_at is not None:
        facts["when"] = short_moment(left.next_opens_at, now=now)
        return _("Attempt %(number)s to reach %(lead)s is logged. The next step opens %(when)s.") % facts
    return _("Attempt %(number)s to reach %(lead)s is logged.") % facts


def of_return(returned: Return, terms: Terms) -> str:
    """Where the lead went."""
    path = path_of(terms, returned.path) if returned.path else None
    if path is None:
        return _("%(lead)s is returned and closed.") % {"lead": returned.lead}
    return _("%(lead)s is back with Marketing, in the path “%(path)s”.") % {"lead": returned.lead, "path": path.name}


def of_path(lead: Lead, path: str, terms: Terms) -> str:
    """Which path the lead is in."""
    known = path_of(terms, path)
    return _("%(lead)s is in the path “%(path)s” now.") % {"lead": lead, "path": known.name if known else path}


def of_handoff(handoff: Handoff) -> str:
    """Who has the lead."""
    if handoff.rep is None:
        return _("%(lead)s is with Sales now. No rep is available; the sales managers know.") % {"lead": handoff.lead}
    return _("%(lead)s is with %(rep)s now.") % {"lead": handoff.lead, "rep": handoff.rep}


def _promised(handoff: Handoff) -> float | None:
    """The working seconds that the first response was promised within."""
    promise = handoff.commitments.filter(kind=Kind.FIRST_RESPONSE).first()
    return calendar_for(handoff.version, handoff.rep).between(promise.opened_at, promise.due_at) if promise else None
