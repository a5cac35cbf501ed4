"""Deals of the sales system: what it says became of a lead is what became of it here too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from agreements.selectors import company_version, usual_currency, versions_in_force
from agreements.terms import lifecycle
from leads.handoff import accept_handoff, lose_handoff, win_handoff
from leads.intake import Rejection, RowRejected
from leads.intake.events import LeadName, NamedLeads, read_lead_name
from leads.intake.rows import LARGEST_AMOUNT, TOLERANCE, read_amount, read_moment, read_text, shown_short
from leads.models import Deal, DealStatus, Handoff, HandoffState, Lead, Stage
from leads.stages import move_stage
from slaportal.accounts.models import User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused

FIELDS = frozenset(
    {"source", "external_id", "lead", "name", "status", "stage", "amount", "currency", "reason", "closed_at"}
)
# Words that other systems use, in lower case without blanks and signs.
STATUS_WORDS = {
    "open": DealStatus.OPEN,
    "won": DealStatus.WON,
    "closedwon": DealStatus.WON,
    "lost": DealStatus.LOST,
    "closedlost": DealStatus.LOST,
}
LONGEST = {"name": 200, "reason": 200}
SAID = ("name", "status", "amount", "currency", "reason", "closed_at")
# One of all names of deals; the first number is any that no other pair of advisory locks uses.
HOLD_NAME = "SELECT pg_advisory_xact_lock(1684366700, hashtext(%s))"


@dataclass(frozen=True, slots=True)
class DealRow:
    """A clean row; "" and None mean "not said", and erase nothing. `lead` is needed once."""

    source: str
    external_id: str
    lead: LeadName
    name: str
    status: str
    amount: Decimal | None
    currency: str
    reason: str
    closed_at: dt.datetime | None


class _LeadMoved(Exception):
    """The deal's lead went, or its deals went to another lead, while we waited for it."""


@dataclass(slots=True)
class DealReport:
    """What became of the rows; `deals` those that stand now, in their order (None where one was refused)."""

    deals: list[Deal | None]
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return self.created + self.updated + self.unchanged


def save_deals(rows: Sequence[Any], *, by: User, at: dt.datetime) -> DealReport:
    """Take deals, each in a transaction of its own; the same again changes nothing, bad rows are refused alone.

    A deal that is won makes its lead a customer, with the sum of its won deals as amount: of those in the currency of
    the newest, since currencies cannot be added; none where none is won any more. A pass that Sales has is won
    with it, accepted first if nobody had: who sells has taken the lead. A deal that is lost ends an open pass as lost,
    unless the lead has another deal that is open or won; without a pass the lead stays where it is. Customers stay
    customers whatever becomes of their deals later.
    """
    report = DealReport(deals=[None] * len(rows))
    clean: dict[int, DealRow] = {}
    for index, given in enumerate(rows):
        try:
            clean[index] = clean_deal(given, at=at)
        except RowRejected as error:
            report.rejected.append(Rejection(index, error.code, error.field, error.facts))
    leads = NamedLeads([row for row in clean.values() if row.lead != LeadName()])
    for index, row in clean.items():
        try:
            report.deals[index], outcome = _saved(row, leads, by, at)
            setattr(report, outcome, getattr(report, outcome) + 1)
        except RowRejected as error:
            report.rejected.append(Rejection(index, error.code, error.field, error.facts))
        except Refused as refused:
            report.rejected.append(Rejection(index, refused.code, "", refused.facts))
    report.rejected.sort(key=lambda rejection: rejection.index)
    return report


