"""Parts two leads again that were merged: both as they were, for as long as nothing was built on the merge."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from leads.deals import sum_up
from leads.merges.doubts import restore_pairs
from leads.merges.joining import MERGERS, find_account, held_leads, recount, set_numbers
from leads.merges.links import OF_HANDOFFS, drop_computed, move_back, restore_history
from leads.models import Commitment, Deal, Enrollment, Handoff, Lead, LeadAddress, LeadMerge, StageChange
from slaportal.accounts.models import User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused, RefusedRole

UNDO_FOR = timedelta(days=7)
# Columns that came into being since the merge have the other lead's values.
INSERT = """
INSERT INTO leads_lead SELECT (jsonb_populate_record(k, %s::jsonb)).* FROM leads_lead k WHERE k.id = %s
"""
SET_BACK = "UPDATE leads_lead l SET {} FROM jsonb_populate_record(NULL::leads_lead, %s::jsonb) r WHERE l.id = %s"


def may_be_undone(merge: LeadMerge, at: datetime) -> Refused | None:
    """Why these two cannot be parted now; None if they can."""
    if merge.undone_at is not None:
        return Refused("unmerge_done")
    if at > merge.at + UNDO_FOR:
        return Refused("unmerge_too_late", days=UNDO_FOR.days)
    if (
        merge.kept.public_id != merge.into_public_id
        or merge.kept.merges.filter(undone_at=None, at__gt=merge.at, into_public_id=merge.into_public_id).exists()
    ):
        return Refused("unmerge_merged_on")
    if StageChange.objects.filter(lead=merge.kept, at__gt=merge.at).exists():
        return Refused("unmerge_moved_on")
    return None


def merges_of(lead: Lead, at: datetime) -> list[dict[str, Any]]:
    """Who was merged into this lead, the last one first: ``merge``, their ``name``, whether it ``may_undo``."""
    found = lead.merges.filter(undone_at=None).select_related("by", "kept").order_by("-at")
    return [
        {
            "merge": merge,
            "name": merge.gone["name"] or merge.gone["email"] or merge.gone["external_id"],
            "may_undo": may_be_undone(merge, at) is None,
        }
        for merge in found
    ]


def undo_merge(*, public_id: UUID, by: User | None, at: datetime) -> Lead:
    """Part the two leads again; the one that was gone. What happened to the merged lead since stays with the kept one.

    Refused: not_merger, unmerge_done, unmerge_too_late (seven days), unmerge_merged_on, unmerge_moved_on (its stage
    changed since), unmerge_email_taken, unmerge_email_kept (the kept lead was given the other’s address).
    """
    if by is not None and by.role not in MERGERS:
        raise RefusedRole("not_merger")
    try:
        with transaction.atomic():
            return _undo(LeadMerge.objects.get(public_id=public_id), by, at)
    except IntegrityError as error:
        raise Refused("unmerge_email_taken") from error


def _undo(merge: LeadMerge, by: User | None, at: datetime) -> Lead:
    [kept] = held_leads(merge.kept_id)
    account = kept.account_id
    merge = LeadMerge.objects.select_for_update(of=("self",)).select_related("kept").get(pk=merge.pk)
    if refused := may_be_undone(merge, at):
        raise refused
    _set_back(kept, merge.changed, at)
    if kept.email and kept.email == merge.gone["email"]:
        raise Refused("unmerge_email_kept", email=kept.email)
    LeadAddress.objects.filter(lead=kept, email__in=[merge.gone["email"], kept.email]).delete()
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [json.dumps(merge.gone), kept.pk])
    gone = Lead.objects.get(pk=merge.gone["id"])
    _part_facts(merge, kept, gone)
    for lead in (kept, gone):
        if Deal.objects.filter(lead=lead, changed_at__gt=merge.at).exists():
            sum_up(lead)
    restore_pairs(merge.moved["pairs"])
    restore_history(merge.moved["history"])
    for lead in (kept, gone):
        find_account(lead)
        lead.updated_at = at
        lead.save(update_fields=["company_key", "account", "updated_at"])
    drop_computed([kept.pk])
    recount([kept.pk, gone.pk], accounts={account})
    merge.undone_at, merge.undone_by = at, by
    merge.save(update_fields=["undone_at", "undone_by"])
    record("lead.unmerged", by=by, on=f"lead:{kept.public_id}", at=at, merge=merge.public_id, gone=gone.public_id)
    return gone


def _set_back(kept: Lead, changed: dict[str, list[Any]], at: datetime) -> None:
    """The columns that still are as the merge left them return to what they were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(l)::text FROM leads_lead l WHERE id = %s", [kept.pk])
        now = json.loads(cursor.fetchone()[0])
        back = {name: was for name, (was, left) in changed.items() if now[name] == left}
        if back:
            columns = ", ".join(f"{name} = r.{name}" for name in back)
            cursor.execute(SET_BACK.format(columns), [json.dumps(back), kept.pk])
    kept.refresh_from_db()


def _part_facts(merge: LeadMerge, kept: Lead, gone: Lead) -> None:
    moved = merge.moved
    # Numbers that cannot meet while the passes go home.
    numbers = {int(pk): number for pk, number in moved["numbers"].items()}
    set_numbers({pk: 10_000 + place for place, pk in enumerate(numbers)})
    move_back(moved["rows"], gone.pk, kept.pk)
    if closed := moved["closed"]:
        Handoff.objects.filter(pk=closed["handoff"]).update(state=closed["state"], closed_at=None, outcome="")
        Commitment.objects.filter(pk__in=closed["commitments"], closed_at=merge.at).update(closed_at=None)
    set_numbers(numbers)
    # What was done since on a pass that goes home goes with it.
    for model in OF_HANDOFFS:
        rows = model._default_manager.filter(handoff__in=moved["rows"][Handoff._meta.db_table], lead_id=kept.pk)
        rows.update(lead=gone)
    for was in moved["enrollment"]:
        Enrollment.objects.filter(pk=was["id"], ended_at=merge.at).update(
            ended_at=None, ended_why="", next_step_at=was["next_step_at"]
        )
