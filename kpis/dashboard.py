"""The month's page put together: figures against the agreed targets, funnel, spread, promises of both teams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from agreements.models import Agreement, AgreementVersion
from agreements.sentences.values import money
from agreements.terms.document import KpiTarget
from kpis.metrics import (
    PARTIES,
    TOO_FEW,
    Promises,
    Response,
    Step,
    funnel,
    promises,
    response,
    response_spread,
    total_of,
    under,
)
from kpis.spend import Cost, costs
from kpis.spend import total_of as total_of_costs
from leads.months import Month
from slaportal.web.formats import duration_words, number_words, percent_words

STEPS: dict[str, Promise] = {
    "visitors": _("Visitors"),
    "lead": _("Leads"),
    "mql": _("MQLs"),
    "sql": _("SQLs"),
    "customer": _("Customers"),
}
RATES = {"mql": "lead_to_mql", "sql": "mql_to_sql", "customer": "sql_to_customer", "lead": "visitor_to_lead"}
RATE_NAMES: dict[str, Promise] = {
    "lead_to_mql": _("Lead to MQL"),
    "mql_to_sql": _("MQL to SQL"),
    "sql_to_customer": _("SQL to customer"),
}
KINDS: dict[str, Promise] = {
    "first_response": _("First response"),
    "acceptance": _("Acceptance"),
    "decision": _("Decision"),
    "follow_up": _("Follow-ups of the cadence"),
    "choose_path": _("Path for a returned lead"),
    "mql_volume": _("MQLs each month"),
    "all": _("All promises"),
}
SIDES: dict[str, Promise] = {"marketing": _("Marketing"), "sales": _("Sales")}
BUCKETS: tuple[Promise, ...] = (
    _("under ¼ h"),
    _("¼ to ½ h"),
    _("½ to 1 h"),
    _("1 to 2 h"),
    _("2 to 4 h"),
    _("over 4 h"),
)


@dataclass(frozen=True)
class Figure:
    """A headline figure: what it is, how it stands against its clause, how many cases, and the list behind it."""

    key: str
    name: str
    value: str
    n: int
    formula: str
    url: str = ""
    target: str = ""
    clause_url: str = ""
    # None: no target, or too few cases to judge.
    is_met: bool | None = None
    is_thin: bool = False


@dataclass(frozen=True)
class Dashboard:
    """Everything the month's page shows."""

    month: Month
    figures: list[Figure]
    steps: list[dict[str, Any]]
    spread: list[dict[str, Any]]
    sides: list[dict[str, Any]]
    has_leads: bool
    visitors: int


def dashboard(
    month: Month,
    version: AgreementVersion | None,
    agreement: Agreement | None = None,
    others: Sequence[AgreementVersion] = (),
) -> Dashboard:
    """The month's page; five queries.

    Judged by the targets of ``version``. Of one ``agreement`` alone if it is given; else of all, and the MQLs promised
    by ``others`` in force are added to those of the version.
    """
    steps, answered = funnel(month, agreement), response(month, agreement)
    spread, kept = response_spread(month, agreement), promises(month, agreement)
    return Dashboard(
        month=month,
        figures=list(_figures(month, version, steps, answered, kept, agreement, others)),
        # Nobody knows which agreement a visitor would come under.
        steps=[_step_row(step) for step in (steps[1:] if agreement else steps)],
        spread=[
            {"label": label, "value": n, "text": number_words(n), "tone": "sales"}
            for label, n in zip(BUCKETS, spread, strict=True)
        ],
        sides=[_side(party, kept, month, agreement) for party in PARTIES],
        has_leads=any(step.count for step in steps[1:]),
        visitors=steps[0].count,
    )


def _figures(
    month: Month,
    version: AgreementVersion | None,
    steps: list[Step],
    answered: Response,
    kept: list[Promises],
    agreement: Agreement | None,
    others: Sequence[AgreementVersion],
) -> Iterator[Figure]:
    targets = {target.kpi: target for target in version.document.kpis} if version else {}
    for party in PARTIES:
        total = total_of(kept, party)
        url = leads_url(f"promise={party}&month={month}{under(agreement)}")
        yield _kept_figure(party, total, url, targets.get(f"promises_kept_{party}"), version)
    yield _volume_figure(steps[2], version, others)
    handed = leads_url(f"handed={month}{under(agreement)}")
    yield _response_figure(answered, handed, targets.get("response_minutes_p50"), version)
    yield _attempts_figure(answered, handed, targets.get("attempts_per_lead"), version)
    for step in steps[2:]:
        yield _rate_figure(step, targets.get(RATES[step.key]), version)
    # Nobody knows for which agreement a source was paid.
    if agreement is None and (cost := total_of_costs(costs(month, month))):
        yield from _cost_figures(cost, month)


def _cost_figures(cost: Cost, month: Month) -> Iterator[Figure]:
    """What a lead, an MQL and a customer came to; the page behind them tells it by source."""
    figures = [
        ("cost_per_lead", text("Cost per lead"), cost.per_lead, cost.leads),
        ("cost_per_mql", text("Cost per MQL"), cost.per_mql, cost.mqls),
        ("cost_per_customer", text("Cost per customer"), cost.per_customer, cost.customers),
    ]
    for key, name, each, n in figures:
        yield Figure(
            key=key,
            name=name,
            value=cost_words(each, cost.currency),
            n=n,
            formula=text("What sources cost in the month ÷ arrivals in the month from these sources."),
            url=f"{reverse('kpis:spend')}?month={month}",
            is_thin=n < TOO_FEW,
        )


