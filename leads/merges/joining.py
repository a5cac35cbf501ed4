"""Merges two leads into one: every fact of both is kept, each once, and the older first touch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from leads.accounts.matching import account_ids, lock_accounts
from leads.accounts.names import name_key
from leads.commitments import OWED, close_owed
from leads.deals import won_amount
from leads.intake.rows import LARGEST_AMOUNT
from leads.merges.doubts import drop_pairs
from leads.merges.fields import checked_keep, merged_stage, merged_values
from leads.merges.links import drop_computed, history_of, move_all
from leads.models import (
    Commitment,
    EngagementSlot,
    Enrollment,
    Handoff,
    HandoffState,
    Lead,
    LeadAddress,
    LeadEvent,
    LeadMerge,
    Outcome,
    Stage,
)
from leads.notices import tell_of_merge
from leads.scoring import mark_dirty, touched_by_moves
from leads.scoring.governing import lock_scores
from leads.scoring.slots import add_events
from slaportal.accounts.models import Role, User
from slaportal.audit.services import record
from slaportal.outbox.services import plain
from slaportal.web.refusals import Refused, RefusedRole

MERGERS = frozenset({Role.MARKETER, Role.MARKETING_MANAGER, Role.SALES_MANAGER, Role.ADMIN})
SNAPSHOT = "SELECT to_jsonb(l)::text FROM leads_lead l WHERE id = %s"
# Above every number that a lead's passes have.
ASIDE = 20_000


@dataclass
class _Passes:
    """What became of the passes to Sales: the open one, and what it took."""

    open: Handoff | None
    closed: dict[str, Any]
    numbers: dict[str, int]


def merge_leads(
    *, kept: Lead, gone: Lead, keep: Mapping[str, str] | None = None, by: User | None, at: datetime
) -> LeadMerge:
    """Merge ``gone`` into ``kept``; ``keep`` says of which lead the value of a field stays ("kept" or "gone").

    Of two open passes the accepted one stays, else the older one; the other is closed as merged. Refused: not_merger,
    merge_same, merge_gone (another merge was faster), merge_both_with_sales, merge_customer_with_sales,
    merge_deals_too_large.
    """
    chosen = checked_keep(keep or {})
    if by is not None and by.role not in MERGERS:
        raise RefusedRole("not_merger")
    if kept.pk == gone.pk:
        raise Refused("merge_same")
    with transaction.atomic():
        kept, gone = held_leads(kept.pk, gone.pk)
        before = _row(kept.pk)
        merge = LeadMerge(kept=kept, into_public_id=kept.public_id, gone_public_id=gone.public_id, by=by, at=at)
        merge.gone = _row(gone.pk)
        passes = _joined_passes(kept, gone, by, at)
        enrollment = _one_enrollment(kept, gone, passes.open, at)
        values = merged_values(kept, gone, chosen) | _standing(kept, gone, passes.open)
        pairs = drop_pairs(gone, kept)
        history = history_of(gone.pk)
        rows = move_all(gone.pk, kept.pk)
        values |= _amount_of_deals(kept)
        number_passes(kept)
        drop_computed([kept.pk, gone.pk])
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM leads_lead WHERE id = %s", [gone.pk])
        _write(kept, values, at)
        other = {kept.email, merge.gone["email"], before["email"]} - {kept.email, ""}
        LeadAddress.objects.bulk_create(LeadAddress(lead=kept, email=email) for email in sorted(other))
        recount([kept.pk], accounts={before["account_id"], merge.gone["account_id"]})
        after = _row(kept.pk)
        merge.changed = {name: [was, after[name]] for name, was in before.items() if was != after[name]}
        moved = {"rows": rows, "history": history, "pairs": pairs, "enrollment": enrollment}
        merge.moved = plain({**moved, "numbers": passes.numbers, "closed": passes.closed})
        merge.save()
        facts = {"merge": merge.public_id, "gone": gone.public_id}
        record("lead.merged", by=by, on=f"lead:{kept.public_id}", at=at, **facts)
    return merge


def held_leads(*pks: int) -> list[Lead]:
    """The leads in the order asked for, held until the transaction ends; Refused("merge_gone") if one is not here.

    Before them the scores, so that nobody counts meanwhile, and the accounts, as everybody does who writes leads.
    """
    lock_scores()
    lock_accounts(shared=True)
    found = {lead.pk: lead for lead in Lead.objects.select_for_update().filter(pk__in=pks).order_by("pk")}
    if len(found) != len(pks):
        raise Refused("merge_gone")
    return [found[pk] for pk in pks]


def recount(lead_ids: list[int], *, accounts: set[int | None]) -> None:
    """Sum the events of these leads anew, those that wait for the drain left to it; the caller holds the scores.

    ``accounts``: where the events belonged until now; the leads there are scored anew, too, where they share them.
    """
    counted = LeadEvent.objects.filter(lead_id__in=lead_ids, pending=None).values_list("pk", flat=True)
    if event_ids := list(counted):
        add_events(list(EngagementSlot.objects.order_by("place")), event_ids)
    now = Lead.objects.filter(pk__in=lead_ids).values_list("account_id", flat=True)
    mark_dirty([*lead_ids, *touched_by_moves(accounts.union(now))])


def number_passes(lead: Lead) -> None:
    """1, 2, 3 … in the order in which they were opened; the open one is the last."""
    passes = sorted(lead.handoffs.all(), key=lambda one: (one.closed_at is None, one.opened_at, one.pk))
    set_numbers({one.pk: place for place, one in enumerate(passes, start=1)})


def set_numbers(numbers: Mapping[int, int]) -> None:
    """Give the passes these numbers, whichever they have now."""
    for place, pk in enumerate(numbers):
        Handoff.objects.filter(pk=pk).update(number=ASIDE + place)
    for pk, number in numbers.items():
        Handoff.objects.filter(pk=pk).update(number=number)


def find_account(lead: Lead) -> None:
    """Note which account the lead belongs to; the caller holds the accounts and saves."""
    lead.company_key = name_key(lead.company)
    [lead.account_id] = account_ids([(lead.email, lead.company_key)])


def _row(pk: int) -> dict[str, Any]:
    """The lead's row as PostgreSQL writes it in JSON, to be compared and put back without loss."""
    with connection.cursor() as cursor:
        cursor.execute(SNAPSHOT, [pk])
        return dict(json.loads(cursor.fetchone()[0]))


