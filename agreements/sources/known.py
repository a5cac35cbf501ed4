"""What is known about the values of the templates, by their place in the terms: how well, in which range, by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agreements.sources.references import (
    B2BLEAD,
    CONSULTEVO,
    COURSERA,
    CURATOR,
    ENFORCE,
    FAIRVIEW,
    FUNNEL,
    GITLAB,
    GTM,
    GTM8020,
    HAINES,
    HBR,
    HUBSPOT,
    IVRIS,
    LEADVIBE,
    LEANSCALE,
    MANIFESTO,
    MARKETO,
    MEGATRON,
    OCTAVE,
    OLDROYD,
    REWORK,
    ROBERGE,
    SIRIUS,
    SKIPCALL,
    SOLID,
    STORYLANE,
    TINYVATION,
    VELOCIFY,
    Reference,
)

Kind = Literal["study", "vendor", "secondary", "proposal"]

KINDS: dict[Kind, Promise] = {
    "study": _("Study"),
    "vendor": _("A vendor's own figures"),
    "secondary": _("Reported by others, not checked at its origin"),
    "proposal": _("Our proposal"),
}


@dataclass(frozen=True)
class Source:
    """What is known about a value with the range that was seen, how well it is known, and where to read it."""

    kind: Kind
    says: Promise
    references: tuple[Reference, ...] = ()

    @property
    def kind_words(self) -> Promise:
        return KINDS[self.kind]


_RATES = _(
    "Seen: visitor to lead 1–5 %, lead to MQL 15–40 %, MQL to SQL 12–27 % across industries and 36–48 % for software, "
    "opportunity to won 15–30 %. Definitions differ: a band, no truth. Put in your own rates as soon as you know them."
)

# The place: path in the terms without positions; in lists whose clauses have a kind or a KPI, with that.
SOURCES: dict[str, Source] = {
    "goals.amount": Source(
        "proposal",
        _("An example that follows from the deal size and the rates of the template: put in your own goal."),
    ),
    "goals.plan": Source(
        "vendor",
        _(
            "Calculated backwards from revenue over deals to leads, and checked against what reps can "
            "work (100–150 leads a month each, in HubSpot's example). The figures themselves are our "
            "proposal."
        ),
        (CONSULTEVO, COURSERA),
    ),
    "goals.plan.rates": Source(
        "secondary",
        _RATES,
        (B2BLEAD, GTM8020, FAIRVIEW),
    ),
    "definitions": Source(
        "secondary",
        _("A word is clear with three real examples and three counter-examples."),
        (GTM,),
    ),
    "qualification.fit": Source(
        "secondary",
        _(
            "Five to eight traits that were checked against won deals say more than twenty loose ones. "
            "The points are our proposal; penalties seen: student −25 to −30."
        ),
        (LEANSCALE, HAINES),
    ),
    "qualification.interest": Source(
        "secondary",
        _(
            "Below a hundred new leads a month fine points are not worth it. The points are our proposal;"
            " penalty seen for unsubscribing: −20 to −50."
        ),
        (TINYVATION, HAINES),
    ),
    "qualification.interest.rules.half_life_days": Source(
        "secondary",
        _(
            "Seen: 14 days for a pricing page, 60 for a document, 90 for a demo; HubSpot's examples lose "
            "25–50 % a month. Twice as long in a long cycle: our proposal."
        ),
        (LEADVIBE,),
    ),
    "qualification.bands": Source(
        "secondary",
        _(
            "Thresholds seen: 65 to 100 points in one sum; fit from 50 with engagement from 60; each from"
            " 30 with 60 in all. Check yours every quarter: about 80 % of past deals should have passed."
        ),
        (CURATOR, SOLID, HAINES),
    ),
    "qualification.mql": Source(
        "secondary",
        _(
            "Who asks to be contacted is an MQL at once in many companies, GitLab's among them; else both"
            " fit and interest must be there."
        ),
        (GITLAB, CURATOR),
    ),
    "qualification.sql": Source(
        "proposal",
        _(
            "Need, decision, time and budget are the questions of any sale; the longer list follows what "
            "long sales ask of committees."
        ),
    ),
    "handoff.live_calendar_days": Source(
        "proposal",
        _("What happened more than a week ago is history, not a reason to call today."),
    ),
    "handoff.escalation": Source(
        "vendor",
        _(
            "Seen: owner at 80 %, manager at 100 %, then another owner. How late another one is offered "
            "is our proposal."
        ),
        (MEGATRON,),
    ),
    "returns.attempts": Source(
        "secondary",
        _(
            "93 % of the leads that convert by phone are reached by the sixth call, while reps stop after"
            " 1.6 on average; “unable to reach” only after the agreed attempts."
        ),
        (VELOCIFY, SIRIUS),
    ),
    "returns.attempts.min_minutes_apart": Source(
        "proposal",
        _("Tries that follow each other at once are one try. Seen: the second call 30–60 minutes after the first."),
    ),
    "returns.cool_down_calendar_days": Source(
        "proposal",
        _("A month of rest, two in a long cycle, unless the lead itself asks."),
    ),
    "returns.max_returns": Source(
        "proposal",
        _("After so many returns a person should look at what keeps going wrong."),
    ),
    "nurture.paths": Source(
        "secondary",
        _(
            "Seen: 60 days for bad timing, 90 for unreachable, without need or without budget. The single"
            " steps are our proposal."
        ),
        (HAINES, SIRIUS),
    ),
    "cadence": Source(
        "secondary",
        _(
            "Seen: 6–10 touches for leads that came by themselves, 8–12 for others, in 14–21 days on "
            "three channels or more; another source sees little after the fifth."
        ),
        (SKIPCALL, MANIFESTO, HUBSPOT),
    ),
    "cadence.steps": Source(
        "secondary",
        _(
            "Seen: three or four touches within the first three days, a second call 30–60 minutes after "
            "the first, 4–6 e-mails. The exact days are our proposal."
        ),
        (STORYLANE, VELOCIFY),
    ),
    "commitments.warn_share": Source(
        "vendor",
        _("Seen: a warning to the owner at 75–80 % of the time."),
        (MEGATRON,),
    ),
    "commitments.first_response_hand_raise": Source(
        "study",
        _(
            "Reached within 5 minutes instead of 30, a lead is qualified about 21 times as often (15,000 "
            "leads of 6 companies, with a vendor). Within an hour about 7 times as often as an hour "
            "later; of 2,241 firms 37 % answered so fast. The promise itself is our proposal."
        ),
        (OLDROYD, HBR),
    ),
    "commitments.first_response": Source(
        "secondary",
        _(
            "Seen: 1 hour for web leads, 2–4 working hours for MQLs by score, 24 hours below the fast "
            "track and for cold lists."
        ),
        (HAINES, MEGATRON, ROBERGE),
    ),
    "commitments.acceptance": Source(
        "secondary",
        _("Seen: 4–24 hours, one working day for hot leads and three for warm ones, then accepted by default."),
        (OCTAVE, REWORK),
    ),
    "commitments.decision": Source(
        "vendor",
        _(
            "Seen: 24–72 hours after contact; at most 14 days in the stage at Marketo. Here it ends with "
            "the cadence: our proposal."
        ),
        (REWORK, MARKETO),
    ),
    "commitments.choose_path": Source(
        "proposal",
        _("Marketing owes an answer as Sales does: a returned lead that waits is lost twice."),
    ),
    "commitments.mql_volume": Source(
        "vendor",
        _("The number that the goal needs at the agreed rates, by the month."),
        (CONSULTEVO,),
    ),
    "kpis.lead_to_mql": Source(
        "secondary",
        _RATES,
        (B2BLEAD,),
    ),
    "kpis.mql_to_sql": Source(
        "secondary",
        _RATES,
        (GTM8020, FAIRVIEW),
    ),
    "kpis.sql_to_customer": Source(
        "secondary",
        _RATES,
        (B2BLEAD, GTM8020),
    ),
    "kpis.acceptance_rate": Source(
        "secondary",
        _(
            "Seen: 70–90 % where both teams agree, 42 % without an agreement, 30–60 % in the field. Close"
            " to 100 % the bar is too low."
        ),
        (IVRIS, ENFORCE),
    ),
    "kpis.response_minutes_p50": Source(
        "study",
        _(
            "The sooner the better: within an hour about 7 times as many leads are qualified as an hour "
            "later. The target is our proposal."
        ),
        (HBR,),
    ),
    "kpis.attempts_per_lead": Source(
        "secondary",
        _("93 % of the leads that convert by phone are reached by the sixth call; reps stop after 1.6 on average."),
        (VELOCIFY,),
    ),
    "kpis.promises_kept_sales": Source(
        "proposal",
        _("Nine of ten: strict enough to be felt, with room for a bad day."),
    ),
    "kpis.promises_kept_marketing": Source(
        "proposal",
        _("Nine of ten: strict enough to be felt, with room for a bad day."),
    ),
    "kpis.cost_per_lead": Source(
        "proposal",
        _("The mean of the plan's methods: put in what a lead costs you."),
    ),
    "review": Source(
        "secondary",
        _(
            "Seen: 30–45 minutes every week for daily work, 60 minutes every month for thresholds and "
            "definitions, anew every quarter. The order of the points is our proposal."
        ),
        (FUNNEL,),
    ),
}
