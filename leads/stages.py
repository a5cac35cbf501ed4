"""Moves of a lead from stage to stage: each one allowed by the lifecycle, made once, and kept as a row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from agreements.compile import sql
from agreements.models import AgreementVersion
from agreements.terms import lifecycle
from leads.models import Handoff, Lead, StageChange
from leads.scoring import mark_dirty
from leads.scoring.fragments import run
from slaportal.accounts.models import User
from slaportal.web.refusals import Refused

MOVE = """
UPDATE leads_lead l SET stage = m.new, stage_at = m.at, updated_at = m.at
FROM unnest({}::bigint[], {}::text[], {}::text[], {}::timestamptz[]) AS m (lead_id, old, new, at)
WHERE l.id = m.lead_id AND l.stage = m.old RETURNING l.id
"""


def move_stage(
    *,
    lead: Lead,
    to: str,
    why: str,
    by: User | None,
    at: datetime,
    handoff: Handoff | None = None,
    version: AgreementVersion | None = None,
) -> StageChange | None:
    """Move the lead and append the change; None where it stands there already. The caller holds the transaction.

    The move is conditional on the stage that the caller has read: a lead that somebody else moved in between is
    refused as "already_done", a move that the lifecycle does not know as "stage_move".
    """
    change = StageChange(lead=lead, handoff=handoff, old=lead.stage, new=to, why=why, version=version, by=by, at=at)
    return change if move_stages([change]) else None


def move_stages(changes: Iterable[StageChange]) -> list[StageChange]:
    """Make the moves that these changes tell of, each of another lead, and append them; as `move_stage` does."""
    moves = [change for change in changes if change.old != change.new]
    for move in moves:
        if not lifecycle.may_move(move.old, move.new):
            raise Refused("stage_move", old=move.old, new=move.new)
    if not moves:
        return []
    columns = zip(*((move.lead_id, move.old, move.new, move.at) for move in moves), strict=True)
    if len(run(sql(MOVE, *map(list, columns)))) < len(moves):
        raise Refused("already_done")
    for move in moves:
        move.lead.stage, move.lead.stage_at, move.lead.updated_at = move.new, move.at, move.at
    # Rules may look at the stage.
    mark_dirty(move.lead_id for move in moves)
    return StageChange.objects.bulk_create(moves)