def _kept_figure(
    party: str, total: Promises, url: str, target: KpiTarget | None, version: AgreementVersion | None
) -> Figure:
    names = {"marketing": text("Kept by Marketing"), "sales": text("Kept by Sales")}
    return Figure(
        key=f"promises_kept_{party}",
        name=names[party],
        value=percent_words(total.kept),
        n=total.n,
        formula=text("Promises met in time ÷ promises that fell due in the month; excused and running ones left out."),
        url=url,
        **_judged(total.kept, total.n, target, version, percent_words),
    )


def _volume_figure(step: Step, version: AgreementVersion | None, others: Sequence[AgreementVersion]) -> Figure:
    promise = version.document.commitment("mql_volume") if version else None
    all_promises = [promise, *(one.document.commitment("mql_volume") for one in others)]
    promised = sum(one.per_month or 0 for one in all_promises if one) or None
    return Figure(
        key="mql_volume",
        name=text("MQLs"),
        value=number_words(step.count),
        n=step.count,
        formula=text("Leads that became MQL in the month."),
        url=leads_url(step.list_query),
        target=number_words(promised) if promised else "",
        clause_url=clause_url(version, promise.id) if version and promise else "",
        is_met=step.count >= promised if promised else None,
    )


def _response_figure(
    answered: Response, url: str, target: KpiTarget | None, version: AgreementVersion | None
) -> Figure:
    minutes = None if answered.median is None else answered.median / 60
    return Figure(
        key="response",
        name=text("Response time, median"),
        value=duration_words(answered.median, in_hours=True) or "–",
        n=answered.n_answered,
        formula=text("Working time from handoff to the first attempt; 90 %% were answered within %(p90)s.")
        % {"p90": duration_words(answered.p90, in_hours=True) or "–"},
        url=url,
        **_judged(minutes, answered.n_answered, target, version, _minutes),
    )


def _attempts_figure(
    answered: Response, url: str, target: KpiTarget | None, version: AgreementVersion | None
) -> Figure:
    value = answered.attempts_per_lead
    return Figure(
        key="attempts",
        name=text("Attempts per lead"),
        value="–" if value is None else number_words(round(value, 1)),
        n=answered.n_handoffs,
        formula=text(
            "Contact attempts ÷ leads handed over in the month; the month's later leads are still being tried."
        ),
        url=url,
        **_judged(value, answered.n_handoffs, target, version, number_words),
    )


def _rate_figure(step: Step, target: KpiTarget | None, version: AgreementVersion | None) -> Figure:
    key = RATES[step.key]
    return Figure(
        key=key,
        name=str(RATE_NAMES[key]),
        value=percent_words(step.rate),
        n=step.before or 0,
        formula=text("Arrivals in this stage ÷ arrivals in the stage before it, both in the month."),
        url=leads_url(step.list_query),
        **_judged(step.rate, step.before or 0, target, version, percent_words),
    )


def _judged(
    value: float | None, n: int, target: KpiTarget | None, version: AgreementVersion | None, words: Any
) -> dict[str, Any]:
    """The verdict against a target: none without a target, and none on fewer cases than can be judged."""
    if target is None or version is None:
        return {"is_thin": n < TOO_FEW}
    is_met = None
    if value is not None and n >= TOO_FEW:
        is_met = value >= target.target if target.direction == "at_least" else value <= target.target
    shown = words(target.target)
    limit = text("at least %(target)s") if target.direction == "at_least" else text("at most %(target)s")
    return {
        "target": limit % {"target": shown},
        "clause_url": clause_url(version, target.id),
        "is_met": is_met,
        "is_thin": n < TOO_FEW,
    }


def _step_row(step: Step) -> dict[str, Any]:
    note = ""
    if step.rate is not None:
        note = text("%(rate)s of the step before") % {"rate": percent_words(step.rate, 1)}
    if step.rate is not None and step.before_rate is not None:
        rates = {"rate": percent_words(step.rate, 1), "earlier": percent_words(step.before_rate, 1)}
        note = text("%(rate)s of the step before, last month %(earlier)s") % rates
    return {
        "label": STEPS[step.key],
        "value": step.count,
        "text": number_words(step.count),
        "note": note,
        "url": leads_url(step.list_query) if step.list_query else "",
        "tone": "sales" if step.key in {"sql", "customer"} else "marketing",
    }


def _side(party: str, rows: list[Promises], month: Month, agreement: Agreement | None) -> dict[str, Any]:
    own = [row for row in rows if row.party == party]
    shown = [*own, total_of(rows, party)] if own else []
    return {
        "party": party,
        "name": SIDES[party],
        "rows": [
            {"row": row, "name": KINDS.get(row.kind, row.kind), "query": _promise_query(row, month, agreement)}
            for row in shown
        ],
    }


def _promise_query(row: Promises, month: Month, agreement: Agreement | None) -> str:
    query = leads_url(f"promise={row.party}&month={month}{under(agreement)}")
    return query if row.kind == "all" else f"{query}&kind={row.kind}"


def _minutes(value: float) -> str:
    return ngettext("%(n)s working minute", "%(n)s working minutes", int(value)) % {"n": number_words(value)}


def cost_words(amount: Decimal | None, currency: str) -> str:
    """An amount of money in the reader's language; a dash where nothing came of it."""
    return "–" if amount is None else money(float(amount), currency)


def leads_url(query: str) -> str:
    """The list of leads behind a figure."""
    return f"{reverse('leads:lead-list')}?{query}"


def clause_url(version: AgreementVersion, clause: str) -> str:
    """The clause that a figure measures."""
    address = reverse("agreements:version", kwargs={"slug": version.agreement.slug, "number": version.number})
    return f"{address}#{clause}"
