"""Scores of leads: computed for all, for the changed and for the active; read with their receipts."""

from leads.scoring.colleagues import touched_by_moves
from leads.scoring.dirty import mark_dirty, score_dirty
from leads.scoring.governing import Governing, governing, governing_version_of
from leads.scoring.history import Point, mark_named, points_of, unwritten_fades
from leads.scoring.qualified import hottest_qualified, qualified_leads
from leads.scoring.reading import Score, band_expression, band_of, current_score, current_scores, score_rows
from leads.scoring.rescoring import rescore, start_due_rescore, start_rescore
from leads.scoring.slots import rebase_slots

__all__ = [
    "Governing",
    "Point",
    "Score",
    "band_expression",
    "band_of",
    "current_score",
    "current_scores",
    "governing",
    "governing_version_of",
    "mark_dirty",
    "mark_named",
    "points_of",
    "hottest_qualified",
    "qualified_leads",
    "rebase_slots",
    "rescore",
    "score_dirty",
    "score_rows",
    "start_due_rescore",
    "start_rescore",
    "touched_by_moves",
    "unwritten_fades",
]
