"""Scores of leads: computed for all, for the changed and for the active; read with their receipts."""

from leads.scoring.dirty import mark_dirty

__all__ = ["mark_dirty"]