def _joined_passes(kept: Lead, gone: Lead, by: User | None, at: datetime) -> _Passes:
    """Leave one pass open at most, and give the others numbers that do not meet."""
    handoffs = list(
        Handoff.objects.select_for_update(of=("self",), no_key=True)
        .select_related("rep", "lead", "version")
        .filter(lead__in=(kept, gone))
        .order_by("pk")
    )
    numbers = {str(one.pk): one.number for one in handoffs}
    stays, goes = _open_passes([one for one in handoffs if one.closed_at is None])
    closed: dict[str, Any] = {}
    if stays is not None and goes is not None:
        owed = list(Commitment.objects.filter(OWED, handoff=goes).values_list("pk", flat=True))
        closed = {"handoff": goes.pk, "state": goes.state, "commitments": owed}
        close_owed(goes, at)
        goes.state, goes.closed_at, goes.outcome = HandoffState.CLOSED, at, Outcome.MERGED
        goes.save(update_fields=["state", "closed_at", "outcome"])
        tell_of_merge(goes, stays, by, at)
    set_numbers({one.pk: ASIDE // 2 + place for place, one in enumerate(handoffs)})
    return _Passes(stays, closed, numbers)


def _open_passes(found: list[Handoff]) -> tuple[Handoff | None, Handoff | None]:
    """Which of the open passes stays, and which is closed: the accepted one stays, else the older."""
    if len(found) < 2:
        return (found[0] if found else None), None
    if all(one.state != HandoffState.OPEN for one in found):
        raise Refused("merge_both_with_sales", names=", ".join(str(one.rep or "–") for one in found))
    stays, goes = sorted(found, key=lambda one: (one.state == HandoffState.OPEN, one.opened_at, one.pk))
    return stays, goes


def _one_enrollment(kept: Lead, gone: Lead, open_pass: Handoff | None, at: datetime) -> list[dict[str, Any]]:
    """A lead is in one path at most, and in none while it is with Sales; what the ended ones were."""
    found = list(Enrollment.objects.select_for_update(no_key=True).filter(lead__in=(kept, gone), ended_at=None))
    ending = found if open_pass is not None else [one for one in found if one.lead_id == gone.pk][: len(found) - 1]
    was = [{"id": one.pk, "next_step_at": one.next_step_at} for one in ending]
    Enrollment.objects.filter(pk__in=[one.pk for one in ending]).update(
        ended_at=at, ended_why="qualified" if open_pass is not None else "replaced", next_step_at=None
    )
    return was


def _standing(kept: Lead, gone: Lead, open_pass: Handoff | None) -> dict[str, Any]:
    """Stage and owner: those of the lead that Sales has in hand. No customer becomes anything else by a merge."""
    if open_pass is not None and Stage.CUSTOMER in (kept.stage, gone.stage):
        raise Refused("merge_customer_with_sales", name=str(open_pass.rep or "–"))
    source = (kept if open_pass.lead_id == kept.pk else gone) if open_pass else merged_stage(kept, gone)
    owner_id = open_pass.rep_id if open_pass else source.owner_id or kept.owner_id or gone.owner_id
    return {"stage": source.stage, "stage_at": source.stage_at, "owner_id": owner_id}


def _amount_of_deals(lead: Lead) -> dict[str, Any]:
    """The deals of both are one lead's by now, and so is their sum."""
    won = won_amount(lead)
    if won is not None and won >= LARGEST_AMOUNT:
        raise Refused("merge_deals_too_large")
    return {} if won is None else {"deal_amount": won}


def _write(kept: Lead, values: Mapping[str, Any], at: datetime) -> None:
    if kept.phone != values["phone"]:
        kept.phone_key = ""
    for name, value in values.items():
        setattr(kept, name, value)
    kept.updated_at = at
    find_account(kept)
    kept.save()
