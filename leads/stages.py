"""Moves of a lead from stage to stage: each one allowed by the lifecycle, made once, and kept as a row."""

from __future__ import annotations

from datetime import datetime

from agreements.models import AgreementVersion
from agreements.terms import lifecycle
from leads.models import Handoff, Lead, StageChange
from leads.scoring import mark_dirty
from slaportal.accounts.models import User
from slaportal.web.refusals import Refused


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
    old = lead.stage
    if old == to:
        return None
    if not lifecycle.may_move(old, to):
        raise Refused("stage_move", old=old, new=to)
    if not Lead.objects.filter(pk=lead.pk, stage=old).update(stage=to, stage_at=at, updated_at=at):
        raise Refused("already_done")
    lead.stage, lead.stage_at, lead.updated_at = to, at, at
    # Rules may look at the stage.
    mark_dirty([lead.pk])
    return StageChange.objects.create(
        lead=lead, handoff=handoff, old=old, new=to, why=why, version=version, by=by, at=at
    )