def clean_deal(given: Any, *, at: dt.datetime) -> DealRow:
    """The deal of a JSON object; RowRejected for anything that is not said as it must be."""
    if not isinstance(given, Mapping):
        raise RowRejected("row_not_an_object")
    for name in given:
        if name not in FIELDS:
            raise RowRejected("unknown_field", str(name)[:100], name=str(name)[:100])
    closed_at = read_moment(given.get("closed_at"), "closed_at")
    if closed_at is not None and closed_at > at + TOLERANCE:
        raise RowRejected("date_in_future", "closed_at", value=closed_at.isoformat())
    external_id = read_text(given.get("external_id"), "external_id")
    if not external_id:
        raise RowRejected("field_missing", "external_id")
    return DealRow(
        source=read_text(given.get("source"), "source") or "api",
        external_id=external_id,
        lead=read_lead_name(given["lead"]) if given.get("lead") is not None else LeadName(),
        name=read_text(given.get("name"), "name", LONGEST),
        status=_status(given),
        amount=read_amount(given.get("amount"), "amount"),
        currency=_currency(given.get("currency")),
        reason=read_text(given.get("reason"), "reason", LONGEST),
        closed_at=closed_at,
    )


def _saved(row: DealRow, leads: NamedLeads, by: User, at: dt.datetime) -> tuple[Deal, str]:
    """The deal as it stands now, and "created", "updated" or "unchanged"."""
    while True:
        try:
            with transaction.atomic():
                return _save(row, leads, by, at)
        except _LeadMoved:
            leads = NamedLeads([row])


def _save(row: DealRow, leads: NamedLeads, by: User, at: dt.datetime) -> tuple[Deal, str]:
    lead, deal = _held(row, leads)
    is_new = deal is None
    deal = deal or Deal(source=row.source, external_id=row.external_id, lead=lead, by=by, created_at=at)
    before = {name: getattr(deal, name) for name in SAID}
    _say(deal, row, at)
    if not is_new and before == {name: getattr(deal, name) for name in SAID}:
        return deal, "unchanged"
    deal.lead, deal.by, deal.changed_at = lead, by, at
    deal.save()
    facts = {"source": deal.source, "deal": deal.external_id, "status": deal.status, "amount": deal.amount}
    record("deal.told", by=by, on=f"lead:{lead.public_id}", at=at, **facts)
    _follow(deal, was_won=before["status"] == DealStatus.WON, at=at)
    return deal, "created" if is_new else "updated"


