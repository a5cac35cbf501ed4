"""What tells templates apart: their key values side by side, each in the words of the sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from agreements.sentences.rules import rule_html
from agreements.sentences.values import (
    CHANNELS,
    calendar_days,
    listed,
    minutes,
    money,
    number,
    share,
    working_days,
    working_time,
)
from agreements.terms.document import Commitment, Terms

TEMPLATE_TITLES: dict[str, Promise] = {
    "short-cycle": _("Short sales cycle"),
    "enterprise": _("Long cycle with enterprise accounts"),
    "small-company": _("Small company"),
}
FOR_WHOM: dict[str, Promise] = {
    "short-cycle": _("Several people in each team; one or two people at the customer decide."),
    "enterprise": _("Few large deals at target accounts, where a buying committee decides."),
    "small-company": _("One person in Marketing and one in Sales, who promise what one person can keep."),
}
CYCLES: dict[str, Promise] = {
    "short-cycle": _("Up to three months"),
    "enterprise": _("Six months and more"),
    "small-company": _("Up to three months"),
}
RHYTHMS: dict[str, Promise] = {"weekly": _("Weekly"), "monthly": _("Monthly"), "quarterly": _("Quarterly")}

Words = SafeString | str


@dataclass(frozen=True)
class Difference:
    """One value of all templates, in their order."""

    label: str
    values: tuple[Words, ...]

    @property
    def is_the_same(self) -> bool:
        return len(set(self.values)) == 1


def key_numbers(terms: Terms) -> list[tuple[str, Words]]:
    """What a reader wants to know first: the responses, the touches, the MQL rule, the review."""
    return [(str(label), tell(terms)) for label, tell in KEY_NUMBERS.items()]


def differences(documents: list[Terms]) -> Iterator[Difference]:
    """Every value in which at least one of the documents differs from the others."""
    rows = {**KEY_NUMBERS, **FURTHER_NUMBERS}
    told = (Difference(str(label), tuple(tell(terms) for terms in documents)) for label, tell in rows.items())
    return (row for row in told if not row.is_the_same)


def _due(kind: str) -> Callable[[Terms], Words]:
    return lambda terms: _time(terms.commitment(kind))


def _time(promise: Commitment | None) -> str:
    if promise is None:
        return "–"
    if promise.per_month:
        return number(promise.per_month)
    if promise.working_minutes is None:
        return working_days(promise.working_days or 0)
    due = working_time(promise.working_minutes)
    if promise.target_working_minutes is None:
        return due
    facts = {"due": due, "target": working_time(promise.target_working_minutes)}
    return text("%(due)s, if possible %(target)s") % facts


def _touches(terms: Terms) -> str:
    facts = {"n": number(len(terms.cadence.steps)), "days": working_days(terms.cadence.duration_working_days)}
    return text("%(n)s in %(days)s") % facts


def _channels(terms: Terms) -> str:
    counts = Counter(step.channel for step in terms.cadence.steps)
    return listed(f"{CHANNELS[channel]} {number(count)}" for channel, count in counts.most_common())


def _mql(terms: Terms) -> Words:
    return rule_html(terms.qualification.mql)


def _review(terms: Terms) -> str:
    rhythm = RHYTHMS[terms.review.rhythm]
    return text("%(rhythm)s, %(time)s") % {
        "rhythm": rhythm,
        "time": minutes(sum(point.minutes for point in terms.review.agenda)),
    }


def _deal(terms: Terms) -> str:
    goal = next((goal for goal in terms.goals if goal.plan and goal.currency), None)
    return money(goal.plan.deal_amount, goal.currency) if goal and goal.plan and goal.currency else "–"


def _rules(terms: Terms) -> str:
    return number(len(terms.qualification.fit.rules) + len(terms.qualification.interest.rules))


def _half_lives(terms: Terms) -> str:
    days = sorted({rule.half_life_days for rule in terms.qualification.interest.rules if rule.half_life_days})
    return text("%(least)s to %(most)s days") % {"least": number(days[0]), "most": number(days[-1])} if days else "–"


def _checklist(terms: Terms) -> str:
    n = len(terms.qualification.sql.checklist)
    return ngettext("%(n)s question", "%(n)s questions", n) % {"n": number(n)}


def _unreachable(terms: Terms) -> str:
    limit = terms.returns.attempts
    facts = {"n": number(limit.min_attempts), "calls": number(limit.min_calls)}
    return text("%(n)s attempts, %(calls)s of them calls") % facts


def _rest(terms: Terms) -> str:
    return calendar_days(terms.returns.cool_down_calendar_days)


def _reasons(terms: Terms) -> str:
    return number(len(terms.returns.reasons))


def _paths(terms: Terms) -> str:
    return listed(path.name for path in terms.nurture.paths)


def _reassignment(terms: Terms) -> str:
    offered = terms.handoff.escalation.reassign_at_share
    return text("never") if offered is None else text("at %(share)s of the time") % {"share": share(offered)}


def _hours(terms: Terms) -> str:
    windows = next(iter(terms.calendar.hours.values()), ())
    return listed(f"{opens}–{closes}" for opens, closes in windows)


Teller = Callable[[Terms], Words]
KEY_NUMBERS: dict[Promise, Teller] = {
    _("First response to a raised hand"): _due("first_response_hand_raise"),
    _("First response to an MQL"): _due("first_response"),
    _("Touches"): _touches,
    _("An MQL is"): _mql,
    _("Review"): _review,
}
FURTHER_NUMBERS: dict[Promise, Teller] = {
    _("Average deal"): _deal,
    _("MQLs each month"): _due("mql_volume"),
    _("Rules for fit and interest"): _rules,
    _("Half-lives of interest"): _half_lives,
    _("SQL checklist"): _checklist,
    _("Accept or return"): _due("acceptance"),
    _("Decision by Sales"): _due("decision"),
    _("Channels of the touches"): _channels,
    _("“Unable to reach” after"): _unreachable,
    _("Reasons for a return"): _reasons,
    _("Path chosen by Marketing"): _due("choose_path"),
    _("Rest after a return"): _rest,
    _("Nurture paths"): _paths,
    _("Reassignment offered"): _reassignment,
    _("Working hours"): _hours,
}
