"""The facts about leads and the promises made on them, one file per topic."""

from leads.models.account import Account, AccountDomain
from leads.models.commitment import Commitment, Party
from leads.models.deal import Deal, DealStatus
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
from leads.models.hubspot import HubSpotEvent, HubSpotOutcome, HubSpotRecord, HubSpotTrouble
from leads.models.imports import ColumnMap, ImportedLead, LeadImport, RejectedRow
from leads.models.lead import Lead, LeadIdentity, Stage, StageChange
from leads.models.merge import DoubtfulPair, LeadAddress, LeadMerge
from leads.models.score import DirtyLead, EngagementSlot, LeadEngagement, LeadScore, ScoreMark
from leads.models.source import LeadSource, SourceDay, SourceDelivery, SourceKind, SourceSample
from leads.models.visits import DaySalt, SeenVisitor, SiteVisitor, SiteVisits

__all__ = [
    "Account",
    "AccountDomain",
    "Channel",
    "ColumnMap",
    "Commitment",
    "ContactAttempt",
    "DaySalt",
    "Deal",
    "DealStatus",
    "DirtyLead",
    "DoubtfulPair",
    "EngagementSlot",
    "Enrollment",
    "Handoff",
    "HandoffState",
    "HubSpotEvent",
    "HubSpotOutcome",
    "HubSpotRecord",
    "HubSpotTrouble",
    "ImportedLead",
    "Lead",
    "LeadAddress",
    "LeadEngagement",
    "LeadEvent",
    "LeadIdentity",
    "LeadImport",
    "LeadMerge",
    "LeadScore",
    "LeadSource",
    "Outcome",
    "Party",
    "PendingEvent",
    "RejectedRow",
    "Return",
    "ScoreMark",
    "SeenVisitor",
    "SiteVisitor",
    "SiteVisits",
    "SourceDay",
    "SourceDelivery",
    "SourceKind",
    "SourceSample",
    "Stage",
    "StageChange",
]