def _held(row: DealRow, leads: NamedLeads) -> tuple[Lead, Deal | None]:
    """The row's lead and deal, if it is known: the deal's name is locked first, then the lead, then the deal."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD_NAME, [f"{row.source}\n{row.external_id}"])
    named = Deal.objects.filter(source=row.source, external_id=row.external_id)
    lead_id = _lead_of(row, named.first(), leads)
    lead = Lead.objects.select_for_update(no_key=True).filter(pk=lead_id).first()
    deal = named.select_for_update().first()
    if lead is None or (deal is not None and deal.lead_id != lead.pk):
        raise _LeadMoved
    return lead, deal


def _lead_of(row: DealRow, deal: Deal | None, leads: NamedLeads) -> int:
    if row.lead == LeadName():
        if deal is None:
            raise RowRejected("field_missing", "lead")
        return deal.lead_id
    lead_id = leads.id_of(row)
    if deal is not None and deal.lead_id != lead_id:
        raise RowRejected("deal_of_another_lead", "lead")
    return lead_id


def _say(deal: Deal, row: DealRow, at: dt.datetime) -> None:
    """What the row says; a deal that is won or lost has a time, what is won an amount, what is lost a reason."""
    status_before = deal.status
    for name in ("name", "status", "amount", "currency", "reason"):
        if (value := getattr(row, name)) not in ("", None):
            setattr(deal, name, value)
    if deal.status == DealStatus.OPEN:
        deal.closed_at = None
    else:
        # The day of a loss is not that of a win that comes after it.
        closed_at = deal.closed_at if deal.status == status_before else None
        deal.closed_at = row.closed_at or closed_at or at
    if deal.status != DealStatus.LOST:
        deal.reason = ""
    if deal.status == DealStatus.WON and not deal.amount:
        raise RowRejected("amount_not_positive", "amount")


def _follow(deal: Deal, *, was_won: bool, at: dt.datetime) -> None:
    """What follows for the lead, whose row is locked."""
    handoff = Handoff.objects.filter(lead=deal.lead, closed_at=None).first()
    if deal.status == DealStatus.WON:
        _won(deal, handoff, at)
    elif deal.status == DealStatus.LOST and handoff is not None and not _has_other(deal):
        closed_at = _taken(handoff, deal, at)
        lose_handoff(handoff=handoff, reason=deal.reason or str(deal), by=None, at=closed_at)
    if was_won or (deal.status == DealStatus.WON and deal.lead.converted):
        sum_up(deal.lead)


def _won(deal: Deal, handoff: Handoff | None, at: dt.datetime) -> None:
    lead, amount = deal.lead, deal.amount or Decimal(0)
    if handoff is not None:
        win_handoff(handoff=handoff, amount=amount, by=None, at=_taken(handoff, deal, at))
        lead.refresh_from_db()
        return
    if lead.stage == Stage.CUSTOMER:
        return
    if not lifecycle.may_move(lead.stage, Stage.CUSTOMER):
        # Given up too early, or an MQL that no pass brought to Sales: the way begins anew.
        move_stage(lead=lead, to=Stage.LEAD, why="deal", by=deal.by, at=at)
    move_stage(lead=lead, to=Stage.CUSTOMER, why="deal", by=deal.by, at=at)
    lead.converted, lead.converted_at = True, deal.closed_at
    lead.save(update_fields=["converted", "converted_at"])


def _taken(handoff: Handoff, deal: Deal, at: dt.datetime) -> dt.datetime:
    """When the pass ends: when the deal did, but neither before its last step nor in the future.

    A pass that nobody accepted is accepted then.
    """
    last = max(filter(None, (handoff.opened_at, handoff.accepted_at, handoff.qualified_at)))
    ends_at = max(last, min(deal.closed_at or at, at))
    if handoff.state == HandoffState.OPEN:
        accept_handoff(handoff=handoff, by=None, at=ends_at)
    return ends_at


def _has_other(deal: Deal) -> bool:
    others = Deal.objects.filter(lead=deal.lead).exclude(pk=deal.pk)
    return others.exclude(status=DealStatus.LOST).exists()


def sum_up(lead: Lead) -> None:
    """The lead's amount is what its won deals in the currency of the newest come to; None without any."""
    won = won_amount(lead)
    if won is not None and won >= LARGEST_AMOUNT:
        raise RowRejected("deals_too_large", "amount")
    if won != lead.deal_amount:
        Lead.objects.filter(pk=lead.pk).update(deal_amount=won)
        lead.deal_amount = won


def won_amount(lead: Lead) -> Decimal | None:
    """What the lead's won deals in the currency of the newest come to; None without any."""
    deals = Deal.objects.filter(lead=lead, status=DealStatus.WON)
    sums = dict(deals.order_by().values_list("currency").annotate(amount=Sum("amount")))
    if len(sums) < 2:
        return next(iter(sums.values()), None)
    usual = usual_currency(company_version(list(versions_in_force())))
    newest = deals.order_by("-closed_at", "-pk").values_list("currency", flat=True)[0]
    return sum((sums[name] for name in sums if (name or usual) == (newest or usual)), Decimal(0))


def _status(given: Mapping[str, Any]) -> str:
    name = "status" if given.get("status") else "stage"
    said = given.get(name)
    if said is None or said == "":
        return ""
    word = "".join(sign for sign in said.lower() if sign.isalnum()) if isinstance(said, str) else ""
    if word not in STATUS_WORDS:
        raise RowRejected("unknown_deal_status", name, value=shown_short(said))
    return STATUS_WORDS[word].value


def _currency(value: Any) -> str:
    if value is None or value == "":
        return ""
    if not (isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()):
        raise RowRejected("bad_currency", "currency", value=shown_short(value))
    return value
