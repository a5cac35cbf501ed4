"""Leads and events come in here, from programs, files and people alike."""

from leads.intake.editing import add_lead, edit_lead
from leads.intake.events import EventReport, append_events
from leads.intake.rows import LeadRow, RowRejected
from leads.intake.saving import MAX_ROWS, IntakeReport, Rejection, preview_leads, save_leads

__all__ = [
    "MAX_ROWS",
    "EventReport",
    "IntakeReport",
    "LeadRow",
    "Rejection",
    "RowRejected",
    "add_lead",
    "append_events",
    "edit_lead",
    "preview_leads",
    "save_leads",
]
