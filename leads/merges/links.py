"""Every place that refers to a lead, and what becomes of it when two leads become one; a test walks the models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import connection
from django.db.models import Model

from leads.models import (
    Commitment,
    ContactAttempt,
    Deal,
    DirtyLead,
    DoubtfulPair,
    Enrollment,
    Handoff,
    ImportedLead,
    LeadAddress,
    LeadEngagement,
    LeadEvent,
    LeadIdentity,
    LeadMerge,
    LeadScore,
    Return,
    ScoreMark,
    SiteVisitor,
    StageChange,
)

# Facts go to the kept lead, each once: (model, the field that names the lead).
MOVED: tuple[tuple[type[Model], str], ...] = (
    (LeadIdentity, "lead_id"),
    (LeadAddress, "lead_id"),
    (LeadEvent, "lead_id"),
    (Handoff, "lead_id"),
    (ContactAttempt, "lead_id"),
    (Return, "lead_id"),
    (Commitment, "lead_id"),
    (Enrollment, "lead_id"),
    (StageChange, "lead_id"),
    (Deal, "lead_id"),
    (SiteVisitor, "lead_id"),
    (LeadMerge, "kept_id"),
)
# What follows from the facts is computed anew.
COMPUTED: tuple[type[Model], ...] = (LeadEngagement, LeadScore, DirtyLead)
# Pairs have two ends (leads.merges.doubts); the score history of the lead that goes waits for an undo; an import
# remembers whom it created, also when that lead is gone.
TREATED_APART: tuple[type[Model], ...] = (DoubtfulPair, ScoreMark, ImportedLead)
# What hangs on a handoff goes where the handoff goes.
OF_HANDOFFS = (ContactAttempt, Return, Commitment, StageChange)

HISTORY = "SELECT coalesce(json_agg(m), '[]')::text FROM leads_scoremark m WHERE lead_id = %s"
RESTORE_HISTORY = """
INSERT INTO leads_scoremark SELECT r.* FROM jsonb_populate_recordset(NULL::leads_scoremark, %s::jsonb) r
ON CONFLICT DO NOTHING
"""


def move_all(old: int, new: int) -> dict[str, list[str]]:
    """Point every fact of one lead to another; the keys of the rows by table."""
    moved = {}
    for model, column in MOVED:
        table, key = model._meta.db_table, model._meta.pk.column
        with connection.cursor() as cursor:
            statement = f"UPDATE {table} SET {column} = %s WHERE {column} = %s RETURNING {key}::text"  # noqa: S608
            cursor.execute(statement, [new, old])
            moved[table] = [pk for (pk,) in cursor.fetchall()]
    return moved


def move_back(moved: Mapping[str, Sequence[str]], old: int, new: int) -> None:
    """Point these rows back to where they came from, as far as they are still there."""
    for model, column in MOVED:
        table, key = model._meta.db_table, model._meta.pk.column
        with connection.cursor() as cursor:
            statement = f"UPDATE {table} SET {column} = %s WHERE {column} = %s AND {key}::text = ANY(%s)"  # noqa: S608
            cursor.execute(statement, [old, new, list(moved.get(table, ()))])


def history_of(lead_id: int) -> str:
    """The score history of a lead as JSON text, to be put back by `restore_history`."""
    with connection.cursor() as cursor:
        cursor.execute(HISTORY, [lead_id])
        return str(cursor.fetchone()[0])


def restore_history(history: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(RESTORE_HISTORY, [history])


def drop_computed(lead_ids: Sequence[int]) -> None:
    """Strike what is computed from the facts of these leads."""
    for model in COMPUTED:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE lead_id = ANY(%s)", [list(lead_ids)])  # noqa: S608
