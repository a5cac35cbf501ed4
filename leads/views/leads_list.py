"""The Leads list: find and act on groups; every filter is part of the address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_GET

from agreements.models import Agreement
from agreements.selectors import company_version
from agreements.terms.lifecycle import CommitmentState
from leads.commitments import Kind
from leads.forms.lists import ACCOUNTS, KEPT, FilterForm
from leads.models import Commitment, Lead, Party, Stage
from leads.routing import SELLERS
from leads.scoring import Governing, Score, governing, score_rows
from leads.selectors.lists import (
    COUNT_LIMIT,
    SORTS,
    VIEWS,
    Page,
    Question,
    leads_page,
    next_promises,
    sources,
)
from leads.selectors.queue import most_urgent, state_of
from slaportal.accounts.models import User
from slaportal.accounts.reader import person
from slaportal.web.formats import number_words
from slaportal.web.policy import signed_in
from slaportal.web.rendering import announce, render_page, wants_fragment

PAGE = "leads/lead_list.html"
VIEW_NAMES: dict[str, str | Promise] = {
    "all": pgettext_lazy("leads", "All"),
    "mine": pgettext_lazy("leads", "Mine"),
    "unassigned": gettext_lazy("Unassigned"),
    "near": gettext_lazy("Near threshold"),
    "returned": gettext_lazy("Returned"),
    "breached": gettext_lazy("Breached this month"),
}
SORT_NAMES: dict[str, str | Promise] = {
    "name": gettext_lazy("Lead"),
    "stage_since": gettext_lazy("Stage"),
    "fit": gettext_lazy("Score"),
    "source": gettext_lazy("Source"),
    "created": gettext_lazy("Created"),
}


@dataclass(frozen=True)
class Row:
    """A lead as the list shows it: its score now, and the promise whose turn it is."""

    lead: Lead
    score: Score | None
    promise: Commitment | None
    state: CommitmentState | str
    # Nothing is owed yet: the promise opens later.
    is_planned: bool = False
    # Which one governs the lead, where there are several.
    agreement: Agreement | None = None


@dataclass(frozen=True)
class Chip:
    """A filter that is on, in words, and the address without it."""

    text: str
    url: str


@dataclass(frozen=True)
class Heading:
    """A column: its address sorts by it; ``direction`` is "ascending", "descending" or ""."""

    label: str
    url: str
    direction: str


@require_GET
@signed_in
def lead_list(request: HttpRequest) -> HttpResponse:
    """The list; for htmx its results, or only the rows behind ``after``."""
    now, user, in_force = timezone.now(), person(request), governing()
    form = filter_form(request.GET, in_force, owners=_owners(), sources=sources())
    question = form.question()
    page = leads_page(question, user, in_force, now)
    context: dict[str, Any] = {
        "now": now,
        "form": form,
        "question": question,
        "page": page,
        "rows": _rows(page, in_force, now),
        "has_agreements": bool(form.agreements),
        "views": _views(question, page),
        "chips": _chips(request.GET, question, form),
        "headings": {name: _heading(name, request.GET, question.sort) for name in SORTS},
        "count_limit": COUNT_LIMIT,
        "is_cut": page.is_cut,
        "more_url": _with(request.GET, after=page.next_after) if page.next_after else "",
        "export_query": _with(request.GET, after=None, sort=None).removeprefix("./"),
        "is_first_use": page.total == 0 and not request.GET,
    }
    if question.after:
        return render_page(request, PAGE, context, fragment="leads/_lead_rows.html")
    response = render_page(request, PAGE, context, fragment="leads/_lead_results.html")
    if wants_fragment(request):
        # The filters that are on, without the empty ones that a form sends along.
        response["HX-Push-Url"] = request.path + _with(request.GET).removeprefix("./")
        announce(response, _counted(page))
    return response


def filter_form(given: QueryDict, in_force: Governing, *, owners: Iterable[User], sources: list[str]) -> FilterForm:
    """The filters; which agreement governs is asked only where there are several."""
    company = company_version(in_force.versions)
    zone = company.document.calendar.timezone if company else "UTC"
    several = [version.agreement for version in in_force.versions] if is_shown(in_force) else []
    return FilterForm(given, owners=owners, sources=sources, zone=zone, agreements=several)


def is_shown(in_force: Governing) -> bool:
    """Whether it says something which agreement governs a lead: one that governs all need not be named."""
    return bool(in_force) and (len(in_force.versions) > 1 or not in_force.covers_all)


def _counted(page: Page) -> str:
    """How many leads there are, for those who do not see the list change."""
    if page.is_cut:
        return _("More than %(most)s leads") % {"most": number_words(COUNT_LIMIT)}
    return ngettext("%(n)s lead", "%(n)s leads", page.total) % {"n": number_words(page.total)}


def _rows(page: Page, in_force: Governing, now: datetime) -> list[Row]:
    scores = score_rows(page.leads, now, in_force)
    owed = next_promises(page.leads)
    rows = [_row(lead, scores.get(lead.pk), owed.get(lead.pk, []), now) for lead in page.leads]
    if not is_shown(in_force):
        return rows
    return [replace(row, agreement=version.agreement if (version := in_force.of(row.lead)) else None) for row in rows]


def _row(lead: Lead, score: Score | None, owed: list[Commitment], now: datetime) -> Row:
    promise = most_urgent(owed, now)
    if promise is None and owed:
        planned = min((row for row in owed if row.opened_at > now), key=lambda row: row.opened_at)
        return Row(lead, score, planned, "", is_planned=True)
    if promise is not None and promise.kind != Kind.CHOOSE_PATH:
        return Row(lead, score, promise, state_of(promise, now))
    return Row(lead, score, promise, "returned" if promise or lead.stage == Stage.NURTURE else "")


def _owners() -> list[User]:
    """Who may have leads."""
    return list(User.objects.filter(role__in=SELLERS, is_active=True).order_by("name"))


def _views(question: Question, page: Page) -> list[dict[str, Any]]:
    return [
        {
            "name": view,
            "label": VIEW_NAMES[view],
            "url": "./" if view == "all" else f"?view={view}",
            "is_current": view == question.view,
            "count": page.counts.get(view),
        }
        for view in VIEWS
    ]


def _chips(given: QueryDict, question: Question, form: FilterForm) -> list[Chip]:
    """One chip per filter that is on; the view is not one of them."""
    owners = {str(key): str(name) for key, name in form.owners}
    agreements = {slug: str(name) for slug, name in form.agreements}
    stages = dict(Stage.choices)
    arrival = _("Reached %(stage)s in %(month)s") if question.month else _("Reached %(stage)s")
    known: list[tuple[tuple[str, ...], str, dict[str, Any]]] = [
        (("q",), _("“%(value)s”"), {"value": question.q}),
        (("stage",), _("Stage: %(value)s"), {"value": stages.get(question.stage, "")}),
        (("owner",), _("Owner: %(value)s"), {"value": owners.get(question.owner, "")}),
        (("source",), _("Source: %(value)s"), {"value": question.source}),
        (("band",), _("Band: %(value)s"), {"value": question.band}),
        (("agreement",), _("Agreement: %(value)s"), {"value": agreements.get(question.agreement, "")}),
        (("account",), _("Account: %(value)s"), {"value": dict(ACCOUNTS).get(question.account, "")}),
        (("created",), _("Created in %(value)s"), {"value": question.created}),
        (("handed",), _("Handed over in %(value)s"), {"value": question.handed}),
        (("arrived", "month"), arrival, {"stage": stages.get(question.arrived, ""), "month": question.month}),
    ]
    chips = [_chip(given, names, words % facts) for names, words, facts in known if getattr(question, names[0])]
    if question.passed:
        chips.append(_chip(given, ("passed", "since", "until", "on_to"), _cohort_words(question)))
    if question.under:
        name = agreements.get(question.under, question.under)
        chips.append(_chip(given, ("under",), _("Under: %(value)s") % {"value": name}))
    if question.promise:
        chips.append(_chip(given, ("promise", "kept", "kind", "month"), _promise_words(question)))
    if question.rule is not None:
        chips.append(_chip(given, ("rule", "rule_scope", "rule_event"), _("Matches a rule")))
    return chips


def _chip(given: QueryDict, names: tuple[str, ...], text: str) -> Chip:
    return Chip(text, _with(given, **dict.fromkeys((*names, "after"))))


def _cohort_words(question: Question) -> str:
    """Which cohort: what the leads first came as far as, when, and how far they have come since."""
    stages = dict(Stage.choices)
    days = {"since": question.since, "until": question.until}
    facts = {
        "stage": stages[Stage(question.passed)],
        "on_to": stages.get(Stage(question.on_to)) if question.on_to else "",
    }
    facts |= {name: date_format(day, "DATE_FORMAT") if day else "…" for name, day in days.items()}
    if question.on_to:
        return _("First %(stage)s from %(since)s to %(until)s, since then %(on_to)s") % facts
    return _("First %(stage)s from %(since)s to %(until)s") % facts


def _promise_words(question: Question) -> str:
    """Whose promises of which month, and what became of them."""
    facts = {
        "party": Party(question.promise).label,
        "kind": Kind(question.kind).label if question.kind else _("all promises"),
        "kept": dict(KEPT).get(question.kept, ""),
        "month": question.month or "",
    }
    if question.kept and question.month:
        return _("%(party)s, due in %(month)s, %(kept)s: %(kind)s") % facts
    if question.month:
        return _("%(party)s, due in %(month)s: %(kind)s") % facts
    if question.kept:
        return _("%(party)s, %(kept)s: %(kind)s") % facts
    return _("%(party)s: %(kind)s") % facts


def _heading(name: str, given: QueryDict, sort: str) -> Heading:
    """A click sorts by the column, a second one turns the order around."""
    is_down = sort == f"-{name}"
    is_current = sort.lstrip("-") == name
    starts_down = SORTS[name][1]
    turned = name if is_down else f"-{name}"
    target = turned if is_current else f"-{name}" if starts_down else name
    direction = ("descending" if is_down else "ascending") if is_current else ""
    return Heading(str(SORT_NAMES[name]), _with(given, sort=target, after=None), direction)


def _with(given: QueryDict, **changes: Any) -> str:
    """The list's address with some filters changed; None takes one away."""
    query = given.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    return f"?{query.urlencode()}" if query else "./"
