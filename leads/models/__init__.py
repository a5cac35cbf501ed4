"""The facts about leads and the promises made on them, one file per topic."""

from leads.models.account import Account, AccountDomain
from leads.models.commitment import Commitment, Party
from leads.models.event import LeadEvent, PendingEvent
from leads.models.handoff import (
    Channel,
    ContactAttempt,
    Enrollment,
    Handoff,
    HandoffState,
    Outcome,
    Return,
)
from leads.models.imports import ColumnMap, LeadImport, RejectedRow
from leads.models.lead import Lead, LeadIdentity, Stage, StageChange
from leads.models.score import DirtyLead, EngagementSlot, LeadEngagement, LeadScore

__all__ = [
    "Account",
    "AccountDomain",
    "Channel",
    "ColumnMap",
    "Commitment",
    "ContactAttempt",
    "DirtyLead",
    "EngagementSlot",
    "Enrollment",
    "Handoff",
    "HandoffState",
    "Lead",
    "LeadEngagement",
    "LeadEvent",
    "LeadIdentity",
    "LeadImport",
    "LeadScore",
    "Outcome",
    "Party",
    "PendingEvent",
    "RejectedRow",
    "Return",
    "Stage",
    "StageChange",
]
