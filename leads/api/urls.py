"""Where the API of leads hangs, and the schema of the whole API."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from leads.api.accounts import AccountItem, AccountList
from leads.api.deals import DealList
from leads.api.draft_preview import DraftPreview
from leads.api.events import EventList, EventsOfLead
from leads.api.imports import ImportUndo
from leads.api.leads import LeadItem, LeadList
from leads.api.merges import DuplicateList, MergeOfLead, MergeUndo
from leads.api.rule_matches import RuleMatches
from leads.api.scores import ScoresOfLead
from leads.api.sources import SourceList
from leads.api.visitors import TokenOfLead
from slaportal.web.policy import PUBLIC


class Schema(SpectacularAPIView):
    """OpenAPI; holds no secret, so that tools may fetch it without a token."""

    policy = PUBLIC
    authentication_classes = ()
    custom_settings = {"TITLE": "SLA Portal", "VERSION": "1"}  # noqa: RUF012 - the base class's own attribute


urlpatterns = [
    path("schema/", Schema.as_view(), name="api-schema"),
    path("leads/", LeadList.as_view(), name="api-leads"),
    path("leads/<uuid:public_id>/", LeadItem.as_view(), name="api-lead"),
    path("leads/duplicates/", DuplicateList.as_view(), name="api-duplicates"),
    path("leads/<uuid:public_id>/merge/", MergeOfLead.as_view(), name="api-lead-merge"),
    path("merges/<uuid:public_id>/undo/", MergeUndo.as_view(), name="api-merge-undo"),
    path("leads/<uuid:public_id>/events/", EventsOfLead.as_view(), name="api-lead-events"),
    path("leads/<uuid:public_id>/scores/", ScoresOfLead.as_view(), name="api-lead-scores"),
    path("leads/<uuid:public_id>/visitor-token/", TokenOfLead.as_view(), name="api-lead-visitor-token"),
    path("accounts/", AccountList.as_view(), name="api-accounts"),
    path("accounts/<uuid:public_id>/", AccountItem.as_view(), name="api-account"),
    path("imports/<uuid:public_id>/undo/", ImportUndo.as_view(), name="api-import-undo"),
    path("agreements/<slug:slug>/draft/preview/", DraftPreview.as_view(), name="api-draft-preview"),
    path("sources/", SourceList.as_view(), name="api-sources"),
    path("rule-matches/", RuleMatches.as_view(), name="api-rule-matches"),
    path("deals/", DealList.as_view(), name="api-deals"),
    path("events/", EventList.as_view(), name="api-events"),
]
